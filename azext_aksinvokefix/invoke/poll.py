"""Waiting for a result: soon at first, seldom later, and through lost answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from azext_aksinvokefix import network, retry, shapes
from azext_aksinvokefix.arm import Answer, Arm, ArmError
from azext_aksinvokefix.invoke import result

SHORTEST_PAUSE = 0.3
LONGEST_PAUSE = 5.0
#: A pause is this part of the time waited so far: what a command takes longer than it must stays in proportion.
_SHARE = 0.12
_STOCK_INTERVAL = 5.0
#: Looking a hair too early would miss that time by a whole pause.
_NOT_BEFORE = 0.001
_PUNCTUAL = 0.05
_READ_TIMEOUT = 60.0


@dataclass(frozen=True)
class Lost:
    """The result could not be had; the command may have run all the same."""

    error: ArmError


class DeadlineError(Exception):
    """The deadline passed while the command was still running."""


@dataclass
class Poller:
    """Asks for one command's result until it is final, lost or late.

    ``sleep`` and ``clock`` are parameters so that a test needs no time.
    """

    arm: Arm
    url: str
    sleep: Callable[[float], None] = field(default_factory=lambda: time.sleep)
    clock: Callable[[], float] = field(default_factory=lambda: time.monotonic)

    def wait(self) -> Any | Lost:
        """The final body, or Lost; raises DeadlineError."""
        schedule = _Schedule(self.clock)
        lost, since = 0, 0.0
        while True:
            answer = schedule.look(self._ask)
            body = answer.json() if isinstance(answer, Answer) and answer.status < 400 else None
            if body is not None and result.is_final(body):
                return body
            if isinstance(answer, Answer) and self._is_news(answer, body):
                lost = 0
                if answer.status == 202:
                    self.url = self.arm.onward(self.url, answer, "location")
                asked_for = _asked_for(answer)
                wait = schedule.pause() if asked_for is None else asked_for
            else:
                error = answer if isinstance(answer, ArmError) else _empty_or_error(answer)
                since = since if lost else self.clock()
                again = self._pause_after(error, lost, self.clock() - since)
                if again is None:
                    return Lost(error)
                wait = max(again, retry.after(error.headers) or 0.0)
                lost += 1
            self._sleep(wait)

    def _ask(self) -> Answer | ArmError:
        remaining = _READ_TIMEOUT
        if self.arm.deadline is not None:
            remaining = max(self.arm.deadline - self.clock(), 1.0)
        try:
            return self.arm.send("GET", self.url, read_timeout=min(_READ_TIMEOUT, remaining))
        except ArmError as error:
            return error

    def _pause_after(self, error: ArmError, lost: int, seconds: float) -> float | None:
        """The pause after ``lost`` tries and ``seconds`` without a usable answer; None when the result is given up.

        Who set a deadline wants to wait until then: what may pass is endured to its end.
        """
        pauses = _patience(error)
        if lost < len(pauses) and seconds < retry.LONGEST_LOST:
            return pauses[lost]
        endures = pauses is retry.LOST_PAUSES and self.arm.deadline is not None and self.clock() < self.arm.deadline
        return LONGEST_PAUSE if endures else None

    @staticmethod
    def _is_news(answer: Answer, body: Any) -> bool:
        """Still running: a body that says a state, or a 202 whose body went missing. Members without a value tell
        nothing, and would be asked for without end."""
        if answer.status >= 400:
            return False
        return answer.status == 202 or bool(shapes.text(result.properties(body).get("provisioningState")))

    def _sleep(self, seconds: float) -> None:
        deadline = self.arm.deadline
        if deadline is None:
            self.sleep(seconds)
            return
        remaining = deadline - self.clock()
        if remaining <= 0:
            raise DeadlineError
        self.sleep(min(seconds, remaining))


class _Schedule:
    """When to look next: in proportion to the time waited so far, and at every time at which the stock CLI would look.

    The stock CLI looks, and then again five seconds after each answer. A chain of looks here keeps the same times, so
    that the result is never seen later.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = self._stock_looks = clock()
        self._took = 0.0

    def look(self, ask: Callable[[], Answer | ArmError]) -> Answer | ArmError:
        asked = self._clock()
        answer = ask()
        self._took = self._clock() - asked
        if asked >= self._stock_looks:
            # A look that came just after its time does not put off the next ones.
            self._stock_looks = max(self._stock_looks, asked - _PUNCTUAL) + self._took + _STOCK_INTERVAL
        return answer

    def pause(self) -> float:
        now = self._clock()
        pause = min(max(SHORTEST_PAUSE, (now - self._began) * _SHARE), LONGEST_PAUSE)
        left = max(self._stock_looks - now, 0.0)
        # No look may still be under way when the stock CLI would look.
        return pause if pause + self._took < left else left + _NOT_BEFORE


def _asked_for(answer: Answer | ArmError) -> float | None:
    """What Retry-After asks for; a zero is no leave to ask without end."""
    asked = answer.retry_after() if isinstance(answer, Answer) else None
    return None if asked is None else max(asked, SHORTEST_PAUSE)


def _empty_or_error(answer: Answer) -> ArmError:
    if answer.status < 400:
        return ArmError(answer.status, None, "The service returned no result.", answer.headers)
    return answer.error()


def _patience(error: ArmError) -> tuple[float, ...]:
    if error.status in (401, 404):
        return retry.MISSING_PAUSES
    if error.status is None:
        return () if network.is_certificate_error(error.message) else retry.LOST_PAUSES
    return retry.LOST_PAUSES if error.status in retry.RETRYABLE or error.status < 400 else ()
