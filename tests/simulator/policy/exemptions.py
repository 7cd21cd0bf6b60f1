"""Policy exemptions: create 201, update 200, delete 200 with the body (recorded)."""

# modelled: the refusals of an exemption: without a category, of an assignment that is not there, outside its scope
# proof: `make record` with --allow-writes, steps exemption-invalid and exemption; the rest recorded by hand

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization import authorizer
from tests.simulator.authorization.scopes import contains, normal
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.core.world import rfc3339
from tests.simulator.policy import governance
from tests.simulator.policy.assignments import page
from tests.simulator.policy.effective import Policies, exempted_scope
from tests.simulator.policy.scenario import system_data

if TYPE_CHECKING:
    from tests.simulator.core.world import World

Resource = dict[str, Any]

_PATH = "/{scope*}/providers/Microsoft.Authorization/policyExemptions"
_ACTION = "Microsoft.Authorization/policyExemptions/"
_EXEMPT = "Microsoft.Authorization/policyAssignments/exempt/action"

_ORDER = (
    "policyAssignmentId",
    "policyDefinitionReferenceIds",
    "exemptionCategory",
    "displayName",
    "description",
    "expiresOn",
    "metadata",
    "resourceSelectors",
    "assignmentScopeValidation",
)
#: What a version of the API knows: an older one neither shows nor keeps it.
_SINCE = {"resourceSelectors": "2022-07-01-preview", "assignmentScopeValidation": "2022-07-01-preview"}

_LIMITS = {"displayName": 128, "description": 512}
_ASSIGNMENT_FILTER = re.compile(r"policyAssignmentId\s+eq\s+'([^']+)'", re.IGNORECASE)


def _list(world: World, request: Request) -> Response:
    policies, scope = governance.of(world).arm, request.params["scope"]
    wanted = request.query.get("$filter", "")
    found = [e for e in policies.exemptions.values() if _in_list(world, policies, e, scope, wanted)]
    return page(
        request, [_shown(exemption, request.api_version) for exemption in found], governance.of(world).page_size
    )


def _shown(exemption: Resource, api_version: str) -> Resource:
    hidden = {name for name, since in _SINCE.items() if api_version < since}
    properties = {name: value for name, value in exemption["properties"].items() if name not in hidden}
    return {**exemption, "properties": properties}


def _in_list(world: World, policies: Policies, exemption: Resource, scope: str, wanted: str) -> bool:
    where, asked = exempted_scope(exemption), wanted.lower()
    assignment = _ASSIGNMENT_FILTER.search(wanted)
    if assignment and exemption["properties"]["policyAssignmentId"].lower() != assignment[1].lower():
        return False
    if "excludeexpired()" in asked and expired(exemption, world.utc()):
        return False
    if "atexactscope()" in asked:
        return normal(where) == normal(scope)
    return contains(where, scope, policies.groups) or (
        "atscope()" not in asked and contains(scope, where, policies.groups)
    )


def expired(exemption: Resource, now: datetime) -> bool:
    ends = exemption["properties"].get("expiresOn")
    return bool(ends) and datetime.fromisoformat(ends.replace("Z", "+00:00")) <= now


def _get(world: World, request: Request) -> Response:
    found = governance.of(world).arm.exemptions.get(normal(request.path))
    return Response(200, _shown(found, request.api_version)) if found else _not_found(request)


def _not_found(request: Request) -> Response:
    message = f"The policy exemption '{request.params['name']}' is not found."
    return arm_error(404, "PolicyExemptionNotFound", message)


def _put(world: World, request: Request) -> Response:
    policies, key = governance.of(world).arm, normal(request.path)
    properties = (request.body or {}).get("properties") or {}
    refusal = _invalid(policies, request.params["scope"], properties) or _linked(world, policies, request)
    if refusal:
        return refusal
    before = policies.exemptions.get(key)
    policies.exemptions[key] = _exemption(world, request, before)
    governance.changed(world)
    return Response(200 if before else 201, _shown(policies.exemptions[key], request.api_version))


def _invalid(policies: Policies, scope: str, properties: Mapping[str, Any]) -> Response | None:
    if properties.get("exemptionCategory") not in ("Waiver", "Mitigated"):
        return _bad("The policy exemption category must be one of 'Waiver' and 'Mitigated'.")
    assignment = policies.assignments.get(str(properties.get("policyAssignmentId", "")).lower())
    if assignment is None:
        wanted = str(properties.get("policyAssignmentId"))
        return arm_error(404, "PolicyAssignmentNotFound", f"The policy assignment '{wanted}' could not be found.")
    validated = properties.get("assignmentScopeValidation", "Default") == "Default"
    if validated and not contains(assignment["properties"]["scope"], scope, policies.groups):
        return _bad(f"The policy exemption scope '{scope}' is not at or below the scope of the policy assignment.")
    return _bad_references(policies, assignment, properties) or _too_long(properties)


def _bad_references(policies: Policies, assignment: Resource, properties: Mapping[str, Any]) -> Response | None:
    wanted = properties.get("policyDefinitionReferenceIds") or []
    initiative = policies.initiative(assignment["properties"]["policyDefinitionId"])
    members = initiative["properties"]["policyDefinitions"] if initiative else []
    known = {member["policyDefinitionReferenceId"].lower() for member in members}
    unknown = [reference for reference in wanted if reference.lower() not in known]
    if not unknown:
        return None
    return _bad(f"The policy definition reference id(s) '{','.join(unknown)}' do not exist in the assigned definition.")


def _too_long(properties: Mapping[str, Any]) -> Response | None:
    for name, most in _LIMITS.items():
        if len(properties.get(name) or "") > most:
            return _bad(f"The property '{name}' has more than {most} characters.")
    return None


def _bad(message: str) -> Response:
    return arm_error(400, "InvalidPolicyExemption", message)


def _linked(world: World, policies: Policies, request: Request) -> Response | None:
    """An exemption also takes the right to exempt at the scope of the assignment (documented)."""
    assignment = policies.assignments[request.body["properties"]["policyAssignmentId"].lower()]
    caller = request.caller or world.caller
    scope = assignment["properties"]["scope"]
    return authorizer.linked(world, caller, _ACTION + "write", request.path, _EXEMPT, scope)


def _exemption(world: World, request: Request, before: Resource | None) -> Resource:
    hidden = {name for name, since in _SINCE.items() if request.api_version < since}
    given = {key: value for key, value in request.body["properties"].items() if key not in hidden}
    if given.get("expiresOn"):
        given["expiresOn"] = rfc3339(datetime.fromisoformat(given["expiresOn"].replace("Z", "+00:00")))
    old = before["systemData"] if before else {}
    created = {key: value for key, value in old.items() if key.startswith("created")}
    return {
        "properties": {key: given[key] for key in (*_ORDER, *_unknown(given)) if given.get(key) is not None},
        "id": before["id"] if before else request.path,
        "type": "Microsoft.Authorization/policyExemptions",
        "name": request.params["name"],
        "systemData": {**system_data(world, rfc3339(world.utc(), 7), request.caller), **created},
    }


def _unknown(properties: Mapping[str, Any]) -> list[str]:
    """What no version of the API knows stays, behind the rest."""
    # modelled: members of an exemption that no version of the API knows are kept
    # proof: a PUT recorded of an exemption with a member of one's own, and a GET
    return [name for name in properties if name not in _ORDER]


def _delete(world: World, request: Request) -> Response:
    removed = governance.of(world).arm.exemptions.pop(normal(request.path), None)
    if removed is None:
        return Response(204)
    governance.changed(world)
    return Response(200, _shown(removed, request.api_version))


OPERATIONS = (
    Operation("policy-exemptions-list", "GET", _PATH, _list, _ACTION + "read"),
    Operation("policy-exemption-get", "GET", _PATH + "/{name}", _get, _ACTION + "read"),
    Operation("policy-exemption-put", "PUT", _PATH + "/{name}", _put, _ACTION + "write"),
    Operation("policy-exemption-delete", "DELETE", _PATH + "/{name}", _delete, _ACTION + "delete"),
)
