"""When the result is asked for, and what happens when an answer is lost. No test here takes time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from azext_aksinvokefix import retry
from azext_aksinvokefix.arm import Answer, Arm, ArmError
from azext_aksinvokefix.invoke.poll import LONGEST_PAUSE, DeadlineError, Lost, Poller

RUNNING = {"id": "1", "properties": {"provisioningState": "Running"}}
DONE = {"id": "1", "properties": {"provisioningState": "Succeeded", "exitCode": 0}}


class Clock:
    """Time that passes only by sleeping and by the latency of a call."""

    def __init__(self, latency: float = 0.1) -> None:
        self.now = 0.0
        self.latency = latency
        self.looks: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def read(self) -> float:
        return self.now


def answer(status: int, body: dict[str, Any] | None = None, **headers: str) -> Answer:
    content = b"" if body is None else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, content)


def poller(
    script: Sequence[Answer | ArmError] | Callable[[float], Answer], clock: Clock, deadline: float | None = None
) -> Poller:
    """A poller whose service answers with ``script``, a list or a function of the time."""
    steps = iter(()) if callable(script) else iter(script)

    def send(method: str, url: str, body: Any = None, read_timeout: float = 0) -> Answer:
        clock.looks.append(clock.now)
        clock.sleep(clock.latency)
        found = script(clock.now) if callable(script) else next(steps)
        if isinstance(found, Exception):
            raise found
        return found

    arm = Arm(None, "https://management.azure.com", deadline)
    setattr(arm, "send", send)  # noqa: B010
    return Poller(arm, "https://management.azure.com/x", sleep=clock.sleep, clock=clock.read)


def finishing_at(seconds: float) -> Callable[[float], Answer]:
    return lambda now: answer(200, DONE) if now >= seconds else answer(202, RUNNING)


def test_the_first_look_is_at_once_and_the_second_soon() -> None:
    clock = Clock()
    poller(finishing_at(0.3), clock).wait()
    assert clock.looks == [0.0, pytest.approx(0.4)]


def test_the_result_is_never_seen_later_than_by_looking_every_five_seconds() -> None:
    for seconds in (tenths / 10 for tenths in range(1, 600)):
        ours, stock = Clock(), Clock()
        poller(finishing_at(seconds), ours).wait()
        stock.sleep(stock.latency)
        while stock.now < seconds:
            stock.sleep(5.0 + stock.latency)
        assert ours.now <= stock.now + 0.01, seconds


def test_pauses_grow_to_five_seconds_at_most() -> None:
    clock = Clock(latency=0.0)
    poller(finishing_at(600), clock).wait()
    pauses = [later - earlier for earlier, later in zip(clock.looks, clock.looks[1:])]
    assert max(pauses) == pytest.approx(LONGEST_PAUSE)
    assert len(pauses) < 160


def test_retry_after_wins() -> None:
    clock = Clock(latency=0.0)
    poller([answer(202, RUNNING, retry_after="7"), answer(200, DONE)], clock).wait()
    assert clock.looks == [0.0, 7.0]


@pytest.mark.parametrize(
    "hiccup",
    [
        answer(500, {"error": {"code": "InternalServerError", "message": "x"}}),
        answer(503),
        answer(429, retry_after="2"),
        ArmError(None, None, "Connection aborted."),
        answer(202),
        answer(200),
    ],
    ids=["500", "503", "429", "reset", "202 without a body", "200 without a body"],
)
def test_a_lost_look_is_not_a_lost_result(hiccup: Answer | ArmError) -> None:
    assert poller([hiccup, answer(202, RUNNING), hiccup, answer(200, DONE)], Clock()).wait() == DONE


def test_a_service_that_stays_silent_is_given_up_after_half_a_minute() -> None:
    clock = Clock()
    lost = poller(lambda _: answer(502), clock).wait()
    assert isinstance(lost, Lost)
    assert 20 < clock.now < 60


@pytest.mark.parametrize(("again", "latency"), [("300", 0.1), ("0", 300.0)], ids=["Retry-After", "slow answers"])
def test_a_service_that_takes_long_to_say_nothing_is_given_up_after_a_quarter_of_an_hour(
    again: str, latency: float
) -> None:
    clock = Clock()
    clock.latency = latency
    lost = poller(lambda _: answer(429, retry_after=again), clock).wait()
    assert isinstance(lost, Lost)
    assert 900 <= clock.now < 1300


@pytest.mark.parametrize(("status", "looks"), [(404, 3), (403, 1), (401, 3), (400, 1)])
def test_a_refusal_is_believed(status: int, looks: int) -> None:
    clock = Clock()
    lost = poller(lambda _: answer(status), clock).wait()
    assert isinstance(lost, Lost)
    assert lost.error.status == status
    assert len(clock.looks) == looks


@pytest.mark.parametrize("outage", [40.0, 500.0], ids=["passes", "stays"])
def test_who_set_a_deadline_waits_out_an_outage(outage: float) -> None:
    clock = Clock()
    found = poller(lambda now: answer(502) if now < outage else answer(200, DONE), clock, deadline=100.0).wait()
    assert found == DONE if outage < 100 else isinstance(found, Lost)
    assert clock.now < 106


@pytest.mark.parametrize("more", [{}, {"finishedAt": None}], ids=["no finish time", "empty finish time"])
def test_a_zero_beside_a_running_state_is_no_result(more: dict[str, Any]) -> None:
    running = {"properties": {"provisioningState": "Running", "exitCode": 0, **more}}
    assert poller([answer(200, running), answer(200, DONE)], Clock()).wait() == DONE


def test_a_state_nobody_knows_is_waited_for() -> None:
    strange = {"properties": {"provisioningState": "Accepted"}}
    assert poller([answer(200, strange), answer(200, DONE)], Clock()).wait() == DONE


def test_the_deadline_is_kept() -> None:
    clock = Clock(latency=0.0)
    with pytest.raises(DeadlineError):
        poller(lambda _: answer(202, RUNNING), clock, deadline=12.0).wait()
    assert clock.now == 12.0


@pytest.mark.parametrize("properties", [{"provisioningState": None, "exitCode": None}, {"provisioningState": ["x"]}])
def test_an_answer_whose_members_say_nothing_is_not_waited_for_without_end(properties: dict[str, Any]) -> None:
    found = poller(lambda _: answer(200, {"id": "1", "properties": properties}), Clock()).wait()
    assert isinstance(found, Lost)


def test_every_sign_of_life_gives_the_whole_patience_again() -> None:
    lost = [ArmError(None, None, "The connection broke.")] * len(retry.LOST_PAUSES)
    script: list[Answer | ArmError] = [answer(202, RUNNING), *lost, answer(202, RUNNING), *lost, answer(200, DONE)]
    assert poller(script, Clock()).wait() == DONE


HOME = "https://management.azure.com"


def asked(*locations: str) -> list[str]:
    """Every URL that is asked where each answer but the last names one of these places for the next."""
    urls: list[str] = []
    script = iter([*(answer(202, RUNNING, location=each) for each in locations), answer(200, DONE)])

    def send(method: str, url: str, body: Any = None, read_timeout: float = 0) -> Answer:
        urls.append(url)
        return next(script)

    arm, clock = Arm(None, HOME), Clock()
    setattr(arm, "send", send)  # noqa: B010
    assert Poller(arm, f"{HOME}/x", sleep=clock.sleep, clock=clock.read).wait() == DONE
    return urls


@pytest.mark.parametrize(
    "given", [f"{HOME}/y?c=2&s=signature", "/y?c=2&s=signature", "https://eastus." + HOME[8:] + "/y"]
)
def test_a_running_command_is_asked_about_where_the_last_answer_says(given: str) -> None:
    first, second = asked(given)
    assert first == f"{HOME}/x"
    assert second == (HOME + given if given.startswith("/") else given)


@pytest.mark.parametrize("given", ["https://evil.example/y", "http://management.azure.com/y", "https://[bad", ""])
def test_a_place_that_is_not_azures_is_not_asked(given: str) -> None:
    assert asked(given) == [f"{HOME}/x"] * 2


def test_a_command_can_move_more_than_once() -> None:
    assert asked("/a", "/b", "", "/c") == [HOME + path for path in ("/x", "/a", "/b", "/b", "/c")]
