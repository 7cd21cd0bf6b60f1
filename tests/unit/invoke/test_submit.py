"""A command that may have run is never sent a second time."""

from __future__ import annotations

import json
from urllib.error import URLError

import pytest
from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from urllib3.connection import HTTPConnection
from urllib3.exceptions import NewConnectionError, ProtocolError

from azext_aksinvokefix.arm import Answer, Arm, ArmError, SignInError
from azext_aksinvokefix.invoke import refusal
from azext_aksinvokefix.invoke.submit import Accepted, NotAcceptedError, command_id_of, submit

HOST = "https://management.azure.com"
ID = "300ac3fddbb444308fa05d36a3002ef3"
CLUSTER = "/subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerService/managedclusters/c"
LOCATION = f"{HOST}{CLUSTER}/commandResults/{ID}?api-version=2024-09-01"
TAKEN = Answer(202, {"location": LOCATION}, b"")


def refused(status: int, code: str = "X", message: str = "x", **headers: str) -> Answer:
    return Answer(status, headers, json.dumps({"error": {"code": code, "message": message}}).encode())


def unanswered(cause: Exception) -> ArmError:
    error = ArmError(None, None, str(cause))
    error.__cause__ = cause
    return error


def never_connected() -> ArmError:
    return unanswered(
        ServiceRequestError(
            "no", error=NewConnectionError(HTTPConnection("management.azure.com"), "Connection refused")
        )
    )


def reset_after_sending() -> ArmError:
    return unanswered(ServiceResponseError("no", error=ProtocolError("Connection aborted.", ConnectionResetError())))


def sent_to(*script: Answer | ArmError) -> tuple[Accepted | NotAcceptedError, int]:
    """A service that answers with ``script``; returns what was submitted, or the refusal, and how often it was sent."""
    sent: list[int] = []
    steps = iter(script)

    def send(_: float) -> Answer:
        sent.append(1)
        step = next(steps)
        if isinstance(step, Exception):
            raise step
        return step

    try:
        found: Accepted | NotAcceptedError = submit(send, Arm(None, HOST), lambda *_: None, back_off=(0.0, 0.0, 0.0))
    except NotAcceptedError as error:
        found = error
    return found, len(sent)


def post(*script: Answer | ArmError) -> tuple[Accepted, int]:
    """The same for a service that takes the command."""
    found, sent = sent_to(*script)
    assert isinstance(found, Accepted), found
    return found, sent


def turned_away(*script: Answer | ArmError) -> tuple[NotAcceptedError, int]:
    """The same for one that does not."""
    found, sent = sent_to(*script)
    assert isinstance(found, NotAcceptedError), found
    return found, sent


def test_the_command_id_is_known_as_soon_as_the_command_is_taken() -> None:
    accepted, sent = post(TAKEN)
    assert (accepted.command_id, accepted.location, sent) == (ID, LOCATION, 1)


@pytest.mark.parametrize(
    "first",
    [
        never_connected(),
        refused(429, "TooManyRequests"),
        refused(503, "ServerBusy", **{"retry-after": "0"}),
    ],
    ids=["no connection", "429", "503 with Retry-After"],
)
def test_what_was_provably_not_taken_is_sent_again(first: Answer | ArmError) -> None:
    accepted, sent = post(first, TAKEN)
    assert (accepted.command_id, sent) == (ID, 2)


@pytest.mark.parametrize(
    "first",
    [
        reset_after_sending(),
        refused(500, "InternalServerError", "Encountered internal server error."),
        refused(502),
        refused(503),
        refused(504, "GatewayTimeout"),
    ],
    ids=["reset", "500", "502", "503 without Retry-After", "504"],
)
def test_what_may_have_been_taken_is_not_sent_again(first: Answer | ArmError) -> None:
    refusal, sent = turned_away(first, TAKEN)
    assert (refusal.maybe_ran, sent) == (True, 1)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413])
def test_a_refusal_is_final(status: int) -> None:
    refusal, sent = turned_away(refused(status), TAKEN)
    assert (refusal.maybe_ran, refusal.error.status, sent) == (False, status, 1)


def test_a_server_error_that_says_why_nothing_ran_is_a_refusal() -> None:
    text = (
        "Failed to run command in managed cluster due to kubernetes failure. details: admission webhook "
        '"validation.gatekeeper.sh" denied the request: [azurepolicy-k8sazurev2noprivilege-e12c4338d05b4acd7981] no'
    )
    refusal, sent = turned_away(refused(500, "KubernetesOperationError", text), TAKEN)
    assert (refusal.maybe_ran, sent) == (False, 1)


def test_a_service_that_stays_busy_is_given_up() -> None:
    refusal, sent = turned_away(*[refused(429)] * 4)
    assert (refusal.error.status, sent) == (429, 4)


def test_a_location_elsewhere_is_not_followed() -> None:
    accepted, _ = post(Answer(202, {"location": LOCATION.replace(HOST, "https://evil.example")}, b""))
    assert (accepted.location, accepted.command_id) == (None, ID)


@pytest.mark.parametrize(
    "location", ["https://[bad", f"https://management.azure.com:99999{CLUSTER}/commandResults/{ID}"]
)
def test_a_location_that_is_no_url_is_not_followed(location: str) -> None:
    accepted, _ = post(Answer(202, {"location": location}, json.dumps({"id": ID}).encode()))
    assert (accepted.location, accepted.command_id) == (None, ID)


def test_a_relative_location_is_followed_with_its_whole_query() -> None:
    relative = f"{CLUSTER}/commandResults/{ID}?api-version=1&t=1&c=MII%2B&s=a_b"
    accepted, _ = post(Answer(202, {"location": relative}, b""))
    assert (accepted.location, accepted.command_id) == (HOST + relative, ID)


@pytest.mark.parametrize("location", [None, f"{HOST}/subscriptions/s/providers/X/operationresults/1"])
def test_the_other_header_may_be_the_one_that_names_the_result(location: str | None) -> None:
    headers = {"azure-asyncoperation": LOCATION, **({"location": location} if location else {})}
    accepted, _ = post(Answer(202, headers, b""))
    assert (accepted.location, accepted.command_id) == (LOCATION, ID)


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_is_not_followed_with_the_cluster_token(status: int) -> None:
    refusal, sent = turned_away(
        Answer(status, {"location": LOCATION.replace(HOST, "https://portal.example")}, b""), TAKEN
    )
    assert (refusal.maybe_ran, sent) == (False, 1)


def test_a_certificate_error_is_not_tried_again() -> None:
    refusal, sent = turned_away(unanswered(URLError("certificate verify failed: self signed certificate")), TAKEN)
    assert (refusal.maybe_ran, sent) == (False, 1)


@pytest.mark.parametrize(
    ("location", "found"),
    [
        (LOCATION, ID),
        (LOCATION.replace("commandResults", "COMMANDRESULTS"), ID),
        (f"{HOST}/x/commandResults/ab-cd_12?api-version=1", "ab-cd_12"),
        (f"{HOST}/x/operations/1", None),
        (f"{HOST}/x/commandResults/..%2F..%2Fother?api-version=1", None),
        (f"{HOST}/x/commandResults/a%0Ab", None),
        (f"{HOST}/x/commandResults/%1b[31m", None),
        (f"{HOST}/x/commandResults/{'a' * 129}", None),
        ("", None),
        (None, None),
    ],
)
def test_the_command_id_is_read_off_the_location(location: str | None, found: str | None) -> None:
    assert command_id_of(location) == found


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (
            "HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max retries exceeded with url: /common",
            "network-unreachable",
        ),
        ("Could not find a suitable TLS CA certificate bundle, invalid path: /etc/corp.pem", "network-unreachable"),
        ("HTTPConnectionPool(host='169.254.169.254', port=80): Max retries exceeded with url: /x", "sign-in-expired"),
        ("Please run 'az login' to setup account.", "sign-in-expired"),
        ("AADSTS70043: The refresh token has expired or is invalid", "sign-in-expired"),
    ],
)
def test_a_token_that_the_network_kept_away_is_no_expired_sign_in(text: str, finding: str) -> None:
    assert refusal.from_error(SignInError(text, "sign-in-expired")).finding == finding
