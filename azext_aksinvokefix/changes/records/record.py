"""A change as the journal keeps it, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from azext_aksinvokefix.changes.documents import Pointer
from azext_aksinvokefix.changes.plan import DONE, FAILED, PENDING, RUNNING, UNKNOWN, Change, Plan
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.shapes import integer

#: The shape of a line. A line of a later one may mean what this version does not understand.
SCHEMA_VERSION = 1
#: States of a whole change. ``planned`` in the journal of a process that ended too early means that nothing was sent.
PLANNED, APPLIED, PARTIAL, NOT_APPLIED, OPEN, UNDONE = "planned", "applied", "partial", "failed", "unknown", "undone"


@dataclass
class Write:  # pylint: disable=too-many-instance-attributes
    """How far one change came. ``document`` is the target as it was read back after the write, if it could be;
    ``forbidden`` says that the service refused the write for want of a right, ``there`` that it holds what was wanted
    already, under another name, ``told`` that its answer itself shows the change."""

    change: Change
    state: str = PENDING
    document: Any = None
    was_read: bool = False
    error: str = ""
    forbidden: bool = False
    there: bool = False
    told: bool = False

    @property
    def made(self) -> bool:
        """Whether Azure shows it; a long operation that was taken may still be on its way."""
        return self.state in (DONE, RUNNING)

    def __str__(self) -> str:
        return f"{self.state}: {self.change.what}" + (f" ({self.error})" if self.error else "")

    def to_json(self) -> dict[str, Any]:
        change = self.change
        return {
            **change.to_json(),
            "what": change.what,
            "state": self.state,
            "applied": self.document,
            "error": self.error or None,
            "settings": [list(pointer) for pointer in change.settings],
            "watched": change.watched,
            "inverse": change.inverse,
            "becomes": list(change.becomes),
        }


def record_of(session: Session, plan: Plan, change_id: str, writes: Sequence[Write]) -> dict[str, Any]:
    """The line for the journal."""
    now = replace(plan, changes=tuple(write.change for write in writes))
    return {
        "changeId": change_id,
        "time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "state": overall([write.state for write in writes]),
        "command": plan.command,
        "clusterId": plan.cluster_id,
        "account": dict(session.account),
        "endpoint": session.arm.endpoint,
        "correlationId": session.arm.correlation_id,
        "undoes": plan.undoes or None,
        "changes": [write.to_json() for write in writes],
        "undo": list(now.undo()),
    }


def is_one(kept: Any) -> bool:
    """Whether a line of the journal, which anybody with the user's rights may have written, is a change."""
    return (
        isinstance(kept, dict)
        and isinstance(kept.get("changeId"), str)
        and all(isinstance(kept.get(name), _TEXT) for name in ("time", "state", "command", "clusterId", "endpoint"))
        and isinstance(kept.get("undoes"), _TEXT)
        and isinstance(kept.get("changes"), list)
        and all(_is_change(each) for each in kept["changes"])
    )


_TEXT = (str, type(None))


def _is_change(kept: Any) -> bool:
    return (
        isinstance(kept, dict)
        and all(isinstance(kept.get(name), _TEXT) for name in ("what", "state", "apiVersion"))
        and kept.get("method") in _METHODS
        and _is_path(kept.get("id"))
        and all(not kept.get(name) or _is_path(kept[name]) for name in ("watched", "inverse"))
        and all(isinstance(kept.get(name), (dict, type(None))) for name in ("before", "after", "applied"))
        and all(isinstance(kept.get(name), (list, type(None))) for name in ("settings", "becomes"))
        and all(_is_pointer(pointer) for pointer in kept.get("settings") or ())
    )


_METHODS = ("PUT", "POST", "DELETE")


def _is_path(value: Any) -> bool:
    """An ARM id. Anything else could lead a request, with the user's token, to another host."""
    if not isinstance(value, str) or ".." in value.split("/"):
        return False
    return value.startswith("/") and not value.startswith("//")


def _is_pointer(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(name, str) for name in value)


def is_understood(kept: Mapping[str, Any]) -> bool:
    """Whether a change was not journalled by a later version of this extension."""
    return bool(kept.get("schemaVersion", SCHEMA_VERSION) == SCHEMA_VERSION)


def is_later(kept: Any) -> bool:
    """Whether a line, whatever else is in it, says that a later version of this extension wrote it."""
    version = integer(kept.get("schemaVersion")) if isinstance(kept, dict) else None
    return version is not None and version > SCHEMA_VERSION


def is_within(kept: Mapping[str, Any], scope: str | None) -> bool:
    """Whether a change is for the cluster with this ARM id, or for one below it; any is where there is no scope."""
    return scope is None or f"{kept.get('clusterId')}/".lower().startswith(f"{scope}/".lower())


def change_in(kept: Mapping[str, Any]) -> Change:
    """A journalled change as a value again."""
    settings: tuple[Pointer, ...] = tuple(tuple(pointer) for pointer in kept.get("settings") or ())
    return Change(
        what=str(kept.get("what") or ""),
        method=str(kept.get("method") or ""),
        id=str(kept.get("id") or ""),
        api_version=str(kept.get("apiVersion") or ""),
        before=kept.get("before"),
        after=kept.get("after"),
        settings=settings,
        watched=str(kept.get("watched") or ""),
        inverse=str(kept.get("inverse") or ""),
        becomes=tuple(kept.get("becomes") or ()),
    )


def overall(states: Sequence[str]) -> str:
    """The state of a change from the states of its writes."""
    if all(state in (DONE, RUNNING) for state in states):
        return APPLIED
    if all(state == PENDING for state in states):
        return PLANNED
    if UNKNOWN in states:
        return OPEN
    if any(state in (DONE, RUNNING) for state in states):
        return PARTIAL
    return NOT_APPLIED if FAILED in states else PLANNED
