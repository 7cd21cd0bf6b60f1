"""Role assignments: what is listed, the conflicts that ARM reports about a new one, and when it takes effect."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization import authorizer
from tests.simulator.authorization.access import assignment as new_assignment
from tests.simulator.authorization.authorizer import Access, Resource, memberships
from tests.simulator.authorization.role_definitions import caller_of, missing
from tests.simulator.authorization.scopes import contains, normal
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Caller, Operation, Request, Response
from tests.simulator.core.world import rfc3339

if TYPE_CHECKING:
    from tests.simulator.core.world import World

_PATH = "/{scope*}/providers/Microsoft.Authorization/roleAssignments"
_ACTION = "Microsoft.Authorization/roleAssignments/"

_PRINCIPAL_FILTER = re.compile(r"(principalId\s+eq\s+|assignedTo\()'([^']+)'", re.IGNORECASE)


def _list(world: World, request: Request) -> Response:
    access, scope = authorizer.of(world), request.params["scope"]
    wanted = request.query.get("$filter", "")
    found = select(access, access.assignments.values(), scope, wanted)
    return _unsupported(access, wanted) or Response(200, {"value": found})


def _unsupported(access: Access, wanted: str) -> Response | None:
    """``assignedTo`` takes no group and ``principalId`` no second condition (documented)."""
    # modelled: how the two filters are refused
    # proof: `make record`, step role-filter-two-conditions; the other one recorded with the id of a group
    named = _PRINCIPAL_FILTER.search(wanted)
    if named is None:
        return None
    if not named[1].lower().startswith("assignedto"):
        combined = "atscope()" in wanted.lower()
        message = (
            f"The filter '{wanted}' is not supported. Supported filters are either 'atScope()' or "
            "'principalId eq '{value}' or assignedTo('{value}')'."
        )
        return arm_error(400, "UnsupportedQuery", message) if combined else None
    known = access.principals.get(named[2].lower())
    if known is None or known.kind != "Group":
        return None
    return arm_error(400, "BadRequest", f"The principal '{named[2]}' of assignedTo is neither a user nor an app.")


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


def _get(world: World, request: Request) -> Response:
    found = authorizer.of(world).assignments.get(normal(request.path))
    if found is None:
        message = f"The role assignment '{request.params['name']}' is not found."
        return arm_error(404, "RoleAssignmentNotFound", message)
    return Response(200, found)


def _put(world: World, request: Request) -> Response:
    access, scope, name = authorizer.of(world), request.params["scope"], request.params["name"]
    caller, wanted = caller_of(world, request), dict((request.body or {}).get("properties") or {})
    refusal = _incomplete(name, wanted)
    refusal = refusal or authorizer.check(world, caller, _ACTION + "write", request.path, request=wanted)
    refusal = refusal or _disallowed(access, name, wanted) or _invalid(world, access, wanted)
    if refusal:
        return refusal
    existing = access.assignments.get(normal(request.path))
    if existing:
        return _update(world, existing, wanted)
    return _conflict(access, scope, wanted) or _create(world, access, caller, request)


def _incomplete(name: str, wanted: Mapping[str, Any]) -> Response | None:
    """What is wrong with the request itself."""
    # modelled: the refusals of a role assignment whose name is no GUID, or that names no role or no principal
    # proof: the three PUTs recorded; none of them changes anything
    if not _is_guid(name):
        message = f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
        return arm_error(400, "InvalidRoleAssignmentId", message)
    absent = [key for key in ("roleDefinitionId", "principalId") if not wanted.get(key)]
    if absent:
        return arm_error(400, "BadRequestFormat", f"The request was incorrectly formatted: {absent[0]} is missing.")
    return None


def _disallowed(access: Access, name: str, wanted: Mapping[str, Any]) -> Response | None:
    """An Azure Policy that denies role assignments of some roles."""
    role = access.definition(wanted["roleDefinitionId"])
    for rule in access.disallowed:
        roles = [word.lower() for word in rule.get("roles", ())]
        if role and roles and role["properties"]["roleName"].lower() not in roles and role["name"] not in roles:
            continue
        identifiers = [{"policyAssignment": {"name": rule["policy"], "id": rule["id"]}}]
        message = f"Resource '{name}' was disallowed by policy. Policy identifiers: '{json.dumps(identifiers)}'."
        return arm_error(403, "RequestDisallowedByPolicy", message, target=name)
    return None


def _invalid(world: World, access: Access, wanted: dict[str, Any]) -> Response | None:
    """What is wrong with the role and with the principal, and may be right in a moment."""
    guid = wanted["roleDefinitionId"].rpartition("/")[2]
    if access.definition(guid) is None or _counted(access.fresh_roles, guid.lower()):
        return missing(400, guid)
    known = access.principals.get(wanted["principalId"].lower())
    kind = wanted.get("principalType")
    if known and kind and known.kind.lower() != kind.lower():
        return _unmatched(known, kind)
    if _unseen(access, wanted["principalId"], kind):
        return _principal_not_found(world, access, wanted["principalId"])
    wanted["principalType"] = kind or (known.kind if known else "User")
    return None


def _counted(left: dict[str, int], key: str) -> bool:
    """Whether there is one of the tries left that fail."""
    tries = left.get(key, 0)
    left[key] = tries - 1
    return tries > 0


def _unseen(access: Access, principal: str, kind: str | None) -> bool:
    """With a type the directory is not asked (documented), unless the scenario says that it is."""
    known = access.principals.get(principal.lower())
    if known is None:
        return kind is None
    if kind and not known.looked_up:
        return False
    return _counted(access.unseen, principal.lower())


def _principal_not_found(world: World, access: Access, principal: str) -> Response:
    message = f"Principal {principal.replace('-', '')} does not exist in the directory {world.tenant}."
    if access.texts == "new":
        message += (
            " Check that you have the correct principal ID. If you are creating this principal and then immediately "
            "assigning a role, this error might be related to a replication delay. In this case, set the role "
            "assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See "
            "https://aka.ms/docs-principaltype"
        )
    return arm_error(400, "PrincipalNotFound", message)


def _unmatched(known: authorizer.Principal, kind: str) -> Response:
    message = (
        f"The PrincipalId '{known.id.replace('-', '')}' has type '{known.kind}' , which is different from specified "
        f"PrinciaplType '{kind}'."
    )
    return arm_error(400, "UnmatchedPrincipalType", message)


def _update(world: World, existing: Resource, wanted: Mapping[str, Any]) -> Response:
    """The same name again: description and condition may change."""
    # modelled: a role assignment that is written once more answers 200
    # proof: the same PUT recorded twice, the second with another description
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
            message = "The role assignment already exists."
            if access.texts == "new":
                message += f" The ID of the existing role assignment is {shown}."
            return arm_error(409, "RoleAssignmentExists", message)
    if len(access.assignments) >= access.limit:
        return arm_error(400, "RoleAssignmentLimitExceeded", "No more role assignments can be created.")
    return None


def _create(world: World, access: Access, caller: Caller, request: Request) -> Response:
    """``createdBy`` is null in the answer to the PUT and set on the next GET (recorded)."""
    scope, name, key = request.params["scope"], request.params["name"], normal(request.path)
    created = new_assignment(world, scope, name, _filled(request, access), caller.object_id)
    access.assignments[key] = created
    access.lingering.pop(key, None)
    for delay, pending in ((access.propagation, access.pending), (access.data_propagation, access.pending_data)):
        if delay > 0:
            pending.add(key)
            world.later(delay, partial(pending.discard, key))
    return Response(201, {**created, "properties": {**created["properties"], "createdBy": None}})


def _filled(request: Request, access: Access) -> dict[str, Any]:
    wanted = dict(request.body["properties"])
    known = access.principals.get(wanted["principalId"].lower())
    return {**wanted, "principalType": wanted.get("principalType") or (known.kind if known else "User")}


def _delete(world: World, request: Request) -> Response:
    # modelled: an assignment that was deleted still has its effect for as long as a new one takes to get it
    # proof: a DELETE recorded, followed by calls of the principal until one is refused
    access, key = authorizer.of(world), normal(request.path)
    found = access.assignments.get(key)
    if found is None:
        return Response(204)
    refusal = authorizer.check(
        world, caller_of(world, request), _ACTION + "delete", request.path, request=found["properties"]
    )
    if refusal:
        return refusal
    if access.propagation > 0 and key not in access.pending:
        access.lingering[key] = found
        world.later(access.propagation, partial(_forget, access, key))
    access.pending.discard(key)
    access.pending_data.discard(key)
    return Response(200, access.assignments.pop(key))


def _forget(access: Access, key: str) -> None:
    access.lingering.pop(key, None)


def _last(text: str) -> str:
    return text.rpartition("/")[2].lower()


def _is_guid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


OPERATIONS = (
    Operation("role-assignments-list", "GET", _PATH, _list, _ACTION + "read"),
    Operation("role-assignment-get", "GET", _PATH + "/{name}", _get, _ACTION + "read"),
    Operation("role-assignment-put", "PUT", _PATH + "/{name}", _put, _ACTION + "write"),
    Operation("role-assignment-delete", "DELETE", _PATH + "/{name}", _delete, _ACTION + "delete"),
)
