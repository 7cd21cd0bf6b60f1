"""Who has which rights in a scenario.

.. code-block:: yaml

    access:
      assignments:                        # without this key the caller is Owner of the subscription
        - Reader                          # to the caller, at the subscription
        - {role: Owner, scope: cluster, principal: Platform, condition: "@Request[…", pending: true}
      custom:
        - {name: Invoker, actions: […], notActions: […], dataActions: […], notDataActions: […], scopes: [subscription]}
      deny:
        - {name: locked down, actions: […], scope: cluster, principals: [Ada], except: [Platform], children: true}
      locks: [{name: freeze, level: ReadOnly, scope: resourceGroup}]
      eligible: [{role: Contributor, scope: cluster, principal: Ada}]
      principals:                         # the directory, besides the caller; a group may be a member of another
        - {name: Platform, kind: Group, id: GUID, members: [Ada]}
        - {name: pipeline, kind: ServicePrincipal, appId: GUID,
           unseen: 3,                     # so many role assignments without a type fail with PrincipalNotFound
           lookedUp: false}               # true: those with a type too
      permissionsApi: open                # gated: needs permissions/read; refused: 403 whatever the caller has
      graph: open                         # refused: insufficient privileges
      propagation: 0                      # seconds until a role assignment takes effect, and a deleted one loses it
      dataPropagation: 0                  # the same for what it grants inside the cluster; propagation if not said
      roleLag: 0                          # so many assignments of a new custom role fail
      texts: new                          # old: the shorter sentences of RoleAssignmentExists and PrincipalNotFound
      assignmentLimit: 4000
      definitionLimit: 5000
      disallowed: [{policy: no-owners, roles: [Owner]}]   # an Azure Policy that denies role assignments (of all roles)

A role is the name of a built-in or custom one, or a GUID. A scope is ``cluster``, ``resourceGroup``, ``subscription``,
``managementGroup`` or an ARM scope. A principal is ``caller`` (the default), a name of the directory, or an object id.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from tests.simulator.authorization import hubs, scopes
from tests.simulator.authorization.authorizer import EVERYONE, Access, Resource
from tests.simulator.core.world import rfc3339
from tests.simulator.identity import principals

if TYPE_CHECKING:
    from tests.simulator.core.world import World

SECTION = "access"

FIXTURE = Path(__file__).parents[1] / "fixtures" / "roles.yaml"
AKS = "Microsoft.ContainerService/managedClusters/"

_BUCKETS = ("actions", "notActions", "dataActions", "notDataActions")


def load(world: World, section: Mapping[str, Any] | None) -> None:
    """Build the world's :class:`Access` from the section."""
    given = section or {}
    access = Access(
        definitions=dict(built_in()),
        groups=scopes.management_groups(world),
        principals=principals.directory(world, given.get("principals", [])),
        unseen=principals.unseen(world, given.get("principals", [])),
        permissions_api=given.get("permissionsApi", "open"),
        graph=given.get("graph", "open"),
        texts=given.get("texts", "new"),
        propagation=given.get("propagation", 0.0),
        data_propagation=given.get("dataPropagation", given.get("propagation", 0.0)),
        role_lag=given.get("roleLag", 0),
        limit=given.get("assignmentLimit", 4000),
        definition_limit=given.get("definitionLimit", 5000),
        disallowed=[_denying(world, item) for item in given.get("disallowed", [])],
    )
    world.state[SECTION] = {"model": access}
    for role in given.get("custom", []):
        definition = custom_role(world, role)
        access.definitions[definition["name"]] = definition
    for item in given.get("assignments", ["Owner"]):
        _assign(world, access, {"role": item} if isinstance(item, str) else item)
    for deny in (*given.get("deny", []), *hubs.denials(world)):
        _add(access.denies, _deny(world, access, deny))
    for lock in given.get("locks", []):
        _add(access.locks, lock_at(scopes.named(world, lock.get("scope")), lock["name"], lock))
    for item in given.get("eligible", []):
        _add(access.eligible, _eligible(world, access, item))


@cache
def built_in() -> Mapping[str, Resource]:
    """The built-in role definitions by their name, a GUID."""
    roles = yaml.safe_load(FIXTURE.read_text(encoding="utf-8"))
    return {role["id"]: _definition(name, role, "BuiltInRole", ["/"]) for name, role in roles.items()}


def custom_role(world: World, role: Mapping[str, Any]) -> Resource:
    assignable = [scopes.named(world, scope) for scope in role.get("scopes", ["subscription"])]
    identified = {"id": str(uuid.uuid5(uuid.NAMESPACE_OID, role["name"])), **role}
    return _definition(role["name"], identified, "CustomRole", assignable)


def role_id(world: World, access: Access, role: str) -> str:
    """The id of a role definition by its name or GUID, as ARM spells it below the subscription."""
    named = (d["name"] for d in access.definitions.values() if d["properties"]["roleName"].lower() == role.lower())
    guid = next(named, role)
    return f"/subscriptions/{world.subscription}/providers/Microsoft.Authorization/roleDefinitions/{guid}"


def assignment(world: World, scope: str, name: str, properties: Mapping[str, Any], author: str | None) -> Resource:
    """A role assignment in the recorded order of keys."""
    now = rfc3339(world.utc(), 7)
    return {
        "properties": {
            "roleDefinitionId": properties["roleDefinitionId"],
            "principalId": properties["principalId"],
            "principalType": properties["principalType"],
            "scope": scope,
            "condition": properties.get("condition"),
            "conditionVersion": properties.get("conditionVersion"),
            "createdOn": now,
            "updatedOn": now,
            "createdBy": author,
            "updatedBy": author,
            "delegatedManagedIdentityResourceId": None,
            "description": properties.get("description"),
        },
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name}",
        "type": "Microsoft.Authorization/roleAssignments",
        "name": name,
    }


def lock_at(scope: str, name: str, properties: Mapping[str, Any]) -> Resource:
    return {
        "properties": {
            "level": properties["level"],
            **({"notes": properties["notes"]} if "notes" in properties else {}),
        },
        "id": f"{scope}/providers/Microsoft.Authorization/locks/{name}",
        "type": "Microsoft.Authorization/locks",
        "name": name,
    }


def _assign(world: World, access: Access, item: Mapping[str, Any]) -> None:
    principal = principals.named(world, access, item.get("principal"))
    properties = {
        "roleDefinitionId": role_id(world, access, item["role"]),
        "principalId": principal.id,
        "principalType": principal.kind,
        "condition": item.get("condition"),
        "conditionVersion": "2.0" if item.get("condition") else None,
    }
    scope = scopes.named(world, item.get("scope"))
    resource = assignment(world, scope, world.guid(), properties, world.caller.object_id)
    _add(access.assignments, resource)
    if item.get("pending"):
        access.pending.add(resource["id"].lower())


def _deny(world: World, access: Access, item: Mapping[str, Any]) -> Resource:
    """Shaped as documented."""
    # modelled: the members of a deny assignment
    # proof: `make record`, step deny-assignments, in a group that a managed application or a deployment stack protects
    scope, name = scopes.named(world, item.get("scope")), world.guid()
    everyone = {"id": EVERYONE, "type": "SystemDefined", "displayName": "All Principals"}
    return {
        "properties": {
            "denyAssignmentName": item["name"],
            "description": item.get("description", ""),
            "permissions": [{bucket: item.get(bucket, []) for bucket in _BUCKETS}],
            "scope": scope,
            "doNotApplyToChildScopes": not item.get("children", True),
            "principals": [_named(world, access, who) for who in item.get("principals", [])] or [everyone],
            "excludePrincipals": [_named(world, access, who) for who in item.get("except", [])],
            "isSystemProtected": True,
        },
        "id": f"{scope}/providers/Microsoft.Authorization/denyAssignments/{name}",
        "type": "Microsoft.Authorization/denyAssignments",
        "name": name,
    }


def _denying(world: World, item: Mapping[str, Any]) -> Mapping[str, Any]:
    scope = scopes.named(world, item.get("scope"))
    return {**item, "id": f"{scope}/providers/Microsoft.Authorization/policyAssignments/{item['policy']}"}


def _named(world: World, access: Access, word: str) -> dict[str, str]:
    principal = principals.named(world, access, word)
    return {"id": principal.id, "type": principal.kind, "displayName": principal.name}


def _eligible(world: World, access: Access, item: Mapping[str, Any]) -> Resource:
    """Shaped as published in the API's examples."""
    # modelled: the members of an eligible role
    # proof: `make record`, step eligible-roles, with a caller who is eligible for one
    scope, name, principal = (
        scopes.named(world, item.get("scope")),
        world.guid(),
        principals.named(world, access, item.get("principal")),
    )
    role = role_id(world, access, item["role"])
    definition = access.definition(role)
    return {
        "properties": {
            "roleEligibilityScheduleId": f"{scope}/providers/Microsoft.Authorization/roleEligibilitySchedules/{name}",
            "scope": scope,
            "roleDefinitionId": role,
            "principalId": principal.id,
            "principalType": principal.kind,
            "status": "Provisioned",
            "startDateTime": "2026-01-01T00:00:00Z",
            "endDateTime": None,
            "memberType": "Direct",
            "createdOn": "2026-01-01T00:00:00Z",
            "condition": None,
            "conditionVersion": None,
            "expandedProperties": {
                "scope": {"id": scope, "displayName": scope.rpartition("/")[2], "type": "resource"},
                "roleDefinition": {
                    "id": role,
                    "displayName": definition["properties"]["roleName"] if definition else item["role"],
                    "type": "BuiltInRole",
                },
                "principal": {"id": principal.id, "displayName": principal.name, "type": principal.kind},
            },
        },
        "id": f"{scope}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances/{name}",
        "type": "Microsoft.Authorization/roleEligibilityScheduleInstances",
        "name": name,
    }


def _definition(name: str, role: Mapping[str, Any], kind: str, assignable: list[str]) -> Resource:
    permission = {bucket: [action.replace("AKS/", AKS, 1) for action in role.get(bucket, [])] for bucket in _BUCKETS}
    return {
        "properties": {
            "roleName": name,
            "type": kind,
            "description": role.get("description", ""),
            "assignableScopes": assignable,
            "permissions": [permission],
            "createdOn": "2015-02-02T21:55:09.8806423Z",
            "updatedOn": "2026-01-15T15:13:47.8628684Z",
            "createdBy": None,
            "updatedBy": None,
        },
        "id": f"/providers/Microsoft.Authorization/roleDefinitions/{role['id']}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role["id"],
    }


def _add(collection: dict[str, Resource], resource: Resource) -> None:
    collection[resource["id"].lower()] = resource
