"""A diagnosis of a live cluster, from what is known of a failure: by the user, or by this machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix.lifecycle import Diagnosis, Failure
    from azext_aksinvokefix.report.console import Console


def live(
    cmd: Any,
    console: Console,
    known: Failure | None,
    *,
    command_id: str | None,
    principal: str | None,
    templates: Sequence[Any],
    fresh: bool,
) -> Diagnosis:
    """The diagnosis. Where the user names no failure and nobody else, and does not ask for a ``fresh`` look,
    it starts from the last run that failed here."""
    from azext_aksinvokefix import diagnosis
    from azext_aksinvokefix.surface.connection import connect_or_raise
    from azext_aksinvokefix.surface.memory import last_run

    with console.progress():
        console.stage("Looking at every stage")
        edge, target = connect_or_raise(cmd, console)
        alone = not (fresh or known or command_id or principal)
        last = last_run.recalled(cmd, target.id, console) if alone else None
        found = diagnosis.diagnose(edge, target.id, known, command_id, principal, templates, last)
        if last:
            console.note(last_run.told(last, found))
    return found
