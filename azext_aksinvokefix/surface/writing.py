"""What the writing commands share at their az surface: a session, one way to carry out a plan, and its errors."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from azext_aksinvokefix.surface import errors, exits

if TYPE_CHECKING:
    from azext_aksinvokefix.changes.apply import Effect, Outcome, Wishes
    from azext_aksinvokefix.changes.journal import Journal
    from azext_aksinvokefix.changes.plan import Plan
    from azext_aksinvokefix.changes.writes import Explanations
    from azext_aksinvokefix.fixes.repair import Walk
    from azext_aksinvokefix.lifecycle import Failure
    from azext_aksinvokefix.report.console import Console
    from azext_aksinvokefix.surface.session import ConsoleSession

_one_at_a_time = threading.Lock()


def carry_out(
    working: ConsoleSession,
    make_plan: Callable[[], Plan],
    wishes: Wishes,
    effect: Effect | None = None,
    explanations: Explanations | None = None,
) -> Any:
    """Plan, and carry the plan out; what is printed, with the exit code set."""
    from azext_aksinvokefix.changes import apply

    console = working.console
    with told_well(console), _saved(working):
        console.stage("Making a plan")
        plan = make_plan()
        outcome = apply.carry_out(working, plan, wishes, effect=effect, explanations=explanations)
        if not plan.undoes:
            _after(working, wishes)
    exits.exit_with(console.cli_ctx, exits.of_change(outcome))
    return _printed(console, plan, wishes, outcome)


def walk(working: ConsoleSession, known: Failure | None, wishes: Wishes) -> Walk:
    """Repair step by step."""
    from azext_aksinvokefix.fixes import repair

    with told_well(working.console), _saved(working):
        found = repair.repair(working, known, wishes)
        _after(working, wishes)
    return found


@contextlib.contextmanager
def told_well(console: Console) -> Iterator[None]:
    """Progress while it works, no secret in a log, the CLI's own errors, and what an interrupt leaves behind.

    One cluster at a time: with several --ids the CLI starts a thread for each, whose questions would be mixed up, and
    two clusters may share the document that is to be changed.
    """
    from azext_aksinvokefix import log_records
    from azext_aksinvokefix.surface import signals

    with _one_at_a_time, log_records.redacted():
        try:
            with errors.told(), console.progress(), signals.terminable():
                yield
        except KeyboardInterrupt as interrupt:
            console.changes.interrupted()
            sys.exit(signals.exit_code(interrupt))
        except Exception:
            # Of several clusters the CLI itself only warns of those that fail.
            exits.exit_with(console.cli_ctx, exits.ERROR)
            raise


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


def _after(working: ConsoleSession, wishes: Wishes) -> None:
    """What a change leaves to do here: the failure that it was made for is no news any more, and an unattended one
    without an undo document was made on a machine that may be gone soon."""
    from datetime import datetime, timezone

    from azext_aksinvokefix.surface.last_run import LastRun

    if wishes.what_if or not working.console.changes.begun_any:
        return
    LastRun(working.console.cli_ctx.config.config_dir, working.cluster_id).forget(datetime.now(timezone.utc))
    if wishes.yes and working.journal.copy is None:
        working.console.changes.may_be_lost()


def _printed(console: Console, plan: Plan, wishes: Wishes, outcome: Outcome) -> Any:
    """The object, or for a person the plan that was asked for with --what-if; a change was told as it was made."""
    if not console.is_for_a_person:
        return outcome.document
    if wishes.what_if:
        console.changes.page(plan, outcome.document["handover"])
    return None


def session(cmd: Any, console: Console, out: str | None = None) -> ConsoleSession:
    """The signed-in session for the cluster that the console names; ``out`` is where an undo document goes."""
    from azext_aksinvokefix.surface import session as sessions
    from azext_aksinvokefix.surface.connection import connect_or_raise

    edge, target = connect_or_raise(cmd, console)
    return sessions.ConsoleSession(edge, target, console, journal(cmd, out))


def journal(cmd: Any, out: str | None = None) -> Journal:
    """The journal of this configuration folder."""
    from azext_aksinvokefix.changes.journal import Journal
    from azext_aksinvokefix.changes.undo_file import UndoFile

    return Journal(cmd.cli_ctx.config.config_dir, UndoFile(out) if out else None)


def warn_of_journal(own: Journal) -> None:
    """Say once what the journal holds that is neither listed nor taken back."""
    from azext_aksinvokefix.report.changes import Changes

    Changes.warned(own.kept().warnings())


def exported(own: Journal, path: str, scope: str | None) -> str:
    """Write the changes of the journal to an undo document; what became of that in a line."""
    from azext_aksinvokefix.changes import record, undo_file

    changes = [change for change in own.changes().values() if record.is_within(change, scope)]
    if not changes:
        return f"Nothing is written to {path}: there is no change."
    undo_file.export(path, changes)
    return f"Undo document with {len(changes)} change(s): {path}"


def journalled(
    cmd: Any, change_id: str | None, scope: str | None, file: str | None = None
) -> tuple[Mapping[str, Any], ConsoleSession]:
    """A change of the journal, or of an undo document, and a session for its cluster, in the subscription of that
    cluster."""
    from azext_aksinvokefix.cluster import Target
    from azext_aksinvokefix.report.console import Console

    with errors.told():
        warn_of_journal(journal(cmd))
        kept = _kept(cmd, change_id, scope, file)
        _refuse_other_cloud(cmd, kept)
    cluster = Target.of(str(kept.get("clusterId") or ""))
    cmd.cli_ctx.data["subscription_id"] = cluster.subscription
    return kept, session(cmd, Console(cmd.cli_ctx, cluster.group, cluster.name))


def _kept(cmd: Any, change_id: str | None, scope: str | None, file: str | None) -> Mapping[str, Any]:
    from datetime import datetime, timezone

    from azext_aksinvokefix.changes import undo
    from azext_aksinvokefix.changes.undo_source import Saved
    from azext_aksinvokefix.fixes import own_writes

    if file is None:
        return undo.chosen(journal(cmd), change_id, scope)
    found = undo.chosen(Saved(file, journal(cmd)), change_id, scope)
    return own_writes.checked(found, datetime.now(timezone.utc))


def _refuse_other_cloud(cmd: Any, kept: Mapping[str, Any]) -> None:
    from azext_aksinvokefix.changes.plan import RefusedError

    here = cmd.cli_ctx.cloud.endpoints.resource_manager
    if kept.get("endpoint") != here:
        raise RefusedError(
            f"This change was made at {kept.get('endpoint')}, and the CLI is set to {here}.",
            "Choose the cloud with `az cloud set`, sign in there and repeat the command.",
        )


def arm_if_signed_in(cmd: Any) -> Any:
    """Azure Resource Manager; None where nobody is signed in."""
    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix.arm import credential_errors

    try:
        return clients.arm(cmd.cli_ctx, clients.container_service(cmd.cli_ctx))
    except credential_errors():
        return None
