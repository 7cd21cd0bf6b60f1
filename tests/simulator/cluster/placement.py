"""Bringing a command pod onto a node, again when the cluster changes, and onto a new node where a pool autoscales."""

# modelled: the reason ContainerCreating of a command pod that is slow to start
# proof: the result of a runCommand recorded while the pod's image is pulled
# modelled: when and by how much a pool grows for a command pod that found no node
# proof: the pool's count recorded while such a pod is pending, with the autoscaler on

from __future__ import annotations

from collections import Counter

from tests.simulator.aks import pool_limits, pools
from tests.simulator.aks.clusters import Cluster
from tests.simulator.aks.runs import Run
from tests.simulator.cluster import scheduling, startup
from tests.simulator.core.world import World


def place(world: World, cluster: Cluster, run: Run) -> None:
    """Find a node and start there, or remember why not and let the autoscaler see the pending pod."""
    now = world.now()
    here = [other for other in world.runs.values() if other.cluster_id == cluster.id]
    busy = Counter(other.node for other in here if other.node and other.occupies_node(now))
    candidates = scheduling.nodes(cluster, busy)
    node = scheduling.place(candidates)
    if node is None:
        words = scheduling.unschedulable(candidates)
        run.reason = f"Unschedulable - {words}"
        run.refusals.append((now, words))
        _grow(world, cluster)
        return
    begun = startup.attempt(world, cluster, node.name)
    run.node, run.placed_at, run.reason = node.name, now, begun.reason
    run.starts_at = None if begun.reason else now + begun.seconds
    if run.misses_budget:
        run.starts_at, run.reason = None, run.reason or startup.CREATING


def reschedule(world: World, cluster: Cluster) -> None:
    """The cluster changed: give every pending pod another chance."""
    for run in world.runs.values():
        if run.cluster_id == cluster.id and run.node is None and world.now() < run.gives_up_at:
            place(world, cluster, run)


def _grow(world: World, cluster: Cluster) -> None:
    """One more node for a pool that autoscales, and at least its minimum, when the scenario's delay is over."""
    pool = scheduling.scalable(cluster)
    if pool is not None:
        _arrange(world, cluster, pool, max(pool["count"] + 1, pool["minCount"]))


def keep_minimum(world: World, cluster: Cluster, pool: pools.Profile) -> None:
    """What the autoscaler does about a minimum that was raised: AKS has it enforced since July 2021."""
    spec = pools.spec_of(cluster, pool["name"])
    enforced = spec is None or spec.autoscale is None or spec.autoscale.enforces_min
    running = pool.get("enableAutoScaling") and pool["powerState"]["code"] == "Running"
    if running and enforced and pool["count"] < pool["minCount"]:
        _arrange(world, cluster, pool, pool["minCount"])


def _arrange(world: World, cluster: Cluster, pool: pools.Profile, count: int) -> None:
    """Let the autoscaler bring a pool to a count, unless it is on its way already."""
    name, spec = pool["name"], pools.spec_of(cluster, pool["name"])
    if name in cluster.growing:
        return

    def arrive() -> None:
        cluster.growing.discard(name)
        shown = pools.of(cluster, name)
        if shown is not None and shown.get("enableAutoScaling") and shown["powerState"]["code"] == "Running":
            bounded = pool_limits.affordable(cluster, shown, min(count, shown["maxCount"]))
            shown["count"] = max(shown["count"], bounded)
            pools.go_live(cluster)
            reschedule(world, cluster)

    cluster.growing.add(name)
    world.later(spec.autoscale.seconds if spec and spec.autoscale else 1.0, arrive)
