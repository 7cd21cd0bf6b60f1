"""A command from its arguments to its result, and what is said on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.arm import Answer, Arm, ArmError
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.inside.events import of_command
from azext_aksinvokefix.invoke import refusal, result
from azext_aksinvokefix.invoke.attachments import Attachments
from azext_aksinvokefix.invoke.poll import DeadlineError, Lost, Poller
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.invoke.submit import Accepted, NotAcceptedError, submit
from azext_aksinvokefix.lifecycle import Failure


class Edge(Protocol):
    """What this module needs of the CLI: see _client_factory."""

    arm: Arm

    def post(self, cluster: Target, payload: Mapping[str, str | None], read_timeout: float) -> Answer:
        """runCommand, sent once; ArmError when no answer came."""

    def cluster_token(self, cluster: Mapping[str, Any]) -> str:
        """The user's token for the cluster with this ``aadProfile``; SignInError when there is none."""


class Listener(Protocol):
    """Where the steps are told: progress on a terminal, notes on stderr."""

    def stage(self, text: str) -> None:
        """What is being waited for."""

    def note(self, line: str) -> None:
        """Something worth a line."""

    def submitting(self) -> None:
        """From now on the command may reach the cluster."""

    def command_id(self, command_id: str) -> None:
        """The id, as soon as it is known."""


def run(edge: Edge, target: Target, command: str, attachments: Attachments | None, listen: Listener) -> RunResult:
    """Submit ``command`` and wait for its result."""
    begun = start(edge, target, command, attachments, listen)
    if isinstance(begun, RunResult):
        return begun
    if begun.location is None and begun.command_id is None:
        return _nowhere()
    url = begun.location or result_url(edge.arm, target, begun.command_id or "")
    return follow(edge.arm, url, begun.command_id, listen)


def submit_only(
    edge: Edge, target: Target, command: str, attachments: Attachments | None, listen: Listener
) -> RunResult:
    """Submit ``command`` and leave it running."""
    begun = start(edge, target, command, attachments, listen)
    if isinstance(begun, RunResult):
        return begun
    return RunResult("running", command_id=begun.command_id) if begun.command_id else _nowhere()


def start(
    edge: Edge, target: Target, command: str, attachments: Attachments | None, listen: Listener
) -> Accepted | RunResult:
    """Submit ``command`` without waiting; a RunResult when it ended there."""
    try:
        listen.stage("Reading the cluster")
        # A diagnosis of this run reads the cluster once more, and has to. It is about the cluster as it is once the run
        # has failed: one that was stopped or changed meanwhile is what it looks for. And it asks at the newest version
        # that the cloud knows, to which a refusal may answer; before a command every such answer would cost time, while
        # this version is known in every cloud and shows all that the token is asked for with.
        cluster = edge.arm.get(target.id, api_versions.CLUSTER)
        payload = _payload(edge, cluster if isinstance(cluster, dict) else {}, command, attachments)
    except ArmError as error:
        return _not_begun(error, edge.arm)
    if attachments and attachments.files:
        listen.note(attachments.summary())
    listen.submitting()
    try:
        begun = submit(lambda limit: edge.post(target, payload, limit), edge.arm, _tell_pause(listen))
    except NotAcceptedError as error:
        return _not_accepted(error, edge.arm, listen)
    if begun.command_id:
        listen.command_id(begun.command_id)
    final = begun.answer.json()
    return result.interpret(final, begun.command_id) if result.is_final(final) else begun


def follow(arm: Arm, url: str, command_id: str | None, listen: Listener) -> RunResult:
    """Wait for the result of a command that was submitted, now or earlier."""
    listen.stage("Running")
    try:
        final = Poller(arm, url).wait()
    except DeadlineError:
        return RunResult("timedOut", command_id=command_id)
    if isinstance(final, Lost):
        return RunResult("unknown", command_id=command_id, failure=of_command(_lost(final.error), command_id))
    return result.interpret(final, command_id)


def result_url(arm: Arm, target: Target, command_id: str) -> str:
    """Where the result of a command is found when the service's own URL is not at hand."""
    return arm.url(f"{target.id}/commandResults/{command_id}", api_versions.CLUSTER)


def _payload(
    edge: Edge, cluster: Mapping[str, Any], command: str, attachments: Attachments | None
) -> dict[str, str | None]:
    properties = cluster.get("properties")
    profile = properties.get("aadProfile") if isinstance(properties, dict) else None
    token = edge.cluster_token(profile) if isinstance(profile, dict) else None
    return {"command": command, "context": attachments.context if attachments else "", "cluster_token": token}


def _tell_pause(listen: Listener) -> Callable[[float, ArmError], None]:
    def tell(seconds: float, error: ArmError) -> None:
        listen.note(f"Not accepted yet ({refusal.from_error(error).finding}); trying again in {seconds:.1f} s.")

    return tell


def _not_begun(error: ArmError, arm: Arm) -> RunResult:
    if _is_late(arm):
        return RunResult("timedOut")
    failure = refusal.from_error(error)
    if error.is_missing:
        failure = refusal.failure_of("cluster-not-found", failure.message, error.code)
    return RunResult("notRun", failure=failure)


def _not_accepted(refused: NotAcceptedError, arm: Arm, listen: Listener) -> RunResult:
    error = refused.error
    if _is_late(arm):
        return RunResult("timedOut")
    failure = refusal.from_error(error)
    command_id = failure.facts.get("commandId")
    if not refused.maybe_ran:
        return RunResult("notRun", command_id=command_id, failure=failure)
    if command_id:
        listen.command_id(command_id)
    lost = refusal.failure_of("result-lost", failure.message, error.code)
    return RunResult("unknown", command_id=command_id, failure=lost)


def _is_late(arm: Arm) -> bool:
    return arm.deadline is not None and time.monotonic() >= arm.deadline


def _nowhere() -> RunResult:
    lost = "The service accepted the command but did not say where its result will be."
    return RunResult("unknown", failure=refusal.failure_of("result-lost", lost))


def _lost(error: ArmError) -> Failure:
    """What a result that cannot be read means: a missing right and an expired sign-in are told apart from a loss."""
    failure = refusal.from_error(error)
    if error.status in (401, 403):
        return failure
    return refusal.failure_of("result-lost", failure.message, error.code)
