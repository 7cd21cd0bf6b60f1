"""The time spans of Azure Monitor: a duration, or two of start, end and duration around a slash (ISO 8601)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

_DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


@dataclass(frozen=True)
class Span:
    """From one moment to another, both included."""

    start: datetime
    end: datetime

    def __contains__(self, when: datetime) -> bool:
        return self.start <= when <= self.end

    def within(self, other: Span) -> Span:
        return Span(max(self.start, other.start), min(self.end, other.end))


#: As far as a query looks that does not say.
EVER = Span(datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc))


def parse(text: str, now: datetime) -> Span:
    """A ValueError for what is none.

    >>> parse("2026-01-01T00:00:00Z/PT1H", datetime.now(timezone.utc)).end.hour
    1
    """
    first, slash, second = text.partition("/")
    if not slash:
        return Span(now - duration(first), now)
    if first.startswith("P"):
        return Span(_moment(second) - duration(first), _moment(second))
    start = _moment(first)
    return Span(start, start + duration(second) if second.startswith("P") else _moment(second))


def duration(text: str) -> timedelta:
    """
    >>> duration("P1DT2H")
    datetime.timedelta(days=1, seconds=7200)
    """
    found = _DURATION.fullmatch(text)
    if found is None or text[-1] in "PT":
        raise ValueError(f"'{text}' is no duration")
    weeks, days, hours, minutes, seconds = (float(number or 0) for number in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _moment(text: str) -> datetime:
    """Python reads three or six digits of a second, the service any number."""
    whole, dot, rest = text.replace("Z", "+00:00").partition(".")
    if dot:
        digits = re.match(r"\d*", rest)
        fraction = digits[0] if digits else ""
        whole += f".{fraction[:6]:0<6}{rest[len(fraction) :]}"
    found = datetime.fromisoformat(whole)
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
