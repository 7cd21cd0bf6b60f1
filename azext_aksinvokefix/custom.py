"""One thin function a command: az arguments in, domain call, plain object out."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix._client_factory import CliEdge
    from azext_aksinvokefix.invoke.result import RunResult
    from azext_aksinvokefix.invoke.run import Target
    from azext_aksinvokefix.report.console import Console


def run(
    cmd: Any,
    resource_group_name: str,
    name: str,
    command_string: str | None = None,
    command_files: list[str] | None = None,
    timeout: float | None = None,
    submit_only: bool = False,
    on_failure: str | None = None,
    command_id: str | None = None,
) -> Any:
    """Run a command in the cluster, or wait for one that was submitted before."""
    from azext_aksinvokefix import redact
    from azext_aksinvokefix.invoke.result import INTERRUPTED
    from azext_aksinvokefix.report.console import Console

    console = Console(cmd.cli_ctx, resource_group_name, name)
    with redact.logs():
        try:
            with console.progress():
                result = _run(cmd, console, command_string, command_files or [], timeout, submit_only, command_id)
        except KeyboardInterrupt:
            console.interrupted()
            sys.exit(INTERRUPTED)
        console.run_ended(result, timeout)
    _exit_with(cmd.cli_ctx, result.process_exit)
    return result.to_json() if console.wants_object else console.raw(result)


def _run(
    cmd: Any,
    console: Console,
    command: str | None,
    files: list[str],
    timeout: float | None,
    submit_only: bool,
    command_id: str | None,
) -> RunResult:
    import time

    from azext_aksinvokefix.arm import ArmError
    from azext_aksinvokefix.invoke import refusal
    from azext_aksinvokefix.invoke import run as invoke
    from azext_aksinvokefix.invoke.attachments import AttachmentError, pack
    from azext_aksinvokefix.invoke.result import RunResult

    try:
        attachments = pack(files)
        edge, target = _connect(cmd, console, time.monotonic() + timeout if timeout else None)
        if command_id:
            console.command_id(command_id)
            return invoke.follow(edge.arm, invoke.result_url(edge.arm, target, command_id), command_id, console)
        if submit_only:
            begun = invoke.start(edge, target, command or "", attachments, console)
            return begun if isinstance(begun, RunResult) else RunResult("running", command_id=begun.command_id)
        return invoke.run(edge, target, command or "", attachments, console)
    except AttachmentError as error:
        return RunResult("notRun", failure=refusal.of(error.finding, f"{error} {error.remedy}"))
    except ArmError as error:
        return RunResult("notRun", failure=refusal.from_error(error))


def _connect(cmd: Any, console: Console, deadline: float | None) -> tuple[CliEdge, Target]:
    """The signed-in edge and the cluster's id; raises SignInError when there is no sign-in to use."""
    from knack.util import CLIError

    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix.arm import SignInError, cluster_path
    from azext_aksinvokefix.invoke.run import Target

    try:
        client = clients.container_service(cmd.cli_ctx)
    except CLIError as error:
        raise SignInError(str(error), "sign-in-expired") from error
    group, name = console.resource_group, console.cluster
    target = Target(group, name, cluster_path(clients.subscription_of(client), group, name))
    return clients.CliEdge(cmd, client, deadline), target


def _exit_with(cli_ctx: Any, code: int) -> None:
    """Leave with ``code`` once the result is printed in whatever format; with several clusters the first bad one counts.

    The event is raised behind the formatter, so the exit code holds for every ``-o`` and ``--query``.
    """
    from knack.events import EVENT_CLI_SUCCESSFUL_EXECUTE

    if code == 0 or "aks_invoke_fix_exit" in cli_ctx.data:
        return
    cli_ctx.data["aks_invoke_fix_exit"] = code
    cli_ctx.register_event(EVENT_CLI_SUCCESSFUL_EXECUTE, lambda *_, **__: sys.exit(code))
