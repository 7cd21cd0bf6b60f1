"""Policy assignments at every scope: lists that inherit, pages, and a PUT that replaces the whole."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.simulator.authorization.scopes import contains, normal
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Caller, Operation, Request, Response
from tests.simulator.core.world import rfc3339
from tests.simulator.policy import governance
from tests.simulator.policy.effective import Policies
from tests.simulator.policy.scenario import system_data

if TYPE_CHECKING:
    from tests.simulator.core.world import World

Resource = dict[str, Any]

_PATH = "/{scope*}/providers/Microsoft.Authorization/policyAssignments"
_ACTION = "Microsoft.Authorization/policyAssignments/"

#: What a version of the API knows: an older one neither shows nor keeps it.
# modelled: from which version on the last three members are known
# proof: an assignment that has them, read at every version from 2022-06-01 on
_SINCE = {
    "overrides": "2022-06-01",
    "resourceSelectors": "2022-06-01",
    "definitionVersion": "2023-04-01",
    "instanceId": "2025-01-01",
    "assignmentType": "2025-01-01",
    "selfServeExemptionSettings": "2025-11-01",
}

#: What the service adds for those who ask with ``$expand``, and never keeps when it is sent.
_EXPANDED = ("latestDefinitionVersion", "effectiveDefinitionVersion")

_DEFINITION_FILTER = re.compile(r"policyDefinitionId\s+eq\s+'([^']+)'", re.IGNORECASE)


def _list(world: World, request: Request) -> Response:
    state, scope = governance.of(world), request.params["scope"]
    wanted = request.query.get("$filter", "")
    found = [a for a in state.arm.assignments.values() if _in_list(state.arm, a, scope, wanted)]
    return page(request, [_shown(assignment, request.api_version) for assignment in found], state.page_size)


def _in_list(policies: Policies, assignment: Resource, scope: str, wanted: str) -> bool:
    """Without a filter also what is assigned inside the scope; ``atScope()`` only what applies to all of it."""
    # modelled: an assignment that leaves the scope out in `notScopes` is listed all the same
    # proof: the list recorded at a group that an assignment of its subscription leaves out
    assigned = assignment["properties"]["scope"]
    definition = _DEFINITION_FILTER.search(wanted)
    if definition and assignment["properties"]["policyDefinitionId"].lower() != definition[1].lower():
        return False
    if "atexactscope()" in wanted.lower():
        return normal(assigned) == normal(scope)
    above = contains(assigned, scope, policies.groups)
    return above or ("atscope()" not in wanted.lower() and contains(scope, assigned, policies.groups))


def page(request: Request, items: Sequence[Resource], size: int) -> Response:
    """One page of a list; ``nextLink`` is to be followed as it is."""
    # modelled: the form of the token in `nextLink` of policy assignments, and the 500 items of a page
    # proof: the list recorded in a tenant with more than 500 assignments
    start = int(request.query.get("$skiptoken", 0))
    body: Resource = {"value": list(items[start : start + size])}
    if start + size < len(items):
        url = re.sub(r"&(%24|\$)skiptoken=\d+", "", request.url)
        body["nextLink"] = f"{url}&{quote('$skiptoken')}={start + size}"
    return Response(200, body)


def _shown(assignment: Resource, api_version: str) -> Resource:
    hidden = {name for name, since in _SINCE.items() if api_version < since}
    properties = {name: value for name, value in assignment["properties"].items() if name not in hidden}
    return {**assignment, "properties": properties}


def _get(world: World, request: Request) -> Response:
    policies = governance.of(world).arm
    found = policies.assignments.get(normal(request.path))
    if found is None:
        return not_found(request.params["name"])
    return Response(200, _expanded(policies, _shown(found, request.api_version), request.query.get("$expand", "")))


def _expanded(policies: Policies, assignment: Resource, expand: str) -> Resource:
    """With the versions of the definition that ``$expand`` asks for."""
    # modelled: the form of the versions that `$expand` adds to an assignment
    # proof: `make record`, step policy-assignments-expanded
    properties = assignment["properties"]
    pinned = properties.get("definitionVersion")
    wanted = properties["policyDefinitionId"]
    versions = {"latestdefinitionversion": None, "effectivedefinitionversion": pinned}
    for name in _EXPANDED:
        if name.lower() in expand.lower():
            version = versions[name.lower()]
            found = policies.definition(wanted, version) or policies.initiative(wanted, version)
            properties = {**properties, name: found["properties"]["version"] if found else None}
    return {**assignment, "properties": properties}


def not_found(name: str) -> Response:
    return arm_error(404, "PolicyAssignmentNotFound", f"The policy assignment '{name}' is not found.")


def _put(world: World, request: Request) -> Response:
    """Replaces everything: what the body leaves out is gone. An update answers 201 too (recorded)."""
    policies = governance.of(world).arm
    refusal = _protected(world, request) or _invalid(policies, request)
    if refusal:
        return refusal
    key = normal(request.path)
    assignment = _assignment(world, request, policies.assignments.get(key))
    policies.assignments[key] = assignment
    governance.changed(world)
    return Response(201, _shown(assignment, request.api_version))


def _protected(world: World, request: Request) -> Response | None:
    """An assignment that a service keeps for itself."""
    # modelled: how a write is refused of an assignment that a service keeps for itself
    # proof: a PUT recorded of the assignment of deployment safeguards, unchanged
    if normal(request.path) not in governance.of(world).protected:
        return None
    message = f"The policy assignment '{request.params['name']}' is managed by a service and cannot be changed."
    return arm_error(403, "PolicyAssignmentIsProtected", message)


def _invalid(policies: Policies, request: Request) -> Response | None:
    name = request.params["name"]
    properties = (request.body or {}).get("properties") or {}
    definition_id = properties.get("policyDefinitionId")
    if not definition_id:
        message = f"The policy assignment '{name}' is invalid: the property 'policyDefinitionId' is required."
        return arm_error(400, "InvalidPolicyAssignment", message)
    definition = policies.definition(definition_id) or policies.initiative(definition_id)
    if definition is None:
        message = f"The policy definition '{definition_id.rpartition('/')[2]}' could not be found."
        return arm_error(404, "PolicyDefinitionNotFound", message)
    declared = definition["properties"].get("parameters") or {}
    given = {parameter.lower() for parameter in properties.get("parameters") or {}}
    unknown = sorted(given - {parameter.lower() for parameter in declared})
    if unknown:
        message = (
            f"The policy assignment '{name}' has defined parameter(s) '{','.join(unknown)}' that are not defined in "
            f"the policy definition '{definition['name']}'."
        )
        return arm_error(400, "UndefinedPolicyParameter", message)
    missing = [p for p, spec in declared.items() if "defaultValue" not in spec and p.lower() not in given]
    if missing:
        message = (
            f"The policy definition '{definition['name']}' is missing the parameter(s) '{','.join(missing)}' as "
            f"required by policy assignment '{name}'."
        )
        return arm_error(400, "MissingPolicyParameter", message)
    return None


def _assignment(world: World, request: Request, before: Resource | None) -> Resource:
    """What no version of the API knows stays as it was sent, inside the properties and beside them."""
    # modelled: members of an assignment that no version of the API knows are kept
    # proof: a PUT recorded of an assignment in a group for tests with a member of one's own, and a GET
    body, scope, name, caller = request.body, request.params["scope"], request.params["name"], request.caller
    dropped = {*_hidden(request.api_version), *_EXPANDED, "instanceId"}
    properties = {key: value for key, value in body["properties"].items() if key not in dropped}
    instance = before["properties"].get("instanceId") if before else None
    return {
        **{key: value for key, value in body.items() if key not in _OWN},
        "properties": {
            **properties,
            "scope": before["properties"]["scope"] if before else scope,
            "metadata": _metadata(world, caller or world.caller, properties.get("metadata"), before),
            "enforcementMode": properties.get("enforcementMode", "Default"),
            "instanceId": instance or world.guid(),
        },
        "id": before["id"] if before else f"{scope}/providers/Microsoft.Authorization/policyAssignments/{name}",
        "type": "Microsoft.Authorization/policyAssignments",
        "name": name,
        **({"location": body["location"]} if body.get("location") else {}),
        **_identity(world, body.get("identity"), before),
        "systemData": {**system_data(world, rfc3339(world.utc(), 7), caller), **_created(before)},
    }


#: The members of an assignment that the service writes or that have rules of their own.
_OWN = {"properties", "id", "type", "name", "location", "identity", "systemData"}


def _hidden(api_version: str) -> set[str]:
    return {name for name, since in _SINCE.items() if api_version < since}


def _metadata(world: World, caller: Caller, given: Mapping[str, Any] | None, before: Resource | None) -> Resource:
    """What the client sent, and who wrote when: that is the service's to say."""
    now = rfc3339(world.utc(), 7)
    old = before["properties"].get("metadata", {}) if before else {}
    created = {"createdBy": old.get("createdBy", caller.object_id), "createdOn": old.get("createdOn", now)}
    updated = {"updatedBy": caller.object_id if before else None, "updatedOn": now if before else None}
    return {**(given or {}), **created, **updated}


def _identity(world: World, given: Mapping[str, Any] | None, before: Resource | None) -> Resource:
    """The principal of a system-assigned identity stays as long as the assignment does."""
    if not given or given.get("type") == "None":
        return {}
    old = (before or {}).get("identity", {})
    principal = old.get("principalId") or world.guid()
    return {"identity": {**given, "principalId": principal, "tenantId": world.tenant}}


def _created(before: Resource | None) -> dict[str, str]:
    old = (before or {}).get("systemData", {})
    return {key: value for key, value in old.items() if key.startswith("created")}


def _patch(world: World, request: Request) -> Response:
    """Takes location, identity, resource selectors and overrides, and quietly nothing else."""
    found = governance.of(world).arm.assignments.get(normal(request.path))
    if found is None:
        return not_found(request.params["name"])
    refusal = _protected(world, request)
    if refusal:
        return refusal
    caller, properties = request.caller or world.caller, request.body.get("properties") or {}
    found["properties"].update({k: properties[k] for k in ("resourceSelectors", "overrides") if k in properties})
    found["properties"]["metadata"] = _metadata(world, caller, found["properties"].get("metadata"), found)
    found.update({key: request.body[key] for key in ("location",) if key in request.body})
    if "identity" in request.body:
        found.update(_identity(world, request.body["identity"], found))
    found["systemData"] = {**system_data(world, rfc3339(world.utc(), 7), caller), **_created(found)}
    governance.changed(world)
    return Response(200, _shown(found, request.api_version))


def _delete(world: World, request: Request) -> Response:
    refusal = _protected(world, request)
    if refusal:
        return refusal
    removed = governance.of(world).arm.assignments.pop(normal(request.path), None)
    if removed is None:
        return Response(204)
    governance.changed(world)
    return Response(200, _shown(removed, request.api_version))


OPERATIONS = (
    Operation("policy-assignments-list", "GET", _PATH, _list, _ACTION + "read"),
    Operation("policy-assignment-get", "GET", _PATH + "/{name}", _get, _ACTION + "read"),
    Operation("policy-assignment-put", "PUT", _PATH + "/{name}", _put, _ACTION + "write"),
    Operation("policy-assignment-patch", "PATCH", _PATH + "/{name}", _patch, _ACTION + "write"),
    Operation("policy-assignment-delete", "DELETE", _PATH + "/{name}", _delete, _ACTION + "delete"),
)
