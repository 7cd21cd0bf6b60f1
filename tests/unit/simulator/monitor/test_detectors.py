"""Detectors answer in the shapes of published answers, one by one, and say what is true of the cluster."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.simulator.core.direct import Direct
from tests.simulator.core.routing import Response
from tests.simulator.core.world import rfc3339
from tests.simulator.monitor.detectors import CATEGORY, INSIGHTS, MARKDOWN, SEARCH, SERIES

VERSION = "api-version=2024-08-01"
COLUMNS = ["Status", "Message", "Data.Name", "Data.Value", "Expanded", "Solutions"]


def ask(azure: Direct, name: str, more: str = "") -> Response:
    return azure.get(f"{azure.cluster.id}/detectors/{name}?{VERSION}{more}")


def found(azure: Direct, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = ask(azure, name).body["properties"]
    return properties


def tables(properties: dict[str, Any], kind: int) -> list[dict[str, Any]]:
    return [each["table"] for each in properties["dataset"] if each["renderingProperties"]["type"] == kind]


def listed(azure: Direct) -> dict[str, dict[str, Any]]:
    answer = azure.get(f"{azure.cluster.id}/detectors?{VERSION}")
    return {each["name"]: each["properties"]["metadata"] for each in answer.body["value"]}


def test_the_list_names_every_detector_and_the_category_that_it_is_in() -> None:
    names = listed(Direct("healthy"))
    assert len(names) > 30
    assert {"nodes-not-ready-alerts", "cluster-autoscaler-failures", "cluster-dns", "Etcd"} <= set(names)
    assert names["cluster-dns"]["category"] == "Connectivity Issues"
    assert {metadata["type"] for metadata in names.values()} == {"Detector", "CategoryOverview"}


def test_every_detector_of_the_list_answers_and_is_named_by_its_category() -> None:
    azure = Direct("healthy")
    names = listed(azure)
    members: set[str] = set()
    for name, metadata in names.items():
        assert ask(azure, name).status == 200
        if metadata["type"] == "CategoryOverview":
            (overview,) = [
                each["renderingProperties"]
                for each in found(azure, name)["dataset"]
                if each["renderingProperties"]["type"] == CATEGORY
            ]
            members |= set(overview["detectorIds"])
    assert members == {name for name, metadata in names.items() if metadata["type"] == "Detector"}


def test_a_healthy_detector_has_one_row_without_data_and_noise() -> None:
    properties = found(Direct("healthy"), "NodeDiskPressure")
    (table,) = tables(properties, INSIGHTS)
    assert [column["columnName"] for column in table["columns"]] == COLUMNS
    ((status, message, *rest),) = table["rows"]
    assert (status, rest) == ("Success", ["", "", "False", "null"]) and message
    assert properties["status"] == {"message": None, "statusId": 3}
    assert tables(properties, SEARCH)


def test_a_category_says_nothing_itself() -> None:
    properties = found(Direct("healthy"), "aks-category-node-health")
    assert properties["status"]["statusId"] == 4 and not tables(properties, INSIGHTS)


def test_one_insight_spreads_over_rows_with_the_same_message() -> None:
    azure = Direct({"pools": [{"count": 3, "notReady": 2}]})
    properties = found(azure, "nodes-not-ready-alerts")
    (table,) = tables(properties, INSIGHTS)
    assert [row[2] for row in table["rows"]] == ["Nodes", "Count"]
    assert len({(row[0], row[1]) for row in table["rows"]}) == 1
    named = re.findall(r"aks-nodepool1-\w+-vmss\d+", table["rows"][0][3])
    assert len(named) == 2 and table["rows"][0][3].startswith("<markdown>")
    assert properties["status"]["statusId"] == 0


def test_the_scenario_says_what_a_detector_finds() -> None:
    data = {"Node": "<markdown>**{node}**\r\n</markdown>", "Pool": "{pool}"}
    insight = {"of": "NODEPERFCPU", "status": "Warning", "message": "{cluster} is busy", "data": data}
    azure = Direct({"detectors": {"insights": [insight, {**insight, "message": "again", "apart": True}]}})
    properties = found(azure, "nodeperfcpu")
    first, second = tables(properties, INSIGHTS)
    assert [row[:4] for row in first["rows"]] == [
        ["Warning", "c1 is busy", "Node", "<markdown>**aks-nodepool1-24680135-vmss000000**\r\n</markdown>"],
        ["Warning", "c1 is busy", "Pool", "nodepool1"],
    ]
    assert second["rows"][0][1] == "again"
    assert properties["status"]["statusId"] == 1


def test_a_table_of_pools_names_those_too_that_nothing_is_wrong_with() -> None:
    azure = Direct({"pools": [{}, {"name": "work", "mode": "User", "provisioning": "Failed"}]})
    (table,) = tables(found(azure, "ProvisioningStatusNodePool"), INSIGHTS)
    assert {row[0] for row in table["rows"]} == {"Warning"}
    cells = dict(row[2:4] for row in table["rows"])["Node Pools"]
    assert "<td> nodepool1 </td>\r\n<td> 1 </td>\r\n<td> Succeeded </td>" in cells and "<td> Failed </td>" in cells
    (table,) = tables(found(Direct("healthy"), "ProvisioningStatusNodePool"), INSIGHTS)
    assert {row[0] for row in table["rows"]} == {"Success"}


def test_one_detector_may_fail_and_another_be_missing() -> None:
    azure = Direct({"detectors": {"failing": ["nodeperfcpu"], "missing": ["Etcd"]}})
    assert ask(azure, "nodeperfcpu").status == 500 and ask(azure, "NodeDiskPressure").status == 200
    assert ask(azure, "Etcd").status == 404 and "Etcd" not in listed(azure)


def test_ports_come_with_markdown_and_a_series_of_numbers() -> None:
    properties = found(Direct("healthy"), "snat-usage")
    assert "<table>" in tables(properties, MARKDOWN)[0]["rows"][0][0]
    assert isinstance(tables(properties, SERIES)[0]["rows"][0][2], int)


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        (timedelta(hours=24), timedelta(0), 200),
        (timedelta(days=29), timedelta(days=28, hours=1), 200),
        (timedelta(hours=25), timedelta(0), 400),
        (timedelta(hours=1), timedelta(hours=1), 400),
        (timedelta(days=31), timedelta(days=30, hours=12), 400),
        (timedelta(hours=1), None, 400),
        (None, timedelta(0), 400),
    ],
)
def test_times_are_both_there_near_and_close_together(
    start: timedelta | None, end: timedelta | None, status: int
) -> None:
    azure = Direct("healthy")
    named = {"startTime": start, "endTime": end}
    now = azure.world.utc()
    more = "".join(f"&{name}={rfc3339(now - ago)}" for name, ago in named.items() if ago is not None)
    assert ask(azure, "cluster-dns", more).status == status


def test_detectors_need_their_right() -> None:
    azure = Direct({"access": {"assignments": ["Azure Kubernetes Service Cluster User Role"]}})
    assert "managedClusters/detectors/read" in ask(azure, "cluster-dns").body["error"]["message"]
    assert azure.get(f"{azure.cluster.id}/detectors?{VERSION}").status == 403
