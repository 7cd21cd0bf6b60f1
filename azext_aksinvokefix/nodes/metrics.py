"""What the metrics say about the nodes that could take the command pod, and about command pods that wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from azext_aksinvokefix.lifecycle import Evidence, value_of
from azext_aksinvokefix.nodes.pools import Pool
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import integer, mappings, same, text

_PRESSURES = ("memoryPressure", "diskPressure", "PIDPressure", "pIDPressure")


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


def of(evidence: Evidence, pools: Sequence[Pool]) -> Nodes:
    """The nodes as the metrics see them; all empty when there are no metrics."""
    value = value_of(evidence.metrics)
    others = [pool for pool in pools if not pool.usable]
    # A node of no known pool was made by node auto-provisioning, whose nodes take pods.
    nodes = [node for node in mappings(value.get("nodes")) if not any(p.owns(text(node.get("name"))) for p in others)]
    pods = mappings(value.get("commandPods"))
    return Nodes(
        ready=tuple(text(node.get("name")) for node in nodes if node.get("ready") is True),
        not_ready=tuple(
            (text(node.get("name")), text(node.get("notReadyReason")) or "NotReady")
            for node in nodes
            if node.get("ready") is False
        ),
        pressed=tuple(
            text(node.get("name")) for node in nodes if any(node.get(pressure) is True for pressure in _PRESSURES)
        ),
        waiting=tuple(text(pod.get("name")) for pod in pods if same(pod.get("phase"), "Pending")),
        started=tuple(
            text(pod.get("name")) for pod in pods if text(pod.get("phase")).lower() in ("running", "succeeded")
        ),
        unschedulable=integer(value.get("unschedulable")),
    )
