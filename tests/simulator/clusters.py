"""Managed clusters: the resource as the AKS resource provider writes it, and what can be done to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulator import cluster_resource, long_running, pools
from tests.simulator.responses import arm_error, rp_error
from tests.simulator.routing import Operation, Request, Response
from tests.simulator.scenario import ClusterSpec
from tests.simulator.world import World, cluster_id

_PROVIDER = "/providers/Microsoft.ContainerService/managedClusters"
PATH = "/subscriptions/{subscription}/resourceGroups/{group}" + _PROVIDER + "/{cluster}"
ACTION = "Microsoft.ContainerService/managedClusters/"

Resource = dict[str, Any]


@dataclass
class Cluster:
    """One cluster. ``resource`` is what ARM shows and ``spec`` what the scenario said.

    ``live`` holds the agent pools as their nodes really are: a change reaches them when its operation is over.
    """

    spec: ClusterSpec
    subscription: str
    resource: Resource
    live: dict[str, Resource] = field(default_factory=dict)
    stopped_counts: dict[str, int] = field(default_factory=dict)
    warm_nodes: set[str] = field(default_factory=set)
    growing: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def group(self) -> str:
        return self.spec.resource_group

    @property
    def id(self) -> str:
        """The id as ARM spells it in a request, with ``resourceGroups`` in camel case."""
        return cluster_id(self.subscription, self.group, self.name)

    @property
    def properties(self) -> Resource:
        properties: Resource = self.resource["properties"]
        return properties

    @property
    def pools(self) -> list[Resource]:
        """The agent pool profiles, which are also what the agent pool resources show."""
        profiles: list[Resource] = self.properties["agentPoolProfiles"]
        return profiles

    @property
    def is_entra(self) -> bool:
        return bool((self.properties.get("aadProfile") or {}).get("managed"))

    @property
    def has_azure_rbac(self) -> bool:
        return bool((self.properties.get("aadProfile") or {}).get("enableAzureRBAC"))

    @property
    def refuses_run_command(self) -> bool:
        return bool((self.properties.get("apiServerAccessProfile") or {}).get("disableRunCommand"))

    @property
    def power(self) -> str:
        return str(self.properties["powerState"]["code"])

    @property
    def provisioning(self) -> str:
        return str(self.properties["provisioningState"])


def load(world: World) -> None:
    """Create the clusters of the scenario."""
    for spec in world.scenario.clusters:
        cluster = Cluster(spec, world.subscription, cluster_resource.build(world, spec))
        pools.go_live(cluster)
        world.clusters[cluster.id.lower()] = cluster


def find(world: World, request: Request) -> Cluster | None:
    params = request.params
    return world.cluster(params["subscription"], params["group"], params["cluster"])


def not_found(request: Request) -> Response:
    resource = f"'Microsoft.ContainerService/managedClusters/{request.params['cluster']}'"
    return arm_error(
        404,
        "ResourceNotFound",
        f"The Resource {resource} under resource group '{request.params['group']}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def _get(world: World, request: Request) -> Response:
    cluster = find(world, request)
    return Response(200, cluster.resource, source="rp") if cluster else not_found(request)


def _list(world: World, request: Request) -> Response:
    group = request.params.get("group", "").lower()
    found = [c.resource for c in world.clusters.values() if not group or c.group.lower() == group]
    return Response(200, {"value": found}, source="rp")


def _put(world: World, request: Request) -> Response:
    """An update. Creating a cluster is not simulated."""
    cluster = find(world, request)
    if cluster is None:
        return not_found(request)
    if long_running.is_busy(world, cluster.id):
        return in_progress()
    desired = request.body or {}
    merge(cluster.properties, _writable(desired.get("properties") or {}))
    if "tags" in desired:
        cluster.resource["tags"] = desired["tags"] or {}
    for profile in (desired.get("properties") or {}).get("agentPoolProfiles") or []:
        pools.put(cluster, profile["name"], profile)
    cluster.properties["provisioningState"] = "Updating"
    operation = long_running.begin(world, cluster, _settled(cluster, "Succeeded"))
    return long_running.created_or_updated(world, request, operation, new=False, body=cluster.resource)


def _writable(properties: Resource) -> Resource:
    """Pools have their own rules, and the states are the service's to set."""
    kept = {"agentPoolProfiles", "provisioningState", "powerState", "currentKubernetesVersion"}
    return {key: value for key, value in properties.items() if key not in kept and value is not None}


def merge(onto: Resource, change: Resource) -> None:
    """Set what a PUT says and keep what it does not: clients leave out what their api-version does not know."""
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(onto.get(key), dict):
            merge(onto[key], value)
        else:
            onto[key] = value


def _start(world: World, request: Request) -> Response:
    return _switch(world, request, "Running", "Starting")


def _stop(world: World, request: Request) -> Response:
    return _switch(world, request, "Stopped", "Stopping")


def _switch(world: World, request: Request, power: str, meanwhile: str) -> Response:
    cluster = find(world, request)
    if cluster is None:
        return not_found(request)
    if long_running.is_busy(world, cluster.id):
        return in_progress()
    cluster.properties["provisioningState"] = meanwhile
    if power == "Stopped":
        cluster.properties["powerState"] = {"code": power}
    operation = long_running.begin(world, cluster, _settled(cluster, "Succeeded", power))
    return long_running.accepted(world, request, operation)


def _settled(cluster: Cluster, provisioning: str, power: str | None = None) -> Callable[[], None]:
    def settle() -> None:
        pools.go_live(cluster)
        cluster.properties["provisioningState"] = provisioning
        if power:
            cluster.properties["powerState"] = {"code": power}

    return settle


def in_progress() -> Response:
    """Modelled: the sentence is Azure's, its number and shape were not recorded."""
    message = "Operation is not allowed because there's an in progress update managed cluster operation"
    return rp_error(409, "OperationNotAllowed", message)


OPERATIONS = (
    Operation("cluster-get", "GET", PATH, _get, ACTION + "read"),
    Operation("cluster-put", "PUT", PATH, _put, ACTION + "write"),
    Operation("cluster-start", "POST", PATH + "/start", _start, ACTION + "start/action", at="/start"),
    Operation("cluster-stop", "POST", PATH + "/stop", _stop, ACTION + "stop/action", at="/stop"),
    Operation(
        "clusters-list",
        "GET",
        "/subscriptions/{subscription}" + _PROVIDER,
        _list,
        ACTION + "read",
        at="/providers/",
    ),
    Operation(
        "clusters-list-group",
        "GET",
        "/subscriptions/{subscription}/resourceGroups/{group}" + _PROVIDER,
        _list,
        ACTION + "read",
        at="/providers/",
    ),
)
