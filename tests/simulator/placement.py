"""Bringing a command pod onto a node, again when the cluster changes, and onto a new node where a pool autoscales.

Modelled: the reason ContainerCreating of a pod that is slow to start, and when and by how much a pool grows.
"""

from __future__ import annotations

from collections import Counter

from tests.simulator import pools, scheduling, startup
from tests.simulator.clusters import Cluster
from tests.simulator.runs import Run
from tests.simulator.world import World


def place(world: World, cluster: Cluster, run: Run) -> None:
    """Find a node and start there, or remember why not and let the autoscaler see the pending pod."""
    now = world.now()
    busy = Counter(other.node for other in world.runs.values() if other.node and other.occupies_node(now))
    candidates = scheduling.nodes(cluster, busy)
    node = scheduling.place(candidates)
    if node is None:
        run.reason = f"Unschedulable - {scheduling.unschedulable(candidates)}"
        _grow(world, cluster)
        return
    begun = startup.attempt(world, cluster, node.name)
    run.node, run.reason = node.name, begun.reason
    run.starts_at = None if begun.reason else now + begun.seconds
    if run.misses_budget:
        run.starts_at, run.reason = None, run.reason or "ContainerCreating"


def reschedule(world: World, cluster: Cluster) -> None:
    """The cluster changed: give every pending pod another chance."""
    for run in world.runs.values():
        if run.cluster_id == cluster.id and run.node is None and world.now() < run.gives_up_at:
            place(world, cluster, run)


def _grow(world: World, cluster: Cluster) -> None:
    """One more node for a pool that autoscales, when the scenario's delay is over."""
    pool = scheduling.scalable(cluster)
    spec = pools.spec_of(cluster, pool["name"]) if pool else None
    if pool is None or pool["name"] in cluster.growing:
        return

    def arrive() -> None:
        cluster.growing.discard(pool["name"])
        shown = pools.of(cluster, pool["name"])
        if shown is not None:
            shown["count"] += 1
            pools.go_live(cluster)
            reschedule(world, cluster)

    cluster.growing.add(pool["name"])
    world.later(spec.autoscale.seconds if spec and spec.autoscale else 1.0, arrive)
