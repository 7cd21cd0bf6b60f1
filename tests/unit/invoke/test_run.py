"""How a run ends that did not get as far as a result."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from azext_aksinvokefix.arm import Answer, Arm, ArmError, SignInError
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.invoke import run as invoke
from azext_aksinvokefix.invoke.refusal import from_error
from azext_aksinvokefix.surface import exits
from tests.present import present

TARGET = Target("/subscriptions/s/resourceGroups/rg/x/managedClusters/c", "s", "rg", "c")
ID = "3e95f88a67b54ccbb4b0fc5e6b5cb859"
START_TIMEOUT = (
    "Failed to run command due to cluster perf issue, container command-" + ID + " in aks-command namespace did not "
    "start within 30s on your cluster"
)


def refused(code: str, message: str) -> Answer:
    return Answer(500, {}, json.dumps({"code": code, "message": message}).encode())


class Ears:
    """A listener that remembers what it was told."""

    def __init__(self) -> None:
        self.id: str | None = None
        self.told_of_submission = False

    def stage(self, text: str) -> None:
        pass

    def note(self, line: str) -> None:
        pass

    def submitting(self) -> None:
        self.told_of_submission = True

    def command_id(self, command_id: str) -> None:
        self.id = command_id


class Readable(Arm):
    """ARM that shows an empty document, or refuses with ``read``."""

    def __init__(self, deadline: float | None, read: ArmError | None) -> None:
        super().__init__(None, "https://management.azure.com", deadline)
        self._refusal = read

    def get(self, path: str, api_version: str | None = None, **params: str) -> Any:
        if self._refusal:
            raise self._refusal
        return {}


class Edge:
    """A cluster that can be read, or not, and a service that answers the POST with ``posted``."""

    def __init__(
        self, read: ArmError | None = None, posted: Answer | None = None, deadline: float | None = None
    ) -> None:
        self.arm: Arm = Readable(deadline, read)
        self._posted = posted

    def post(self, cluster: Target, payload: Mapping[str, str | None], read_timeout: float) -> Answer:
        return present(self._posted)

    def cluster_token(self, cluster: Mapping[str, Any]) -> str:
        raise AssertionError("this cluster takes no token")


@pytest.mark.parametrize("code", ["NotFound", "ResourceNotFound", None])
def test_a_cluster_that_is_not_there_is_said_so_in_any_wording(code: str | None) -> None:
    found = invoke.run(Edge(ArmError(404, code, "Could not find it.")), TARGET, "x", None, Ears())
    assert (found.outcome, present(found.failure).finding, exits.of_run(found)) == ("notRun", "cluster-not-found", 3)


def test_a_deadline_that_passes_before_the_command_is_sent_is_a_timeout() -> None:
    ears = Ears()
    late = Edge(ArmError(None, None, "Read timed out."), deadline=time.monotonic() - 1)
    found = invoke.run(late, TARGET, "x", None, ears)
    assert (found.outcome, exits.of_run(found), ears.told_of_submission) == ("timedOut", 124, False)


def test_no_id_to_come_back_with_is_no_success() -> None:
    found = invoke.submit_only(Edge(posted=Answer(202, {}, b"")), TARGET, "x", None, Ears())
    assert (found.outcome, present(found.failure).finding, exits.of_run(found)) == ("unknown", "result-lost", 125)


def test_the_id_in_a_refusal_is_kept() -> None:
    found = invoke.run(Edge(posted=refused("KubernetesPerformanceError", START_TIMEOUT)), TARGET, "x", None, Ears())
    assert (found.outcome, found.command_id) == ("notRun", ID)


def test_the_id_of_a_command_that_may_have_run_is_told() -> None:
    ears = Ears()
    maybe = refused("InternalOperationError", f"Internal error in container command-{ID}.")
    found = invoke.run(Edge(posted=maybe), TARGET, "x", None, ears)
    assert (found.outcome, found.command_id, ears.id) == ("unknown", ID, ID)


NO_TOKEN = "Failed to connect to MSI. Please make sure MSI is configured correctly.\nGet Token request returned: {}"


@pytest.mark.parametrize(
    ("text", "where", "finding"),
    [
        (NO_TOKEN.format("<Response [400]>"), "cloud-shell-token", "cloud-shell-token"),
        (NO_TOKEN.format("<Response [400]>"), "sign-in-expired", "sign-in-expired"),
        (NO_TOKEN.format("<Response [500]>"), "sign-in-expired", "sign-in-expired"),
        ("Expecting value: line 1 column 1 (char 0)", "sign-in-expired", "sign-in-expired"),
        ("AADSTS90072: User account from 'live.com' does not exist in tenant", "sign-in-expired", "wrong-tenant"),
    ],
)
def test_a_token_that_was_refused_is_a_matter_of_the_sign_in(text: str, where: str, finding: str) -> None:
    found = from_error(SignInError(text, where))
    assert (found.stage, found.finding) == ("sign-in", finding)


def test_an_answer_that_is_no_azure_is_a_matter_of_the_network() -> None:
    assert from_error(ArmError(302, None, "<html>Log in to the guest network</html>")).finding == "network-unreachable"


@pytest.mark.parametrize(
    "text", ["read: connection reset by peer", "context deadline exceeded", "net/http: i/o timeout"]
)
def test_what_breaks_on_the_way_to_azure_is_never_blamed_on_the_cluster(text: str) -> None:
    assert from_error(ArmError(None, None, text)).finding == "network-unreachable"
    assert from_error(ArmError(400, None, f"details: {text}")).finding == "api-server-unreachable"
