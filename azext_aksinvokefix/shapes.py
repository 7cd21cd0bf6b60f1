"""Reading JSON whose shape nobody promised: a missing or mistyped part is empty, never an error."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

#: An object of JSON. Nearly all are of the first, which is told many times faster.
_OBJECT = (dict, Mapping)
#: Beyond it a sum may not be a number any more.
_INFINITE = 1e300


def dig(value: Any, *path: str) -> Any:
    """What lies at ``path`` below ``value``, or None where the path breaks off."""
    for name in path:
        if not isinstance(value, _OBJECT):
            return None
        value = value.get(name)
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, _OBJECT) else {}


def items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in items(value) if isinstance(item, _OBJECT)]


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def texts(value: Any) -> list[str]:
    return [item for item in items(value) if isinstance(item, str)]


def integer(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: Any) -> float | None:
    """A finite number; JSON of services may hold others."""
    finite = isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _INFINITE
    return float(value) if finite else None


def same(left: Any, right: Any) -> bool:
    """Whether two names or ids of Azure are the same: their case drifts."""
    return isinstance(left, str) and isinstance(right, str) and left.casefold() == right.casefold()


def time(value: Any) -> datetime | None:
    """A time as Azure writes it, with up to seven digits of a second; None when it is none."""
    whole, point, rest = text(value).strip().replace("Z", "+00:00").partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    stamp = f"{whole}.{digits[:6].ljust(6, '0')}{rest[len(digits) :]}" if point else whole
    try:
        parsed = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)


def last_segment(arm_id: Any) -> str:
    """The name at the end of an ARM id."""
    return text(arm_id).rstrip("/").rsplit("/", 1)[-1]


def at_or_above(scope: Any, resource_id: str) -> bool:
    """Whether what is assigned at ``scope`` reaches the resource. Management groups and the root hold everything here:
    the services that list by resource give only those above it."""
    outer = text(scope).rstrip("/").casefold()
    inner = resource_id.rstrip("/").casefold()
    if outer.startswith("/providers/microsoft.management/managementgroups/"):
        return True
    return isinstance(scope, str) and (inner == outer or inner.startswith(outer + "/"))
