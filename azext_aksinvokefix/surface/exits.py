"""Every exit code of every command, and the one way to leave with it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix.changes.apply import Outcome
    from azext_aksinvokefix.fixes.repair import RepairRun
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
    """The remote command's own exit code where it ran, else why it did not; an error where its files did not come."""
    if result.outcome in ("succeeded", "failed") and result.exit_code is not None:
        # The system keeps the lowest eight bits; what is left of a failure must not read as success.
        return result.exit_code & 0xFF or int(result.exit_code != 0 or bool(result.lost_files))
    if result.outcome == "running":
        return SUCCESS
    if result.outcome == "timedOut":
        return TIMED_OUT
    missing = result.outcome == "notRun" and result.failure and result.failure.finding == "cluster-not-found"
    return NOT_FOUND if missing else NOT_RUN


def of_change(outcome: Outcome) -> int:
    """Success when all was made, or nothing was to be done, and nothing shows that it has no effect."""
    return ERROR if outcome.failed else SUCCESS


def of_repair(walk: RepairRun) -> int:
    """Success when an invoke works or a plan was all that was asked for."""
    findings = walk.seen.findings if walk.seen and not walk.works else ()
    if any((found.id, found.confidence) == ("cluster-not-found", "confirmed") for found in findings):
        return NOT_FOUND
    return SUCCESS if walk.works or walk.only_planned else ERROR


def leave_where_findings_stand(cli_ctx: Any, severities: Iterable[str], fail_on: str) -> None:
    """Leave with their code where a finding is as severe as `--fail-on` says, or more."""
    if any(_SEVERITY[each] >= _SEVERITY[fail_on] for each in severities):
        exit_with(cli_ctx, FINDINGS_STAND)


_SEVERITY = {"info": 0, "warning": 1, "error": 2, "never": 3}


def exit_with(cli_ctx: Any, code: int) -> None:
    """Leave with ``code`` once the result is printed, in whatever format; of several clusters the first bad one counts.

    The event is raised behind the formatter, so the exit code holds for every ``-o`` and ``--query``; and also where
    one of the two fails, for what was done is done.
    """
    from knack.events import EVENT_CLI_SUCCESSFUL_EXECUTE

    # A command gets a copy of the CLI, one for each cluster; the invocation knows the one that prints and leaves.
    cli = cli_ctx.invocation.cli_ctx
    if _CODE not in cli.data:
        cli.data[_CODE] = SUCCESS
        cli.register_event(EVENT_CLI_SUCCESSFUL_EXECUTE, _leave)
        _keep_when_printing_fails(cli)
    cli.data[_CODE] = cli.data[_CODE] or code


_CODE = "aks_invoke_fix_exit"
_LONGEST_REASON = 300
#: Where az is between a command's result and standard output, and what it then does for the user.
_PRINTING = {"knack.query": "The --query cannot be applied", "knack.output": "The output format cannot be applied"}


def _leave(cli: Any, **_: Any) -> None:
    from azext_aksinvokefix.report import terminal

    terminal.flush_stdout()
    if cli.data[_CODE] != SUCCESS:
        sys.exit(cli.data[_CODE])


def _keep_when_printing_fails(cli: Any) -> None:
    """JMESPath raises whatever its functions do, such as TypeError for a number compared with a text."""
    by_az = cli.exception_handler

    def handle(error: BaseException) -> Any:
        from knack.log import get_logger

        from azext_aksinvokefix.quoting import one_line
        from azext_aksinvokefix.redact import redact
        from azext_aksinvokefix.report import terminal

        what, code = _printing(error), cli.data[_CODE]
        if what and isinstance(error, OSError):
            return by_az(terminal.not_written(error))
        if what is None:
            return by_az(error)
        # JMESPath quotes the value that it stumbled over, which may be all that the command printed.
        why = redact(one_line(str(error)[:_LONGEST_REASON]))
        get_logger(__name__).error("%s to the result: %s. The exit code %s stands.", what, why, code)
        return code

    cli.exception_handler = handle


def _printing(error: BaseException) -> str | None:
    """What az did for the user when the error was raised, if that was after the command."""
    trace = error.__traceback__
    while trace is not None:
        what = _PRINTING.get(str(trace.tb_frame.f_globals.get("__name__")))
        if what is not None:
            return what
        trace = trace.tb_next
    return None
