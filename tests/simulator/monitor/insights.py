"""Platform metrics of a cluster, as Azure Monitor answers for them.

.. code-block:: yaml

    metrics:
      emits: [kube_node_status_condition]   # by default all that are known here
      lag: 0                                # seconds that the newest point is behind
      values: {cluster_autoscaler_unschedulable_pods_count: 3}   # in place of what the world says

A point without data is a bare time stamp, a combination of dimension values that never had any is no series at all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.simulator.aks import clusters
from tests.simulator.aks.clusters import Cluster
from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.core.world import rfc3339
from tests.simulator.monitor.metrics import METRICS, Metric, Series

if TYPE_CHECKING:
    from tests.simulator.core.world import World

Resource = dict[str, Any]

SECTION = "metrics"

NAMESPACE = "Microsoft.ContainerService/managedClusters"

#: How many series a query gets that does not say (documented).
_TOP = 10

_AGGREGATIONS = ("average", "minimum", "maximum", "total", "count")
_CLAUSE = re.compile(r"(\w+)\s+eq\s+'([^']*)'", re.IGNORECASE)
_PROVIDER = clusters.PATH + "/providers/Microsoft.Insights/"


def load(world: World, section: Mapping[str, Any] | None) -> None:
    given = section or {}
    emits = [name.lower() for name in given.get("emits", METRICS)]
    world.state[SECTION] = {"emits": emits, "lag": given.get("lag", 0), "values": given.get("values", {})}


def _metrics(world: World, request: Request) -> Response:
    cluster = clusters.find(world, request)
    if cluster is None:
        return clusters.not_found(request)
    names = [name.strip() for name in request.query.get("metricnames", "").split(",") if name.strip()]
    unknown = next((name for name in names if name.lower() not in METRICS), None)
    if unknown:
        return _bad_request(
            "Failed to find metric configuration for provider: Microsoft.ContainerService, resource Type: "
            f"managedClusters, metric: {unknown}, Valid metrics: {','.join(METRICS)}"
        )
    wanted = _wanted(request.query.get("$filter", ""))
    foreign = [name for name in names for dimension in wanted if dimension not in METRICS[name.lower()].dimensions]
    if foreign:
        return _bad_request(
            f"Metric: {foreign[0]} does not support requested dimension combination: {','.join(wanted)}"
        )
    return Response(200, _answer(world, cluster, request, names, wanted))


def _bad_request(message: str) -> Response:
    return Response(400, {"code": "BadRequest", "message": message})


def _wanted(text: str) -> dict[str, set[str]]:
    """The dimensions of a filter and the values asked for; ``*`` splits by all of them."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for name, value in _CLAUSE.findall(text):
        wanted[name.lower()].add(value.lower())
    return wanted


def _answer(
    world: World, cluster: Cluster, request: Request, names: Iterable[str], wanted: Mapping[str, set[str]]
) -> Resource:
    timespan = request.query.get("timespan") or _last_hour(world)
    return {
        "cost": 0,
        "timespan": timespan,
        "interval": request.query.get("interval", "PT1M"),
        "value": [_metric(world, cluster, request, name.lower(), wanted, timespan) for name in names],
        "namespace": NAMESPACE,
        "resourceregion": cluster.resource["location"],
    }


def _last_hour(world: World) -> str:
    return f"{rfc3339(world.utc() - timedelta(hours=1))}/{rfc3339(world.utc())}"


def _metric(
    world: World, cluster: Cluster, request: Request, name: str, wanted: Mapping[str, set[str]], timespan: str
) -> Resource:
    metric, top = METRICS[name], int(request.query.get("top", _TOP))
    found = _split(_values(world, cluster, name, metric), wanted)[:top]
    asked = [a.strip().lower() for a in request.query.get("aggregation", "Average").split(",")]
    times = _times(timespan, world.utc() - timedelta(seconds=world.state[SECTION]["lag"]))
    return {
        "id": f"{cluster.id}/providers/Microsoft.Insights/metrics/{name}",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": name, "localizedValue": name},
        "unit": metric.unit,
        "timeseries": [_timeseries(series, times, [a for a in _AGGREGATIONS if a in asked]) for series in found],
        "errorCode": "Success",
    }


def _values(world: World, cluster: Cluster, name: str, metric: Metric) -> list[Series]:
    state = world.state[SECTION]
    if name not in state["emits"]:
        return []
    if name in state["values"]:
        return [Series({}, float(state["values"][name]))]
    return list(metric.series(world, cluster))


def _split(found: Iterable[Series], wanted: Mapping[str, set[str]]) -> list[Series]:
    """The series by the dimensions of the filter; values of the dimensions that it leaves out are added up."""
    sums: dict[tuple[tuple[str, str], ...], float] = defaultdict(float)
    for series in found:
        if all(values & {"*", series.dimensions.get(name, "").lower()} for name, values in wanted.items()):
            sums[tuple((name, series.dimensions.get(name, "")) for name in wanted)] += series.value
    return [Series(dict(dimensions), value) for dimensions, value in sums.items()]


def _times(timespan: str, newest: datetime) -> list[datetime]:
    """The full minutes of a timespan up to the newest for which there is data."""
    start, end = (datetime.fromisoformat(edge.replace("Z", "+00:00")) for edge in timespan.split("/"))
    last = min(end, newest).replace(second=0, microsecond=0)
    count = max(0, int((last - start).total_seconds() // 60))
    return [last - timedelta(minutes=count - number) for number in range(count + 1)] if last >= start else []


def _timeseries(series: Series, times: list[datetime], aggregations: list[str]) -> Resource:
    """The value is of now: the minutes before the newest have no data."""
    data = [{"timeStamp": rfc3339(time)} for time in times[:-1]]
    newest: list[Resource] = [
        {"timeStamp": rfc3339(t), **dict.fromkeys(aggregations, series.value)} for t in times[-1:]
    ]
    values = [
        {"name": {"value": name, "localizedValue": name}, "value": value} for name, value in series.dimensions.items()
    ]
    return {"metadatavalues": values, "data": [*data, *newest]}


def _definitions(world: World, request: Request) -> Response:
    emitted = {name: metric for name, metric in METRICS.items() if name in world.state[SECTION]["emits"]}
    return Response(200, {"value": [_definition(request, name, metric) for name, metric in emitted.items()]})


def _definition(request: Request, name: str, metric: Metric) -> Resource:
    resource = request.path[: request.path.lower().rindex("/providers/microsoft.insights")]
    return {
        "id": f"{resource}/providers/microsoft.insights/metricdefinitions/{name}",
        "resourceId": resource,
        "namespace": NAMESPACE,
        "name": {"value": name, "localizedValue": name},
        "isDimensionRequired": False,
        "unit": metric.unit,
        "primaryAggregationType": "Average",
        "dimensions": [{"value": dimension, "localizedValue": dimension} for dimension in metric.dimensions],
    }


OPERATIONS = (
    Operation(
        "metrics",
        "GET",
        _PROVIDER + "metrics",
        _metrics,
        "Microsoft.Insights/metrics/read",
        at="/providers/Microsoft.Insights/",
    ),
    Operation(
        "metric-definitions",
        "GET",
        _PROVIDER + "metricDefinitions",
        _definitions,
        "Microsoft.Insights/metricDefinitions/read",
        at="/providers/Microsoft.Insights/",
    ),
)
