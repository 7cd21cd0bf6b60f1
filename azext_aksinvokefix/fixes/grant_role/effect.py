"""Whether a grant shows: in the caller's own permissions, else in the role assignments that reach the principal."""

from __future__ import annotations

from azext_aksinvokefix.changes.plan import Plan
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.evidence.roles import Role, read_assigned, read_role
from azext_aksinvokefix.fixes.grant_role import look
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS, Item
from azext_aksinvokefix.rights import permissions
from azext_aksinvokefix.rights.permissions import Entry
from azext_aksinvokefix.rights.sign_in import signed_in
from azext_aksinvokefix.shapes import at_or_above, last_segment, mapping, mappings, same


def shows(session: Session, planned: Plan) -> bool:
    """One look; no where it cannot be told."""
    if not planned.changes:
        return not permissions.lacking(_entries(session, planned.principal), NEEDED_ACTIONS)
    grants = [(change.id, mapping(mapping(change.after).get("properties"))) for change in planned.changes]
    return all(
        _has(session, planned.principal, change_id.rpartition("/providers/")[0], last_segment(role))
        for change_id, role in ((change_id, given.get("roleDefinitionId")) for change_id, given in grants)
        if role
    )


def _has(session: Session, principal: str, scope: str, guid: str) -> bool:
    if not at_or_above(scope, session.cluster_id):
        # A cluster's permissions do not show what is granted for a namespace in it.
        return _is_assigned(read_assigned(session.arm, scope, principal), guid)
    role = read_role(session.arm, scope, guid)
    if not (role.known and role.value):
        return False
    entries = _entries(session, principal)
    needed = [action for action in NEEDED_ACTIONS if permissions.state(role.value.entries, action) != "missing"]
    return not permissions.lacking(entries, needed) and all(
        permissions.state(entries, action, "dataActions") != permissions.MISSING for action in inside(role.value)
    )


def inside(role: Role) -> list[str]:
    """A data action for each pattern of a role that reaches into clusters."""
    return [pattern.replace("*", "any") for each in role.entries for pattern in each.data_actions]


def _entries(session: Session, principal: str) -> tuple[Entry, ...]:
    caller = signed_in(session.edge.sign_in()).object_id
    item = look.permissions_of(session.arm, session.cluster_id, principal, same(principal, caller))
    return permissions.held(item).entries


def _is_assigned(item: Item, guid: str) -> bool:
    assigned = mappings(item.value) if item.known else []
    return any(same(last_segment(mapping(one.get("properties")).get("roleDefinitionId")), guid) for one in assigned)
