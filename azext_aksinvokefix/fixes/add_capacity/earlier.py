"""The room that this extension made earlier, so that a second run does not pay for a second node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.changes import send, undo
from azext_aksinvokefix.changes.plan import SENT, Change
from azext_aksinvokefix.changes.records import record
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.cluster import BROKEN
from azext_aksinvokefix.lifecycle import Failure
from azext_aksinvokefix.shapes import dig, same, text, time

COMMAND = "add-capacity"
#: For so long a change is taken for the answer to a failure that is not dated: a node takes minutes to come.
_FRESH = timedelta(minutes=15)


@dataclass(frozen=True)
class EarlierChange:
    """The latest change of this kind that still stands."""

    change_id: str
    at: datetime | None
    change: Change

    @property
    def when(self) -> str:
        return f"made at {self.at:%Y-%m-%d %H:%M} UTC" if self.at else "made earlier"

    def is_fresh(self, now: datetime) -> bool:
        return self.at is not None and timedelta(0) <= now - self.at < _FRESH

    def answers(self, failure: Failure | None, failed_at: datetime | None, now: datetime) -> bool:
        """Whether the change may have repaired a failure already.

        A node that came just now pulls the image first, and so times out once; only the scheduler's own word after the
        change says that there is no room still.
        """
        if failure is None or failure.stage != "scheduling":
            return self.is_fresh(now)
        if failure.source == "run":
            return False
        if failed_at is not None and self.at is not None:
            return failed_at < self.at
        return self.is_fresh(now)

    def is_same(self, other: Change) -> bool:
        """Whether ``other`` would do the same once more."""
        if self.change.before is None or other.before is None:
            return self.change.before is other.before
        return same(self.change.id, other.id) and self.change.settings == other.settings


def latest(session: Session) -> EarlierChange | None:
    """The newest change in the journal that made room in this cluster, if it stands."""
    changes = session.journal.changes()
    taken_back = undo.undone(changes)
    for kept in reversed(list(changes.values())):
        if not _is_ours(kept, session) or kept["changeId"] in taken_back:
            continue
        for each in kept["changes"]:
            if each.get("state") in SENT and _stands(session, each):
                return EarlierChange(str(kept["changeId"]), time(kept.get("time")), record.change_in(each))
    return None


def _is_ours(kept: Mapping[str, Any], session: Session) -> bool:
    return kept.get("command") == COMMAND and same(kept.get("clusterId"), session.cluster_id)


def _stands(session: Session, each: Mapping[str, Any]) -> bool:
    made = record.change_in(each)
    try:
        document = send.read(session.arm, made)
    except ArmError:
        return False
    state = text(dig(document, "properties", "provisioningState")).lower()
    return send.is_made(made, document) and state not in BROKEN
