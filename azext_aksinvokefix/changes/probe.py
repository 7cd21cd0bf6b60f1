"""The harmless command that proves whether an invoke works: `true`, which prints nothing and changes nothing."""

from __future__ import annotations

from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.invoke.result import RunResult

COMMAND = "true"


def probe(session: Session) -> RunResult:
    """How `true` ended in the cluster. A pod is made and removed for it, as for every invoke."""
    from azext_aksinvokefix.arm import ArmError
    from azext_aksinvokefix.invoke import refusal, run

    try:
        return run.run(session.edge, session.target, COMMAND, None, _Quiet())
    except ArmError as error:
        return RunResult("notRun", failure=refusal.from_error(error))


class _Quiet:
    """A run that nobody asked for tells nobody of its steps."""

    def stage(self, text: str) -> None:
        """Nothing."""

    def note(self, line: str) -> None:
        """Nothing."""

    def submitting(self) -> None:
        """Nothing."""

    def command_id(self, command_id: str) -> None:
        """Nothing."""
