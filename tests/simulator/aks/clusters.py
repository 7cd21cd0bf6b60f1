"""Managed clusters: the resource as the AKS resource provider writes it, and what can be done to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tests.simulator.aks import cluster_resource, long_running, members, occupied, pool_limits, pools
from tests.simulator.cluster import leftovers
from tests.simulator.core.responses import arm_error, rp_error
from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.core.specs import ClusterSpec
from tests.simulator.core.world import World, cluster_id

_PROVIDER = "/providers/Microsoft.ContainerService/managedClusters"
PATH = "/subscriptions/{subscription}/resourceGroups/{group}" + _PROVIDER + "/{cluster}"
ACTION = "Microsoft.ContainerService/managedClusters/"

Resource = dict[str, Any]


@dataclass
class Cluster:
    """One cluster. ``resource`` is what ARM shows and ``spec`` what the scenario said.

    ``live`` holds the agent pools as their nodes really are: a change reaches them when its operation is over, and
    never those that are ``unfinished``, whose last operation did not succeed.
    """

    spec: ClusterSpec
    subscription: str
    resource: Resource
    live: dict[str, Resource] = field(default_factory=dict)
    stopped_counts: dict[str, int] = field(default_factory=dict)
    warm_nodes: set[str] = field(default_factory=set)
    growing: set[str] = field(default_factory=set)
    unfinished: set[str] = field(default_factory=set)
    refuses_run_command: bool = False

    def __post_init__(self) -> None:
        self.go_live()

    def go_live(self) -> None:
        """Let the resource provider act as the resource says."""
        profile = self.properties.get("apiServerAccessProfile") or {}
        self.refuses_run_command = bool(profile.get("disableRunCommand"))

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
    def power(self) -> str:
        return str(self.properties["powerState"]["code"])

    @property
    def provisioning(self) -> str:
        return str(self.properties["provisioningState"])


def load(world: World) -> None:
    """Create the clusters of the scenario."""
    for spec in world.scenario.clusters:
        cluster = Cluster(spec, spec.subscription or world.subscription, cluster_resource.build(world, spec))
        pools.go_live(cluster)
        world.clusters[cluster.id.lower()] = cluster
        occupied.load(world, cluster)
        leftovers.load(world, cluster)


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
    if cluster is None:
        return not_found(request)
    return Response(200, members.shown(cluster.resource, request.api_version), source="rp")


def _list(world: World, request: Request) -> Response:
    subscription, group = request.params["subscription"].lower(), request.params.get("group", "").lower()
    there = [c for c in world.clusters.values() if c.subscription.lower() == subscription]
    asked = [c.resource for c in there if not group or c.group.lower() == group]
    found = [members.shown(resource, request.api_version) for resource in asked]
    return Response(200, {"value": found}, source="rp")


def _put(world: World, request: Request) -> Response:
    """An update. Creating a cluster is not simulated."""
    cluster = find(world, request)
    if cluster is None:
        return not_found(request)
    desired = request.body or {}
    profiles = (desired.get("properties") or {}).get("agentPoolProfiles") or []
    refusals = (pool_limits.refusal(cluster, profile["name"], profile) for profile in profiles)
    refusal = occupied.refusal(world, cluster) or next((found for found in refusals if found), None)
    if refusal:
        return refusal
    merge(cluster.properties, _writable(desired.get("properties") or {}))
    if "tags" in desired:
        cluster.resource["tags"] = desired["tags"] or {}
    for profile in profiles:
        pools.put(cluster, profile["name"], profile)
    _pass_through(cluster, "Updating")
    return long_running.created_or_updated(
        world,
        request,
        _begin(world, cluster, request, "cluster-put"),
        new=False,
        body=members.shown(cluster.resource, request.api_version),
    )


def _pass_through(cluster: Cluster, state: str) -> None:
    """While a cluster is updated so are its pools (recorded)."""
    cluster.properties["provisioningState"] = state
    for pool in cluster.pools:
        pool["provisioningState"] = state


def _begin(
    world: World, cluster: Cluster, request: Request, operation: str, power: str | None = None
) -> long_running.LongRunning:
    what = long_running.What(operation, request.path, occupied.of_cluster(cluster))
    return long_running.begin(world, cluster, what, partial(_end, world, cluster, power))


def _end(world: World, cluster: Cluster, power: str | None, status: str) -> None:
    """An operation on the whole cluster is over."""
    # modelled: an operation on a cluster that does not succeed leaves its pools as they were
    # proof: the pools read after a start of a cluster that ended in Failed or Canceled
    cluster.properties["provisioningState"] = status
    for pool in cluster.pools:
        pools.end(cluster, pool, status)
    if status == "Succeeded":
        pools.go_live(cluster)
        cluster.go_live()
        if power:
            cluster.properties["powerState"] = {"code": power}
    for updated in world.cluster_updated:
        updated(cluster)


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
    refusal = occupied.refusal(world, cluster, starting=True) or _cannot_stop(cluster, power)
    if refusal:
        return refusal
    cluster.properties["provisioningState"] = meanwhile
    if power == "Stopped":
        cluster.properties["powerState"] = {"code": power}
    operation = "cluster-start" if power == "Running" else "cluster-stop"
    return long_running.accepted(world, request, _begin(world, cluster, request, operation, power))


def _cannot_stop(cluster: Cluster, power: str) -> Response | None:
    """The sentence was seen in a public report."""
    # modelled: the status 400 of a stop of a cluster with node auto-provisioning
    # proof: a recorded POST of /stop to such a cluster
    mode = (cluster.properties.get("nodeProvisioningProfile") or {}).get("mode")
    if power != "Stopped" or mode != "Auto":
        return None
    message = (
        "Unable to perform 'stopping' operation since the cluster enables .properties.nodeProvisioningProfile.mode "
        "'Auto'"
    )
    return rp_error(400, "OperationNotAllowed", message)


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
