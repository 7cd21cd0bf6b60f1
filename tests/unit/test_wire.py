"""What the SDK and its pipeline make of an answer costs nothing of it: real sockets, the CLI's own SDK."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from azext_aksinvokefix.arm import Answer, ArmError
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.invoke import submit
from tests.worlds.loopback import SUBSCRIPTION, Loopback, answer, edge, head

CLUSTER = Target.named(SUBSCRIPTION, "rg1", "c1")
PAYLOAD = {"command": "kubectl get pods", "context": "", "cluster_token": None}
ID = "0123456789abcdef0123456789abcdef"
LOCATION = f"Location: https://management.azure.com{CLUSTER.id.lower()}/commandResults/{ID}?api-version=2024-02-01"

RETRY_AFTER = {
    "a date": "Sat, 28 Nov 2026 02:59:08 GMT",
    "a fraction": "0.5",
    "no number": "nan",
    "no end": "inf",
    "less than nothing": "-inf",
    "negative": "-7",
    "more than a float holds": "1e400",
    "thousands of digits": "9" * 5000,
    "nothing": "",
    "a word": "soon",
    "two values": "1, 2",
    "a date that is none": "Sat, 99 Nov 2026 02:59:08 GMT",
    "bytes of another encoding": "\xe9\xe8",
}
#: A byte of a body, and a pause.
DRIP: tuple[bytes | float, ...] = (b" ", 0.2)


def posted(script: bytes | list[bytes | float], read_timeout: float = 5.0) -> tuple[Answer, list[bytes]]:
    with Loopback(script) as server, edge(server) as found:
        got = found.post(CLUSTER, PAYLOAD, read_timeout)
        return got, server.requests


@pytest.mark.parametrize("name", ["Retry-After", "retry-after-ms", "x-ms-retry-after-ms"])
@pytest.mark.parametrize("value", RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_an_accepted_command_is_known_whatever_retry_after_says(name: str, value: str) -> None:
    got, requests = posted(answer(202, LOCATION, f"{name}: {value}"))
    assert (got.status, submit.command_id_of(got.headers["location"]), len(requests)) == (202, ID, 1)
    wait = got.retry_after()
    assert wait is None or 0 <= wait <= 300


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"<html>", b'{"id":"' + ID.encode() + b'"}', b"[1]", b"null", b"\xff\xfe\x00", b"[" * 20_000],
    ids=["empty", "cut", "HTML", "an id", "a list", "null", "no text", "nested without end"],
)
@pytest.mark.parametrize("kind", ["application/json", "a/b; charset=nonsense"])
def test_an_accepted_command_is_known_whatever_its_body_is(status: int, body: bytes, kind: str) -> None:
    got, requests = posted(answer(status, LOCATION, f"Content-Type: {kind}", body=body))
    assert (got.status, got.body, len(requests)) == (status, body, 1)
    assert submit.command_id_of(got.headers["location"]) == ID


@pytest.mark.parametrize("status", [203, 204, 206, 226, 299])
def test_a_status_that_nobody_documented_is_kept(status: int) -> None:
    got, _ = posted(answer(status, LOCATION))
    assert (got.status, submit.command_id_of(got.headers["location"])) == (status, ID)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", json.dumps({"error": {"code": "Told", "message": "Why."}}).encode()),
        ("application/json", b'{"code": "Told", "message": "Why.", "details": 7, "subcode": []}'),
        ("application/json", b"(Told) Why."),
        ("text/html; charset=nonsense", b"<html>(Told) Why.</html>"),
        ("application/json", b'{"error": {"code": "Told", "message": "Why.", "details": "x", "innererror": 3}}'),
    ],
    ids=["ARM", "flat", "no JSON", "HTML", "odd members"],
)
def test_a_refusal_is_the_reason_whatever_the_sdk_makes_of_it(status: int, kind: str, body: bytes) -> None:
    got, requests = posted(answer(status, f"Content-Type: {kind}", "Retry-After: nan", body=body))
    assert (got.status, len(requests)) == (status, 1)
    assert "Told" in got.error().text and "Why." in got.error().text


@pytest.mark.parametrize(
    "script",
    [
        [head(202, "Content-Length: 100", LOCATION), 20.0],
        [head(202, "Content-Length: 100", LOCATION), *DRIP * 100],
        [head(202, "Content-Length: 100", LOCATION), b"{"],
        [head(202, "Transfer-Encoding: chunked", LOCATION), b"zz\r\n"],
        [head(202, "Content-Encoding: gzip", "Content-Length: 2", LOCATION), b"{}"],
    ],
    ids=["a body that does not come", "a body that drips", "a body that is cut", "chunks that are none", "not gzip"],
)
def test_an_accepted_command_is_known_though_its_body_is_not(script: list[bytes | float]) -> None:
    began = time.monotonic()
    got, requests = posted(script, read_timeout=2.0)
    assert (got.status, submit.command_id_of(got.headers["location"]), len(requests)) == (202, ID, 1)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_command_is_not_sent_on_to_another_place(status: int) -> None:
    with Loopback(answer(200, body=b"{}")) as foreign:
        got, requests = posted(answer(status, f"Location: {foreign.url}/x"))
        assert (got.status, len(requests), foreign.requests) == (status, 1, [])


@pytest.mark.parametrize("status", [200, 401, 429, 503])
@pytest.mark.parametrize("value", RETRY_AFTER.values(), ids=RETRY_AFTER)
def test_a_read_is_answered_whatever_retry_after_says(status: int, value: str) -> None:
    with Loopback(answer(status, f"Retry-After: {value}", body=b'{"code":"Told"}')) as server, edge(server) as found:
        got = found.arm.send("GET", f"{server.url}/x")
        assert (got.status, got.json(), len(server.requests)) == (status, {"code": "Told"}, 1)


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "PATCH"])
def test_time_is_up_for_a_body_that_drips(method: str) -> None:
    script: list[bytes | float] = [head(200, "Content-Length: 100"), *DRIP * 100]
    with Loopback(script) as server, edge(server, time.monotonic() + 0.2) as found:
        began = time.monotonic()
        with pytest.raises(ArmError, match="within 1 second"):
            found.arm.send(method, f"{server.url}/x", {} if method != "GET" else None)
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("status", [200, 400])
def test_a_body_without_end_is_refused(status: int) -> None:
    megabyte = b" " * 1024 * 1024
    script = [head(status, "Connection: close"), *[megabyte] * 50]
    with Loopback(script) as server, edge(server) as found, pytest.raises(ArmError, match="larger than 32 MiB"):
        found.arm.send("GET", f"{server.url}/x")


def test_a_command_is_known_though_its_body_has_no_end() -> None:
    megabyte = b" " * 1024 * 1024
    got, _ = posted([head(202, "Connection: close", LOCATION), *[megabyte] * 50])
    assert (got.status, submit.command_id_of(got.headers["location"])) == (202, ID)
    assert len(got.body) <= 32 * 1024 * 1024


def asked_graph(
    monkeypatch: pytest.MonkeyPatch, script: bytes | list[bytes | float], deadline: float | None = None
) -> tuple[dict[str, Any] | ArmError, list[bytes]]:
    with Loopback(script) as server, edge(server, deadline) as found:
        monkeypatch.setattr(found, "_token", lambda *_: "t0ken")
        try:
            return found.graph("POST", "directoryObjects/getByIds", {"ids": ["1"]}, **{"$top": "1"}), server.requests
        except ArmError as error:
            return error, server.requests


def test_graph_is_asked_once_with_the_token_and_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    got, [request] = asked_graph(monkeypatch, answer(200, body=b'{"value": []}'))
    assert got == {"value": []}
    assert request.startswith(b"POST /v1.0/directoryObjects/getByIds?$top=1 ")
    assert b"\r\nAuthorization: Bearer t0ken\r\n" in request and request.endswith(b'{"ids": ["1"]}')


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_what_graph_is_asked_goes_nowhere_else_and_nobody_else_is_believed(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with Loopback(answer(200, body=b'{"value": []}')) as foreign:
        got, requests = asked_graph(monkeypatch, answer(status, f"Location: {foreign.url}/x"))
        assert isinstance(got, ArmError) and "redirected" in got.message
        assert (len(requests), foreign.requests) == (1, [])


def test_graph_refuses_in_its_own_words_and_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    got, requests = asked_graph(monkeypatch, answer(429, "Retry-After: nan", body=b'{"error":{"code":"Told"}}'))
    assert isinstance(got, ArmError)
    assert (got.status, got.code, len(requests)) == (429, "Told", 1)


def test_graph_has_no_longer_than_anybody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    script: list[bytes | float] = [head(200, "Content-Length: 100"), *DRIP * 100]
    got, _ = asked_graph(monkeypatch, script, time.monotonic() + 0.2)
    assert isinstance(got, ArmError) and "within 1 second" in got.message


def test_a_token_that_does_not_come_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.cli.core import _profile

    class Profile:
        def __init__(self, **_: object) -> None:
            pass

        def get_raw_token(self, **_: object) -> None:
            time.sleep(20)

    monkeypatch.setattr(_profile, "Profile", Profile)
    with Loopback(answer(200)) as server, edge(server, time.monotonic() + 0.2) as found:
        with pytest.raises(ArmError, match="No token was issued"):
            found.cluster_token({"managed": True})
        assert "No token was issued" in found.cluster_token_error({"managed": True})
