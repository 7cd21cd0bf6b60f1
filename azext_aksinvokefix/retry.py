"""Which request may be sent again, when, and how long that goes on.

- A read (``arm.Arm``): after no answer or a status in RETRYABLE, until READ_PAUSES or the time are over, which is
  bounds.LONGEST_ANSWER where nobody set a deadline; not where this machine itself is the reason (``is_local``).
- runCommand (``invoke.submit``): only what was provably not taken, that is no connection, a 429, or a 503 that says
  when to come back; until SUBMIT_PAUSES or ``--timeout`` are over.
- A look for a result (``invoke.poll``): after an answer without a result, until LOST_PAUSES or LONGEST_LOST seconds are
  over, or with ``--timeout`` until that has passed; a 401 or a 404 only until MISSING_PAUSES are over.
- A write (``changes.send``): only where the document shows that nothing was changed, for the patience of the change.
- The probe `true` (``changes.probe``): also where it may have run, until PROBE_PAUSES or SILENCE seconds are over.
- A look at a long operation (``changes.operation``): until SILENCE seconds passed without an answer.

A pause is never shorter than what Retry-After asks for. Redirects are no retries: see arm.Arm.send.
"""

from __future__ import annotations

import email.utils
import math
import time
from collections.abc import Iterator, Mapping
from typing import Any

from azext_aksinvokefix import network

#: What ARM or a gateway answers when trying again can help.
RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})

READ_PAUSES = (0.5, 1.0, 2.0, 4.0, 5.0)
SUBMIT_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
#: Half a minute in all. What answers take and Retry-After asks for comes on top, up to LONGEST_LOST seconds.
LOST_PAUSES = (0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0)
LONGEST_LOST = 900.0
#: A result can be a moment late in appearing, and a token be refreshed: a 404 and a 401 are believed after these.
MISSING_PAUSES = (0.5, 1.0)
WRITE_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
OPERATION_PAUSES = (0.5, 1.0, 2.0, 4.0)
#: Seconds without any answer after which a long operation is left to itself, and `true` is not tried again.
SILENCE = 300.0

#: `true` does no harm: it is sent again also where it may have run.
PROBE_PAUSES = (1.0, 3.0)

#: A service that asks for more than this is asked again earlier.
LONGEST_RETRY_AFTER = 300.0
_HEADERS = (("retry-after-ms", 1000.0), ("x-ms-retry-after-ms", 1000.0), ("retry-after", 1.0))


def forever(pauses: tuple[float, ...]) -> Iterator[float]:
    """The pauses one after the other, then the last of them without end."""
    yield from pauses
    while True:
        yield pauses[-1]


def after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait before the next try, from any of the headers Azure uses; None when none of them tells.

    ``headers`` have lower-case names. The value may be seconds, with a fraction too, or a date. What is no finite
    number and no date counts as not said; what lies in the past is 0, and no answer is above LONGEST_RETRY_AFTER.
    """
    for name, unit in _HEADERS:
        seconds = _seconds(str(headers.get(name) or ""), unit)
        if seconds is not None:
            return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
    return None


def _seconds(value: str, unit: float) -> float | None:
    try:
        seconds = float(value) / unit
    except ValueError:
        return _until(value)
    # float() reads "nan", "inf" and "1e400" too, which no service means.
    return seconds if math.isfinite(seconds) else None


def _until(value: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(value).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def never_connected(error: BaseException) -> bool:
    """Whether the connection itself was never made, so that no byte of the request left this machine."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    return any(isinstance(cause, (ConnectTimeoutError, NewConnectionError)) for cause in _causes(error))


def never_sent(error: BaseException) -> bool:
    """Whether the request never left: no way out of this machine, no connection, or no token to send it with."""
    from knack.util import CLIError

    return never_connected(error) or is_local(error) or any(isinstance(cause, CLIError) for cause in _causes(error))


def is_local(error: BaseException) -> bool:
    """A certificate that is not trusted here, or a proxy that ends the way: a setting of this machine, most likely."""
    return network.is_certificate_error(str(error)) or network.is_proxy_error(str(error))


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
