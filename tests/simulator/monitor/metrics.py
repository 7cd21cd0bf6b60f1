"""What Azure Monitor has collected about a cluster: the series behind its platform metrics, derived from the world.

Names and dimensions are documented.
"""

# modelled: which dimension values and series a cluster emits
# proof: `make record`, step metrics

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulator.cluster import leftovers, pods, scheduling

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World


@dataclass(frozen=True)
class Series:
    """One value now for one combination of dimension values."""

    dimensions: Mapping[str, str]
    value: float


@dataclass(frozen=True)
class Metric:
    """A metric: its unit, its dimensions, and the series it has at the moment."""

    unit: str
    dimensions: tuple[str, ...]
    series: Callable[[World, Cluster], Iterator[Series]]


#: What is allocatable on a node of the usual size.
_NODE_CPU, _NODE_MEMORY = 1.9, 5_368_709_120.0

_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")


def _conditions(world: World, cluster: Cluster) -> Iterator[Series]:
    for node in scheduling.nodes(cluster):
        ready = "true" if node.is_ready else "false"
        reason = "Ready" if node.is_ready else "NotReady"
        yield _condition("Ready", ready, reason, node.name)
        for pressure in _PRESSURES:
            yield _condition(pressure, "false", "Unknown", node.name)


def _condition(condition: str, status: str, status2: str, node: str) -> Series:
    return Series({"condition": condition, "status": status, "status2": status2, "node": node}, 1.0)


def _phases(world: World, cluster: Cluster) -> Iterator[Series]:
    if any(node.is_ready for node in scheduling.nodes(cluster)):
        yield _phase("Running", "kube-system", "coredns-6f776c8fb5-2xkqv")
    for run in leftovers.runs(world, cluster):
        yield _phase(run.phase(world.now()), pods.NAMESPACE, pods.name(run.id))


def _phase(phase: str, namespace: str, pod: str) -> Series:
    return Series({"phase": phase, "namespace": namespace, "pod": pod}, 1.0)


def _allocatable_cpu(world: World, cluster: Cluster) -> Iterator[Series]:
    for node in scheduling.nodes(cluster):
        yield Series({"node": node.name}, _NODE_CPU)


def _allocatable_memory(world: World, cluster: Cluster) -> Iterator[Series]:
    for node in scheduling.nodes(cluster):
        yield Series({"node": node.name}, _NODE_MEMORY)


def _cpu_usage(world: World, cluster: Cluster) -> Iterator[Series]:
    """Usage is not requests: a node that the scheduler calls full is as idle here as any other."""
    for node in scheduling.nodes(cluster):
        yield Series({"node": node.name}, 12.0)


def _unschedulable(world: World, cluster: Cluster) -> Iterator[Series]:
    """Only a cluster with an autoscaler has it, and only while it is not zero."""
    waiting = sum(run.node is None and run.phase(world.now()) == "Pending" for run in leftovers.runs(world, cluster))
    if waiting and any(pool.get("enableAutoScaling") for pool in cluster.pools):
        yield Series({}, float(waiting))


METRICS: Mapping[str, Metric] = {
    "kube_node_status_condition": Metric("Count", ("condition", "status", "status2", "node"), _conditions),
    "kube_pod_status_phase": Metric("Count", ("phase", "namespace", "pod"), _phases),
    "kube_node_status_allocatable_cpu_cores": Metric("Count", (), _allocatable_cpu),
    "kube_node_status_allocatable_memory_bytes": Metric("Bytes", (), _allocatable_memory),
    "node_cpu_usage_percentage": Metric("Percent", ("node",), _cpu_usage),
    "cluster_autoscaler_unschedulable_pods_count": Metric("Count", (), _unschedulable),
}
