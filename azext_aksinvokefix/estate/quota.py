"""Resource Graph's quota: some queries in a window of a few seconds, counted for the user over all their programs.

https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

#: The documented window; what is waited where a refusal does not say how long.
WINDOW = 5.0
#: No header makes us wait longer at once.
_LONGEST = 60.0


class Quota:
    """Lets queries pass as long as the service said that some are left, and holds the rest until it starts anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._remaining: int | None = None
        self._resets_at = 0.0

    def take(self) -> None:
        """Return when one more query may be sent."""
        while (wait := self._taken()) > 0:
            time.sleep(wait)

    def _taken(self) -> float:
        """Zero when the query may go now, else the seconds until it is worth asking again."""
        with self._lock:
            now = time.monotonic()
            if self._remaining is not None and now >= self._resets_at:
                self._remaining = None
            if self._remaining is None:
                return 0.0
            if self._remaining > 0:
                self._remaining -= 1
                return 0.0
            return self._resets_at - now

    def heed(self, headers: Mapping[str, str]) -> None:
        """Note what an answer says of the quota. Answers may arrive in another order than they were given."""
        remaining = _count(headers.get("x-ms-user-quota-remaining", ""))
        seconds = span(headers.get("x-ms-user-quota-resets-after", ""))
        if remaining is None or seconds is None:
            return
        with self._lock:
            known = self._remaining
            self._remaining = remaining if known is None else min(known, remaining)
            self._resets_at = time.monotonic() + seconds

    def exhausted(self, seconds: float) -> None:
        """A query was refused: none is worth sending for so long."""
        with self._lock:
            self._remaining = 0
            self._resets_at = time.monotonic() + min(seconds, _LONGEST)


def _count(value: str) -> int | None:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def span(value: str) -> float | None:
    """The seconds of ``hh:mm:ss``, fractions allowed; None when it is nothing like it.

    >>> span("00:00:05")
    5.0
    """
    parts = value.split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return None
    total = hours * 3600 + minutes * 60 + seconds
    return min(total, _LONGEST) if 0 <= total < float("inf") else None
