"""A change as the journal keeps it, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from .documents import Pointer
from .plan import DONE, FAILED, PENDING, RUNNING, UNKNOWN, Change, Plan
from .session import Session

#: States of a whole change. ``planned`` in the journal of a process that ended too early means that nothing was sent.
PLANNED, APPLIED, PARTIAL, NOT_APPLIED, OPEN, UNDONE = "planned", "applied", "partial", "failed", "unknown", "undone"


def of(
    session: Session,
    plan: Plan,
    change_id: str,
    states: Sequence[str],
    documents: Sequence[Any],
    errors: Sequence[str],
) -> dict[str, Any]:
    """The line for the journal; ``documents`` are the targets as they were read back after the write."""
    return {
        "changeId": change_id,
        "time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "state": overall(states),
        "command": plan.command,
        "clusterId": plan.cluster_id,
        "endpoint": session.arm.endpoint,
        "correlationId": session.arm.correlation_id,
        "undoes": plan.undoes or None,
        "changes": [_change(*parts) for parts in zip(plan.changes, states, documents, errors)],
        "undo": list(plan.undo()),
    }


def _change(change: Change, state: str, document: Any, error: str) -> dict[str, Any]:
    return {
        **change.to_json(),
        "what": change.what,
        "state": state,
        "applied": document,
        "error": error or None,
        "settings": [list(pointer) for pointer in change.settings],
        "watched": change.watched,
        "inverse": change.inverse,
        "becomes": list(change.becomes),
    }


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
