"""What the caller may do at a scope, what forbids or locks it, and what the caller could activate.

The shapes are those of the published examples.
"""

# modelled: what the lists of permissions, deny assignments and eligible roles contain at a scope, and for whom
# proof: `make record`, steps permissions, deny-assignments and eligible-roles, at a group and at a cluster

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization import access as access_section
from tests.simulator.authorization import authorizer
from tests.simulator.authorization.authorizer import Access, Resource
from tests.simulator.authorization.roles import select
from tests.simulator.authorization.scopes import contains, normal
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Caller, Operation, Request, Response

if TYPE_CHECKING:
    from tests.simulator.core.world import World

_PROVIDER = "/{scope*}/providers/Microsoft.Authorization/"
_ACTION = "Microsoft.Authorization/"
_PERMISSIONS_READ = _ACTION + "permissions/read"

#: Older versions of the permissions API leave out the data plane, and all but the newest the conditions.
_WITH_DATA = "2022-04-01"
_WITH_CONDITION = "2022-05-01-preview"


def _permissions(world: World, request: Request) -> Response:
    access, scope, caller = authorizer.of(world), request.params["scope"], _caller(world, request)
    principals = authorizer.principals_of(access, caller)
    grants = list(authorizer.grants(access, principals, scope))
    allowed = any(authorizer.covers(grant.permission, _PERMISSIONS_READ) for grant in grants)
    if not grants or access.permissions_api == "refused" or (access.permissions_api == "gated" and not allowed):
        return authorizer.forbidden(caller, _PERMISSIONS_READ, scope)
    return Response(200, {"value": [_entry(grant, request.api_version) for grant in grants]})


def _entry(grant: authorizer.Grant, api_version: str) -> dict[str, Any]:
    permission = dict(grant.permission)
    entry = {bucket: permission[bucket] for bucket in ("actions", "notActions")}
    if api_version >= _WITH_DATA:
        entry.update({bucket: permission[bucket] for bucket in ("dataActions", "notDataActions")})
    if api_version >= _WITH_CONDITION:
        properties = grant.assignment["properties"]
        entry.update(condition=properties["condition"], conditionVersion=properties["conditionVersion"])
    return entry


def _list_denies(world: World, request: Request) -> Response:
    access, scope = authorizer.of(world), request.params["scope"]
    only_above = "atscope()" in request.query.get("$filter", "").lower()
    found = [d for d in access.denies.values() if _touches(access, d["properties"]["scope"], scope, only_above)]
    return Response(200, {"value": found})


def _touches(access: Access, there: str, scope: str, only_above: bool) -> bool:
    return contains(there, scope, access.groups) or (not only_above and contains(scope, there, access.groups))


def _list_eligible(world: World, request: Request) -> Response:
    """``asTarget()`` shows everybody what they themselves could activate; other filters take the right to read."""
    access, scope, caller = authorizer.of(world), request.params["scope"], _caller(world, request)
    wanted = request.query.get("$filter", "")
    if "astarget()" not in wanted.lower():
        action = _ACTION + "roleEligibilityScheduleInstances/read"
        refusal = authorizer.check(world, caller, action, scope)
        return refusal or Response(200, {"value": select(access, access.eligible.values(), scope, wanted)})
    principals = authorizer.principals_of(access, caller)
    found = select(access, access.eligible.values(), scope, "atScope()")
    mine = [item for item in found if item["properties"]["principalId"].lower() in principals]
    return Response(200, {"value": mine})


def _activate(world: World, request: Request) -> Response:
    """Activating an eligible role makes an ordinary role assignment of it."""
    access, scope, wanted = authorizer.of(world), request.params["scope"], request.body["properties"]
    role = wanted["roleDefinitionId"].rpartition("/")[2].lower()
    for item in access.eligible.values():
        properties = item["properties"]
        if properties["roleDefinitionId"].lower().endswith(role) and contains(
            properties["scope"], scope, access.groups
        ):
            return _activated(world, access, scope, request, properties)
    message = f"The role assignment request for role '{role}' is not allowed: there is no eligible assignment."
    return arm_error(400, "RoleAssignmentRequestNotEligible", message)


def _activated(world: World, access: Access, scope: str, request: Request, eligible: Mapping[str, Any]) -> Response:
    caller = _caller(world, request)
    given = {**eligible, "principalId": request.body["properties"]["principalId"], "principalType": caller.kind}
    created = access_section.assignment(world, scope, world.guid(), given, caller.object_id)
    access.assignments[created["id"].lower()] = created
    body = {
        "properties": {**request.body["properties"], "scope": scope, "status": "Provisioned"},
        "id": request.path,
        "type": "Microsoft.Authorization/roleAssignmentScheduleRequests",
        "name": request.params["name"],
    }
    return Response(201, body)


def _list_locks(world: World, request: Request) -> Response:
    access, scope = authorizer.of(world), request.params["scope"]
    found = [lock for lock in access.locks.values() if _touches(access, authorizer.locked_scope(lock), scope, False)]
    return Response(200, {"value": found})


def _get_lock(world: World, request: Request) -> Response:
    lock = authorizer.of(world).locks.get(normal(request.path))
    return Response(200, lock) if lock else _no_lock(request)


def _no_lock(request: Request) -> Response:
    name = request.params["name"]
    return arm_error(404, "LockNotFound", f"The lock '{name}' could not be found.")


def _put_lock(world: World, request: Request) -> Response:
    locks, key = authorizer.of(world).locks, normal(request.path)
    existed = key in locks
    lock: Resource = access_section.lock_at(request.params["scope"], request.params["name"], request.body["properties"])
    locks[key] = lock
    return Response(200 if existed else 201, lock)


def _delete_lock(world: World, request: Request) -> Response:
    removed = authorizer.of(world).locks.pop(normal(request.path), None)
    return Response(200) if removed else Response(204)


def _caller(world: World, request: Request) -> Caller:
    return request.caller or world.caller


OPERATIONS = (
    Operation("permissions-list", "GET", _PROVIDER + "permissions", _permissions),
    Operation(
        "deny-assignments-list", "GET", _PROVIDER + "denyAssignments", _list_denies, _ACTION + "denyAssignments/read"
    ),
    Operation("eligible-roles-list", "GET", _PROVIDER + "roleEligibilityScheduleInstances", _list_eligible),
    Operation("role-activate", "PUT", _PROVIDER + "roleAssignmentScheduleRequests/{name}", _activate),
    Operation("locks-list", "GET", _PROVIDER + "locks", _list_locks, _ACTION + "locks/read"),
    Operation("lock-get", "GET", _PROVIDER + "locks/{name}", _get_lock, _ACTION + "locks/read"),
    Operation("lock-put", "PUT", _PROVIDER + "locks/{name}", _put_lock, _ACTION + "locks/write"),
    Operation("lock-delete", "DELETE", _PROVIDER + "locks/{name}", _delete_lock, _ACTION + "locks/delete"),
)
