"""`diagnose` from its arguments to what it prints, from what is known of a failure: by the user, or by this machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix.lifecycle import Diagnosis, Failure
    from azext_aksinvokefix.report.console import Console


@dataclass(frozen=True)
class DiagnoseArguments:  # pylint: disable=too-many-instance-attributes
    """The arguments of `diagnose` beside the cluster, as they are typed."""

    error: str | None = None
    error_file: str | None = None
    command_id: str | None = None
    offline: bool = False
    principal: str | None = None
    policy_templates: Sequence[str] = ()
    fresh: bool = False
    fail_on: str = "never"
    detail: bool = False


def diagnosed(cmd: Any, resource_group: str | None, name: str | None, given: DiagnoseArguments) -> Any:
    """Say what broke, or what would break; what is printed, with the exit code set."""
    from azext_aksinvokefix import diagnosis, log_records
    from azext_aksinvokefix.report.console import Console
    from azext_aksinvokefix.surface import exits, reporting
    from azext_aksinvokefix.surface.arguments import policy_templates, told_failure

    console = Console(cmd.cli_ctx, resource_group or "", name or "", detail=given.detail)
    known = told_failure.read(given.error, given.error_file)
    templates = policy_templates.read(given.policy_templates)
    with reporting.place_of(cmd, resource_group, name) as told, log_records.redacted():
        found = diagnosis.offline(known) if known and given.offline else live(cmd, console, known, given, templates)
        told.hold("diagnose", found.to_json())
    for line in policy_templates.unused(templates):
        console.warn(line)
    exits.leave_where_findings_stand(cmd.cli_ctx, (finding.severity for finding in found.findings), given.fail_on)
    return console.page(found)


def live(
    cmd: Any, console: Console, known: Failure | None, given: DiagnoseArguments, templates: Sequence[Any]
) -> Diagnosis:
    """The diagnosis. Where the user names no failure and nobody else, and does not ask for a ``fresh`` look,
    it starts from the last run that failed here."""
    from azext_aksinvokefix import diagnosis
    from azext_aksinvokefix.surface import signals
    from azext_aksinvokefix.surface.connection import connect_or_raise
    from azext_aksinvokefix.surface.memory import last_run

    try:
        with console.progress(), signals.terminable():
            console.stage("Checking every stage")
            edge, target = connect_or_raise(cmd, console)
            alone = not (given.fresh or known or given.command_id or given.principal)
            last = last_run.recalled(cmd, target.id, console) if alone else None
            found = diagnosis.diagnose(edge, target.id, known, given.command_id, given.principal, templates, last)
            if last:
                console.note(last_run.told(last, found))
    except KeyboardInterrupt as interrupt:
        console.error("Interrupted. Nothing was changed: a diagnosis only reads.")
        sys.exit(signals.exit_code(interrupt))
    return found
