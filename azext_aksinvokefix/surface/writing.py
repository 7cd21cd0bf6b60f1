"""What the writing commands share at their az surface: a session, one way to carry out a plan, and its errors."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from azext_aksinvokefix.surface import errors, exits

if TYPE_CHECKING:
    from azext_aksinvokefix.changes.apply import ApplyOptions, Effect, Outcome
    from azext_aksinvokefix.changes.plan import Plan
    from azext_aksinvokefix.changes.records.journal import Journal
    from azext_aksinvokefix.changes.writes import Explanations
    from azext_aksinvokefix.fixes.repair import RepairRun
    from azext_aksinvokefix.lifecycle import Failure
    from azext_aksinvokefix.report.console import Console
    from azext_aksinvokefix.surface.session import ConsoleSession

_one_at_a_time = threading.Lock()


def carry_out(
    working: ConsoleSession,
    make_plan: Callable[[], Plan],
    wishes: ApplyOptions,
    effect: Effect | None = None,
    explanations: Explanations | None = None,
) -> Any:
    """Plan, and carry the plan out; what is printed, with the exit code set."""
    from azext_aksinvokefix.changes import apply

    console = working.console
    with writing_command(console), _saved(working):
        console.stage("Making a plan")
        plan = make_plan()
        outcome = apply.carry_out(working, plan, wishes, effect=effect, explanations=explanations)
        if not plan.undoes:
            _after(working, wishes)
    exits.exit_with(console.cli_ctx, exits.of_change(outcome))
    return _printed(console, plan, wishes, outcome)


def walk(working: ConsoleSession, known: Failure | None, wishes: ApplyOptions) -> RepairRun:
    """Repair step by step."""
    from azext_aksinvokefix.fixes import repair

    with writing_command(working.console), _saved(working):
        found = repair.repair(working, known, wishes)
        _after(working, wishes)
    return found


@contextlib.contextmanager
def writing_command(console: Console) -> Iterator[None]:
    """Progress while it works, no secret in a log, the CLI's own errors, and what an interrupt leaves behind.

    One cluster at a time: with several --ids the CLI starts a thread for each, whose questions would be mixed up, and
    two clusters may share the document that is to be changed.
    """
    from azext_aksinvokefix import log_records
    from azext_aksinvokefix.surface import signals

    with _one_at_a_time, log_records.redacted():
        try:
            with _interruptible(console), errors.told(), console.progress(), signals.terminable():
                yield
        except Exception:
            # Of several clusters the CLI itself only warns of those that fail.
            exits.exit_with(console.cli_ctx, exits.ERROR)
            raise


@contextlib.contextmanager
def _interruptible(console: Console) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the command with what stands by then and how it is undone."""
    from azext_aksinvokefix.surface import signals

    try:
        yield
    except KeyboardInterrupt as interrupt:
        console.changes.interrupted()
        sys.exit(signals.exit_code(interrupt))


@contextlib.contextmanager
def _saved(working: ConsoleSession) -> Iterator[None]:
    """The undo document of ``--out``, whose name is taken before anything is changed."""
    out = working.journal.copy
    if out is None:
        yield
        return
    out.open()
    try:
        yield
    finally:
        out.close()
        working.console.changes.saved(out)


def _after(working: ConsoleSession, wishes: ApplyOptions) -> None:
    """What a change leaves to do here: the failure that it was made for is no news any more, and an unattended one
    without an undo document was made on a machine that may be gone soon."""
    from datetime import datetime, timezone

    from azext_aksinvokefix.surface.memory.last_run import LastRun

    if wishes.what_if or not working.console.changes.begun_any:
        return
    LastRun(working.console.cli_ctx.config.config_dir, working.cluster_id).forget(datetime.now(timezone.utc))
    if wishes.yes and working.journal.copy is None:
        working.console.changes.may_be_lost()


def _printed(console: Console, plan: Plan, wishes: ApplyOptions, outcome: Outcome) -> Any:
    """The object, or for a person the plan that was asked for with --what-if; a change was told as it was made."""
    if not console.is_for_a_person:
        return outcome.document
    if wishes.what_if:
        console.changes.page(plan, outcome.document["handover"])
    return None


def allowed(  # pylint: disable=too-many-arguments
    cmd: Any, resource_group: str, name: str, *, out: str | None = None, what_if: bool = False, detail: bool = False
) -> ConsoleSession:
    """The session of a command that writes, where that is allowed."""
    from azext_aksinvokefix.report.console import Console
    from azext_aksinvokefix.surface import read_only

    read_only.refuse_if_set(cmd.cli_ctx, what_if)
    return session(cmd, Console(cmd.cli_ctx, resource_group, name, detail=detail), out)


def session(cmd: Any, console: Console, out: str | None = None) -> ConsoleSession:
    """The signed-in session for the cluster that the console names; ``out`` is where an undo document goes."""
    from azext_aksinvokefix.surface import session as sessions
    from azext_aksinvokefix.surface.connection import connect_or_raise

    with _interruptible(console):
        edge, target = connect_or_raise(cmd, console)
    return sessions.ConsoleSession(edge, target, console, journal(cmd, out))


def journal(cmd: Any, out: str | None = None) -> Journal:
    """The journal of this configuration folder."""
    from azext_aksinvokefix.changes.records.journal import Journal
    from azext_aksinvokefix.changes.records.undo_file import UndoFile

    return Journal(cmd.cli_ctx.config.config_dir, UndoFile(out) if out else None)
