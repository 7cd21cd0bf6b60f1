"""Taking a change back: the exact document as it was, as long as nobody else changed it since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_aksinvokefix.arm import Arm

from . import record, send
from .documents import restored, same_document, value_at, writable
from .journal import Journal, with_secrets
from .plan import PENDING, SENT, Change, Plan, RefusedError

COMMAND = "undo"
_LISTS = "`az aks invoke-fix history` lists the changes and their ids."
#: What was deleted right before may count as a user of it for a moment.
_STILL_IN_USE = ("RoleDefinitionHasAssignments",)


def chosen(journal: Journal, change_id: str | None, cluster_id: str | None = None) -> dict[str, Any]:
    """The change to take back: the one with this id, else the latest, of this cluster if one is given."""
    changes = journal.changes()
    taken_back = undone(changes)
    if change_id is not None:
        found = changes.get(change_id)
        if found is None:
            raise RefusedError(f"There is no change '{change_id}' in the journal.", _LISTS, status=3)
        return found
    candidates = [
        change
        for change in changes.values()
        if change.get("command") != COMMAND
        and change["changeId"] not in taken_back
        and any(each.get("state") in SENT for each in change["changes"])
        and (cluster_id is None or str(change.get("clusterId")).lower() == cluster_id.lower())
    ]
    if not candidates:
        raise RefusedError("There is no change to take back.", _LISTS, status=3)
    return candidates[-1]


def undone(changes: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The ids of the changes that were taken back from this machine."""
    return {
        str(change["undoes"])
        for change in changes.values()
        if change.get("undoes") and change.get("state") == record.APPLIED
    }


def plan(arm: Arm, kept: Mapping[str, Any]) -> Plan:
    """The plan that takes a journalled change back; RefusedError when somebody else has changed it since."""
    notes: list[str] = []
    changes = []
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
        notes=tuple(notes) or (() if changes else ("Nothing of this change was ever made.",)),
        next_step="" if not changes else _next_step(str(kept.get("command"))),
        undoes=str(kept["changeId"]),
    )


def _inverse(arm: Arm, kept: Mapping[str, Any], notes: list[str]) -> Change | None:
    made = record.change_in(kept)
    now = send.read(arm, made)
    before = with_secrets(made.before, now)
    if same_document(now, before, made.settings):
        notes.append(f"{made.document_id} is already as it was.")
        return None
    if not is_ours(made, kept.get("applied"), now):
        raise RefusedError(
            f"Nothing was changed: {made.document_id} was changed by somebody else since.",
            "Taking our change back would take theirs back too. Change it by hand: the journal holds what was there.",
        )
    return _back(made, before, now)


def is_ours(made: Change, applied: Any, now: Any) -> bool:
    """Whether the document is still as this extension left it."""
    if applied is None or made.settings:
        return send.is_made(made, now)
    return same_document(now, with_secrets(applied, now))


def _back(made: Change, before: Any, now: Any) -> Change:
    what = f"Take back: {made.what}"
    if made.method == "POST":
        if not made.inverse:
            raise RefusedError(f"There is no way to take this back: {made.what}.")
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
        )
    if before is None:
        return Change(what, "DELETE", made.id, made.api_version, before=now, again_on=_STILL_IN_USE)
    body = restored(writable(now), before, made.settings) if made.settings else writable(before)
    return Change(what, "PUT", made.id, made.api_version, before=now, after=body, settings=made.settings)


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
        return "The policy denies the command pod again 15 to 20 minutes from now, at worst in an hour."
    if command == "grant-role":
        return "The rights are gone within 10 minutes."
    return ""
