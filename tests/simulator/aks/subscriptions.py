"""What a client reads before it works with a resource: tenants, subscriptions, resource groups, resource types."""

from __future__ import annotations

from typing import Any

from tests.simulator.authorization import hubs
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.core.world import World

_API_VERSIONS = ("2026-06-01", "2025-08-01", "2024-02-01")
_GROUPS = "/subscriptions/{subscription}/resourceGroups"
_READ_GROUP = "Microsoft.Resources/subscriptions/resourceGroups/read"


def missing(world: World, path: str) -> Response | None:
    """ARM's 404 for a path below a subscription or a resource group that does not exist."""
    parts = path.split("/")
    if (
        len(parts) > 2
        and parts[1].lower() == "subscriptions"
        and parts[2].lower() not in map(str.lower, world.subscriptions)
    ):
        return arm_error(404, "SubscriptionNotFound", f"The subscription '{parts[2]}' could not be found.")
    if len(parts) > 4 and parts[3].lower() == "resourcegroups" and not _exists(world, parts[4]):
        return arm_error(404, "ResourceGroupNotFound", f"Resource group '{parts[4]}' could not be found.")
    return None


def _exists(world: World, group: str) -> bool:
    return group.lower() in world.groups() or group.lower().startswith("mc_")


def _tenants(world: World, _request: Request) -> Response:
    tenant = {"id": f"/tenants/{world.tenant}", "tenantId": world.tenant, "displayName": "Contoso"}
    return Response(200, {"value": [tenant]})


def _subscription(world: World, request: Request) -> Response:
    return Response(200, _body(world, request.params["subscription"]))


def _subscriptions(world: World, _request: Request) -> Response:
    bodies = [_body(world, one) for one in world.subscriptions]
    return Response(200, {"value": bodies, "count": {"type": "Total", "value": len(bodies)}})


def name_of(world: World, subscription: str) -> str:
    names = {spec.id.lower(): spec.name or spec.id for spec in world.scenario.subscriptions}
    return names.get(subscription.lower(), "Simulated")


def _body(world: World, subscription: str) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{subscription}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription,
        "tenantId": world.tenant,
        "displayName": name_of(world, subscription),
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def _group(world: World, request: Request) -> Response:
    return Response(200, _group_body(world, request.params["group"]))


def _groups(world: World, _request: Request) -> Response:
    return Response(200, {"value": [_group_body(world, group) for group in sorted(world.groups())]})


def managed_by(world: World, subscription: str, group: str) -> str | None:
    """Whom a group belongs to: a cluster's nodes to the cluster, a hub to its fleet."""
    # modelled: the group of a hub says in `managedBy` to which fleet it belongs
    # proof: `az group show` of the group of a hub cluster
    here = [each for each in world.clusters.values() if each.subscription.lower() == subscription.lower()]
    for cluster in here:
        if group.lower() == str(cluster.properties["nodeResourceGroup"]).lower():
            return cluster.id
        if cluster.spec.fleet and group.lower() == cluster.group.lower():
            return hubs.fleet_id(cluster)
    return None


def _group_body(world: World, group: str) -> dict[str, Any]:
    owner = managed_by(world, world.subscription, group)
    return {
        **({"managedBy": owner} if owner else {}),
        "id": f"/subscriptions/{world.subscription}/resourceGroups/{group}",
        "name": group,
        "type": "Microsoft.Resources/resourceGroups",
        "location": "westus2",
        "properties": {"provisioningState": "Succeeded"},
    }


def _provider(_world: World, _request: Request) -> Response:
    """The types that ``az resource`` finds its api-version with."""
    types = [{"resourceType": name, "apiVersions": list(_API_VERSIONS)} for name in ("managedClusters", "operations")]
    provider = {"namespace": "Microsoft.ContainerService", "registrationState": "Registered", "resourceTypes": types}
    return Response(200, provider)


OPERATIONS = (
    Operation("tenants-list", "GET", "/tenants", _tenants),
    Operation("subscriptions-list", "GET", "/subscriptions", _subscriptions),
    Operation("subscription-get", "GET", "/subscriptions/{subscription}", _subscription),
    Operation("provider-get", "GET", "/subscriptions/{subscription}/providers/Microsoft.ContainerService", _provider),
    Operation("groups-list", "GET", _GROUPS, _groups, _READ_GROUP, at="/resourceGroups"),
    Operation("group-get", "GET", _GROUPS + "/{group}", _group, _READ_GROUP),
)
