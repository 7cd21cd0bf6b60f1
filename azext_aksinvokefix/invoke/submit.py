"""One POST of runCommand, sent again only when the service provably did not take it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from azext_aksinvokefix.arm import Answer, Arm, ArmError

#: The service answers the POST within its own limit of 60 seconds; this leaves room for the way.
READ_TIMEOUT = 150.0
#: Findings of the stage `cluster` that precede the command; the others of that stage leave open how far it came.
_SAYS_NOTHING_RAN = ("cluster-stopped", "cluster-not-ready", "run-command-disabled", "operation-in-progress")
_BACK_OFF = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0)


@dataclass(frozen=True)
class Accepted:
    """The service took the command: where its result will be, and its id where it could be learnt."""

    location: str | None
    command_id: str | None
    answer: Answer


class NotAcceptedError(Exception):
    """The command was refused, or it is not known whether it was taken (``maybe_ran``)."""

    def __init__(self, error: ArmError, maybe_ran: bool) -> None:
        super().__init__(error.message)
        self.error = error
        self.maybe_ran = maybe_ran


def submit(
    post: Callable[[float], Answer],
    arm: Arm,
    waiting: Callable[[float, ArmError], None],
    back_off: tuple[float, ...] = _BACK_OFF,
) -> Accepted:
    """Send the command and say where its result will be.

    ``post(read_timeout)`` sends once and raises ArmError only when no answer came. ``waiting`` is told of each pause.
    """
    pauses = iter(back_off)
    while True:
        refusal = _send(post, arm)
        if isinstance(refusal, Accepted):
            return refusal
        wait = _pause_before_retry(refusal, pauses)
        if wait is None:
            raise refusal
        waiting(wait, refusal.error)
        try:
            arm.pause(wait, refusal.error)
        except ArmError:
            raise refusal from refusal.error


def _send(post: Callable[[float], Answer], arm: Arm) -> Accepted | NotAcceptedError:
    remaining = READ_TIMEOUT if arm.deadline is None else max(arm.deadline - time.monotonic(), 1.0)
    try:
        answer = post(min(READ_TIMEOUT, remaining))
    except ArmError as error:
        return NotAcceptedError(error, maybe_ran=not never_sent(error))
    if answer.status < 300:
        return _accepted(answer, arm)
    return NotAcceptedError(answer.error(), maybe_ran=answer.status >= 500 and not _provably_refused(answer.error()))


def _accepted(answer: Answer, arm: Arm) -> Accepted:
    from azext_aksinvokefix.invoke import result

    location, operation = (_absolute(answer.headers.get(name), arm) for name in ("location", "azure-asyncoperation"))
    if not command_id_of(location) and command_id_of(operation):
        location = operation
    found = command_id_of(location) or result.command_id(answer.json())
    return Accepted(location if location and arm.owns(location) else None, found, answer)


def _absolute(url: str | None, arm: Arm) -> str | None:
    """A URL that the service gave: an absolute one verbatim, a relative one below the endpoint, None if it is none."""
    try:
        return url if url is None or urlsplit(url).scheme else urljoin(arm.endpoint, url)
    except ValueError:
        return None


def _pause_before_retry(refusal: NotAcceptedError, pauses: Iterator[float]) -> float | None:
    if refusal.maybe_ran:
        return None
    error = refusal.error
    if error.status is not None and error.status not in (429, 503):
        return None
    if error.status is None and not never_connected(error):
        return None
    pause = next(pauses, None)
    return None if pause is None else max(pause, _retry_after(error.headers) or 0.0)


def _provably_refused(error: ArmError) -> bool:
    """A 5xx that says itself that nothing was run: told to come back, or a reason that precedes the command."""
    if error.status == 503 and _retry_after(error.headers) is not None:
        return True
    from azext_aksinvokefix.invoke import refusal

    found = refusal.from_text(error.text)
    return found.finding in _SAYS_NOTHING_RAN or found.stage in ("access", "admission", "scheduling", "startup")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    return Answer(0, headers, b"").retry_after()


def command_id_of(location: str | None) -> str | None:
    """The command id in a commandResults URL, whatever its casing and characters."""
    segments = urlsplit(location or "").path.split("/")
    for name, value in zip(segments, segments[1:]):
        if name.lower() == "commandresults" and value:
            return unquote(value)
    return None


def never_connected(error: BaseException) -> bool:
    """Whether the connection itself was never made, so that no byte of the request left this machine."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    return any(isinstance(cause, (ConnectTimeoutError, NewConnectionError)) for cause in _causes(error))


def never_sent(error: BaseException) -> bool:
    """Whether the request never left: no connection, a refused certificate, or no token to send it with."""
    from knack.util import CLIError

    return (
        never_connected(error)
        or "certificate verify failed" in str(error).lower()
        or any(isinstance(cause, CLIError) for cause in _causes(error))
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and everything it wraps, the ways azure-core, requests and urllib3 do it."""
    pending: list[Any] = [error]
    seen: set[int] = set()
    while pending:
        cause = pending.pop()
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        pending += [cause.__cause__, cause.__context__, getattr(cause, "inner_exception", None)]
        pending += [getattr(cause, "reason", None), *cause.args]
