"""Taking a change back: the exact document as it was, as long as nobody else changed it since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from azext_aksinvokefix.arm import Arm
from azext_aksinvokefix.changes import send
from azext_aksinvokefix.changes.documents import restored, same_document, value_at, writable
from azext_aksinvokefix.changes.plan import DONE, PENDING, SENT, Change, Plan, RefusedError
from azext_aksinvokefix.changes.records import record
from azext_aksinvokefix.changes.records.journal import Journal, Kept, leaves_out, with_secrets
from azext_aksinvokefix.changes.records.undo_source import Saved
from azext_aksinvokefix.cluster import POLICY_USUALLY_TAKES, Target
from azext_aksinvokefix.quoting import az
from azext_aksinvokefix.shapes import time

COMMAND = "undo"
#: No write that is made here takes so long.
_LONGEST_OPERATION = timedelta(hours=2)
_MAY_COME = (
    "The result of this change is unknown. It might still be in progress, so it counts as the latest change. To "
    "undo an earlier one, name it with --change-id."
)
_LISTS = "`az aks invoke-fix history` lists the changes and their ids."
#: What was deleted right before may count as a user of it for a moment.
_STILL_IN_USE = ("RoleDefinitionHasAssignments",)
#: AKS refuses a change while the one that is undone is still under way.
_PATIENCE = 600.0


def chosen(journal: Journal | Saved, change_id: str | None, scope: str | None = None) -> dict[str, Any]:
    """The change to undo: the one with this id, else the latest; ``scope`` is a cluster or what holds it."""
    kept = journal.kept()
    changes = kept.changes
    found = _latest(changes, scope) if change_id is None else changes.get(change_id)
    if change_id is None:
        _refuse_later(kept, found, scope)
    if found is None:
        missing = "There is no change to undo" if change_id is None else f"There is no change '{change_id}'"
        where = f" for {scope}." if scope and change_id is None else "."
        raise RefusedError(missing + where, _LISTS, is_missing=True)
    if not record.is_within(found, scope):
        raise RefusedError(f"The change '{change_id}' was made for {found.get('clusterId')}.", _LISTS)
    if not record.is_understood(found):
        raise RefusedError(
            f"A later version of this extension made the change '{found['changeId']}'.",
            "Undo it with that version: az extension update --name aks-invoke-fix",
        )
    found = journal.whole(found)
    return {**found, "state": record.UNDONE} if found["changeId"] in undone(changes) else found


def _refuse_later(kept: Kept, found: Mapping[str, Any] | None, scope: str | None) -> None:
    """What a later version wrote may be the latest change, or may have taken this one back."""
    later = kept.later_than(found["changeId"] if found else None, scope)
    if later:
        raise RefusedError(
            "Nothing was changed: after the latest change that this version of the extension understands, the "
            f"journal {kept.path} has {later} line(s) from a later version.",
            "Update the extension with `az extension update --name aks-invoke-fix`, or name the change with "
            f"--change-id. {_LISTS}",
        )


def _latest(changes: Mapping[str, dict[str, Any]], scope: str | None) -> dict[str, Any] | None:
    """The latest change that may be in force; an undo that was undone leaves what it undid in force again."""
    taken_back = undone(changes)
    candidates = [
        change
        for change in changes.values()
        if change.get("command") != COMMAND
        and record.is_understood(change)
        and change["changeId"] not in taken_back
        and any(each.get("state") in SENT for each in change["changes"])
        and record.is_within(change, scope)
    ]
    return candidates[-1] if candidates else None


def undone(changes: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The ids of the changes that were undone from this machine, and not made again by undoing their undo."""
    taken_back: set[str] = set()
    for change in reversed(list(changes.values())):
        if change.get("undoes") and change["changeId"] not in taken_back and _is_complete(change):
            taken_back.add(str(change["undoes"]))
    return taken_back


def _is_complete(change: Mapping[str, Any]) -> bool:
    """Whether every write of a change was made, by what Azure showed of it then: an operation that was still on its
    way may have failed, and a request that was merely taken may have done nothing."""
    if not record.is_understood(change) or change.get("state") != record.APPLIED:
        return False
    return all(each.get("state") == DONE and not _showed_nothing(each) for each in change["changes"])


def _showed_nothing(each: Mapping[str, Any]) -> bool:
    """Whether the document that was read back after a write is journalled and does not show it."""
    read_back = each.get("applied")
    return read_back is not None and not send.is_made(record.change_in(each), read_back)


def plan(arm: Arm, kept: Mapping[str, Any]) -> Plan:
    """The plan that takes a journalled change back; RefusedError when somebody else has changed it since."""
    if kept.get("state") == record.UNDONE:
        return Plan(COMMAND, str(kept.get("clusterId") or ""), notes=("This change was already undone.",))
    notes: list[str] = []
    changes = []
    settled = _is_settled(kept)
    for each in reversed(kept["changes"]):
        if each.get("state", PENDING) not in SENT:
            continue
        inverse = _inverse(arm, each, notes)
        if inverse:
            changes.append(inverse)
    return Plan(
        command=COMMAND,
        cluster_id=str(kept.get("clusterId") or ""),
        changes=tuple(changes),
        requires=tuple(_needed(change) for change in changes),
        notes=(
            *(notes or (() if changes else ("No part of this change was ever made.",))),
            *(() if changes or settled else (_MAY_COME,)),
        ),
        stock=tuple(_request(change) for change in changes),
        next_step="" if not changes else _next_step(str(kept.get("command"))),
        again=_again(kept),
        undoes=str(kept["changeId"]) if changes or settled else "",
    )


def _again(kept: Mapping[str, Any]) -> str:
    """The command that made the change; without the words that it was called with, which nobody kept."""
    return Target.of(str(kept.get("clusterId") or "")).invoke_fix(str(kept.get("command") or ""))


def _is_settled(kept: Mapping[str, Any]) -> bool:
    """Whether a change that does not show will not come any more: one whose end is not known may be on its way yet."""
    if kept.get("state") in (record.APPLIED, record.PARTIAL):
        return True
    begun = time(kept.get("time"))
    return begun is not None and datetime.now(timezone.utc) - begun > _LONGEST_OPERATION


def _inverse(arm: Arm, kept: Mapping[str, Any], notes: list[str]) -> Change | None:
    made = record.change_in(kept)
    now = send.read(arm, made)
    before = with_secrets(made.before, now)
    if same_document(now, before, made.settings):
        if send.is_busy(now):
            raise RefusedError(
                f"Nothing was changed: an operation on {made.document_id} is still in progress.",
                "Repeat the command when the operation has ended.",
            )
        notes.append(f"{made.document_id} is already as it was.")
        return None
    if made.method == "DELETE":
        raise RefusedError(
            f"Nothing was changed: {made.document_id} was deleted, and a deleted resource cannot be restored from "
            "the journal.",
            "Run the command that created it again: `az aks invoke-fix history` shows the command.",
            is_missing=True,
        )
    if now is None:
        raise RefusedError(
            f"Nothing was changed: {made.document_id} no longer exists.",
            "There is nothing to undo.",
            is_missing=True,
        )
    if not is_ours(made, kept.get("applied"), now):
        raise RefusedError(
            f"Nothing was changed: someone else has changed {made.document_id} since.",
            "Undoing this change would undo theirs too. Change it by hand: the journal has the previous values.",
        )
    return _back(made, before, now)


def is_ours(made: Change, applied: Any, now: Any) -> bool:
    """Whether the document is still as this extension left it."""
    if applied is None or made.settings:
        return send.is_made(made, now)
    return same_document(now, with_secrets(applied, now))


def _back(made: Change, before: Any, now: Any) -> Change:
    what = f"Undo: {made.what}"
    if made.method == "POST":
        if not made.inverse:
            raise RefusedError(f"This cannot be undone: {made.what}.")
        previous = tuple(value_at(before, pointer) for pointer in made.settings)
        return Change(
            what,
            "POST",
            made.inverse,
            made.api_version,
            before=now,
            settings=made.settings,
            watched=made.document_id,
            inverse=made.id,
            becomes=previous,
            again_on=send.IN_PROGRESS,
            patience=_PATIENCE,
        )
    if before is None:
        return Change(what, "DELETE", made.id, made.api_version, before=now, again_on=_STILL_IN_USE)
    body = restored(writable(now), before, made.settings) if made.settings else writable(before)
    if leaves_out(body) and not leaves_out(now):
        raise RefusedError(
            f"Nothing was changed: the previous document of {made.document_id} contained a secret, which the "
            "journal does not keep.",
            "Restore it by hand; the journal has the rest of the previous document.",
        )
    return Change(
        what,
        "PUT",
        made.id,
        made.api_version,
        before=now,
        after=body,
        settings=made.settings,
        again_on=send.IN_PROGRESS,
        patience=_PATIENCE,
    )


def _request(change: Change) -> str:
    """The request as a stock command."""
    url = f"{change.id}?api-version={change.api_version}"
    body = () if change.after is None else ("--body", json.dumps(change.after))
    return az("rest", "--method", change.method.lower(), "--url", url, *body)


def _needed(change: Change) -> tuple[str, str]:
    """The action that a request needs, and where, as its resource id tells."""
    scope, _, rest = change.id.rpartition("/providers/")
    namespace, *path = rest.split("/")
    kind = "/".join([namespace, *path[0::2]])
    if change.method == "POST":
        return f"{kind}/action", change.document_id
    is_child = len(path) > len(("type", "name"))
    operation = "delete" if change.method == "DELETE" else "write"
    return f"{kind}/{operation}", change.id.rsplit("/", 2)[0] if is_child else scope


def _next_step(command: str) -> str:
    if command == "exempt-policy":
        return f"The policy will deny the command pod again in {POLICY_USUALLY_TAKES}, at worst in an hour."
    if command == "grant-role":
        return "The role is removed; it can take 10 minutes to stop working."
    return ""
