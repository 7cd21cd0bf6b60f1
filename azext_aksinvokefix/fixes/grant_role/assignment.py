"""The requests that grant: a role assignment and, where it has to be made first, a custom role."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.changes import send
from azext_aksinvokefix.changes.plan import Change, Consent
from azext_aksinvokefix.cluster import place
from azext_aksinvokefix.evidence.access import AUTHORIZATION
from azext_aksinvokefix.evidence.roles import Role
from azext_aksinvokefix.fixes.grant_role.assignee import Assignee
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.rights import roles
from azext_aksinvokefix.rights.permissions import Entry
from azext_aksinvokefix.shapes import same

#: The names made from it are the same on every machine, so that a second run finds what the first one made.
_NAMES = uuid.UUID("5f2b6d0e-58a4-4e52-9b0a-0c6b8f7f3a11")
_MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"
#: A principal or a role that was just made takes a while to be known everywhere, a role up to some minutes.
_NOT_KNOWN_YET = ("PrincipalNotFound", "RoleDefinitionDoesNotExist")
_PATIENCE, _PATIENCE_FOR_A_ROLE = 60.0, 300.0


@dataclass(frozen=True)
class PlanPart:  # pylint: disable=too-many-instance-attributes
    """What one layer adds to a plan; ``made`` is what to say instead where its changes turn out to be made already."""

    changes: tuple[Change, ...] = ()
    requires: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    consents: tuple[Consent, ...] = ()
    stock: tuple[str, ...] = ()
    next_step: str = ""
    made: str = ""


def assignment(who: Assignee, role: Role, scope: str, subscription: str, *, is_new: bool = False) -> Change:
    """The request that assigns a role. ``is_new``: the plan makes the role just before."""
    of_all = scope.lower().startswith(_MANAGEMENT_GROUP)
    holder = "" if of_all else f"/subscriptions/{subscription}"
    return Change(
        what=f"Assign the role '{one_line(role.name)}' to the {who.shown} at {place(scope)}",
        method="PUT",
        id=f"{scope}{AUTHORIZATION}/roleAssignments/{name(scope, who.id, role.guid)}",
        api_version=api_versions.ROLES,
        after={
            "properties": {
                "roleDefinitionId": f"{holder}{AUTHORIZATION}/roleDefinitions/{role.guid}",
                "principalId": who.id,
                "principalType": who.principal.type,
            }
        },
        again_on=_NOT_KNOWN_YET,
        done_on=("RoleAssignmentExists",),
        patience=_PATIENCE_FOR_A_ROLE if is_new else _PATIENCE,
    )


def name(scope: str, principal_id: str, role: str) -> uuid.UUID:
    """The name of the assignment that this extension makes; ``role`` is the GUID of the role."""
    return uuid.uuid5(_NAMES, f"{scope}|{principal_id}|{role}".lower())


def role_guid(scope: str) -> uuid.UUID:
    """The GUID of the custom role that this extension makes."""
    return uuid.uuid5(_NAMES, scope.lower())


def new_role(subscription: str, group: str = "") -> tuple[Role, str]:
    """The custom role with exactly the three actions, and the scope within which it can be assigned."""
    scope = f"/subscriptions/{subscription}" + (f"/resourceGroups/{group}" if group else "")
    name_of_it, entries = roles.custom_role_name(subscription, group), (Entry(NEEDED_ACTIONS),)
    return Role(str(role_guid(scope)), name_of_it, entries, is_custom=True), scope


def definition(role: Role, scope: str) -> Change:
    """The request that creates the custom role."""
    return Change(
        what=f"Create the custom role '{role.name}' with the {len(NEEDED_ACTIONS)} required actions and nothing else",
        method="PUT",
        id=f"{scope}{AUTHORIZATION}/roleDefinitions/{role.guid}",
        api_version=api_versions.ROLES,
        after={
            "properties": {
                "roleName": role.name,
                "description": roles.DESCRIPTION,
                "type": "CustomRole",
                "permissions": [entry.to_json() for entry in role.entries],
                "assignableScopes": [scope],
            },
        },
    )


def is_there(arm: Arm, change: Change) -> bool:
    """Whether what a change would create exists: a list may not show yet what was created a moment ago."""
    try:
        return send.is_made(change, send.read(arm, change))
    except ArmError:
        return False


def at_scope(scope: str, cluster_id: str) -> tuple[tuple[Consent, ...], tuple[str, ...]]:
    """What has to be agreed to, and warned of, where a scope is wider than the cluster."""
    if same(scope.rstrip("/"), cluster_id):
        return (), ()
    reach = f"The role applies to everything in {one_line(scope)}: to every cluster there, not only to this one."
    return (Consent(reach),), (reach,)
