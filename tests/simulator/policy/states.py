"""Compliance as Policy Insights tells it, with most ids in lower case as recorded.

A pod that was denied never existed: a denying policy that everything else complies with is Compliant.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization.scopes import contains
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.core.world import rfc3339
from tests.simulator.policy import governance
from tests.simulator.policy.effective import Effective, at_cluster

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

Resource = dict[str, Any]

_PROVIDER = "/{scope*}/providers/Microsoft.PolicyInsights/"
_STATES = _PROVIDER + "policyStates/latest/queryResults"
_COMPONENTS = _PROVIDER + "componentPolicyStates/latest/queryResults"

#: The rights are those of a reader: the query is a POST and yet a read (documented).
_READ_STATES = "Microsoft.PolicyInsights/policyStates/queryResults/read"
_READ_COMPONENTS = "Microsoft.PolicyInsights/componentPolicyStates/queryResults/read"

_CLAUSE = re.compile(r"(\w+)\s+eq\s+'([^']*)'", re.IGNORECASE)


def _query(world: World, request: Request) -> Response:
    """``$filter`` understands ``field eq 'value'`` joined with ``and``; ``$top`` and ``$skiptoken`` page."""
    scope = request.params["scope"]
    clauses = _CLAUSE.findall(request.query.get("$filter", ""))
    base = f"{request.base}{scope.lower()}/providers/Microsoft.PolicyInsights/policyStates/$metadata#latest"
    rows = [_row(world, cluster, item, base) for cluster, item in _effective(world, scope)]
    rows = [row for row in rows if all(str(row.get(name, "")).lower() == value.lower() for name, value in clauses)]
    top, start = int(request.query.get("$top", 1000)), int(request.query.get("$skiptoken", 0))
    shown = rows[start : start + top]
    body: Resource = {"@odata.context": base, "@odata.count": len(shown), "value": shown}
    if "$top" not in request.query and start + top < len(rows):
        body["@odata.nextLink"] = f"{request.url}&%24skiptoken={start + top}"
    return Response(200, body)


def _effective(world: World, scope: str) -> list[tuple[Cluster, Effective]]:
    policies = governance.of(world).arm
    return [
        (cluster, item)
        for cluster in world.clusters.values()
        if contains(scope, cluster.id, policies.groups)
        for item in at_cluster(policies, cluster.id, cluster.resource["location"], world.utc())
    ]


def _row(world: World, cluster: Cluster, item: Effective, base: str) -> Resource:
    """In the recorded order; policySetDefinitionId keeps its case (recorded)."""
    assignment, definition = item.assignment, item.definition
    initiative = assignment["properties"]["policyDefinitionId"] if item.reference else ""
    state = "Exempt" if item.exempt else "Compliant"
    return {
        "@odata.id": None,
        "@odata.context": f"{base}/$entity",
        "timestamp": rfc3339(world.utc(), 7),
        "resourceId": cluster.id.lower(),
        "policyAssignmentId": assignment["id"].lower(),
        "policyDefinitionId": definition["id"].lower(),
        "effectiveParameters": "",
        "isCompliant": state == "Compliant",
        "subscriptionId": world.subscription,
        "resourceType": "Microsoft.ContainerService/managedClusters",
        "resourceLocation": cluster.resource["location"],
        "resourceGroup": cluster.group.lower(),
        "resourceTags": "tbd",
        "policyAssignmentName": assignment["name"].lower(),
        "policyAssignmentOwner": "tbd",
        "policyAssignmentParameters": json.dumps(assignment["properties"].get("parameters") or {}),
        "policyAssignmentScope": assignment["properties"]["scope"],
        "policyDefinitionName": definition["name"].lower(),
        "policyDefinitionAction": item.effect,
        "policyDefinitionCategory": "tbd",
        "policySetDefinitionId": initiative,
        "policySetDefinitionName": initiative.rpartition("/")[2].lower(),
        "policySetDefinitionOwner": "",
        "policySetDefinitionCategory": "kubernetes" if initiative else "",
        "policySetDefinitionParameters": "",
        "managementGroupIds": ",".join(group.rpartition("/")[2] for group in governance.of(world).arm.groups),
        "policyDefinitionReferenceId": (item.reference or "").lower(),
        "complianceState": state,
        "policyDefinitionGroupNames": [],
        "policyDefinitionVersion": definition["properties"]["version"],
        "policySetDefinitionVersion": "",
        "policyAssignmentVersion": "",
        "complianceReasonCode": "",
    }


def _query_components(world: World, request: Request) -> Response:
    # modelled: no component policy state is about a command pod, which is gone before a scan sees it
    # proof: `make record`, step component-states, a day after the steps that run something
    scope = request.params["scope"]
    if "componenttype" not in request.query.get("$filter", "").lower():
        message = "The filter of a component policy state query must name a componentType."
        return arm_error(400, "InvalidFilterInQuery", message)
    context = f"{request.base}{scope}/providers/Microsoft.PolicyInsights/componentPolicyStates/$metadata#latest"
    return Response(200, {"@odata.context": context, "@odata.count": 0, "value": []})


OPERATIONS = (
    Operation("policy-states-query", "POST", _STATES, _query, _READ_STATES),
    Operation("component-policy-states-query", "POST", _COMPONENTS, _query_components, _READ_COMPONENTS),
)
