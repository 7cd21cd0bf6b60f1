"""`repair` from its arguments to what it prints: the walk, and the command that it is for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from azext_aksinvokefix.changes.apply import ApplyOptions

if TYPE_CHECKING:
    from azext_aksinvokefix.lifecycle import Failure
    from azext_aksinvokefix.surface.arguments.run_arguments import RunArguments
    from azext_aksinvokefix.surface.reporting import ReportPlace
    from azext_aksinvokefix.surface.session import ConsoleSession


@dataclass(frozen=True)
class RepairArguments:
    """``asked`` is what is run once an invoke works. ``unrepaired`` is the exit code where it did not run in the end;
    by default how the walk ended."""

    asked: RunArguments
    wishes: ApplyOptions = field(default_factory=ApplyOptions)
    ci: str | None = None
    unrepaired: int | None = None


def repaired(
    cmd: Any, session: ConsoleSession, failure: Failure | None, given: RepairArguments, told: ReportPlace
) -> Any:
    """Walk from a broken invoke to a working one, then run the command; what is printed, with the exit code set."""
    from azext_aksinvokefix.surface import exits, reporting, running, writing

    console, request = session.console, given.asked.request
    walk = writing.walk(session, failure, given.wishes)
    document = walk.to_json()
    told.hold("repair", document)
    if not (walk.works and request.asks_for_a_run):
        exits.exit_with(cmd.cli_ctx, exits.of_repair(walk) if given.unrepaired is None else given.unrepaired)
        return console.changes.walked(walk)
    result = running.ended(cmd, console, given.asked, "explain", reporting.bracket(given.ci))
    exits.exit_with(cmd.cli_ctx, exits.of_run(result))
    ran = result.to_json()
    told.hold("repair", {**document, "run": ran}, request.command or request.script)
    return {**document, "run": told.printed(ran)} if console.wants_object else None
