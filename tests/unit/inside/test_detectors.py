"""What AKS's detectors say: which are asked, and what their tables come to."""

from __future__ import annotations

from typing import Any

import pytest

from azext_aksinvokefix.inside import detectors
from azext_aksinvokefix.inside.detectors import MOST, Insight, Topic

NOT_READY = "nodes-not-ready-alerts"


def listed(name: str, title: str = "", kind: str = "Detector") -> dict[str, Any]:
    return {"name": name, "properties": {"metadata": {"id": name, "name": title, "type": kind}}}


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("nodes-not-ready-alerts", "nodes"),
        ("NodeMemoryPressure", "pressure"),
        ("node-pid-pressure-alerts", "pressure"),
        ("nodeperfcpu", "pressure"),
        ("cluster-autoscaler-failures", "autoscaler"),
        ("ProvisioningStatusNodePool", "autoscaler"),
        ("pod-subnet-full", "addresses"),
        ("private-cluster-dns", "network"),
        ("user-defined-routing", "network"),
        ("snat-usage", "network"),
        ("aks-service-impacting-issues", "service"),
        ("Etcd", "service"),
        ("certificates", None),
        ("best-practices-deprecations", None),
    ],
)
def test_a_detector_is_told_by_the_words_in_its_id(name: str, topic: Topic | None) -> None:
    assert detectors.topic_of(listed(name)) == topic


def test_a_page_of_detectors_is_none_of_them() -> None:
    assert detectors.topic_of(listed("node-health", kind="CategoryOverview")) is None


def test_only_those_of_a_topic_are_asked_and_never_very_many() -> None:
    found = detectors.worth_asking([listed(f"dns-{number}") for number in range(40)], ["network"])
    assert len(found) == MOST
    assert detectors.worth_asking([listed("dns"), listed("Etcd"), listed("")], ["service"]) == [("Etcd", "service")]


def answer(*rows: tuple[Any, ...], kind: Any = 7, columns: tuple[str, ...] = ()) -> dict[str, Any]:
    names = columns or ("Status", "Message", "Data.Name", "Data.Value", "Expanded", "Solutions")
    table = {"columns": [{"columnName": name} for name in names], "rows": [list(row) for row in rows]}
    return {"properties": {"dataset": [{"renderingProperties": {"type": kind}, "table": table}]}}


def test_the_rows_of_one_message_are_one_insight() -> None:
    (found,) = detectors.insights(
        answer(
            (
                "Critical",
                "Not ready",
                "Node",
                "<markdown>**aks-np1-1**\r\n<br/>twice</markdown>",
                "1",
                "null",
            ),
            ("Critical", "Not ready", "Since", "10:00", "1", "null"),
            ("Success", "All pods run", "", "null", "0", "null"),
        ),
        NOT_READY,
        "nodes",
    )
    assert (found.critical, found.message) == (True, "Not ready")
    assert found.details == ("Node: **aks-np1-1** twice", "Since: 10:00")
    assert str(found) == "Critical: Not ready; Node: **aks-np1-1** twice; Since: 10:00"


@pytest.mark.parametrize("status", ["Success", "Info", "None", "", "null"])
def test_what_is_in_order_is_no_insight(status: str) -> None:
    assert detectors.insights(answer((status, "x", "", "", "", "")), NOT_READY, "nodes") == []


@pytest.mark.parametrize("kind", [2, 9, 10, 23, None])
def test_tables_that_hold_no_insights_are_left_out(kind: Any) -> None:
    assert detectors.insights(answer(("Critical", "x", "", "", "", ""), kind=kind), NOT_READY, "nodes") == []


@pytest.mark.parametrize(
    "odd",
    [None, [], {}, {"properties": []}, {"properties": {"dataset": [1, {"table": 2}]}}, answer((1, 2), columns=("a",))],
)
def test_an_answer_of_any_shape_is_taken(odd: Any) -> None:
    assert detectors.insights(odd, NOT_READY, "nodes") == []


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("Node aks-np1-123-vmss000000 is down", "np1"),
        ("Pool NP1 is full", "np1"),
        ("Pool np10 is full", ""),
        ("snp1 and xnp1y are full, np1", "np1"),
        ("nothing", ""),
    ],
)
def test_a_thing_is_named_as_a_word_of_its_own(said: str, named: str) -> None:
    assert Insight("d", "nodes", True, said).names(["np1"]) == named


def test_hostile_words_are_neutral_and_cut() -> None:
    (found,) = detectors.insights(
        answer(("Warning", "\x1b[31m" + "x" * 5000, "::error::", "a\n##vso[task.complete]b", "", "")), "d\x1b", "nodes"
    )
    assert "\x1b" not in str(found) and "\n" not in str(found) and "##vso[" not in str(found) and len(str(found)) < 700
