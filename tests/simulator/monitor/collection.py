"""Data collection rules and the associations by which a cluster sends to a workspace; see ``workspaces``.

The names are those that azure-cli gives.
"""

# modelled: Prometheus and an endpoint have associations beside that of Container Insights wherever there is one
# proof: `make record`, step data-collection, against clusters with and without managed Prometheus

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.simulator.aks import clusters
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.monitor import workspaces
from tests.simulator.monitor.workspaces import Logs

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

Resource = dict[str, Any]

_INSIGHTS = "/providers/Microsoft.Insights/"
_RULES = "/subscriptions/{subscription}/resourceGroups/{group}" + _INSIGHTS + "dataCollectionRules/{rule}"
_LONGEST_RULE = 64


def _associations(world: World, request: Request) -> Response:
    cluster = clusters.find(world, request)
    if cluster is None:
        return clusters.not_found(request)
    logs = workspaces.of(world)
    if logs is None or "rule" not in logs.ways or cluster not in workspaces.senders(world, logs):
        return Response(200, {"value": []})
    group = f"/subscriptions/{cluster.subscription}/resourceGroups/{cluster.group}"
    endpoint = {"dataCollectionEndpointId": f"{group}{_INSIGHTS}dataCollectionEndpoints/MSCI-ingest-{cluster.name}"}
    metrics = {"dataCollectionRuleId": f"{group}{_INSIGHTS}dataCollectionRules/MSProm-{cluster.name}"}
    value = [
        _association(cluster, "configurationAccessEndpoint", endpoint),
        _association(cluster, "ContainerInsightsMetricsExtension", metrics),
        _association(cluster, "ContainerInsightsExtension", {"dataCollectionRuleId": rule_id(cluster)}),
    ]
    return Response(200, {"value": value})


def _association(cluster: Cluster, name: str, properties: Resource) -> Resource:
    return {
        "properties": properties,
        "id": f"{cluster.id}{_INSIGHTS}dataCollectionRuleAssociations/{name}",
        "name": name,
        "type": "Microsoft.Insights/dataCollectionRuleAssociations",
    }


def rule_id(cluster: Cluster) -> str:
    """As azure-cli names it, in the cluster's group."""
    name = f"MSCI-{cluster.spec.location}-{cluster.name}"[:_LONGEST_RULE]
    return f"/subscriptions/{cluster.subscription}/resourceGroups/{cluster.group}{_INSIGHTS}dataCollectionRules/{name}"


def _rule(world: World, request: Request) -> Response:
    logs, path = workspaces.of(world), request.path.lower()
    sending = workspaces.senders(world, logs) if logs and "rule" in logs.ways else []
    for cluster in sending:
        if path == rule_id(cluster).lower() and logs is not None:
            return Response(200, _rule_body(cluster, request.path, _of_insights(logs)))
        if path.endswith(f"/msprom-{cluster.name.lower()}"):
            return Response(200, _rule_body(cluster, request.path, _of_prometheus(cluster)))
    message = f"The Resource 'Microsoft.Insights/dataCollectionRules/{request.params['rule']}' was not found."
    return arm_error(404, "ResourceNotFound", message)


def _rule_body(cluster: Cluster, path: str, properties: Resource) -> Resource:
    return {
        "properties": {**properties, "provisioningState": "Succeeded"},
        "location": cluster.spec.location,
        "kind": "Linux",
        "id": path,
        "name": path.rpartition("/")[2],
        "type": "Microsoft.Insights/dataCollectionRules",
    }


def _of_insights(logs: Logs) -> Resource:
    filtering = logs.given.get("filtering") or {}
    settings: Resource = {"interval": "1m", "namespaceFilteringMode": filtering.get("mode", "Off")}
    if filtering.get("namespaces"):
        settings["namespaces"] = list(filtering["namespaces"])
    extension = {
        "name": "ContainerInsightsExtension",
        "extensionName": "ContainerInsights",
        "streams": list(logs.streams),
        "extensionSettings": {"dataCollectionSettings": settings},
    }
    return {
        "dataSources": {"extensions": [extension]},
        "destinations": {"logAnalytics": [{"workspaceResourceId": logs.id, "name": "ciworkspace"}]},
        "dataFlows": [{"streams": list(logs.streams), "destinations": ["ciworkspace"]}],
    }


def _of_prometheus(cluster: Cluster) -> Resource:
    account = f"/subscriptions/{cluster.subscription}/resourceGroups/{cluster.group}/providers/Microsoft.Monitor"
    destination = {"accountResourceId": f"{account}/accounts/metrics", "name": "MonitoringAccount1"}
    return {
        "destinations": {"monitoringAccounts": [destination]},
        "dataFlows": [{"streams": ["Microsoft-PrometheusMetrics"], "destinations": ["MonitoringAccount1"]}],
    }


OPERATIONS = (
    Operation(
        "data-collection-associations",
        "GET",
        clusters.PATH + _INSIGHTS + "dataCollectionRuleAssociations",
        _associations,
        "Microsoft.Insights/dataCollectionRuleAssociations/read",
        at=_INSIGHTS,
    ),
    Operation("data-collection-rule", "GET", _RULES, _rule, "Microsoft.Insights/dataCollectionRules/read"),
)
