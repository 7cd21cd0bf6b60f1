"""The harmless command that proves whether an invoke works: `true`, which prints nothing and changes nothing."""

from __future__ import annotations

import time

from azext_aksinvokefix import retry
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.invoke.result import RunResult

COMMAND = "true"
#: What an answer that was lost on the way reads as.
_PASSES = ("result-lost", "service-error", "network-unreachable")


def probe(session: Session) -> RunResult:
    """How `true` ended in the cluster. A pod is made and removed for it, as for every invoke.

    A lost answer says nothing about the cluster, and `true` may run twice: it is tried again, unless one try alone took
    longer than a silence is endured.
    """
    from azext_aksinvokefix.arm import ArmError
    from azext_aksinvokefix.invoke import refusal, run

    until = time.monotonic() + retry.SILENCE
    for pause in (*retry.PROBE_PAUSES, None):
        try:
            result = run.run(session.edge, session.target, COMMAND, None, _Quiet())
        except ArmError as error:
            return RunResult("notRun", failure=refusal.from_error(error))
        is_lost = result.outcome == "unknown" and result.failure is not None and result.failure.finding in _PASSES
        if not is_lost or not pause or time.monotonic() > until:
            break
        time.sleep(pause)
    return result


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
