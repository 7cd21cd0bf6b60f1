"""Agent pools as resources of their own."""

from __future__ import annotations

from typing import Any

from tests.simulator.aks import clusters, long_running, occupied, pool_limits, pools
from tests.simulator.aks.clusters import Cluster
from tests.simulator.cluster import placement
from tests.simulator.core.responses import rp_error
from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.core.world import World

_PATH = clusters.PATH + "/agentPools"
_ACTION = clusters.ACTION + "agentPools/"


def _get(world: World, request: Request) -> Response:
    cluster = clusters.find(world, request)
    if cluster is None:
        return clusters.not_found(request)
    pool = pools.of(cluster, request.params["pool"])
    return Response(200, _resource(cluster, pool), source="rp") if pool else _not_found(cluster, request)


def _list(world: World, request: Request) -> Response:
    cluster = clusters.find(world, request)
    if cluster is None:
        return clusters.not_found(request)
    return Response(200, {"value": [_resource(cluster, pool) for pool in cluster.pools]}, source="rp")


def _put(world: World, request: Request) -> Response:
    cluster = clusters.find(world, request)
    if cluster is None:
        return clusters.not_found(request)
    name, desired = request.params["pool"], (request.body or {}).get("properties") or {}
    refusal = occupied.refusal(world, cluster) or pool_limits.refusal(cluster, name, desired)
    if refusal:
        return refusal
    new = pools.of(cluster, name) is None
    pool = pools.put(cluster, name, desired)

    def finish(status: str) -> None:
        pools.end(cluster, pool, status)
        _take_effect(world, cluster)
        if status == "Succeeded":
            placement.keep_minimum(world, cluster, pool)

    what = long_running.What("pool-put", request.path, occupied.of_pool(pool))
    operation = long_running.begin(world, cluster, what, finish)
    return long_running.created_or_updated(world, request, operation, new=new, body=_resource(cluster, pool))


def _delete(world: World, request: Request) -> Response:
    cluster = clusters.find(world, request)
    pool = pools.of(cluster, request.params["pool"]) if cluster else None
    if cluster is None or pool is None:
        return Response(204, source="rp")
    refusal = occupied.refusal(world, cluster) or _last_of_the_system(cluster, pool)
    if refusal:
        return refusal
    pool["provisioningState"] = "Deleting"

    def finish(status: str) -> None:
        if status == "Succeeded":
            pools.remove(cluster, pool)
        else:
            pools.end(cluster, pool, status)
        _take_effect(world, cluster)

    what = long_running.What("pool-delete", request.path, occupied.of_pool(pool))
    return long_running.accepted(world, request, long_running.begin(world, cluster, what, finish))


def _last_of_the_system(cluster: Cluster, pool: pools.Profile) -> Response | None:
    others = [other for other in cluster.pools if other is not pool and other["mode"] in pools.OF_THE_SYSTEM]
    return None if others else pool_limits.no_system_pool()


def _take_effect(world: World, cluster: Cluster) -> None:
    pools.go_live(cluster)
    placement.reschedule(world, cluster)


def _resource(cluster: Cluster, pool: pools.Profile) -> dict[str, Any]:
    return {
        "id": f"{cluster.resource['id']}/agentPools/{pool['name']}",
        "name": pool["name"],
        "type": "Microsoft.ContainerService/managedClusters/agentPools",
        "properties": {key: value for key, value in pool.items() if key != "name"},
    }


def _not_found(cluster: Cluster, request: Request) -> Response:
    """As recorded."""
    where = f"subscription: {cluster.subscription}, resourceGroup: {cluster.group}, resourceName: {cluster.name}."
    return rp_error(
        404,
        "NotFound",
        f"Could not find the agentpool: {request.params['pool']} in {where}",
        subcode="GetAgentPool_NotFound_HCPServerError",
        details=[{"code": "Unspecified", "message": "rpc error: code = NotFound desc = Agent Pool not found"}],
    )


OPERATIONS = (
    Operation("pools-list", "GET", _PATH, _list, _ACTION + "read", at="/agentPools"),
    Operation("pool-get", "GET", _PATH + "/{pool}", _get, _ACTION + "read"),
    Operation("pool-put", "PUT", _PATH + "/{pool}", _put, _ACTION + "write"),
    Operation("pool-delete", "DELETE", _PATH + "/{pool}", _delete, _ACTION + "delete"),
)
