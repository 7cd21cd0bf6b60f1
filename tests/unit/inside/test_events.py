"""What the rows of Log Analytics tell of a command pod: its own, once each, and no other cluster's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from azext_aksinvokefix.inside.events import Event, Inside, Pod, inside, of_command, pod_of
from tests.data.evidence import CLUSTER_ID, COMMAND, START_TIMEOUT, failure

POD = f"command-{COMMAND}"


def table(*rows: Mapping[str, Any]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [{"name": name, "type": "string"} for name in names]
    return {"name": "PrimaryResult", "columns": columns, "rows": [[row.get(name) for name in names] for row in rows]}


def read(*rows: Mapping[str, Any], **more: Any) -> Inside:
    return inside({"tables": [table(*rows)], **more}, CLUSTER_ID)


def event(message: str = "0/1 nodes are available: 1 Insufficient cpu.", **more: Any) -> dict[str, Any]:
    return {
        "Type": "KubeEvents",
        "TimeGenerated": "2026-03-01T11:50:00Z",
        "ClusterId": CLUSTER_ID.upper(),
        "Namespace": "aks-command",
        "Name": POD,
        "ObjectKind": "Pod",
        "Reason": "FailedScheduling",
        "Message": message,
        "LastSeen": "2026-03-01T11:49:00Z",
        "Count": 1.0,
        **more,
    }


def pod(**more: Any) -> dict[str, Any]:
    row = {"Type": "KubePodInventory", "TimeGenerated": "2026-03-01T11:50:00Z", "ClusterId": CLUSTER_ID}
    return {**row, "Namespace": "aks-command", "Name": POD, "PodStatus": "Pending", "Computer": "", **more}


def node(name: str, status: str, **more: Any) -> dict[str, Any]:
    return {"Type": "KubeNodeInventory", "ClusterId": CLUSTER_ID, "Computer": name, "Status": status, **more}


def test_an_event_that_is_written_again_as_its_count_grows_is_one() -> None:
    early, late = event(Count=1.0), event(Count=7.0, LastSeen="2026-03-01T11:55:00Z")
    (found,) = read(early, late).of(POD)
    assert found.count == 7 and str(found).endswith(" (7 times, last 11:55 UTC)")


@pytest.mark.parametrize(
    "foreign",
    [
        {"ClusterId": CLUSTER_ID.replace("/c1", "/c2")},
        {"Namespace": "shop"},
        {"Name": "till-6f776c8fb5-2xkqv"},
        {"ObjectKind": "ReplicaSet"},
    ],
)
def test_a_row_of_anything_else_is_not_there(foreign: dict[str, str]) -> None:
    assert read(event(**foreign)).is_empty


def test_what_another_command_pod_met_is_never_ours() -> None:
    other = event(Name="command-" + "f" * 32)
    found = read(other)
    assert found.of(POD) == () and [one.pod for one in found.others(POD)] == [other["Name"]]


def test_a_name_is_the_same_in_any_case() -> None:
    assert read(event(Name=POD.upper())).of(POD)


def test_a_volume_that_comes_with_the_next_try_is_no_trouble() -> None:
    noise = 'MountVolume.SetUp failed for volume "kube-api-access": configmap "kube-root-ca.crt" not registered'
    assert read(event(noise, Reason="FailedMount")).is_empty
    assert read(event("Unable to attach or mount volumes", Reason="FailedMount")).of(POD)


def test_a_pod_is_what_its_newest_rows_show() -> None:
    rows = [
        pod(TimeGenerated="2026-03-01T11:40:00Z", Computer=""),
        pod(Computer="aks-np-1", ContainerStatusReason=""),
        pod(Computer="aks-np-1", ContainerStatusReason="ImagePullBackOff"),
    ]
    assert read(*rows).pods == (Pod(POD, "Pending", "aks-np-1", "ImagePullBackOff"),)


@pytest.mark.parametrize(
    ("status", "ready"), [("Ready", True), ("Ready,MemoryPressure", True), ("MemoryPressure", False), ("", False)]
)
def test_a_node_is_ready_where_that_condition_is_among_the_true_ones(status: str, ready: bool) -> None:
    found = read(node("aks-np-1", status, TimeGenerated="2026-03-01T11:50:00Z"))
    assert found.is_ready("AKS-np-1") is ready and found.is_ready("aks-np-2") is None


def test_of_a_node_the_newest_state_counts() -> None:
    old = node("n", "Ready", TimeGenerated="2026-03-01T11:00:00Z")
    assert read(old, node("n", "", TimeGenerated="2026-03-01T11:50:00Z")).is_ready("n") is False


def test_rows_that_do_not_name_their_table_are_told_by_what_they_hold() -> None:
    without = [{name: value for name, value in row.items() if name != "Type"} for row in (event(), pod())]
    assert inside({"tables": [table(without[0]), table(without[1])]}, CLUSTER_ID).pod(POD)
    assert inside({"tables": [table(without[0])]}, CLUSTER_ID).of(POD)


def test_an_answer_that_is_only_a_part_says_so() -> None:
    found = read(event(), error={"code": "PartialError", "message": "There were some errors."})
    assert found.of(POD) and found.partial == "There were some errors."


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, {"tables": None}, {"tables": [None, {"columns": 1, "rows": 2}]}, {"tables": [{"rows": [[1], 2]}]}],
)
def test_an_answer_of_another_shape_tells_nothing(answer: Any) -> None:
    assert inside(answer, CLUSTER_ID) == Inside(conditions={})


def test_hostile_words_are_neutral_in_a_line() -> None:
    said = str(Event(POD, "Failed", "\x1b[31mred\n::error::x\n##vso[task.setvariable variable=a]b"))
    assert "\x1b" not in said and "\n" not in said and "##vso[" not in said


def test_the_pod_of_a_failure_is_named_by_its_text_or_by_who_knows_the_command() -> None:
    assert pod_of(failure(START_TIMEOUT)) == POD
    assert pod_of(failure("Operation returned an invalid status 'OK'")) == ""
    assert pod_of(of_command(failure("Operation returned an invalid status 'OK'"), COMMAND)) == POD
    assert pod_of(None) == "" and of_command(failure("x"), None) == failure("x")
