"""Nodes and command pods as Azure Monitor saw them minutes ago: platform metrics, collected for every cluster.

No data is not zero: a metric that counts something is simply absent where there was nothing to count, and which
metrics a cluster emits differs. So everything here may be missing without meaning anything.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from azext_aksinvokefix import api_versions, shapes
from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.evidence.reading import concurrently, refused
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.nodes.metrics import CommandPod, Metrics, Node

SOURCE = "platform metrics"
NEEDS = ("Microsoft.Insights/metrics/read",)

CONDITION = "kube_node_status_condition"
PHASE = "kube_pod_status_phase"
CPU = "kube_node_status_allocatable_cpu_cores"
MEMORY = "kube_node_status_allocatable_memory_bytes"
UNSCHEDULABLE = "cluster_autoscaler_unschedulable_pods_count"

#: Metrics lag about a minute; the window leaves room for late points.
_WINDOW = timedelta(minutes=10)
#: Without it Azure Monitor answers with the first ten combinations of dimension values only.
_TOP = "10000"
_CONDITIONS = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
_AGGREGATIONS = ("average", "maximum", "total", "minimum", "count")
_BAD_REQUEST = (400, 404)


@dataclass(frozen=True)
class _Query:
    """Metrics that split by the same dimensions and so fit into one request."""

    names: tuple[str, ...]
    filter: str = ""

    def split(self) -> list[_Query]:
        return [_Query((name,), self.filter) for name in self.names]


_QUERIES = (
    _Query((CONDITION,), "condition eq '*' and status eq '*' and status2 eq '*' and node eq '*'"),
    _Query((PHASE,), "phase eq '*' and namespace eq 'aks-command' and pod eq '*'"),
    _Query((CPU, MEMORY, UNSCHEDULABLE)),
)


@dataclass(frozen=True)
class Series:
    """One metric for one combination of dimension values; ``at`` and ``value`` are of its newest point with data."""

    metric: str
    dimensions: Mapping[str, str]
    at: datetime
    value: float


def read_metrics(arm: Arm, cluster_id: str, now: datetime) -> Item:
    """The Metrics of the last minutes."""

    def ask(query: _Query) -> list[Series] | ArmError:
        try:
            return _ask(arm, cluster_id, now, query)
        except ArmError as error:
            return error

    answers = concurrently(ask, _QUERIES)
    read = [series for answer in answers if not isinstance(answer, ArmError) for series in answer]
    errors = [answer for answer in answers if isinstance(answer, ArmError)]
    if errors and not read:
        return refused(SOURCE, NEEDS, errors[0])
    return Item(value=summary(read), source=SOURCE)


def _ask(arm: Arm, cluster_id: str, now: datetime, query: _Query) -> list[Series]:
    """The series of a query. One metric that a cluster does not have fails the whole request: then each is asked for
    alone, and those that are refused have no data."""
    try:
        return series(_fetch(arm, cluster_id, now, query))
    except ArmError as error:
        if error.status not in _BAD_REQUEST:
            raise
    if len(query.names) == 1:
        return []
    return [found for part in query.split() for found in _ask(arm, cluster_id, now, part)]


def _fetch(arm: Arm, cluster_id: str, now: datetime, query: _Query) -> Any:
    parameters = {
        "metricnames": ",".join(query.names),
        "timespan": f"{now - _WINDOW:%Y-%m-%dT%H:%M:%SZ}/{now:%Y-%m-%dT%H:%M:%SZ}",
        "interval": "PT1M",
        "aggregation": "Average,Maximum",
    }
    if query.filter:
        parameters.update({"$filter": query.filter, "top": _TOP})
    return arm.get(f"{cluster_id}/providers/Microsoft.Insights/metrics", api_versions.METRICS, **parameters)


def series(body: Any) -> list[Series]:
    """The series of a metrics response that have any data."""
    found = []
    for metric in shapes.mappings(shapes.dig(body, "value")):
        name = shapes.text(shapes.dig(metric, "name", "value")).lower()
        for element in shapes.mappings(metric.get("timeseries")):
            newest = _newest(shapes.mappings(element.get("data")))
            if newest:
                found.append(Series(name, _dimensions(element), *newest))
    return found


def _dimensions(element: Mapping[str, Any]) -> dict[str, str]:
    return {
        shapes.text(shapes.dig(entry, "name", "value")).lower(): shapes.text(entry.get("value"))
        for entry in shapes.mappings(element.get("metadatavalues"))
    }


def _newest(points: Iterable[Mapping[str, Any]]) -> tuple[datetime, float] | None:
    dated = [(shapes.time(point.get("timeStamp")), _value(point)) for point in points]
    known = [(at, value) for at, value in dated if at is not None and value is not None]
    return max(known, default=None)


def _value(point: Mapping[str, Any]) -> float | None:
    values = (shapes.number(point.get(name)) for name in _AGGREGATIONS)
    return next((value for value in values if value is not None), None)


def summary(found: Iterable[Series]) -> Metrics:
    """What the series say."""
    by_metric: dict[str, list[Series]] = defaultdict(list)
    for one in found:
        by_metric[one.metric].append(one)
    unschedulable = _latest(by_metric[UNSCHEDULABLE])
    return Metrics(
        nodes=_nodes(by_metric[CONDITION]),
        command_pods=_command_pods(by_metric[PHASE]),
        unschedulable=None if unschedulable is None else math.ceil(unschedulable),
        allocatable_cpu=_latest(by_metric[CPU]),
        allocatable_memory=_latest(by_metric[MEMORY]),
    )


def _latest(found: list[Series]) -> float | None:
    """The value of the newest minute, summed over what the metric may be split by."""
    if not found:
        return None
    newest = max(one.at for one in found)
    return sum(one.value for one in found if one.at == newest)


def _current(found: Iterable[Series], key: Callable[[Series], str]) -> dict[str, list[Series]]:
    """The series that count something, for each key those of its newest minute only: the rest is history."""
    grouped: dict[str, list[Series]] = defaultdict(list)
    for one in found:
        if one.value > 0 and key(one):
            grouped[key(one)].append(one)
    return {name: [one for one in group if one.at == max(o.at for o in group)] for name, group in grouped.items()}


def _nodes(found: list[Series]) -> tuple[Node, ...]:
    nodes: dict[str, Node] = {}
    for condition in _CONDITIONS:
        matching = [one for one in found if shapes.same(one.dimensions.get("condition"), condition)]
        for name, states in _current(matching, lambda one: one.dimensions.get("node", "")).items():
            nodes[name] = _with(nodes.get(name, Node(name)), condition, states)
    return tuple(sorted(nodes.values(), key=lambda node: node.name))


def _with(node: Node, condition: str, states: list[Series]) -> Node:
    """The node with what its newest minute says of one condition."""
    words = [one.dimensions.get("status", "").lower() for one in states]
    if condition != "Ready":
        return replace(node, pressures=(*node.pressures, condition)) if "true" in words else node
    if all(word == "true" for word in words):
        return replace(node, ready=True)
    return replace(node, ready=False, reason=_reason(states))


def _reason(states: list[Series]) -> str:
    bad = next(one for one in states if one.dimensions.get("status", "").lower() != "true")
    if bad.dimensions.get("status", "").lower() == "unknown":
        return "the node stopped reporting"
    return bad.dimensions.get("status2") or "NotReady"


def _command_pods(found: list[Series]) -> tuple[CommandPod, ...]:
    pods = [one for one in found if shapes.same(one.dimensions.get("namespace", "aks-command"), "aks-command")]
    current = _current(pods, lambda one: one.dimensions.get("pod", ""))
    return tuple(
        CommandPod(name, states[0].dimensions.get("phase", ""))
        for name, states in sorted(current.items())
        if name.startswith("command-")
    )
