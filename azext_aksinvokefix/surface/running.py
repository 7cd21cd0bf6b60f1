"""A command from its az arguments to its result and its diagnosis, told on the console."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azext_aksinvokefix.invoke.result import RunResult
    from azext_aksinvokefix.lifecycle import Diagnosis, Failure
    from azext_aksinvokefix.report.console import Console
    from azext_aksinvokefix.surface.arguments.run_arguments import RunArguments


def ended(
    cmd: Any,
    console: Console,
    asked: RunArguments,
    on_failure: str | None,
    bracket: Callable[[bytes], bytes] | None = None,
) -> RunResult:
    """How the command ended: its output, what there is to say about it, and the diagnosis if that is wanted."""
    from azext_aksinvokefix import log_records
    from azext_aksinvokefix.cluster import cluster_path
    from azext_aksinvokefix.surface import exits, signals
    from azext_aksinvokefix.surface.memory import last_run

    began = datetime.now(timezone.utc)
    with log_records.redacted():
        try:
            with console.progress(), signals.terminable():
                result = _run(cmd, console, asked)
        except KeyboardInterrupt as interrupt:
            console.interrupted()
            sys.exit(signals.exit_code(interrupt))
        console.label(exits.of_run(result))
        if not console.wants_object:
            console.raw(result, bracket)
        console.run_ended(result, asked.timeout, on_failure)
        if console.subscription:
            cluster_id = cluster_path(console.subscription, console.resource_group, console.cluster)
            last_run.remember(cmd, cluster_id, result, began)
        if result.failure:
            result = replace(result, diagnosis=_explained(cmd, console, result.failure, on_failure))
    return result


def wants_repair(console: Console, result: RunResult, on_failure: str | None) -> bool:
    """Whether to go on with `repair`: asked on a terminal, where there is something that a plan can repair."""
    from azext_aksinvokefix.report.blocks import blocks
    from azext_aksinvokefix.report.headline import can_repair
    from azext_aksinvokefix.surface import read_only

    if on_failure in ("none", "explain") or not console.can_ask or console.wants_object:
        return False
    if read_only.is_set(console.cli_ctx):
        return False
    if not (result.diagnosis and can_repair(result.diagnosis, blocks(result.diagnosis.findings))):
        return False
    try:
        return console.ask("Repair it now, step by step?", default=False)
    except KeyboardInterrupt:
        return False


def _run(cmd: Any, console: Console, asked: RunArguments) -> RunResult:
    from azext_aksinvokefix.arm import ArmError
    from azext_aksinvokefix.invoke import refusal
    from azext_aksinvokefix.invoke.attachments import AttachmentError
    from azext_aksinvokefix.invoke.result import RunResult
    from azext_aksinvokefix.surface import invoking

    console.announces_id = not asked.submit_only
    try:
        return invoking.run(cmd, console, asked)
    except AttachmentError as error:
        refused = refusal.failure_of(error.finding, str(error))
        return RunResult("notRun", failure=replace(refused, facts={"remedy": error.remedy}))
    except ArmError as error:
        return RunResult("notRun", failure=refusal.from_error(error))


def _explained(cmd: Any, console: Console, failure: Failure, on_failure: str | None) -> Diagnosis | None:
    """The diagnosis of a run that failed, if it is wanted; looking for the cause never changes how the run ended."""
    from azext_aksinvokefix import diagnosis
    from azext_aksinvokefix.arm import ArmError
    from azext_aksinvokefix.surface.connection import connect

    if not console.should_explain(failure, on_failure):
        console.not_diagnosed(failure, on_failure)
        return None
    try:
        with console.progress():
            console.stage("Looking for the cause")
            edge, target = connect(cmd, console, None)
            found = diagnosis.diagnose(edge, target.id, failure)
    except ArmError:
        found = diagnosis.offline(failure)
    except KeyboardInterrupt:
        console.not_diagnosed(failure, on_failure)
        return None
    console.diagnosed(found)
    return found
