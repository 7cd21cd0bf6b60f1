"""What stops a principal who has the rights: deny assignments, which beat every role, and locks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azext_aksinvokefix import api_versions, catalog
from azext_aksinvokefix.checks.basis import finding_from_text, manual, target, text_datum
from azext_aksinvokefix.cluster import place
from azext_aksinvokefix.finding_ids import findings_of_text
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS, Datum, Evidence, Failure, Finding, Fix, Stage
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.rights import permissions, principal
from azext_aksinvokefix.rights.permissions import Entry
from azext_aksinvokefix.shapes import at_or_above, mapping, mappings, same, text

STAGE: Stage = "access"
#: The principal of a deny assignment that means everybody.
_EVERYONE = "00000000-0000-0000-0000-000000000000"
_DELETE_LOCKS = "Microsoft.Authorization/locks/delete"


def denied(refusals: list[Failure], evidence: Evidence) -> Iterator[Finding]:
    """Deny assignments that reach the principal, else the one that a refusal names."""
    said = next((each for each in refusals if "arm-denied" in findings_of_text(STAGE, each)), None)
    found = [(deny, _reach(deny, evidence)) for deny in mappings(evidence.denies.value) if evidence.denies.known]
    reaching = [(deny, reach) for deny, reach in found if reach]
    for deny, reach in reaching:
        yield _denial(deny, reach, said, evidence)
    if said is not None and not reaching:
        yield finding_from_text("arm-denied", said, fixes=(_ask_owner(evidence),))


def _denial(deny: Mapping[str, Any], reach: str, said: Failure | None, evidence: Evidence) -> Finding:
    properties = mapping(deny.get("properties"))
    name, actions = text(properties.get("denyAssignmentName")), ", ".join(_denied_actions(properties))
    datum = Datum("denyAssignments", one_line(f"'{name}' at {text(properties.get('scope'))} denies {actions}"))
    return catalog.finding(
        "arm-denied",
        confidence="confirmed" if reach == "yes" or said else "possible",
        severity=None if reach == "yes" or said else "warning",
        message=one_line(f"The deny assignment '{name}' denies {actions}, whatever roles grant it."),
        evidence=(*([text_datum(said)] if said else []), datum),
        fixes=(_ask_owner(evidence),),
    )


def _reach(deny: Mapping[str, Any], evidence: Evidence) -> str:
    """``yes``, ``maybe`` when it depends on a group, or nothing."""
    properties = mapping(deny.get("properties"))
    if not _denied_actions(properties) or same(properties.get("denyAssignmentEffect"), "audit"):
        return ""
    scope = properties.get("scope")
    if properties.get("doNotApplyToChildScopes") and not same(scope, evidence.cluster_id):
        return ""
    if scope is not None and not at_or_above(scope, evidence.cluster_id):
        return ""
    return _reaches_principal(properties, principal.object_id(evidence))


def _reaches_principal(properties: Mapping[str, Any], object_id: str) -> str:
    named, excluded = mappings(properties.get("principals")), mappings(properties.get("excludePrincipals"))
    if any(same(entry.get("id"), object_id) for entry in excluded):
        return ""
    hit = any(same(entry.get("id"), _EVERYONE) or same(entry.get("id"), object_id) for entry in named)
    groups = any(same(entry.get("type"), "Group") for entry in (excluded if hit else named))
    if hit:
        return "maybe" if groups else "yes"
    return "maybe" if groups or not object_id else ""


def _denied_actions(properties: Mapping[str, Any]) -> list[str]:
    entries = [Entry.of(entry) for entry in mappings(properties.get("permissions"))]
    return [action for action in NEEDED_ACTIONS if any(permissions.covers(entry, action) for entry in entries)]


def _ask_owner(evidence: Evidence) -> Fix:
    url = f"{target(evidence).id}/providers/Microsoft.Authorization/denyAssignments?api-version={api_versions.ROLES}"
    return manual(
        "Ask the owner of the deny assignment to exclude this principal; no role assignment helps. This command "
        "lists the deny assignments with their descriptions.",
        az("rest", "--method", "get", "--url", url),
    )


def locked(refusals: list[Failure], evidence: Evidence) -> Iterator[Finding]:
    """ReadOnly locks at the cluster or above it: submitting a command is a write to them."""
    said = next((each for each in refusals if "resource-locked" in findings_of_text(STAGE, each)), None)
    found = [lock for lock in mappings(evidence.locks.value) if evidence.locks.known and _stops(lock, evidence)]
    for lock in found:
        scope, name = _place(lock)
        yield catalog.finding(
            "resource-locked",
            confidence="confirmed" if said else "likely",
            message=one_line(f"The ReadOnly lock '{name}' at {scope} blocks requests that are not reads."),
            evidence=(
                *([text_datum(said)] if said else []),
                Datum("locks", one_line(f"{text(lock.get('id'))}: ReadOnly")),
            ),
            fixes=(_unlock(lock),),
            brief=one_line(f"The ReadOnly lock '{name}' at {place(scope)} stops requests that are not reads."),
        )
    if said is not None and not found:
        yield finding_from_text("resource-locked", said, fixes=(manual("Find the lock.", _list_locks(evidence)),))


def _stops(lock: Mapping[str, Any], evidence: Evidence) -> bool:
    scope, _ = _place(lock)
    level = mapping(lock.get("properties")).get("level")
    return same(level, "ReadOnly") and bool(scope) and at_or_above(scope, evidence.cluster_id)


def _place(lock: Mapping[str, Any]) -> tuple[str, str]:
    """The scope that a lock locks, and its name."""
    marker = "/providers/microsoft.authorization/locks/"
    lock_id = text(lock.get("id"))
    at = lock_id.lower().rfind(marker)
    name = at + len(marker)
    return (lock_id[:at], lock_id[name:]) if at >= 0 else ("", "")


def _unlock(lock: Mapping[str, Any]) -> Fix:
    return Fix(
        "command",
        "manual",
        "Remove the lock, or ask its owner to change it to a CanNotDelete lock, which does not block commands. "
        "Someone set it on purpose: ask first.",
        az("lock", "delete", "--ids", text(lock.get("id"))),
        (_DELETE_LOCKS,),
        at=_place(lock)[0],
    )


def _list_locks(evidence: Evidence) -> str:
    where = target(evidence)
    return az("lock", "list", "-g", where.group, "--subscription", where.subscription, "-o", "table")
