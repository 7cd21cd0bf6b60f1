"""A run from what was asked for to its result: one invoke, and more of them only to read what the service cut."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.invoke import fetch, outcome, paging
from azext_aksinvokefix.invoke import run as invoke
from azext_aksinvokefix.invoke.attachments import Attachments, pack
from azext_aksinvokefix.invoke.looked_up import with_advice
from azext_aksinvokefix.invoke.outcome import Expected
from azext_aksinvokefix.invoke.plan import Plan
from azext_aksinvokefix.invoke.request import attach
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.surface.connection import connect
from azext_aksinvokefix.surface.memory.begun import Begun

if TYPE_CHECKING:
    from azext_aksinvokefix._client_factory import CliEdge
    from azext_aksinvokefix.cluster import Target
    from azext_aksinvokefix.report.console import Console
    from azext_aksinvokefix.surface.arguments.run_arguments import RunArguments


class Remembering:
    """The console as a listener that also remembers the run once it has an id, so that it can be resumed."""

    def __init__(self, console: Console, begun: Begun, plan: Plan) -> None:
        self._console = console
        self._begun = begun
        self._plan = plan

    def stage(self, text: str) -> None:
        self._console.stage(text)

    def note(self, line: str) -> None:
        self._console.note(line)

    def submitting(self) -> None:
        self._console.submitting()

    def command_id(self, command_id: str) -> None:
        self._begun.keep(command_id, self._plan)
        self._console.command_id(command_id)


class Reading:
    """Listens to the reading of a page: its command is none of the user's."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def stage(self, text: str) -> None:
        self._console.stage(f"Reading the rest of the output ({text.lower()})")

    def note(self, line: str) -> None:
        """Nothing."""

    def submitting(self) -> None:
        """Nothing."""

    def command_id(self, command_id: str) -> None:
        """Nothing."""


def run(cmd: Any, console: Console, asked: RunArguments) -> RunResult:
    """Submit what was asked for, or follow what was submitted before; raises AttachmentError and ArmError."""
    begun = Begun(cmd.cli_ctx.config.config_dir)
    plan = asked.request.plan()
    attachments = _attachments(plan, asked, console)
    edge, target = connect(cmd, console, time.monotonic() + asked.timeout if asked.timeout else None)
    if asked.command_id:
        console.command_id(asked.command_id)
        named = [fetch.parse(each, asked.request.below) for each in asked.request.fetches]
        expected = begun.expected(asked.command_id, named)
        url = invoke.result_url(edge.arm, target, asked.command_id)
        result = invoke.follow(edge.arm, url, asked.command_id, console)
        return _resolved(result, expected, edge, target, console)
    begin = invoke.submit_only if asked.submit_only else invoke.run
    if plan is None:
        result = begin(edge, target, asked.request.command, attachments, console)
    else:
        result = begin(edge, target, plan.command, attachments, Remembering(console, begun, plan))
        result = _resolved(result, Expected(plan), edge, target, console)
    return with_advice(result, attachments)


def _attachments(plan: Plan | None, asked: RunArguments, console: Console) -> Attachments | None:
    packed = pack(asked.files)
    if plan is None:
        return packed
    if plan.script and plan.script.converted:
        console.note(f"{plan.script.name} has Windows line endings; they are sent as LF.")
    return attach(plan, packed)


def _resolved(result: RunResult, expected: Expected, edge: CliEdge, target: Target, console: Console) -> RunResult:
    def read_page(command_id: str, offset: int) -> bytes | None:
        try:
            page = invoke.run(edge, target, paging.command(command_id, offset), None, Reading(console))
        except ArmError:
            return None
        return page.logs.encode("utf-8", "surrogatepass") if page.outcome == "succeeded" and page.logs else None

    return outcome.resolve(result, expected, read_page)
