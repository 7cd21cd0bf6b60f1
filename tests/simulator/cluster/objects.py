"""The objects of a simulated cluster: those that every cluster has, the command pods, and what commands made."""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from tests.simulator.cluster import events, kinds, leftovers, pods, scheduling
from tests.simulator.cluster.events import Event
from tests.simulator.cluster.kinds import Kind
from tests.simulator.core.world import rfc3339

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

Object = dict[str, Any]
_SYSTEM_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease", pods.NAMESPACE)
_READY = [{"type": "Ready", "status": "True"}]


class Objects:
    """What is in one cluster. Nodes and command pods are read from where they live, everything else is kept here."""

    def __init__(self, world: World, cluster: Cluster) -> None:
        self._world = world
        self._cluster = cluster
        self._kept: dict[tuple[str, str, str], Object] = {}
        self._versions = itertools.count(1)
        for namespace in _SYSTEM_NAMESPACES:
            self.put(_kind("namespaces"), _object("Namespace", namespace, status={"phase": "Active"}))
        self.put(
            _kind("pods"), _object("Pod", "web", "default", spec={"containers": [{"name": "web", "image": "web"}]})
        )

    def list(self, kind: Kind, namespace: str | None) -> list[Object]:
        """Every object of a kind, in one namespace or in all."""
        kept = [found for (plural, where, _), found in sorted(self._kept.items()) if plural == kind.qualified]
        found = [*kept, *self._elsewhere(kind)]
        return [each for each in found if namespace in (None, each["metadata"].get("namespace"))]

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object | None:
        return next((each for each in self.list(kind, namespace) if each["metadata"]["name"] == name), None)

    def put(self, kind: Kind, wanted: Object) -> Object:
        """Keep an object as it is wanted, with what the API server and the controllers add to it at once."""
        # modelled: which members the API server and the controllers add to an object
        # proof: the same manifest applied in a real cluster, and `kubectl get -o yaml`
        kept = copy.deepcopy(wanted)
        metadata = kept.setdefault("metadata", {})
        before = self._kept.get(_key(kind, metadata.get("namespace"), metadata["name"]), {}).get("metadata", {})
        number = next(self._versions)
        metadata["resourceVersion"] = str(number)
        metadata["uid"] = before.get("uid") or f"0b1ec700-0000-4000-8000-{number:012d}"
        metadata["creationTimestamp"] = before.get("creationTimestamp") or rfc3339(self._world.utc())
        metadata["generation"] = int(before.get("generation", 0)) + 1
        kept.update({"apiVersion": kind.api_version, "kind": kind.name})
        _reconcile(kept)
        self._kept[_key(kind, metadata.get("namespace"), metadata["name"])] = kept
        return kept

    def delete(self, kind: Kind, namespace: str | None, name: str) -> Object | None:
        for run in leftovers.runs(self._world, self._cluster) if kind.plural == "pods" else ():
            if (namespace, name) == (pods.NAMESPACE, pods.name(run.id)):
                run.deleted_at = self._world.now()
        return self._kept.pop(_key(kind, namespace, name), None)

    def _elsewhere(self, kind: Kind) -> Iterator[Object]:
        if kind.plural == "nodes":
            for node in scheduling.nodes(self._cluster, Counter()):
                ready = [{"type": "Ready", "status": "True" if node.is_ready else "False"}]
                yield _object(
                    "Node", node.name, status={"conditions": ready, "nodeInfo": {"kubeletVersion": "v1.32.6"}}
                )
        if kind.plural == "events":
            for number, event in enumerate(events.of_cluster(self._world, self._cluster)):
                if event.times[-1] > self._world.now() - events.KEPT:
                    yield _event(number, event)
        if kind.plural == "pods":
            now = self._world.now()
            for run in leftovers.runs(self._world, self._cluster):
                yield {**copy.deepcopy(run.pod), "status": {"phase": run.phase(now)}}


def _kind(plural: str) -> Kind:
    found = kinds.find("", "v1", plural)
    assert found is not None
    return found


def _key(kind: Kind, namespace: str | None, name: str) -> tuple[str, str, str]:
    return kind.qualified, namespace or "", name


def _object(kind: str, name: str, namespace: str | None = None, **parts: Any) -> Object:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **parts}


def _event(number: int, event: Event) -> Object:
    """As the API server keeps it; its name is made up here."""
    first, last = (rfc3339(datetime.fromtimestamp(when, timezone.utc)) for when in (event.times[0], event.times[-1]))
    return _object(
        "Event",
        f"{event.name}.{number:x}",
        event.namespace,
        involvedObject={"kind": event.kind, "namespace": event.namespace, "name": event.name},
        reason=event.reason,
        message=event.message,
        type=event.type,
        source={"component": event.component, **({"host": event.host} if event.host else {})},
        count=len(event.times),
        firstTimestamp=first,
        lastTimestamp=last,
    )


def _reconcile(kept: Object) -> None:
    """Workloads are ready as soon as they are there."""
    spec, generation = kept.get("spec") or {}, kept["metadata"]["generation"]
    if kept["kind"] in ("Deployment", "StatefulSet", "ReplicaSet"):
        replicas = spec.setdefault("replicas", 1)
        counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas)
        kept["status"] = {"observedGeneration": generation, **counts}
    if kept["kind"] == "Pod":
        ready = [{"name": each["name"], "ready": True} for each in spec.get("containers", [])]
        kept["status"] = {"phase": "Running", "conditions": _READY, "containerStatuses": ready}
