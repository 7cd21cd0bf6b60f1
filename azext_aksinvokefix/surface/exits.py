"""Every exit code of every command, and the one way to leave with it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix.changes.apply import Outcome
    from azext_aksinvokefix.fixes.repair import Walk
    from azext_aksinvokefix.invoke.result import RunResult

SUCCESS = 0
ERROR = 1
#: As az has it, where a cluster, group or subscription does not exist.
NOT_FOUND = 3
#: `--fail-on`: a finding at or above it stands.
FINDINGS_STAND = 4
#: Of `run`: `--timeout` passed; the command did not run, or it is not known whether it did.
TIMED_OUT = 124
NOT_RUN = 125
#: What a shell reports for a program that ended by Ctrl-C or SIGTERM.
INTERRUPTED = 130
TERMINATED = 143


def of_run(result: RunResult) -> int:
    """The remote command's own exit code where it ran, else why it did not."""
    if result.outcome in ("succeeded", "failed") and result.exit_code is not None:
        # The system keeps the lowest eight bits; what is left of a failure must not read as success.
        return result.exit_code & 0xFF or int(result.exit_code != 0)
    if result.outcome == "running":
        return SUCCESS
    if result.outcome == "timedOut":
        return TIMED_OUT
    missing = result.outcome == "notRun" and result.failure and result.failure.finding == "cluster-not-found"
    return NOT_FOUND if missing else NOT_RUN


def of_change(outcome: Outcome) -> int:
    """Success when all was made, or nothing was to be done, and nothing shows that it has no effect."""
    return outcome.status


def of_repair(walk: Walk) -> int:
    """Success when an invoke works or a plan was all that was asked for."""
    findings = walk.diagnosis["findings"] if walk.diagnosis and not walk.works else ()
    if any((found["id"], found["confidence"]) == ("cluster-not-found", "confirmed") for found in findings):
        return NOT_FOUND
    return SUCCESS if walk.works or walk.only_planned else ERROR


def exit_with(cli_ctx: Any, code: int) -> None:
    """Leave with ``code`` once the result is printed, in whatever format; of several clusters the first bad one counts.

    The event is raised behind the formatter, so the exit code holds for every ``-o`` and ``--query``.
    """
    from knack.events import EVENT_CLI_SUCCESSFUL_EXECUTE

    if code == SUCCESS or "aks_invoke_fix_exit" in cli_ctx.data:
        return
    cli_ctx.data["aks_invoke_fix_exit"] = code
    cli_ctx.register_event(EVENT_CLI_SUCCESSFUL_EXECUTE, lambda *_, **__: sys.exit(code))
