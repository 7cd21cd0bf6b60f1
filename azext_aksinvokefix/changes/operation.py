"""A long-running operation of ARM, followed to its end through lost connections and slow services."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from azext_aksinvokefix import retry
from azext_aksinvokefix.arm import Answer, Arm, ArmError, SignInError, joined
from azext_aksinvokefix.cluster import ENDED


def follow(
    arm: Arm, answer: Answer, stage: Callable[[str], None], what: str, wait: bool = True
) -> tuple[ArmError | None, bool]:
    """The error that the operation behind ``answer`` ended with, if any, and whether it has ended.

    The status decides: an operation that succeeded can carry the error of an earlier one. A URL that the service gave
    is followed verbatim and never shown: it holds a signature.
    """
    given = _url(answer)
    if given is None:
        return None, True
    url = joined(arm.endpoint, given)
    if url is None or not arm.owns(url):
        # Who gets the token there could say that all is done.
        elsewhere = "The operation continues at a URL that is not Azure Resource Manager."
        return ArmError(answer.status, None, elsewhere), False
    if not wait:
        return None, False
    stage(what)
    pauses, heard = retry.forever(retry.OPERATION_PAUSES), time.monotonic()
    while True:
        seconds = next(pauses)
        try:
            status, error, asked = _look(arm, url)
            heard = time.monotonic()
        except ArmError as lost:
            gone = isinstance(lost, SignInError) or lost.status not in (None, *retry.RETRYABLE)
            if gone or time.monotonic() - heard > retry.SILENCE:
                return lost, False
            status, error, asked = "", None, retry.after(lost.headers)
        if status in ENDED:
            return (None if status == "succeeded" else error), True
        time.sleep(max(seconds, asked or 0.0))


def _url(answer: Answer) -> str | None:
    for name in ("azure-asyncoperation", "location"):
        url = answer.headers.get(name)
        if url and (name != "location" or answer.status == 202):
            return url
    return None


def _look(arm: Arm, url: str) -> tuple[str, ArmError | None, float | None]:
    """The status in lower case, the error of a failed operation, and the seconds the service asks to wait."""
    answer = arm.send("GET", url)
    if answer.status >= 400:
        raise answer.error()
    document = answer.json()
    if isinstance(document, dict) and isinstance(document.get("status"), str):
        status = document["status"].lower()
        return status, _error(document, status), answer.retry_after()
    # The other kind of operation has no document: 202 while it runs, 200 or 204 at its end.
    return ("" if answer.status == 202 else "succeeded"), None, answer.retry_after()


def _error(document: dict[str, Any], status: str) -> ArmError:
    error = document.get("error")
    if isinstance(error, dict) and (error.get("code") or error.get("message")):
        code = error.get("code")
        return ArmError(200, str(code) if code else None, str(error.get("message") or f"The operation ended {status}."))
    return ArmError(200, None, f"The operation ended with status {status} and gave no reason.")
