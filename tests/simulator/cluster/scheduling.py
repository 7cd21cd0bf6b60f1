"""The scheduler of a simulated cluster: which node takes a command pod, and its words when none does.

The words are kube-scheduler's.
"""

# modelled: the command pod insists on Linux and on amd64
# proof: `make record`, step run-own-pod, whose answer has the node selector

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.simulator.aks import pools
from tests.simulator.core.specs import Free

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster

#: What a command pod asks for (documented).
CPU_REQUEST, MEMORY_REQUEST = "200m", "500Mi"

#: What a node of any size has left when it is new.
_NEW = Free(cpu="1500m", memory="3Gi")

#: What AKS puts on the nodes of a gateway pool itself (documented).
# modelled: the profile of a gateway pool does not show the taint of its nodes
# proof: `az aks nodepool show` of a gateway pool
_GATEWAY = "kubernetes.azure.com/mode=gateway:NoSchedule"

_NOT_READY = "node.kubernetes.io/not-ready:NoSchedule"
_OTHER_OS = "node(s) didn't match Pod's node affinity/selector"


@dataclass(frozen=True)
class Node:
    """One node. ``cpu`` is in millicores and ``memory`` in MiB, both what is left for the command pod."""

    name: str
    pool: str
    os: str
    taints: tuple[str, ...]
    cpu: int
    memory: int
    architecture: str = "amd64"

    @property
    def is_ready(self) -> bool:
        return _NOT_READY not in self.taints

    def refusals(self) -> list[str]:
        """Why the node does not take a command pod; the scheduler asks for the resources last."""
        if self.os != "Linux" or self.architecture != "amd64":
            return [_OTHER_OS]
        for taint in self.taints:
            if not taint.endswith(":PreferNoSchedule"):
                return [f"node(s) had untolerated taint {{{_taint_words(taint)}}}"]
        short = [("cpu", self.cpu < millicores(CPU_REQUEST)), ("memory", self.memory < mebibytes(MEMORY_REQUEST))]
        return [f"Insufficient {name}" for name, is_short in short if is_short]


#: The node of the virtual node add-on: endless, and for those only who tolerate its taint.
_VIRTUAL = Node(
    "virtual-node-aci-linux", "", "Linux", ("virtual-kubelet.io/provider=azure:NoSchedule",), 800_000, 4_000_000
)

#: Sizes with a ``p`` among the features behind the number have ARM processors.
_ARM = re.compile(r"Standard_[A-Z]+\d+(?:-\d+)?[a-z]*p[a-z]*(?:_|$)", re.IGNORECASE)


def nodes(cluster: Cluster, busy: Mapping[str, int] | None = None) -> list[Node]:
    """The nodes there really are. ``busy`` counts the command pods that run on each of them."""
    if cluster.power == "Stopped":
        return []
    found = [_node(cluster, pool, number) for pool in _own(cluster) for number in range(pool["count"])]
    if ((cluster.properties.get("addonProfiles") or {}).get("aciConnectorLinux") or {}).get("enabled"):
        found.append(_VIRTUAL)
    return [_occupied(node, (busy or {}).get(node.name, 0)) for node in found]


def _own(cluster: Cluster) -> list[dict[str, Any]]:
    """The pools with nodes that a cluster can see: those of a managed system pool are AKS's own."""
    # modelled: the nodes of a managed system pool are no place for the command pod
    # proof: `make record`, step run-nodes, against an Automatic cluster with a managed system pool
    return [pool for pool in cluster.live.values() if pool.get("mode") != "ManagedSystem"]


def place(candidates: Iterable[Node]) -> Node | None:
    """The node that takes the pod: the one with the most room."""
    fitting = [node for node in candidates if not node.refusals()]
    return max(fitting, key=lambda node: (node.cpu, node.memory), default=None)


def unschedulable(candidates: list[Node]) -> str:
    """The message of the pod's condition ``PodScheduled`` when no node takes it."""
    if not candidates:
        return "no nodes available to schedule pods"
    total = len(candidates)
    reasons = Counter(reason for node in candidates for reason in node.refusals())
    listed = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    full = sum(any(reason.startswith("Insufficient") for reason in node.refusals()) for node in candidates)
    hints = [
        (full, "No preemption victims found for incoming pod"),
        (total - full, "Preemption is not helpful for scheduling"),
    ]
    preemption = ", ".join(f"{count} {hint}" for count, hint in hints if count)
    return f"0/{total} nodes are available: {listed}. preemption: 0/{total} nodes are available: {preemption}."


def scalable(cluster: Cluster) -> dict[str, Any] | None:
    """The pool that the autoscaler would grow: one whose next node would take the pod."""
    for pool in cluster.live.values():
        grows = pool.get("enableAutoScaling") and pool["count"] < pool["maxCount"]
        if grows and not _node(cluster, pool, pool["count"]).refusals():
            return pool
    return None


def _node(cluster: Cluster, pool: Mapping[str, Any], number: int) -> Node:
    """The first nodes of a pool are as full as the scenario says, those that came later are new."""
    spec = pools.spec_of(cluster, pool["name"])
    old = spec is not None and number < spec.count
    free = spec.free if spec and old else _NEW
    not_ready = spec is not None and number < spec.not_ready
    taints = (
        *([_NOT_READY] if not_ready else []),
        *([_GATEWAY] if pool.get("mode") == "Gateway" else []),
        *pool.get("nodeTaints", ()),
    )
    name = f"aks-{pool['name']}-24680135-vmss{number:06d}"
    architecture = "arm64" if _ARM.match(pool["vmSize"]) else "amd64"
    return Node(name, pool["name"], pool["osType"], taints, millicores(free.cpu), mebibytes(free.memory), architecture)


def _occupied(node: Node, pods: int) -> Node:
    cpu = node.cpu - pods * millicores(CPU_REQUEST)
    memory = node.memory - pods * mebibytes(MEMORY_REQUEST)
    return replace(node, cpu=cpu, memory=memory)


def _taint_words(taint: str) -> str:
    """``key=value:effect`` as the scheduler prints it, ``key: value``."""
    key, _, value = taint.rpartition(":")[0].partition("=")
    return f"{key}: {value}"


def millicores(quantity: str) -> int:
    """
    >>> millicores("200m"), millicores("2")
    (200, 2000)
    """
    return int(quantity[:-1]) if quantity.endswith("m") else int(float(quantity) * 1000)


def mebibytes(quantity: str) -> int:
    """
    >>> mebibytes("500Mi"), mebibytes("3Gi")
    (500, 3072)
    """
    units = {"Ki": 1 / 1024, "Mi": 1, "Gi": 1024}
    return int(float(quantity[:-2]) * units[quantity[-2:]])
