"""What the agent of Container Insights sends of a cluster: its events, pods and nodes, as rows of their tables.

It looks once a minute (documented). Its first look falls on the moment at which something happens, and what is older
than an hour has a row in a quarter of an hour only, to keep the tables small. ``when`` is the time of a row.
"""

# modelled: how many rows the agent sends of what lasts
# proof: `make record`, step logs-cluster, and the rows of KubePodInventory of one pod

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tests.simulator.aks.runs import Run
from tests.simulator.cluster import events, pods, scheduling
from tests.simulator.cluster.events import Event
from tests.simulator.core.kql import Row
from tests.simulator.monitor import workspaces
from tests.simulator.monitor.workspaces import Logs

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

_LOOK, _HOUR, _DAY = 60.0, 3600.0, 86400.0


def _sending(world: World, logs: Logs) -> list[Cluster]:
    return workspaces.senders(world, logs) if logs.is_sent else []


def agent_id(cluster: Cluster) -> str:
    """The cluster's id in the letters that its agent was given, not those of a request."""
    return str(cluster.resource["id"])


def events_of(world: World, logs: Logs) -> Iterator[Row]:
    for cluster in _sending(world, logs):
        agent = next((node.name for node in scheduling.nodes(cluster) if node.is_ready), "")
        for event in events.of_cluster(world, cluster):
            wanted = logs.given.get("normal") or event.type != events.NORMAL
            if wanted and logs.collects(event.namespace):
                yield from _looked_at(world, event, agent_id(cluster), event.host or agent)
    for cluster_id, event in _written(world, logs):
        yield from _looked_at(world, event, cluster_id, event.host)


def _looked_at(world: World, event: Event, cluster: str, computer: str) -> Iterator[Row]:
    """An event comes again whenever the agent finds that its count has grown."""
    first = event.times[0]
    looks = itertools.groupby(enumerate(event.times, start=1), key=lambda time: -(-(time[1] - first) // _LOOK))
    for look, found in looks:
        count, last = list(found)[-1]
        yield {
            "when": world.utc(first + look * _LOOK),
            "ClusterId": cluster,
            "Computer": computer,
            "Namespace": event.namespace,
            "Name": event.name,
            "ObjectKind": event.kind,
            "Reason": event.reason,
            "Message": event.message,
            "KubeEventType": event.type,
            "SourceComponent": event.component,
            "FirstSeen": world.utc(first),
            "LastSeen": world.utc(last),
            "Count": float(count),
        }


def _written(world: World, logs: Logs) -> Iterator[tuple[str, Event]]:
    """The events of the scenario, with the cluster of each."""
    for given in logs.given.get("events", ()):
        for cluster in workspaces.senders(world, logs):
            of_each = given.get("name") == "{pod}"
            about = [(pods.name(run.id), run.submitted_at) for run in events.runs(world, cluster)] if of_each else []
            where = str(given.get("cluster") or agent_id(cluster))
            yield from ((where, _event(given, name, last)) for name, last in about)
            if not of_each:
                last = world.state[workspaces.SECTION]["loaded"] - 60 * given.get("minutesAgo", 0)
                yield where, _event(given, given.get("name", ""), last)
                break


def _event(given: Mapping[str, Any], name: str, last: float) -> Event:
    """What happened several times did so once a minute."""
    count = int(given.get("count", 1))
    return Event(
        namespace=given.get("namespace", pods.NAMESPACE),
        name=name,
        reason=given.get("reason", "Failed"),
        message=given.get("message", "").replace("{pod}", name),
        times=tuple(last - _LOOK * (count - 1 - number) for number in range(count)),
        type=given.get("type", events.WARNING),
        component=given.get("component", "kubelet"),
        host=given.get("host", ""),
        kind=given.get("kind", "Pod"),
    )


def pods_of(world: World, logs: Logs) -> Iterator[Row]:
    """A row for each container and minute, as long as the pod is there."""
    # modelled: a command pod has rows in KubePodInventory for a day at most
    # proof: the rows of one command pod, read a day after it ran
    for cluster in _sending(world, logs) if logs.collects(pods.NAMESPACE) else ():
        for run in events.runs(world, cluster):
            for when in _looks(world, run.submitted_at, run.deleted_at):
                yield from _containers(world, cluster, run, when)


def _looks(world: World, since: float, until: float | None = None) -> Iterator[float]:
    now = world.now() if until is None else until
    when = max(since, now - _DAY)
    while when <= now:
        yield when
        when += _LOOK if now - when <= _HOUR else 15 * _LOOK


def _containers(world: World, cluster: Cluster, run: Run, when: float) -> Iterator[Row]:
    # The look that falls on a pod's first moment sees what the scheduler makes of it.
    placed = run.node is not None and run.placed_at - when < 1
    phase = run.phase(when)
    for container in (*run.pod["spec"].get("initContainers", ()), *run.pod["spec"]["containers"]):
        status, reason = _container_state(run, phase, placed)
        yield {
            "when": world.utc(when),
            "ClusterId": agent_id(cluster),
            "Computer": run.node if placed else "",
            "Namespace": pods.NAMESPACE,
            "Name": pods.name(run.id),
            "PodUid": pods.uid(run.id),
            "PodStatus": phase,
            "ContainerName": f"{pods.uid(run.id)}/{container['name']}",
            "ContainerStatus": status,
            "ContainerStatusReason": reason,
            "PodCreationTimeStamp": world.utc(run.submitted_at),
            "PodStartTime": world.utc(run.placed_at) if placed else None,
            "PodRestartCount": 0.0,
        }


_ENDED = {"Succeeded": ("Terminated", "Completed"), "Failed": ("Terminated", "Error"), "Running": ("Running", "")}
#: The service spells one of them in its own way.
_KUBELET = {"ImagePullBackoff": "ImagePullBackOff", "Init:CrashLoopBackOff": "CrashLoopBackOff"}


def _container_state(run: Run, phase: str, placed: bool) -> tuple[str, str]:
    # modelled: all containers of a pod are in the state of the one that matters
    # proof: the rows of KubePodInventory of a command pod in an Entra cluster
    if phase in _ENDED:
        return _ENDED[phase]
    reason = (run.reason or "ContainerCreating") if placed else ""
    return ("Waiting", _KUBELET.get(reason, reason)) if placed else ("", "")


def nodes_of(world: World, logs: Logs) -> Iterator[Row]:
    """What is true of the nodes now was always so."""
    # modelled: the rows of a node do not change with its past
    # proof: the rows of KubeNodeInventory of a node that became NotReady
    for cluster in _sending(world, logs):
        for node, when in itertools.product(scheduling.nodes(cluster), list(_looks(world, 0.0))):
            yield {
                "when": world.utc(when),
                "ClusterId": agent_id(cluster),
                "Computer": node.name,
                "Status": "Ready" if node.is_ready else "",
                "Labels": json.dumps([{"agentpool": node.pool, "kubernetes.io/os": node.os.lower()}]),
                "KubeletVersion": "v1.32.6",
                "LastTransitionTimeReady": world.utc(world.now() - _DAY),
                "CreationTimeStamp": world.utc(world.now() - 30 * _DAY),
            }
