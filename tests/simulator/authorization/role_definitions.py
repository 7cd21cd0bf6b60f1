"""Role definitions: built-in ones at the root, custom ones within their scopes, and the conflicts ARM reports.

A custom role that was just created is shown at once, but for a while nothing can be assigned by it (documented).
"""

# modelled: the delay until a new role can be assigned, which counts tries (`roleLag`) and not seconds
# proof: a role definition created and assigned in a loop, recorded until the assignment is taken

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization import authorizer
from tests.simulator.authorization.authorizer import Access, Resource
from tests.simulator.authorization.scopes import contains
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Caller, Operation, Request, Response
from tests.simulator.core.world import rfc3339

if TYPE_CHECKING:
    from tests.simulator.core.world import World

_PATH = "/{scope*}/providers/Microsoft.Authorization/roleDefinitions"
_ACTION = "Microsoft.Authorization/roleDefinitions/"

_FILTER = re.compile(r"\b(roleName|type)\s+eq\s+'((?:[^']|'')*)'", re.IGNORECASE)


def _list(world: World, request: Request) -> Response:
    access, scope = authorizer.of(world), request.params["scope"]
    wanted = _FILTER.findall(request.query.get("$filter", ""))
    found = [d for d in access.definitions.values() if _assignable(access, d, scope) and _is(d, wanted)]
    return Response(200, {"value": [_shown(definition, scope) for definition in found]})


def _assignable(access: Access, definition: Resource, scope: str) -> bool:
    """Whether a role can be assigned at the scope: built-in ones anywhere, custom ones within their scopes."""
    return any(contains(outer, scope, access.groups) for outer in definition["properties"]["assignableScopes"])


def _is(definition: Resource, wanted: Iterable[tuple[str, str]]) -> bool:
    properties = {name.lower(): value for name, value in definition["properties"].items()}
    return all(properties[name.lower()].lower() == value.replace("''", "'").lower() for name, value in wanted)


def _shown(definition: Resource, scope: str) -> Resource:
    """The id names the subscription of the request, whatever resource the request was for (recorded)."""
    found = re.match(r"/subscriptions/[^/]+", scope, re.IGNORECASE)
    place = found[0] if found else ""
    return {**definition, "id": f"{place}/providers/Microsoft.Authorization/roleDefinitions/{definition['name']}"}


def _get(world: World, request: Request) -> Response:
    definition = authorizer.of(world).definition(request.params["name"])
    if definition is None:
        return missing(404, request.params["name"])
    return Response(200, _shown(definition, request.params["scope"]))


def missing(status: int, guid: str) -> Response:
    message = f"The specified role definition with ID '{guid.replace('-', '')}' does not exist."
    return arm_error(status, "RoleDefinitionDoesNotExist", message)


def _put(world: World, request: Request) -> Response:
    """Creates or replaces; both answer 201."""
    access, guid = authorizer.of(world), request.params["name"].lower()
    body = (request.body or {}).get("properties") or {}
    refusal = _invalid(access, guid, body) or _may_offer(world, request, body["assignableScopes"])
    if refusal:
        return refusal
    before = access.definitions.get(guid)
    if before is None:
        access.fresh_roles[guid] = access.role_lag
    access.definitions[guid] = _custom(world, request, body, before)
    return Response(201, _shown(access.definitions[guid], request.params["scope"]))


def _invalid(access: Access, guid: str, body: Mapping[str, Any]) -> Response | None:
    # modelled: the codes for a role without a name or scopes, and for a write to a built-in role
    # proof: the three PUTs recorded; none of them changes anything
    before = access.definitions.get(guid)
    if before and before["properties"]["type"] == "BuiltInRole":
        return arm_error(403, "RoleDefinitionCannotBeModified", "Built-in role definitions cannot be modified.")
    if not body.get("roleName") or not body.get("assignableScopes"):
        return arm_error(400, "InvalidRoleDefinition", "The role definition needs a role name and assignable scopes.")
    others = [d for d in access.definitions.values() if d["name"] != guid]
    if any(d["properties"]["roleName"].lower() == body["roleName"].lower() for d in others):
        message = "A custom role with the same name already exists in this directory."
        return arm_error(409, "RoleDefinitionWithSameNameExists", message)
    return None if before else _full(others, access.definition_limit)


def _full(definitions: Iterable[Resource], limit: int) -> Response | None:
    """The sentence is documented."""
    # modelled: the status 400 of one custom role too many
    # proof: a PUT recorded in a tenant that has as many custom roles as it is allowed
    if sum(d["properties"]["type"] == "CustomRole" for d in definitions) < limit:
        return None
    message = "Role definition limit exceeded. No more role definitions can be created."
    return arm_error(400, "RoleDefinitionLimitExceeded", message)


def _may_offer(world: World, request: Request, scopes: Iterable[str]) -> Response | None:
    """A custom role takes the right to write definitions at every scope where it is to be assignable."""
    caller, action = caller_of(world, request), _ACTION + "write"
    refusals = (authorizer.linked(world, caller, action, request.path, action, scope) for scope in scopes)
    return next((refusal for refusal in refusals if refusal), None)


def _custom(world: World, request: Request, body: Mapping[str, Any], before: Resource | None) -> Resource:
    now, author = rfc3339(world.utc(), 7), caller_of(world, request).object_id
    empty: Mapping[str, list[str]] = {"actions": [], "notActions": [], "dataActions": [], "notDataActions": []}
    old = before["properties"] if before else {}
    return {
        "properties": {
            "roleName": body["roleName"],
            "type": "CustomRole",
            "description": body.get("description", ""),
            "assignableScopes": body["assignableScopes"],
            "permissions": [{**empty, **permission} for permission in body.get("permissions") or ()],
            "createdOn": old.get("createdOn", now),
            "updatedOn": now,
            "createdBy": old.get("createdBy", author) if before else None,
            "updatedBy": author,
        },
        "id": f"/providers/Microsoft.Authorization/roleDefinitions/{request.params['name'].lower()}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": request.params["name"].lower(),
    }


def _delete(world: World, request: Request) -> Response:
    """The code is documented."""
    # modelled: the status 400 when a role is deleted that is still assigned
    # proof: a DELETE recorded of a custom role with an assignment
    access, guid = authorizer.of(world), request.params["name"].lower()
    if any(a["properties"]["roleDefinitionId"].lower().endswith(guid) for a in access.assignments.values()):
        message = "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments)"
        return arm_error(400, "RoleDefinitionHasAssignments", message)
    removed = access.definitions.pop(guid, None)
    access.fresh_roles.pop(guid, None)
    return Response(200, _shown(removed, request.params["scope"])) if removed else Response(204)


def caller_of(world: World, request: Request) -> Caller:
    return request.caller or world.caller


OPERATIONS = (
    Operation("role-definitions-list", "GET", _PATH, _list, _ACTION + "read"),
    Operation("role-definition-get", "GET", _PATH + "/{name}", _get, _ACTION + "read"),
    Operation("role-definition-put", "PUT", _PATH + "/{name}", _put, _ACTION + "write"),
    Operation("role-definition-delete", "DELETE", _PATH + "/{name}", _delete, _ACTION + "delete"),
)
