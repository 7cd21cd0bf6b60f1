"""Role definitions and role assignments, with the conflicts that ARM reports about them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tests.simulator import authorization
from tests.simulator.access import assignment as new_assignment
from tests.simulator.authorization import Access, Resource, memberships
from tests.simulator.responses import arm_error
from tests.simulator.routing import Caller, Operation, Request, Response
from tests.simulator.scopes import contains, normal
from tests.simulator.world import rfc3339

if TYPE_CHECKING:
    from tests.simulator.world import World

_DEFINITIONS = "/{scope*}/providers/Microsoft.Authorization/roleDefinitions"
_ASSIGNMENTS = "/{scope*}/providers/Microsoft.Authorization/roleAssignments"
_ACTION = "Microsoft.Authorization/"

_ROLE_FILTER = re.compile(r"\s*(roleName|type)\s+eq\s+'((?:[^']|'')*)'\s*", re.IGNORECASE)
_PRINCIPAL_FILTER = re.compile(r"(principalId\s+eq\s+|assignedTo\()'([^']+)'", re.IGNORECASE)


def _list_definitions(world: World, request: Request) -> Response:
    access, scope = authorization.of(world), request.params["scope"]
    wanted = _ROLE_FILTER.fullmatch(request.query.get("$filter", ""))
    found = [d for d in access.definitions.values() if _assignable(access, d, scope) and _is(d, wanted)]
    return Response(200, {"value": [_shown(definition, scope) for definition in found]})


def _assignable(access: Access, definition: Resource, scope: str) -> bool:
    """Whether a role can be assigned at the scope: built-in ones anywhere, custom ones within their scopes."""
    return any(contains(outer, scope, access.groups) for outer in definition["properties"]["assignableScopes"])


def _is(definition: Resource, wanted: re.Match[str] | None) -> bool:
    if wanted is None:
        return True
    properties = {name.lower(): value for name, value in definition["properties"].items()}
    return bool(properties[wanted[1].lower()].lower() == wanted[2].replace("''", "'").lower())


def _shown(definition: Resource, scope: str) -> Resource:
    """The id names the subscription of the request, whatever resource the request was for (recorded)."""
    found = re.match(r"/subscriptions/[^/]+", scope, re.IGNORECASE)
    place = found[0] if found else ""
    return {**definition, "id": f"{place}/providers/Microsoft.Authorization/roleDefinitions/{definition['name']}"}


def _get_definition(world: World, request: Request) -> Response:
    definition = authorization.of(world).definition(request.params["name"])
    if definition is None:
        return _no_definition(404, request.params["name"])
    return Response(200, _shown(definition, request.params["scope"]))


def _no_definition(status: int, guid: str) -> Response:
    message = f"The specified role definition with ID '{guid.replace('-', '')}' does not exist."
    return arm_error(status, "RoleDefinitionDoesNotExist", message)


def _put_definition(world: World, request: Request) -> Response:
    access, guid, body = authorization.of(world), request.params["name"].lower(), request.body["properties"]
    others = [d for d in access.definitions.values() if d["name"] != guid]
    if any(d["properties"]["roleName"].lower() == body["roleName"].lower() for d in others):
        message = "A custom role with the same name already exists in this directory."
        return arm_error(409, "RoleDefinitionWithSameNameExists", message)
    refusal = _may_offer(world, _caller(world, request), body["assignableScopes"], request.path)
    if refusal:
        return refusal
    access.definitions[guid] = _custom(world, guid, body)
    return Response(201, _shown(access.definitions[guid], request.params["scope"]))


def _may_offer(world: World, caller: Caller, scopes: Iterable[str], path: str) -> Response | None:
    """A custom role takes the right to write definitions at every scope where it is to be assignable."""
    action = "Microsoft.Authorization/roleDefinitions/write"
    refusals = (authorization.linked(world, caller, action, path, action, scope) for scope in scopes)
    return next((refusal for refusal in refusals if refusal), None)


def _custom(world: World, guid: str, body: Mapping[str, Any]) -> Resource:
    now = rfc3339(world.utc(), 7)
    empty: Mapping[str, list[str]] = {"actions": [], "notActions": [], "dataActions": [], "notDataActions": []}
    return {
        "properties": {
            "roleName": body["roleName"],
            "type": "CustomRole",
            "description": body.get("description", ""),
            "assignableScopes": body["assignableScopes"],
            "permissions": [{**empty, **permission} for permission in body["permissions"]],
            "createdOn": now,
            "updatedOn": now,
            "createdBy": None,
            "updatedBy": world.caller.object_id,
        },
        "id": f"/providers/Microsoft.Authorization/roleDefinitions/{guid}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": guid,
    }


def _delete_definition(world: World, request: Request) -> Response:
    """The code is documented, its status is modelled."""
    access, guid = authorization.of(world), request.params["name"].lower()
    if any(a["properties"]["roleDefinitionId"].lower().endswith(guid) for a in access.assignments.values()):
        message = "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments)"
        return arm_error(400, "RoleDefinitionHasAssignments", message)
    removed = access.definitions.pop(guid, None)
    return Response(200, _shown(removed, request.params["scope"])) if removed else Response(204)


def _list_assignments(world: World, request: Request) -> Response:
    access, scope = authorization.of(world), request.params["scope"]
    found = select(access, access.assignments.values(), scope, request.query.get("$filter", ""))
    return Response(200, {"value": found})


def select(access: Access, assignments: Iterable[Resource], scope: str, wanted: str) -> list[Resource]:
    """The assignments that a list at a scope shows: at, above and below it; with ``atScope()`` not below.

    ``assignedTo('id')`` also finds what the groups of the principal have, ``principalId eq 'id'`` does not.
    """
    found = [a for a in assignments if _touches(access, a["properties"]["scope"], scope, "atscope()" in wanted.lower())]
    named = _PRINCIPAL_FILTER.search(wanted)
    if not named:
        return found
    transitive = named[1].lower().startswith("assignedto")
    ids = memberships(access, named[2]) if transitive else {named[2].lower()}
    return [a for a in found if a["properties"]["principalId"].lower() in ids]


def _touches(access: Access, assigned: str, scope: str, only_above: bool) -> bool:
    return contains(assigned, scope, access.groups) or (not only_above and contains(scope, assigned, access.groups))


def _get_assignment(world: World, request: Request) -> Response:
    found = authorization.of(world).assignments.get(normal(request.path))
    if found is None:
        message = f"The role assignment '{request.params['name']}' is not found."
        return arm_error(404, "RoleAssignmentNotFound", message)
    return Response(200, found)


def _put_assignment(world: World, request: Request) -> Response:
    access, scope, name = authorization.of(world), request.params["scope"], request.params["name"]
    caller, wanted = _caller(world, request), dict(request.body["properties"])
    refusal = authorization.check(world, caller, _ACTION + "roleAssignments/write", request.path, request=wanted)
    refusal = refusal or _invalid(world, access, name, wanted)
    if refusal:
        return refusal
    existing = access.assignments.get(normal(request.path))
    if existing:
        return _update(world, existing, wanted)
    return _conflict(access, scope, wanted) or _create(world, access, caller, request)


def _invalid(world: World, access: Access, name: str, wanted: dict[str, Any]) -> Response | None:
    """What is wrong with the request itself. The code for a name that is no GUID is modelled."""
    if not _is_guid(name):
        message = f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
        return arm_error(400, "InvalidRoleAssignmentId", message)
    if access.definition(wanted["roleDefinitionId"]) is None:
        return _no_definition(400, wanted["roleDefinitionId"].rpartition("/")[2])
    known = access.principals.get(wanted["principalId"].lower())
    kind = wanted.get("principalType")
    shown = wanted["principalId"].replace("-", "")
    if known is None and kind is None:
        message = f"Principal {shown} does not exist in the directory {world.tenant}."
        return arm_error(400, "PrincipalNotFound", message)
    if known and kind and known.kind.lower() != kind.lower():
        message = (
            f"The PrincipalId '{shown}' has type '{known.kind}' , which is different from specified PrinciaplType "
            f"'{kind}'."
        )
        return arm_error(400, "UnmatchedPrincipalType", message)
    wanted["principalType"] = kind or (known.kind if known else "User")
    return None


def _update(world: World, existing: Resource, wanted: Mapping[str, Any]) -> Response:
    """The same name again: description and condition may change. That this answers 200 is modelled."""
    properties = existing["properties"]
    fixed = ("principalId", "roleDefinitionId")
    if any(_last(properties[key]) != _last(wanted[key]) for key in fixed):
        message = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
        return arm_error(400, "RoleAssignmentUpdateNotPermitted", message)
    changes = {key: wanted.get(key) for key in ("description", "condition", "conditionVersion")}
    properties.update(changes, updatedOn=rfc3339(world.utc(), 7))
    return Response(200, existing)


def _conflict(access: Access, scope: str, wanted: Mapping[str, Any]) -> Response | None:
    for existing in access.assignments.values():
        properties = existing["properties"]
        same = all(_last(properties[key]) == _last(wanted[key]) for key in ("principalId", "roleDefinitionId"))
        if same and normal(properties["scope"]) == normal(scope):
            shown = existing["name"].replace("-", "")
            message = f"The role assignment already exists. The ID of the existing role assignment is {shown}."
            return arm_error(409, "RoleAssignmentExists", message)
    if len(access.assignments) >= access.limit:
        return arm_error(400, "RoleAssignmentLimitExceeded", "No more role assignments can be created.")
    return None


def _create(world: World, access: Access, caller: Caller, request: Request) -> Response:
    """``createdBy`` is null in the answer to the PUT and set on the next GET (recorded)."""
    scope, name, key = request.params["scope"], request.params["name"], normal(request.path)
    created = new_assignment(world, scope, name, _filled(request, access), caller.object_id)
    access.assignments[key] = created
    if access.propagation > 0:
        access.pending.add(key)
        world.later(access.propagation, lambda: access.pending.discard(key))
    return Response(201, {**created, "properties": {**created["properties"], "createdBy": None}})


def _filled(request: Request, access: Access) -> dict[str, Any]:
    wanted = dict(request.body["properties"])
    known = access.principals.get(wanted["principalId"].lower())
    return {**wanted, "principalType": wanted.get("principalType") or (known.kind if known else "User")}


def _delete_assignment(world: World, request: Request) -> Response:
    access, key = authorization.of(world), normal(request.path)
    found = access.assignments.get(key)
    if found is None:
        return Response(204)
    action = _ACTION + "roleAssignments/delete"
    refusal = authorization.check(world, _caller(world, request), action, request.path, request=found["properties"])
    if refusal:
        return refusal
    access.pending.discard(key)
    return Response(200, access.assignments.pop(key))


def _caller(world: World, request: Request) -> Caller:
    return request.caller or world.caller


def _last(text: str) -> str:
    return text.rpartition("/")[2].lower()


def _is_guid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


OPERATIONS = (
    Operation("role-definitions-list", "GET", _DEFINITIONS, _list_definitions, _ACTION + "roleDefinitions/read"),
    Operation(
        "role-definition-get", "GET", _DEFINITIONS + "/{name}", _get_definition, _ACTION + "roleDefinitions/read"
    ),
    Operation(
        "role-definition-put", "PUT", _DEFINITIONS + "/{name}", _put_definition, _ACTION + "roleDefinitions/write"
    ),
    Operation(
        "role-definition-delete",
        "DELETE",
        _DEFINITIONS + "/{name}",
        _delete_definition,
        _ACTION + "roleDefinitions/delete",
    ),
    Operation("role-assignments-list", "GET", _ASSIGNMENTS, _list_assignments, _ACTION + "roleAssignments/read"),
    Operation(
        "role-assignment-get", "GET", _ASSIGNMENTS + "/{name}", _get_assignment, _ACTION + "roleAssignments/read"
    ),
    Operation(
        "role-assignment-put", "PUT", _ASSIGNMENTS + "/{name}", _put_assignment, _ACTION + "roleAssignments/write"
    ),
    Operation(
        "role-assignment-delete",
        "DELETE",
        _ASSIGNMENTS + "/{name}",
        _delete_assignment,
        _ACTION + "roleAssignments/delete",
    ),
)
