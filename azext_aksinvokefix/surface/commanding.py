"""`run` from its arguments to what it prints; at a terminal it may end in a repair."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix.surface.arguments.run_arguments import RunArguments


@dataclass(frozen=True)
class ShownAs:
    """How a run is shown: what follows a failure, the pipeline that it runs in, and every detail."""

    on_failure: str | None = None
    ci: str | None = None
    detail: bool = False


def run(cmd: Any, resource_group: str, name: str, asked: RunArguments, shown: ShownAs) -> Any:
    """Run what was asked for in a cluster; what is printed, with the exit code set."""
    from azext_aksinvokefix.report.console import Console
    from azext_aksinvokefix.surface import exits, fleet, repairing, reporting, running, writing

    where = (cmd, resource_group, name)
    with reporting.place_of(*where) as told, fleet.place_of(*where) as place:
        asked = replace(asked, request=replace(asked.request, below=place.below))
        console = Console(cmd.cli_ctx, resource_group, name, place.turn, detail=shown.detail)
        result = running.ended(cmd, console, asked, shown.on_failure, reporting.bracket(shown.ci))
        if result.outcome == "notRun" and running.wants_repair(console, result, shown.on_failure):
            session = writing.allowed(*where, detail=shown.detail)
            given = repairing.RepairArguments(asked, ci=shown.ci, unrepaired=exits.of_run(result))
            return repairing.repaired(cmd, session, result.failure, given, told)
        place.exit_with(exits.of_run(result))
        document = result.to_json()
        told.hold("run", document, asked.request.command or asked.request.script)
        return place.labelled(told.printed(document)) if console.wants_object else None
