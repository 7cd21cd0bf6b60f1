"""One thin function a command: az arguments in, domain call, plain object out."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix._client_factory import CliEdge
    from azext_aksinvokefix.invoke.result import RunResult
    from azext_aksinvokefix.invoke.run import Target
    from azext_aksinvokefix.lifecycle import Failure
    from azext_aksinvokefix.report.console import Console


def run(
    cmd: Any,
    resource_group_name: str,
    name: str,
    *,
    command_string: str | None = None,
    command_files: list[str] | None = None,
    timeout: float | None = None,
    submit_only: bool = False,
    on_failure: str | None = None,
    command_id: str | None = None,
) -> Any:
    """Run a command in the cluster, or wait for one that was submitted before."""
    from azext_aksinvokefix import redact
    from azext_aksinvokefix.invoke import signals
    from azext_aksinvokefix.report.console import Console

    console = Console(cmd.cli_ctx, resource_group_name, name)
    with redact.logs():
        try:
            with console.progress(), signals.terminable():
                result = _run(
                    cmd,
                    console,
                    command_string,
                    command_files or [],
                    timeout=timeout,
                    submit_only=submit_only,
                    command_id=command_id,
                )
        except KeyboardInterrupt as interrupt:
            console.interrupted()
            sys.exit(signals.exit_code(interrupt))
        console.run_ended(result, timeout)
        if result.failure:
            result = replace(result, diagnosis=_explained(cmd, console, result.failure, on_failure))
    exit_with(cmd.cli_ctx, result.process_exit)
    return result.to_json() if console.wants_object else console.raw(result)


def _run(
    cmd: Any,
    console: Console,
    command: str | None,
    files: list[str],
    *,
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
            return invoke.submit_only(edge, target, command or "", attachments, console)
        return invoke.run(edge, target, command or "", attachments, console)
    except AttachmentError as error:
        return RunResult("notRun", failure=refusal.of(error.finding, f"{error} {error.remedy}"))
    except ArmError as error:
        return RunResult("notRun", failure=refusal.from_error(error))


def _connect(cmd: Any, console: Console, deadline: float | None) -> tuple[CliEdge, Target]:
    """The signed-in edge and the cluster's id; raises ArmError: no such subscription, SignInError: not signed in."""
    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix.arm import ArmError, SignInError, cluster_path, credential_errors
    from azext_aksinvokefix.invoke.run import Target

    try:
        client = clients.container_service(cmd.cli_ctx)
    except credential_errors() as error:
        if clients.says_no_such_subscription(str(error)):
            raise ArmError(404, "SubscriptionNotFound", str(error)) from error
        raise SignInError(str(error), "sign-in-expired") from error
    group, name = console.resource_group, console.cluster
    target = Target(group, name, cluster_path(clients.subscription_of(client), group, name))
    return clients.CliEdge(cmd, client, deadline), target


def _explained(cmd: Any, console: Console, failure: Failure, on_failure: str | None) -> dict[str, Any] | None:
    """The diagnosis of a run that failed, if it is wanted; looking for the cause never changes how the run ended."""
    from azext_aksinvokefix import diagnosis
    from azext_aksinvokefix.arm import ArmError

    if not console.should_explain(on_failure):
        console.not_diagnosed(failure)
        return None
    try:
        with console.progress():
            console.stage("Looking for the cause")
            edge, target = _connect(cmd, console, None)
            found = diagnosis.diagnose(edge, target.id, failure)
    except ArmError:
        found = diagnosis.offline(failure)
    except KeyboardInterrupt:
        return None
    console.diagnosed(found)
    return found


def diagnose(
    cmd: Any,
    resource_group_name: str | None = None,
    name: str | None = None,
    *,
    error: str | None = None,
    error_file: str | None = None,
    command_id: str | None = None,
    offline: bool = False,
    principal: str | None = None,
    fail_on: str = "never",
) -> Any:
    """Say what broke, or what would break, and what fixes it."""
    from azext_aksinvokefix import diagnosis, failure, redact
    from azext_aksinvokefix.report.console import Console

    console = Console(cmd.cli_ctx, resource_group_name or "", name or "")
    text = _read_error_file(error_file) if error_file is not None else error
    known = None if text is None else failure.classify(text, source="argument")
    with redact.logs():
        if offline and known:
            found = diagnosis.offline(known)
        else:
            with console.progress():
                console.stage("Looking at every stage")
                edge, target = _connect_or_raise(cmd, console)
                found = diagnosis.diagnose(edge, target.id, known, command_id, principal)
    if any(_SEVERITY[finding["severity"]] >= _SEVERITY[fail_on] for finding in found["findings"]):
        exit_with(cmd.cli_ctx, FINDINGS_STAND)
    return console.page(found)


#: What `diagnose --fail-on` exits with.
FINDINGS_STAND = 4
_SEVERITY = {"info": 0, "warning": 1, "error": 2, "never": 3}


def _connect_or_raise(cmd: Any, console: Console) -> tuple[CliEdge, Target]:
    from azure.cli.core.azclierror import AuthenticationError, ResourceNotFoundError

    from azext_aksinvokefix.arm import ArmError, SignInError

    try:
        return _connect(cmd, console, None)
    except SignInError as error:
        raise AuthenticationError(error.message, recommendation="Sign in with `az login`.") from error
    except ArmError as error:
        raise ResourceNotFoundError(
            error.message, recommendation="`az account list` shows the ones you can use."
        ) from error


def _read_error_file(path: str) -> str:
    """A text of any encoding; its start when it is too long to be a failure's."""
    from azure.cli.core.azclierror import FileOperationError

    try:
        if path == "-":
            return sys.stdin.buffer.read(_TEXT_LIMIT).decode("utf-8", "replace")
        with open(path, "rb") as file:
            return file.read(_TEXT_LIMIT).decode("utf-8", "replace")
    except OSError as error:
        raise FileOperationError(
            f"The file '{path}' cannot be read: {error.strerror or error}.",
            recommendation="Name a file that holds the text of the failure, or '-' for standard input.",
        ) from error


_TEXT_LIMIT = 16 * 1024 * 1024


def explain(cmd: Any, finding: str | None = None) -> Any:
    """The page of a finding, or the list of all."""
    from azext_aksinvokefix import catalog
    from azext_aksinvokefix.report.console import Console

    console = Console(cmd.cli_ctx, "", "")
    if finding is None:
        return [catalog.summary(each) for each in catalog.FINDINGS]
    return console.show(catalog.page(finding)) if console.is_for_a_person else catalog.detail(finding)


def exit_with(cli_ctx: Any, code: int) -> None:
    """Leave with ``code`` once the result is printed, in whatever format; of several clusters the first bad one counts.

    The event is raised behind the formatter, so the exit code holds for every ``-o`` and ``--query``.
    """
    from knack.events import EVENT_CLI_SUCCESSFUL_EXECUTE

    if code == 0 or "aks_invoke_fix_exit" in cli_ctx.data:
        return
    cli_ctx.data["aks_invoke_fix_exit"] = code
    cli_ctx.register_event(EVENT_CLI_SUCCESSFUL_EXECUTE, lambda *_, **__: sys.exit(code))
