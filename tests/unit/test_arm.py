"""Requests as they leave, answers as they came, and when a read is tried again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
import requests
from azure.cli.core.azclierror import AuthenticationError
from azure.core.exceptions import ServiceResponseError
from azure.core.rest import HttpRequest

from azext_aksinvokefix.arm import Answer, Arm, ArmError, SignInError
from tests.worlds.http import Reply

HOST = "https://management.azure.com/"


class Service:
    """Answers with a script and remembers what it was sent; stands in for the pipeline's transport."""

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.urls: list[str] = []
        self.pauses: list[float] = []

    def send_request(self, request: HttpRequest, **_: Any) -> Reply:
        self.urls.append(request.url)
        self.correlation_id = request.headers["x-ms-correlation-request-id"]
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, Reply)
        return step


class Hasty(Arm):
    """One that writes down a pause instead of waiting."""

    def pause(self, seconds: float, reason: ArmError) -> None:
        with mock.patch("time.sleep", self.pipeline.pauses.append):
            super().pause(seconds, reason)


def arm(*script: Any, deadline: float | None = None) -> tuple[Arm, Service]:
    service = Service(*script)
    return Hasty(service, HOST, deadline), service


def test_a_path_and_its_query_are_quoted_once() -> None:
    found, service = arm(Reply(200, {}))
    found.get("/subscriptions/s/x y", "2024-02-01", **{"$filter": "a eq 'b c' and d ge '1'"})
    assert service.urls == [
        "https://management.azure.com/subscriptions/s/x%20y?$filter=a%20eq%20%27b%20c%27%20and%20d%20ge%20%271%27"
        "&api-version=2024-02-01"
    ]


@pytest.mark.parametrize("path", ["/subscriptions/s/..", "/subscriptions/./s", "/a/../b", ".."])
def test_no_path_means_another_resource_than_it_names(path: str) -> None:
    with pytest.raises(ArmError, match="is not the path of a resource"):
        Arm(None, "https://management.azure.com").url(path, "2024-01-01")


@pytest.mark.parametrize(
    "path", ["/subscriptions/a..b", "/subscriptions/...", "https://management.azure.com/a/../b?c=d"]
)
def test_dots_within_a_name_and_a_url_that_azure_gave_are_left_alone(path: str) -> None:
    assert Arm(None, "https://management.azure.com").url(path).endswith(path)


def test_a_url_from_the_service_is_followed_verbatim() -> None:
    link = HOST + "x?api-version=1&$skiptoken=a%2Bb&t=1"
    found, service = arm(Reply(200, {"value": [1], "nextLink": link}), Reply(200, {"value": [2]}))
    assert found.pages("/x", "1") == [1, 2]
    assert service.urls[1] == link


def test_a_next_link_elsewhere_is_not_given_the_users_token() -> None:
    found, service = arm(Reply(200, {"value": [1], "nextLink": "https://evil.example/x"}))
    with pytest.raises(ArmError, match="next page"):
        found.pages("/x", "1")
    assert len(service.urls) == 1


def test_a_list_without_an_end_ends_with_the_time_allowed() -> None:
    found, _ = arm(*[Reply(200, {"value": [1], "nextLink": f"{HOST}x?page={number}"}) for number in range(3)])
    with pytest.raises(ArmError, match="within the time allowed"):
        found.until(time.monotonic() - 1).pages("/x", "1")


def test_a_list_without_an_end_ends_where_no_time_was_set() -> None:
    endless = [Reply(200, {"value": [], "nextLink": f"{HOST}x?page={number}"}) for number in range(600)]
    found, service = arm(*endless)
    with pytest.raises(ArmError, match="does not end within 500 pages"):
        found.pages("/x", "1")
    assert len(service.urls) == 500


def test_who_has_less_time_hurries_nobody_else() -> None:
    found, service = arm(Reply(500), Reply(200, {}))
    hurried = found.until(time.monotonic() - 1)
    with pytest.raises(ArmError):
        hurried.get("/x", "1")
    assert (found.deadline, hurried.correlation_id) == (None, found.correlation_id)
    assert found.get("/x", "1") == {}


def test_a_next_link_to_itself_ends() -> None:
    found, service = arm(*[Reply(200, {"value": [1], "nextLink": HOST + "x?api-version=1"})] * 2)
    assert found.pages("/x", "1") == [1]


@pytest.mark.parametrize(
    ("url", "owned"),
    [
        (HOST + "x", True),
        ("https://westeurope.management.azure.com/x", True),
        ("https://MANAGEMENT.azure.com:443/x", True),
        ("http://management.azure.com/x", False),
        ("https://management.azure.com.evil.example/x", False),
        ("https://evilmanagement.azure.com/x", False),
        ("https://management.azure.com:8443/x", False),
        ("https://user@evil.example/management.azure.com", False),
        ("nonsense", False),
        ("https://[nonsense", False),
        ("https://management.azure.com:nonsense/x", False),
    ],
)
def test_which_hosts_are_arm(url: str, owned: bool) -> None:
    assert arm()[0].owns(url) is owned


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_is_tried_again(status: int) -> None:
    found, service = arm(Reply(status), Reply(200, {"a": 1}))
    assert found.get("/x", "1") == {"a": 1}


def test_a_read_that_was_cut_is_tried_again() -> None:
    found, service = arm(Reply(200, b'{"a": '), Reply(200, {"a": 1}))
    assert found.get("/x", "1") == {"a": 1}


def test_retry_after_is_honoured() -> None:
    found, service = arm(Reply(429, headers={"retry-after": "17"}), Reply(200, {}))
    found.get("/x", "1")
    assert service.pauses == [17.0]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_a_refusal_is_not_tried_again(status: int) -> None:
    found, service = arm(Reply(status, {"error": {"code": "C", "message": "m"}}))
    with pytest.raises(ArmError) as caught:
        found.get("/x", "1")
    assert (caught.value.status, caught.value.code, caught.value.text) == (status, "C", "(C) m")


def test_tries_end() -> None:
    found, service = arm(*[Reply(500)] * 6)
    with pytest.raises(ArmError):
        found.get("/x", "1")
    assert len(service.urls) == 6


def test_tries_end_where_each_takes_all_the_time_that_one_has(monkeypatch: pytest.MonkeyPatch) -> None:
    found, service = arm(*[ServiceResponseError("dripping")] * 6)
    clock = [0.0]
    monkeypatch.setattr("azext_aksinvokefix.arm.time.monotonic", lambda: clock[0])
    send = service.send_request

    def slowly(request: HttpRequest, **more: Any) -> Reply:
        clock[0] += 300.5
        return send(request, **more)

    monkeypatch.setattr(service, "send_request", slowly)
    with pytest.raises(ArmError, match="dripping"):
        found.get("/x", "1")
    assert len(service.urls) == 1


def test_a_deadline_ends_the_tries() -> None:
    found = Arm(Service(Reply(500), Reply(200)), HOST, time.monotonic() + 0.1)
    with pytest.raises(ArmError):
        found.get("/x", "1")


@pytest.mark.parametrize(
    "refused",
    [
        AuthenticationError("AADSTS70043: The refresh token has expired"),
        requests.ConnectionError("Connection refused"),
        requests.JSONDecodeError("Expecting value", "<html>", 0),
        KeyError("access_token"),
    ],
    ids=["refused", "no answer", "no JSON", "no token"],
)
def test_a_missing_sign_in_is_told_apart(refused: Exception) -> None:
    found, service = arm(refused)
    with pytest.raises(SignInError):
        found.get("/x", "1")
    assert len(service.urls) == 1


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"error": {"code": "A", "message": "m"}}, "A", "m"),
        ({"code": "B", "details": None, "message": "m", "subcode": "S"}, "B", "m (subcode S)"),
        ({"error": {"code": "C", "message": "m", "details": [{"message": "why"}, None]}}, "C", "m why"),
        ({"error": {"code": "C", "message": "why", "details": [{"message": "why"}]}}, "C", "why"),
        (b"<html>Request Entity Too Large</html>", None, "<html>Request Entity Too Large</html>"),
        (b"", None, "HTTP 418 without an explanation."),
        ({"error": "odd"}, None, '{"error": "odd"}'),
        ([1], None, "[1]"),
    ],
)
def test_both_error_shapes_and_none(body: bytes | dict[str, Any] | list[int], code: str | None, message: str) -> None:
    error = Answer(418, {}, Reply(418, body).read()).error()
    assert (error.code, error.message) == (code, message)


def test_a_byte_that_is_no_utf8_costs_itself_alone() -> None:
    assert Answer(200, {}, b'{"logs": "a\xffb"}').json() == {"logs": "a\ufffdb"}


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a":', b"[" * 100_000], ids=["empty", "html", "cut", "deep"])
def test_what_is_no_json_is_none(body: bytes) -> None:
    assert Answer(200, {}, body).json() is None


def test_every_request_of_a_command_has_one_correlation_id() -> None:
    found, service = arm(Reply(200, {}), Reply(200, {}))
    found.get("/x", "1")
    first = service.correlation_id
    found.get("/y", "1")
    assert service.correlation_id == first == found.correlation_id


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST", "DELETE"])
def test_a_write_is_sent_to_no_other_place_not_even_to_arm(method: str, status: int) -> None:
    found, service = arm(Reply(status, headers={"location": HOST + "elsewhere"}))
    with pytest.raises(ArmError, match="redirected"):
        found.send(method, HOST + "x", {"secret": 1})
    assert service.urls == [HOST + "x"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_what_another_host_says_is_never_asked_for(status: int) -> None:
    found, service = arm(*[Reply(status, headers={"location": "https://evil.example/x"})] * 6)
    with pytest.raises(ArmError, match="redirected to evil.example"):
        found.pages("/x", "1")
    assert all(url.startswith(HOST) for url in service.urls)


@pytest.mark.parametrize("target", ["/y", HOST + "y", "https://westus2.management.azure.com/y"])
def test_a_read_follows_a_redirect_within_arm(target: str) -> None:
    found, service = arm(Reply(307, headers={"location": target}), Reply(200, {"a": 1}))
    assert found.get("/x", "1") == {"a": 1}
    assert service.urls[1].endswith("/y")


def test_a_redirect_in_a_circle_ends() -> None:
    found, service = arm(*[Reply(307, headers={"location": "/x"})] * 99)
    with pytest.raises(ArmError):
        found.get("/x", "1")
    assert len(service.urls) < 10


def test_a_redirect_without_a_place_is_no_answer() -> None:
    found, _ = arm(Reply(302))
    with pytest.raises(ArmError, match="another place"):
        found.send("GET", HOST + "x")


def test_an_answer_that_grows_without_end_is_left() -> None:
    reply = Reply(200, chunks=iter(lambda: b" " * 2**20, b""))
    found, _ = arm(reply)
    with pytest.raises(ArmError, match="larger than 32 MiB"):
        found.send("GET", HOST + "x")
    assert reply.closed


def test_an_answer_that_drips_is_left_at_the_deadline() -> None:
    dripping = threading.Event()

    def chunks() -> Iterator[bytes]:
        while not dripping.wait(0.01):
            yield b" "

    found = Arm(Service(Reply(200, chunks=chunks())), HOST, time.monotonic())
    with pytest.raises(ArmError, match="No complete response arrived"):
        found.send("GET", HOST + "x")
    dripping.set()


def test_a_body_that_breaks_off_is_no_answer() -> None:
    found, _ = arm(Reply(200, chunks=[b'{"value": [', ServiceResponseError("Connection broken: IncompleteRead")]))
    with pytest.raises(ArmError, match="Connection broken"):
        found.send("GET", HOST + "x")
