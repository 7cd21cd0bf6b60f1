"""The detectors of a cluster ("Diagnose and solve problems"): the list of them, and one detector's answer.

.. code-block:: yaml

    detectors:
      missing: [Etcd]             # not there at all
      failing: [nodeperfcpu]      # answer 500
      insights:
        - of: cluster-dns
          status: Critical        # Warning | Info | Success | None
          message: The name of the API server was not resolved
          data: {Node: "<markdown>{node}</markdown>"}
          apart: false            # true: in a table of its own

``{node}``, ``{pool}`` and ``{cluster}`` in a message or a datum are the first node, its pool and the cluster. The
shapes are those of published answers.
"""

# modelled: what the items of the list of detectors leave out
# proof: `make record`, step detectors
# modelled: the refusals of a time range, whose limits are those that other clients keep to
# proof: `make record`, step detector-long-range

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from tests.simulator.aks import clusters
from tests.simulator.core.responses import arm_error, rp_error
from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.monitor import findings, timespan
from tests.simulator.monitor.findings import Insight

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

Resource = dict[str, Any]

SECTION = "detectors"

_FIXTURE = Path(__file__).parents[1] / "fixtures" / "detectors.yaml"
_PATH = clusters.PATH + "/detectors"
_READ = clusters.ACTION + "detectors/read"
_WIDEST, _OLDEST = timedelta(hours=24), timedelta(days=30)

#: What renders a table: a time series, insights, markdown, a category, the settings of a search.
SERIES, INSIGHTS, MARKDOWN, CATEGORY, SEARCH = 2, 7, 9, 10, 23

_INSIGHT_COLUMNS = ("Status", "Message", "Data.Name", "Data.Value", "Expanded", "Solutions")


class Detector(NamedTuple):
    """What is known of a detector whatever it finds. A category has ``members`` and nothing to say itself."""

    id: str
    name: str
    category: str
    healthy: str = ""
    members: tuple[str, ...] = ()


@cache
def known() -> Mapping[str, Detector]:
    """Every detector there is, by its id in lower case."""
    found: dict[str, Detector] = {}
    for category, given in yaml.safe_load(_FIXTURE.read_text(encoding="utf-8")).items():
        members = tuple(given["detectors"])
        overview = Detector(given["overview"], category, category, members=members)
        single = [Detector(one, name, category, healthy) for one, (name, healthy) in given["detectors"].items()]
        found.update({each.id.lower(): each for each in (overview, *single)})
    return found


def load(world: World, section: Mapping[str, Any] | None) -> None:
    given = section or {}
    lowered = {key: {name.lower() for name in given.get(key, ())} for key in ("missing", "failing")}
    world.state[SECTION] = {**lowered, "insights": list(given.get("insights", ()))}


def _list(world: World, request: Request) -> Response:
    cluster = clusters.find(world, request)
    if cluster is None:
        return clusters.not_found(request)
    there = [each for key, each in known().items() if key not in world.state[SECTION]["missing"]]
    empty: Resource = {"dataset": None, "status": None}
    return Response(200, {"value": [_resource(cluster, each, empty) for each in there]}, source="rp")


def _get(world: World, request: Request) -> Response:
    cluster, wanted, state = clusters.find(world, request), request.params["detector"].lower(), world.state[SECTION]
    if cluster is None:
        return clusters.not_found(request)
    detector = known().get(wanted)
    if detector is None or wanted in state["missing"]:
        return arm_error(404, "NotFound", f"Detector '{request.params['detector']}' was not found.")
    refusal = _wrong_times(world, request)
    if refusal:
        return refusal
    if wanted in state["failing"]:
        return rp_error(500, "InternalServerError", "Encountered exception while running the detector.")
    insights = list(findings.insights(cluster, detector.id, detector.healthy, state["insights"]))
    worst = findings.worst(insights)
    answer = {"dataset": list(_dataset(world, cluster, detector, insights)), "status": _status(worst)}
    return Response(200, _resource(cluster, detector, answer), source="rp")


def _wrong_times(world: World, request: Request) -> Response | None:
    start, end = request.query.get("startTime"), request.query.get("endTime")
    if not start and not end:
        return None
    if not start or not end:
        return _bad_times("startTime and endTime go together.")
    try:
        span = timespan.parse(f"{start}/{end}", world.utc())
    except ValueError:
        return _bad_times("startTime and endTime must be RFC 3339 times.")
    if not timedelta(0) < span.end - span.start <= _WIDEST:
        return _bad_times("The time range must be longer than nothing and at most 24 hours.")
    if span.start < world.utc() - _OLDEST:
        return _bad_times("The time range must lie within the last 30 days.")
    return None


def _bad_times(message: str) -> Response:
    return arm_error(400, "BadRequest", message)


def _dataset(world: World, cluster: Cluster, detector: Detector, insights: Sequence[Insight]) -> Iterator[Resource]:
    if detector.members:
        yield _table(CATEGORY, (), (), detectorIds=list(detector.members), resourceUri="", messageIfCritical=None)
    if detector.id == "snat-usage":
        outbound = cluster.properties["networkProfile"]["outboundType"]
        cells = f"<table>\r\n<tr>\r\n <td> Outbound Type </td>  <td> {outbound} </td>\r\n</tr>\r\n</table>\r\n"
        yield _table(MARKDOWN, ("Markdown",), [[cells]], isContainerNeeded=True)
    together = [each for each in insights if not each.apart]
    for several in (together, *([each] for each in insights if each.apart)):
        if several:
            yield _table(INSIGHTS, _INSIGHT_COLUMNS, [row for each in several for row in _rows(each)])
    if detector.id == "snat-usage":
        # The times of a series have no zone, and its values are numbers.
        since = world.utc() - timedelta(hours=1)
        times = [since + timedelta(minutes=10 * number) for number in range(6)]
        rows = [[f"{when:%Y-%m-%dT%H:%M:%S}", "20.51.4.31-Successful", 60] for when in times]
        yield _table(SERIES, ("TimeStamp", "MetricName", "Total"), rows, graphType=0, metricType=1)
    configuration = '{"MinScoreThreshold":0.3,"MaxResults":10}'
    columns = ("DetectorSearchEnabled", "WebSearchEnabled", "DetectorSearchConfiguration", "WebSearchConfiguration")
    yield _table(SEARCH, columns, [[False, True, configuration, "{}"]])


def _rows(insight: Insight) -> Iterator[list[str]]:
    """One row for each datum, and one without where there is none."""
    for name, value in insight.data or (("", ""),):
        yield [insight.status, insight.message, name, value, str(insight.status != "Success"), "null"]


_TYPES = {"TimeStamp": "DateTime", "Total": "Int32", "DetectorSearchEnabled": "Boolean", "WebSearchEnabled": "Boolean"}


def _table(kind: int, columns: Sequence[str], rows: Sequence[Sequence[Any]], **rendering: Any) -> Resource:
    named = [{"columnName": name, "columnType": None, "dataType": _TYPES.get(name, "String")} for name in columns]
    return {
        "renderingProperties": {"description": None, "isVisible": True, "title": None, "type": kind, **rendering},
        "table": {"columns": named, "rows": [list(row) for row in rows], "tableName": ""},
    }


def _status(number: int) -> Resource:
    return {"message": None, "statusId": number}


def _resource(cluster: Cluster, detector: Detector, found: Resource) -> Resource:
    return {
        "id": f"{cluster.resource['id']}/detectors/{detector.id}",
        "name": detector.id,
        "type": "Microsoft.ContainerService/managedClusters/detectors",
        "location": cluster.spec.location,
        "properties": {
            "appFilter": None,
            "dataProvidersMetadata": None,
            "dataset": found["dataset"],
            "metadata": {
                "analysisType": "",
                "analysisTypes": None,
                "author": "",
                "category": detector.category,
                "description": f"Looks into: {detector.name}",
                "id": detector.id,
                "name": detector.name,
                "score": 0,
                "supportTopicList": [],
                "type": "CategoryOverview" if detector.members else "Detector",
                "typeId": str(uuid.uuid5(uuid.NAMESPACE_OID, detector.id)),
            },
            "status": found["status"],
            "suggestedUtterances": None,
        },
    }


OPERATIONS = (
    Operation("detectors-list", "GET", _PATH, _list, _READ, at="/detectors"),
    Operation("detector-get", "GET", _PATH + "/{detector}", _get, _READ, at="/detectors/"),
)
