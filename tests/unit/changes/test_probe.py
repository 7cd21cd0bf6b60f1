"""The probe `true` does no harm: a lost answer has it sent again, a reason ends it, and it never goes on for ever."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from azext_aksinvokefix.changes.probe import probe
from azext_aksinvokefix.changes.records.journal import Journal
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.invoke.result import RunResult
from tests.worlds.changes import Console
from tests.worlds.loopback import SUBSCRIPTION, Loopback, answer, edge

CLUSTER = Target.named(SUBSCRIPTION, "rg1", "c1")
ID = "0123456789abcdef0123456789abcdef"
SHOWN = answer(200, body=b"{}")
TAKEN = answer(202, f"Location: https://management.azure.com{CLUSTER.id}/commandResults/{ID}")
DONE = answer(
    200, body=json.dumps({"id": ID, "properties": {"provisioningState": "Succeeded", "exitCode": 0}}).encode()
)
RESET = b""


def probed(monkeypatch: pytest.MonkeyPatch, *script: bytes) -> tuple[RunResult, list[bytes], list[float]]:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    with Loopback(*script) as server, edge(server) as found:
        result = probe(Session(found, CLUSTER, Console(), Journal(Path("no-journal"))))
    return result, [request for request in server.requests if request.startswith(b"POST")], pauses


@pytest.mark.parametrize("lost", [answer(500), answer(502), answer(503), answer(504), RESET], ids=lambda it: it[9:12])
def test_a_lost_answer_has_the_probe_sent_again(monkeypatch: pytest.MonkeyPatch, lost: bytes) -> None:
    result, posts, pauses = probed(monkeypatch, SHOWN, lost, SHOWN, TAKEN, DONE)
    assert (result.outcome, len(posts), len(pauses)) == ("succeeded", 2, 1)
    assert all(json.loads(post.split(b"\r\n\r\n")[1])["command"] == "true" for post in posts)


def test_a_service_that_loses_every_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    result, posts, pauses = probed(monkeypatch, *[SHOWN, answer(500)] * 3, SHOWN)
    assert (result.outcome, len(posts), len(pauses)) == ("unknown", 3, 2)


@pytest.mark.parametrize("status", [400, 403, 404, 409])
def test_a_reason_ends_the_probe(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    result, posts, pauses = probed(monkeypatch, SHOWN, answer(status, body=b'{"code":"Told","message":"Why."}'))
    assert (result.outcome, len(posts), pauses) == ("notRun", 1, [])


def test_a_try_that_took_longer_than_a_silence_is_endured_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, waited = time.monotonic, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock() + waited[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: waited.append(waited.pop() + seconds))
    script = [SHOWN, TAKEN, *[answer(429, "Retry-After: 300")] * 20]
    with Loopback(*script) as server, edge(server) as found:
        result = probe(Session(found, CLUSTER, Console(), Journal(Path("no-journal"))))
    assert result.outcome == "unknown"
    assert len([request for request in server.requests if request.startswith(b"POST")]) == 1
