"""A fault strikes the calls that it names and no others, and the log keeps no secret."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.simulator.core.recorder import dump
from tests.unit.simulator.conftest import Client


def fault(operation: str = "cluster-get", **how: Any) -> dict[str, Any]:
    return {"faults": [{"operation": operation, **how}]}


def statuses(azure: Client, calls: int) -> list[int]:
    return [azure.get(azure.cluster).status_code for _ in range(calls)]


def test_a_fault_strikes_as_often_as_it_says_after_as_many_as_it_says(azure: Client) -> None:
    azure.load(fault(status=500, after=1, times=2))
    assert statuses(azure, 5) == [200, 500, 500, 200, 200]


def test_without_a_number_it_strikes_always(azure: Client) -> None:
    azure.load(fault("cluster-*", status=503, code="Busy", message="later"))
    assert statuses(azure, 3) == [503, 503, 503]
    assert azure.get(azure.cluster).json() == {"error": {"code": "Busy", "message": "later"}}


def test_other_operations_are_left_alone(azure: Client) -> None:
    azure.load(fault("pool-get", status=500))
    assert statuses(azure, 1) == [200]


def test_a_throttled_call_says_when_to_come_back(azure: Client) -> None:
    azure.load(fault(status=429, retryAfter=3))
    assert azure.get(azure.cluster).headers["Retry-After"] == "3"


def test_a_body_may_be_anything(azure: Client) -> None:
    azure.load(fault(status=502, body="<html>Bad Gateway</html>"))
    assert azure.get(azure.cluster).text == "<html>Bad Gateway</html>"


def test_latency_comes_on_top_of_the_answer(azure: Client) -> None:
    azure.load(fault(latency=0.2))
    answer = azure.get(azure.cluster)
    assert (answer.status_code, answer.elapsed.total_seconds() >= 0.2) == (200, True)


def test_the_latency_of_the_network_is_paid_once_a_call(azure: Client) -> None:
    azure.load({"latency": 0.1})
    assert azure.get(azure.cluster).elapsed.total_seconds() >= 0.1


@pytest.mark.parametrize("how", [{"reset": True}, {"truncate": 10}, {"truncate": True}], ids=str)
def test_a_connection_may_break(azure: Client, how: dict[str, Any]) -> None:
    azure.load(fault(**how))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        azure.get(azure.cluster)
    assert [x.status for x in azure.world.requests if x.operation == "cluster-get"] == [0]


def test_an_answer_may_get_lost_after_the_work_is_done(azure: Client) -> None:
    azure.load(fault("run-command", status=504, handled=True))
    assert azure.submit("kubectl apply -f x").status_code == 504
    azure.world.advance(60)
    assert azure.world.executions("kubectl apply -f x") == 1


def test_a_refused_command_does_not_run(azure: Client) -> None:
    azure.load(fault("run-command", status=429))
    azure.submit("kubectl apply -f x")
    azure.world.advance(60)
    assert azure.world.executions("kubectl apply -f x") == 0


def test_a_fault_can_be_added_on_the_way(azure: Client) -> None:
    azure.world.faults.add("cluster-get", status=500, times=1)
    assert statuses(azure, 2) == [500, 200]


def test_slow_answers_do_not_wait_for_each_other(azure: Client) -> None:
    azure.load({"latency": 0.3})
    token = azure.token(azure.url)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: azure.call("GET", azure.cluster, Authorization=f"Bearer {token}"), range(8)))
    began = [x.t for x in azure.world.requests if x.operation == "cluster-get"]
    assert [answer.status_code for answer in answers] == [200] * 8
    assert max(began) - min(began) < 0.3


def test_the_log_is_json_lines_without_a_token(azure: Client) -> None:
    azure.load("healthy-entra")
    azure.finish(azure.submit())
    out = io.StringIO()
    dump(azure.world.requests, out, "test")
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert set(lines[0]) == {"method", "url", "reqHeaders", "reqBody", "status", "resHeaders", "resBody", "src", "n"}
    assert [line["n"] for line in lines] == list(range(len(lines)))
    assert "eyJ" not in out.getvalue()
    assert next(iter(azure.world.runs.values())).token not in out.getvalue()


ASSIGNMENT = "/subscriptions/{}/providers/Microsoft.Authorization/policyAssignments/a"


def write(azure: Client) -> tuple[int, bool]:
    """Assign a policy; whether that is there afterwards."""
    where = ASSIGNMENT.format(azure.world.subscription)
    definition = "/providers/Microsoft.Authorization/policySetDefinitions/42b8ef37-b724-4e24-bbc8-7a7708edfe00"
    try:
        status = azure.call("PUT", where, {"properties": {"policyDefinitionId": definition}}).status_code
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        status = 0
    return status, azure.get(where).status_code == 200


@pytest.mark.parametrize(
    ("how", "status", "written"),
    [
        ({"reset": True}, 0, False),
        ({"reset": True, "handled": True}, 0, True),
        ({"truncate": True}, 0, True),
        ({"status": 503}, 503, False),
        ({"status": 503, "handled": True}, 503, True),
        ({"status": 429, "retryAfter": 1}, 429, False),
    ],
    ids=str,
)
def test_a_write_may_be_lost_or_only_its_answer(azure: Client, how: dict[str, Any], status: int, written: bool) -> None:
    azure.load(fault("policy-assignment-put", **how))
    assert write(azure) == (status, written)


def test_a_fault_may_strike_one_resource_only(azure: Client) -> None:
    azure.load(fault("policy-assignment-*", status=500, of="/other"))
    assert write(azure) == (201, True)
    azure.load(fault("policy-assignment-put", status=500, of="/policyassignments/A"))
    assert write(azure) == (500, False)
