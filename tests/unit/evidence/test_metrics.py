"""What the platform metrics say, where absence says nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.evidence.metrics import (
    CONDITION,
    CPU,
    MEMORY,
    PHASE,
    UNSCHEDULABLE,
    read_metrics,
    series,
    summary,
)
from azext_aksinvokefix.nodes.metrics import CommandPod, Metrics
from tests.data.evidence import CLUSTER_ID, NOW, FakeArm, error

PATH = f"{CLUSTER_ID}/providers/Microsoft.Insights/metrics"
EMPTY = Metrics()


def metric(name: str, *timeseries: dict[str, Any]) -> dict[str, Any]:
    return {"name": {"value": name}, "timeseries": list(timeseries)}


def line(value: float | str, minutes: int = 1, **dimensions: str) -> dict[str, Any]:
    """A series whose newest value is ``minutes`` old; its other points have no data."""
    stamps = [(NOW - timedelta(minutes=age)).strftime("%Y-%m-%dT%H:%M:%SZ") for age in (minutes, minutes - 1)]
    return {
        "metadatavalues": [{"name": {"value": name}, "value": text} for name, text in dimensions.items()],
        "data": [{"timeStamp": stamps[0], "average": value}, {"timeStamp": stamps[1]}],
    }


def condition(
    node: str, name: str, status: str, value: float = 1.0, minutes: int = 1, status2: str = ""
) -> dict[str, Any]:
    return line(value, minutes, condition=name, status=status, status2=status2, node=node)


def body(*metrics: dict[str, Any]) -> dict[str, Any]:
    return {"value": list(metrics)}


def of(*metrics: dict[str, Any]) -> Metrics:
    return summary(series(body(*metrics)))


def answers(bodies: dict[str, Any]) -> Callable[[dict[str, str]], dict[str, Any] | ArmError]:
    """Answers each query by the first of its metric names that is known."""

    def answer(params: dict[str, str]) -> dict[str, Any] | ArmError:
        names = params["metricnames"].split(",")
        found = [bodies[name] for name in names if name in bodies]
        refused: ArmError | None = next((one for one in found if not isinstance(one, dict)), None)
        return refused or body(*found)

    return answer


def test_a_node_is_what_its_newest_ready_condition_says() -> None:
    nodes = of(
        metric(
            CONDITION,
            condition("up", "Ready", "true"),
            condition("up", "Ready", "false", value=0.0),
            condition("down", "Ready", "true", minutes=6),
            condition("down", "Ready", "false", minutes=1, status2="NotReady"),
            condition("gone", "Ready", "unknown"),
        )
    ).nodes
    assert [(node.name, node.ready) for node in nodes] == [("down", False), ("gone", False), ("up", True)]
    assert nodes[1].reason == "the node stopped reporting"


def test_a_node_that_is_ready_again_is_ready() -> None:
    nodes = of(metric(CONDITION, condition("n", "Ready", "false", minutes=5), condition("n", "Ready", "true"))).nodes
    assert nodes[0].ready is True


def test_only_a_pressure_that_is_there_counts() -> None:
    (node,) = of(
        metric(
            CONDITION,
            condition("n", "Ready", "true"),
            condition("n", "MemoryPressure", "true"),
            condition("n", "DiskPressure", "false"),
        )
    ).nodes
    assert node.pressures == ("MemoryPressure",)


def test_a_command_pod_has_the_phase_of_its_newest_minute() -> None:
    pods = of(
        metric(
            PHASE,
            line(1.0, 5, phase="Pending", namespace="aks-command", pod="command-1"),
            line(1.0, 1, phase="Running", namespace="aks-command", pod="command-1"),
            line(1.0, 1, phase="Pending", namespace="aks-command", pod="command-2"),
            line(0.0, 1, phase="Failed", namespace="aks-command", pod="command-3"),
            line(1.0, 1, phase="Pending", namespace="default", pod="command-4"),
            line(1.0, 1, phase="Pending", namespace="aks-command", pod="other"),
        )
    ).command_pods
    assert pods == (CommandPod("command-1", "Running"), CommandPod("command-2", "Pending"))


def test_counts_without_data_are_not_zero() -> None:
    assert of().unschedulable is None
    assert of(metric(UNSCHEDULABLE, line(0.0))).unschedulable == 0
    assert of(metric(UNSCHEDULABLE, line(2.0))).unschedulable == 2


def test_a_pod_that_waited_for_a_part_of_the_minute_is_a_pod() -> None:
    assert of(metric(UNSCHEDULABLE, line(0.25))).unschedulable == 1


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 10**400, True, "1"])
def test_a_value_that_is_no_number_is_no_data(odd: float | str) -> None:
    assert of(metric(UNSCHEDULABLE, line(odd))).unschedulable is None


def test_what_can_be_allocated_is_that_of_the_newest_minute() -> None:
    found = of(metric(CPU, line(3.8)), metric(MEMORY, line(7e9)))
    assert (found.allocatable_cpu, found.allocatable_memory) == (3.8, 7e9)


def test_three_requests_ask_for_everything() -> None:
    arm = FakeArm({PATH: body()})
    assert read_metrics(arm, CLUSTER_ID, NOW).value == EMPTY
    asked = [params for _, _, params in arm.asked]
    assert len(asked) == 3
    assert all(params["timespan"] == "2026-03-01T11:50:00Z/2026-03-01T12:00:00Z" for params in asked)
    assert all(int(params["top"]) > 1000 for params in asked if "$filter" in params)


def test_one_metric_that_is_unknown_does_not_take_the_others_with_it() -> None:
    known = {CPU: metric(CPU, line(2.0)), UNSCHEDULABLE: error(400, "BadRequest")}
    found = read_metrics(FakeArm({PATH: answers(known)}), CLUSTER_ID, NOW).value
    assert (found.allocatable_cpu, found.unschedulable) == (2.0, None)


@pytest.mark.parametrize(("status", "needs"), [(403, ("Microsoft.Insights/metrics/read",)), (500, ()), (None, ())])
def test_metrics_that_cannot_be_read_are_unread(status: int | None, needs: tuple[str, ...]) -> None:
    item = read_metrics(FakeArm({PATH: error(status)}), CLUSTER_ID, NOW)
    assert not item.known and item.needs == needs


def test_a_cluster_without_metrics_has_no_data() -> None:
    assert read_metrics(FakeArm({PATH: error(404)}), CLUSTER_ID, NOW).value == EMPTY


_ANYTHING = st.recursive(
    st.none() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "name", "timeseries", "data", "metadatavalues", "average"]), inner)
    ),
    max_leaves=15,
)


@given(_ANYTHING)
def test_an_answer_of_any_shape_is_read_without_an_error(answer: float | dict[str, Any] | list[Any] | None) -> None:
    summary(series(answer))
