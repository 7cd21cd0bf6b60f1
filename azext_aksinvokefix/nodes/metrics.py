"""What the metrics say about the nodes that could take the command pod, and about command pods that wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from azext_aksinvokefix.lifecycle import Evidence
from azext_aksinvokefix.nodes.pools import Pool
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import same


@dataclass(frozen=True)
class Node:
    """A node of any pool. ``ready`` is None where no metric tells; ``reason`` says why it is not. ``pressures`` are
    the conditions that keep pods away from it now."""

    name: str
    ready: bool | None = None
    reason: str = ""
    pressures: tuple[str, ...] = ()


@dataclass(frozen=True)
class CommandPod:
    """A pod of an invoke, in the phase of its newest minute."""

    name: str
    phase: str


@dataclass(frozen=True)
class Metrics:
    """What the platform metrics of a cluster say. No data is not zero: None and what is missing mean nothing.

    ``unschedulable`` are the pods that the autoscaler finds no node for; the allocatable CPU is in cores, the memory
    in bytes."""

    nodes: tuple[Node, ...] = ()
    command_pods: tuple[CommandPod, ...] = ()
    unschedulable: int | None = None
    allocatable_cpu: float | None = None
    allocatable_memory: float | None = None


@dataclass(frozen=True)
class Nodes:
    """Of the nodes of usable pools, by name: those that are ready, those that are not with the reason, those whose
    pressure keeps pods away. ``waiting`` are command pods that are pending now; ``unschedulable`` is None when the
    autoscaler reports nothing."""

    ready: tuple[str, ...] = ()
    not_ready: tuple[tuple[str, str], ...] = ()
    pressed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    started: tuple[str, ...] = ()
    unschedulable: int | None = None

    @property
    def all_down(self) -> bool:
        return bool(self.not_ready) and not self.ready

    @property
    def all_pressed(self) -> bool:
        return bool(self.ready) and set(self.ready) <= set(self.pressed)

    @property
    def pod_waits_for_a_node(self) -> bool:
        return bool(self.waiting) and bool(self.unschedulable)

    def not_ready_words(self) -> str:
        return one_line(", ".join(f"{name} ({reason})" for name, reason in self.not_ready[:10]))


def nodes_of(evidence: Evidence, pools: Sequence[Pool]) -> Nodes:
    """The nodes as the metrics see them; all empty when there are no metrics."""
    seen = read(evidence)
    others = [pool for pool in pools if not pool.usable]
    # A node of no known pool was made by node auto-provisioning, whose nodes take pods.
    nodes = [node for node in seen.nodes if not any(pool.owns(node.name) for pool in others)]
    return Nodes(
        ready=tuple(node.name for node in nodes if node.ready),
        not_ready=tuple((node.name, node.reason or "NotReady") for node in nodes if node.ready is False),
        pressed=tuple(node.name for node in nodes if node.pressures),
        waiting=tuple(pod.name for pod in seen.command_pods if same(pod.phase, "Pending")),
        started=tuple(pod.name for pod in seen.command_pods if pod.phase.lower() in ("running", "succeeded")),
        unschedulable=seen.unschedulable,
    )


def read(evidence: Evidence) -> Metrics:
    """The metrics as they were read; empty where they were not."""
    value = evidence.metrics.value
    return value if isinstance(value, Metrics) else Metrics()
