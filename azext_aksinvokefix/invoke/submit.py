"""One POST of runCommand, sent again only when the service provably did not take it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from azext_aksinvokefix import retry
from azext_aksinvokefix.arm import Answer, Arm, ArmError, joined

#: The service answers the POST within its own limit of 60 seconds; this leaves room for the way.
READ_TIMEOUT = 150.0
#: Findings of the stage `cluster` that precede the command; the others of that stage leave open how far it came.
_SAYS_NOTHING_RAN = ("cluster-stopped", "cluster-not-ready", "run-command-disabled", "operation-in-progress")


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
    back_off: tuple[float, ...] = retry.SUBMIT_PAUSES,
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
    try:
        answer = post(arm.time_left(READ_TIMEOUT))
    except ArmError as error:
        return NotAcceptedError(error, maybe_ran=not retry.never_sent(error))
    if answer.status < 300:
        return _accepted(answer, arm)
    return NotAcceptedError(answer.error(), maybe_ran=answer.status >= 500 and not _provably_refused(answer.error()))


def _accepted(answer: Answer, arm: Arm) -> Accepted:
    from azext_aksinvokefix.invoke import result

    location, operation = (
        joined(arm.endpoint, answer.headers.get(name)) for name in ("location", "azure-asyncoperation")
    )
    if not command_id_of(location) and command_id_of(operation):
        location = operation
    found = command_id_of(location) or result.command_id(answer.json())
    return Accepted(location if location and arm.owns(location) else None, found, answer)


def _pause_before_retry(refusal: NotAcceptedError, pauses: Iterator[float]) -> float | None:
    if refusal.maybe_ran:
        return None
    error = refusal.error
    if error.status is not None and error.status not in (429, 503):
        return None
    if error.status is None and not retry.never_connected(error):
        return None
    pause = next(pauses, None)
    return None if pause is None else max(pause, retry.after(error.headers) or 0.0)


def _provably_refused(error: ArmError) -> bool:
    """A 5xx that says itself that nothing was run: told to come back, or a reason that precedes the command."""
    if error.status == 503 and retry.after(error.headers) is not None:
        return True
    from azext_aksinvokefix.invoke import refusal

    found = refusal.from_text(error.text)
    return found.finding in _SAYS_NOTHING_RAN or found.stage in ("access", "admission", "scheduling", "startup")


def command_id_of(location: str | None) -> str | None:
    """The command id in a commandResults URL, whatever its casing; None where it is none."""
    from azext_aksinvokefix.invoke.result import is_command_id

    segments = urlsplit(location or "").path.split("/")
    for name, value in zip(segments, segments[1:]):
        if name.lower() == "commandresults" and is_command_id(unquote(value)):
            return unquote(value)
    return None
