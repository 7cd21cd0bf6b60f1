"""The changes made from this machine, and whether each still stands."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from azext_aksinvokefix import shapes
from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.changes import send, undo
from azext_aksinvokefix.changes.documents import same_document
from azext_aksinvokefix.changes.plan import SENT, Change
from azext_aksinvokefix.changes.records import record
from azext_aksinvokefix.changes.records.journal import Journal, with_secrets
from azext_aksinvokefix.evidence.reading import concurrently
from azext_aksinvokefix.quoting import printable

DRIFTED = "drifted"
#: Of one write: what it changes does not show before the operation has ended.
IN_PROGRESS = "inProgress"
#: Whether the older changes still stand is not looked up, and neither is what Azure does not tell within the seconds.
_LOOKED_UP, _SECONDS = 100, 20.0

#: The document of a change as it is now; raises ArmError.
Read = Callable[[Change], Any]


def listed(journal: Journal, arm: Arm | None, scope: str | None = None) -> list[dict[str, Any]]:
    """The changes, the newest first; ``scope`` is a cluster or what holds it. ``checked`` says whether the state was
    looked up in Azure; without ``arm``, or where a document cannot be read, it is what the journal says."""
    changes = journal.changes()
    taken_back = undo.undone(changes)
    wanted = [change for change in reversed(list(changes.values())) if record.is_within(change, scope)]
    standing = _standing_now(arm, [change for change in wanted if change["changeId"] not in taken_back]) if arm else {}
    return [_row(change, taken_back, standing) for change in wanted]


def _row(change: Mapping[str, Any], taken_back: set[str], standing: Mapping[str, str]) -> dict[str, Any]:
    found = standing.get(change["changeId"])
    state = record.UNDONE if change["changeId"] in taken_back else found or change.get("state")
    # Anybody with the user's rights may have written the line.
    row: dict[str, Any] = printable(
        {
            "changeId": change["changeId"],
            "time": change.get("time"),
            "command": change.get("command"),
            "clusterId": change.get("clusterId"),
            "account": _account(change),
            "state": state,
            "checked": found is not None,
            "changes": [each.get("what") for each in change["changes"]],
            "documents": _documents(change),
            "undoes": change.get("undoes"),
            "correlationId": change.get("correlationId"),
        }
    )
    return row


def _account(change: Mapping[str, Any]) -> dict[str, str | None] | None:
    """Who made it; None in the line of a version that did not keep that."""
    kept = shapes.mapping(change.get("account"))
    account = {name: shapes.text(kept.get(name)) or None for name in ("objectId", "name")}
    return account if any(account.values()) else None


def _documents(change: Mapping[str, Any]) -> list[str]:
    """The ARM ids of the documents that a change touched, each once."""
    ids = (record.change_in(each).document_id for each in change["changes"])
    return list({one.lower(): one for one in ids}.values())


def _standing_now(arm: Arm, changes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The states of changes by their ids, as the documents show them; each document is read once."""
    looked_up = [
        change
        for change in changes
        if change.get("endpoint") == arm.endpoint and record.is_understood(change) and _sent(change)
    ][:_LOOKED_UP]
    read = _reader(
        arm.until(time.monotonic() + _SECONDS),
        [record.change_in(each) for change in looked_up for each in _sent(change)],
    )
    found: dict[str, str] = {}
    for change in looked_up:
        with contextlib.suppress(ArmError):
            found[change["changeId"]] = _standing(read, change)
    return found


def _sent(change: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in change["changes"] if each.get("state") in SENT]


def _reader(arm: Arm, changes: Sequence[Change]) -> Read:
    wanted = {(change.document_id.lower(), change.api_version): change for change in changes}

    def read(change: Change) -> Any:
        try:
            return send.read(arm, change)
        except ArmError as error:
            return error

    documents = dict(zip(wanted, concurrently(read, wanted.values())))

    def look(change: Change) -> Any:
        document = documents[(change.document_id.lower(), change.api_version)]
        if isinstance(document, ArmError):
            raise document
        return document

    return look


def _standing(read: Read, change: Mapping[str, Any]) -> str:
    """What the documents show: as this extension left them, as they were before, or neither."""
    kept = str(change.get("state"))
    found = {_standing_of(read, each) for each in _sent(change)}
    if DRIFTED in found:
        return DRIFTED
    if record.APPLIED in found:
        return kept if kept == record.PARTIAL else record.APPLIED
    if IN_PROGRESS in found:
        return kept
    # Of one that never showed, nobody has taken anything back.
    return record.NOT_APPLIED if kept == record.OPEN else record.UNDONE


def _standing_of(read: Read, each: Mapping[str, Any]) -> str:
    made = record.change_in(each)
    now = read(made)
    if same_document(now, with_secrets(made.before, now), made.settings):
        return IN_PROGRESS if send.is_busy(now) else record.UNDONE
    return record.APPLIED if undo.is_ours(made, each.get("applied"), now) else DRIFTED
