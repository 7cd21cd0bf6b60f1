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
    header = _header(answer)
    if header is None:
        return None, True
    url = joined(arm.endpoint, answer.headers[header])
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
            seen = arm.send("GET", url)
            status, error = _read(seen)
            url, asked, heard = arm.onward(url, seen, header), seen.retry_after(), time.monotonic()
        except ArmError as lost:
            gone = isinstance(lost, SignInError) or lost.status not in (None, *retry.RETRYABLE)
            if gone or time.monotonic() - heard > retry.SILENCE:
                return lost, False
            status, error, asked = "", None, retry.after(lost.headers)
        if status in ENDED:
            return (None if status == "succeeded" else error), True
        time.sleep(max(seconds, asked or 0.0))


def _header(answer: Answer) -> str | None:
    """The header that says where the operation is asked about; None where it has ended."""
    for name in ("azure-asyncoperation", "location"):
        if answer.headers.get(name) and (name != "location" or answer.status == 202):
            return name
    return None


def _read(answer: Answer) -> tuple[str, ArmError | None]:
    """The status in lower case, and the error of a failed operation."""
    if answer.status >= 400:
        raise answer.error()
    document = answer.json()
    if isinstance(document, dict) and isinstance(document.get("status"), str):
        status = document["status"].lower()
        return status, _error(document, status)
    # The other kind of operation has no document: 202 while it runs, 200 or 204 at its end.
    return ("" if answer.status == 202 else "succeeded"), None


def _error(document: dict[str, Any], status: str) -> ArmError:
    error = document.get("error")
    if isinstance(error, dict) and (error.get("code") or error.get("message")):
        code = error.get("code")
        return ArmError(200, str(code) if code else None, str(error.get("message") or f"The operation ended {status}."))
    return ArmError(200, None, f"The operation ended with status {status} and gave no reason.")
