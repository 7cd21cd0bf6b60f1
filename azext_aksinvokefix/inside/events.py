"""Events, pods and nodes as Container Insights kept them: the words of the scheduler, the kubelet and the controllers.

Unless a cluster is told otherwise, it collects only events that are not Normal, once a minute, and they can be asked
for minutes later. So an event says what happened, and no event says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from azext_aksinvokefix.cluster import COMMAND_NAMESPACE
from azext_aksinvokefix.lifecycle import Failure
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import dig, items, mappings, number, same, text
from azext_aksinvokefix.shapes import time as time_of

EVENTS, PODS, NODES = "KubeEvents", "KubePodInventory", "KubeNodeInventory"

#: The service names the pod of a command after the command.
_POD = "command-"
#: A volume of every pod is asked for before the cluster knows its content; the next try finds it.
_NOISE = ("kube-root-ca.crt", "not registered")
_LONGEST_WORDS = 400


@dataclass(frozen=True)
class Event:
    """What happened to a pod: ``count`` times until ``last``, in the cluster's own words."""

    pod: str
    reason: str
    message: str
    count: int = 1
    last: datetime | None = None

    @property
    def is_noise(self) -> bool:
        return all(word in self.message for word in _NOISE)

    def __str__(self) -> str:
        words = one_line(f"{self.reason}: {self.message}")
        cut = words if len(words) <= _LONGEST_WORDS else words[:_LONGEST_WORDS] + "…"
        times = f", {self.count} times" if self.count > 1 else ""
        until = f", last {self.last:%H:%M} UTC" if self.last else ""
        return f"{one_line(self.pod)}: {cut}" + (f" ({(times + until)[2:]})" if times or until else "")


@dataclass(frozen=True)
class Pod:
    """A command pod as it was last seen: ``node`` is empty while it has none, ``waits_for`` why a container waits."""

    name: str
    phase: str
    node: str
    waits_for: str = ""

    def __str__(self) -> str:
        where = f"on node {self.node}" if self.node else "on no node"
        return one_line(", ".join(each for each in (f"{self.name}: {self.phase}", where, self.waits_for) if each))


@dataclass(frozen=True)
class Inside:
    """What a workspace holds of one cluster; all empty when it holds nothing. ``partial`` says why some is missing.

    ``conditions`` are those that are true of a node, by its name in lower case, as in ``Ready,MemoryPressure``.
    """

    events: tuple[Event, ...] = ()
    pods: tuple[Pod, ...] = ()
    conditions: Mapping[str, str] | None = None
    partial: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.events or self.pods)

    def of(self, pod: str) -> tuple[Event, ...]:
        """The events of a pod, the newest first."""
        return tuple(event for event in self.events if same(event.pod, pod))

    def others(self, pod: str) -> tuple[Event, ...]:
        """Those of other command pods."""
        return tuple(event for event in self.events if not same(event.pod, pod))

    def pod(self, name: str) -> Pod | None:
        return next((pod for pod in self.pods if same(pod.name, name)), None)

    def is_ready(self, node: str) -> bool | None:
        """Whether a node was ready when it was last seen; None where it was not."""
        known = (self.conditions or {}).get(node.casefold())
        return None if known is None else any(same(one.strip(), "Ready") for one in known.split(","))


def pod_name(command_id: str) -> str:
    """The name of a command's pod."""
    return f"{_POD}{command_id}"


def pod_of(failure: Failure | None) -> str:
    """The name of the pod that failed; empty where nothing tells."""
    facts = failure.facts if failure else {}
    command_id = text(facts.get("commandId"))
    return text(facts.get("pod")) or (pod_name(command_id) if command_id else "")


def of_command(failure: Failure, command_id: str | None) -> Failure:
    """The failure of a command whose id is known, even where its text does not name it."""
    return replace(failure, facts={**failure.facts, "pod": pod_name(command_id)}) if command_id else failure


def inside(answer: Any, cluster_id: str) -> Inside:
    """What an answer of Log Analytics tells of the cluster; rows of anything else are left out."""
    rows = [row for row in _rows(answer) if _is_of(row, cluster_id)]
    rows.sort(key=_stamp, reverse=True)
    error = one_line(text(dig(answer, "error", "message")) or text(dig(answer, "error", "code")))
    return Inside(
        events=_events(row for row in rows if _table(row) == EVENTS),
        pods=_pods(row for row in rows if _table(row) == PODS),
        conditions=_conditions(row for row in rows if _table(row) == NODES),
        partial=error,
    )


def _rows(answer: Any) -> Iterable[Mapping[str, Any]]:
    for table in mappings(dig(answer, "tables")):
        names = [text(column.get("name")) for column in mappings(table.get("columns"))]
        for row in items(table.get("rows")):
            if isinstance(row, (list, tuple)) and len(row) == len(names):
                yield dict(zip(names, row))


def _is_of(row: Mapping[str, Any], cluster_id: str) -> bool:
    """Whether a row is about a command pod, or a node, of this cluster: a workspace is shared by many."""
    owner, namespace = row.get("ClusterId"), row.get("Namespace")
    elsewhere = isinstance(owner, str) and bool(owner) and not same(owner, cluster_id)
    other_namespace = isinstance(namespace, str) and bool(namespace) and not same(namespace, COMMAND_NAMESPACE)
    return not elsewhere and (not other_namespace or _table(row) == NODES)


def _table(row: Mapping[str, Any]) -> str:
    """The table a row comes from, which each of them says of itself."""
    named = text(row.get("Type"))
    if named:
        return named
    return EVENTS if row.get("Reason") else PODS if row.get("PodStatus") else NODES


def _stamp(row: Mapping[str, Any]) -> float:
    moment = time_of(row.get("LastSeen")) or time_of(row.get("TimeGenerated"))
    return moment.timestamp() if moment else 0.0


def _events(rows: Iterable[Mapping[str, Any]]) -> tuple[Event, ...]:
    """Each event once: it is written again whenever its count grows."""
    found: dict[tuple[str, str, str], Event] = {}
    for row in rows:
        kind = row.get("ObjectKind")
        name = text(row.get("Name"))
        if not name.casefold().startswith(_POD) or (isinstance(kind, str) and kind and not same(kind, "Pod")):
            continue
        moment = time_of(row.get("LastSeen")) or time_of(row.get("TimeGenerated"))
        event = Event(name, text(row.get("Reason")), text(row.get("Message")), _count(row), moment)
        found.setdefault((name.casefold(), event.reason, event.message), event)
    return tuple(event for event in found.values() if not event.is_noise)


def _count(row: Mapping[str, Any]) -> int:
    return max(int(number(row.get("Count")) or 1), 1)


def _pods(rows: Iterable[Mapping[str, Any]]) -> tuple[Pod, ...]:
    """Each pod as its newest rows show it, a row a container: what one of them waits for is what the pod waits for."""
    newest: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        name = text(row.get("Name"))
        if name.casefold().startswith(_POD):
            newest.setdefault(name, []).append(row)
    return tuple(_pod(name, rows) for name, rows in newest.items())


def _pod(name: str, rows: list[Mapping[str, Any]]) -> Pod:
    last = [row for row in rows if _stamp(row) == _stamp(rows[0])]
    waits = next((text(row.get("ContainerStatusReason")) for row in last if row.get("ContainerStatusReason")), "")
    return Pod(name, text(last[0].get("PodStatus")), text(last[0].get("Computer")), waits)


def _conditions(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows:
        if row.get("Computer"):
            found.setdefault(text(row.get("Computer")).casefold(), text(row.get("Status")))
    return found
