"""The changes made from this machine, and whether each still stands."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.evidence.reading import concurrently

from . import record, send, undo
from .documents import same_document
from .journal import Journal, with_secrets
from .plan import SENT

DRIFTED = "drifted"


def listed(journal: Journal, arm: Arm | None, cluster_id: str | None = None) -> list[dict[str, Any]]:
    """The changes, the newest first. ``checked`` says whether the state was looked up in Azure; without ``arm``, or
    where a document cannot be read, it is what the journal says."""
    changes = journal.changes()
    taken_back = undo.undone(changes)
    wanted = [
        change
        for change in reversed(list(changes.values()))
        if cluster_id is None or str(change.get("clusterId")).lower() == cluster_id.lower()
    ]
    return concurrently(lambda change: _row(change, taken_back, arm), wanted)


def _row(change: Mapping[str, Any], taken_back: set[str], arm: Arm | None) -> dict[str, Any]:
    state, checked = str(change.get("state")), False
    if change["changeId"] in taken_back:
        state = record.UNDONE
    elif arm and state != record.PLANNED and change.get("endpoint") == arm.endpoint:
        with contextlib.suppress(ArmError):
            state, checked = _standing(arm, change, state), True
    return {
        "changeId": change["changeId"],
        "time": change.get("time"),
        "command": change.get("command"),
        "clusterId": change.get("clusterId"),
        "state": state,
        "checked": checked,
        "changes": [each.get("what") for each in change["changes"]],
        "undoes": change.get("undoes"),
        "correlationId": change.get("correlationId"),
    }


def _standing(arm: Arm, change: Mapping[str, Any], kept: str) -> str:
    """What the documents show: as this extension left them, as they were before, or neither."""
    found = {_standing_of(arm, each) for each in change["changes"] if each.get("state") in SENT}
    if DRIFTED in found:
        return DRIFTED
    if record.APPLIED in found:
        return kept if kept == record.PARTIAL else record.APPLIED
    return record.UNDONE if found else kept


def _standing_of(arm: Arm, each: Mapping[str, Any]) -> str:
    made = record.change_in(each)
    now = send.read(arm, made)
    if same_document(now, with_secrets(made.before, now), made.settings):
        return record.UNDONE
    return record.APPLIED if undo.is_ours(made, each.get("applied"), now) else DRIFTED
