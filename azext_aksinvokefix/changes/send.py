"""One write, to its end: sent, sent again where that is safe, followed while the service works, and looked at.

A write whose answer was lost is not guessed about: the document tells whether it took effect.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Protocol

from azext_aksinvokefix import retry, shapes
from azext_aksinvokefix.arm import Answer, Arm, ArmError, SignInError
from azext_aksinvokefix.changes.documents import (
    Pointer,
    intended,
    keeps,
    same_document,
    same_setting,
    shows,
    value_at,
    writable,
)
from azext_aksinvokefix.changes.operation import follow
from azext_aksinvokefix.changes.plan import DONE, FAILED, RUNNING, UNKNOWN, Change
from azext_aksinvokefix.changes.reading import document_if_any, is_document
from azext_aksinvokefix.cluster import ENDED

#: Another operation on the cluster or one of its pools runs; some AKS starts by itself and ends within a minute.
IN_PROGRESS = ("OperationNotAllowed", "AnotherOperationInProgress")

_OK, _NO_CONTENT, _NOT_FOUND, _CONFLICT, _THROTTLED = 200, 204, 404, 409, 429


class Listener(Protocol):
    """Where the steps are told; see report.console."""

    def stage(self, text: str) -> None:
        """What is being waited for."""

    def note(self, line: str) -> None:
        """Something worth a line."""


@dataclass(frozen=True)
class Sent:
    """How a write ended, and the error that says why it did not. ``there``: the service said that what was wanted
    is there already, under a name of its own, so that the document of the change shows nothing of it. ``told``: the
    answer itself says that the change was made, and not merely that the request was taken."""

    state: str
    error: ArmError | None = None
    there: bool = False
    told: bool = False


def read(arm: Arm, change: Change) -> Any:
    """The document of a change as it is now; None when there is none. Raises ArmError."""
    return document_if_any(arm, change.document_id, change.api_version)


def is_busy(document: Any) -> bool:
    """Whether an operation on a resource goes on, of which the rest of the document may show nothing yet."""
    state = shapes.text(shapes.dig(document, "properties", "provisioningState")).lower()
    return bool(state) and state not in ENDED


def is_made(change: Change, document: Any) -> bool:
    """Whether a document shows that the change was made."""
    if change.method == "DELETE":
        return document is None
    if document is None:
        return False
    if change.settings:
        return all(_shown(document, change, place) for place in range(len(change.settings)))
    if not isinstance(change.after, dict) or not shows(document, intended(change.after)):
        return False
    return change.before is None or not keeps(document, intended(writable(change.before)), change.after)


def _shown(document: Any, change: Change, place: int) -> bool:
    pointer: Pointer = change.settings[place]
    wanted = change.becomes[place] if change.becomes else value_at(change.after, pointer)
    return same_setting(value_at(document, pointer), wanted)


def send(arm: Arm, change: Change, listen: Listener, wait: bool = True) -> Sent:
    """Make the change. ``wait`` False leaves a long-running operation to itself, as RUNNING."""
    pauses = retry.forever(retry.WRITE_PAUSES)
    until = time.monotonic() + change.patience
    # An earlier try may have arrived all the same: then neither a conflict nor another document is somebody else's.
    arrived = False
    while True:
        sent, seconds = _try(arm, change, listen, wait)
        arrived = arrived or _may_have_arrived(sent)
        pause = max(next(pauses), seconds or 0.0)
        if sent.state != FAILED or seconds is None or time.monotonic() + pause > until:
            return Sent(UNKNOWN, sent.error) if arrived and _is_conflict(sent) else sent
        listen.note(f"Not accepted yet ({_short(sent.error)}); trying again in {pause:g} s.")
        time.sleep(pause)
        try:
            document = read(arm, change)
        except ArmError as error:
            return Sent(UNKNOWN if arrived else FAILED, error)
        if arrived and is_made(change, document):
            return Sent(DONE, told=True)
        if not same_document(document, change.before, change.settings):
            drifted = ArmError(None, None, f"Someone else changed {change.document_id} in the meantime.")
            return Sent(UNKNOWN if arrived else FAILED, drifted)
        change = change.onto(document)


def _may_have_arrived(sent: Sent) -> bool:
    """Whether a try that failed got no answer from the service itself."""
    error = sent.error
    if sent.state != FAILED or error is None or error.status == _THROTTLED:
        return False
    return error.status in retry.RETRYABLE if error.status else not retry.never_sent(error)


def _is_conflict(sent: Sent) -> bool:
    return sent.state == FAILED and sent.error is not None and sent.error.status == _CONFLICT


def _try(arm: Arm, change: Change, listen: Listener, wait: bool) -> tuple[Sent, float | None]:
    """How one try ended, and the seconds after which to try again; None when that is pointless."""
    try:
        answer = arm.send(change.method, arm.url(change.id, change.api_version), change.after)
    except SignInError as error:
        return Sent(FAILED, error), None
    except ArmError as error:
        if retry.never_sent(error):
            return Sent(FAILED, error), 0.0
        return _after_a_lost_answer(arm, change, error)
    if answer.status < 300:
        return _accepted(arm, change, answer, listen, wait), None
    return _refused(arm, change, answer)


def _accepted(arm: Arm, change: Change, answer: Answer, listen: Listener, wait: bool) -> Sent:
    error, finished = follow(arm, answer, listen.stage, change.what, wait)
    if not finished:
        return Sent(RUNNING)
    return _ended_badly(arm, change, error) if error else Sent(DONE, told=_tells(change, answer))


def _tells(change: Change, answer: Answer) -> bool:
    """Whether a 2xx says by itself that the change was made: many of them only say that the request arrived."""
    document = answer.json()
    if change.method == "DELETE":
        return answer.status in (_OK, _NO_CONTENT) and "error" not in shapes.mapping(document)
    return change.method == "PUT" and is_document(document) and is_made(change, document)


def _ended_badly(arm: Arm, change: Change, error: ArmError) -> Sent:
    """An operation that failed on its way may leave what was asked for in the document; then it can be undone."""
    try:
        untouched = same_document(read(arm, change), change.before, change.settings)
    except ArmError:
        untouched = False
    return Sent(FAILED if untouched else UNKNOWN, error)


def _refused(arm: Arm, change: Change, answer: Answer) -> tuple[Sent, float | None]:
    error = answer.error()
    if error.code in change.done_on:
        return Sent(DONE, there=True), None
    if change.method == "DELETE" and answer.status == _NOT_FOUND and error.code:
        return Sent(DONE, told=True), None
    if error.code in change.again_on or answer.status == _THROTTLED:
        return Sent(FAILED, error), answer.retry_after() or 0.0
    if answer.status in retry.RETRYABLE:
        return _after_a_lost_answer(arm, change, error)
    return Sent(FAILED, error), None


def _after_a_lost_answer(arm: Arm, change: Change, error: ArmError) -> tuple[Sent, float | None]:
    """What the document says of a write that may have been made."""
    try:
        document = read(arm, change)
    except ArmError:
        return Sent(UNKNOWN, error), None
    if is_made(change, document):
        return Sent(DONE, told=True), None
    if same_document(document, change.before, change.settings):
        return Sent(FAILED, error), 0.0
    return Sent(UNKNOWN, error), None


def _short(error: ArmError | None) -> str:
    return (error.code or error.message[:80]) if error else "no answer"
