"""A command never runs twice, a lost answer is not a lost result, and the cluster token stays secret."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.azure import Azure, Result
from tests.e2e.run.test_run import run
from tests.simulator.core.world import World

#: Seconds in which a command starts; whoever may not read its result hears so before that.
LATER = 60.0
COMMAND = "kubectl delete pod web"


def fault(operation: str, **how: Any) -> dict[str, Any]:
    return {"faults": [{"operation": operation, **how}]}


@pytest.mark.parametrize(
    "how",
    [
        {"status": 429, "retryAfter": 1, "times": 2},
        {"status": 503, "retryAfter": 1, "times": 1},
    ],
    ids=["429", "503 with Retry-After"],
)
def test_a_command_that_was_provably_not_taken_is_sent_again(azure: Azure, how: dict[str, int]) -> None:
    world = azure.load(fault("run-command", **how))
    assert run(azure, COMMAND).rc == 0
    assert world.executions(COMMAND) == 1


@pytest.mark.parametrize(
    "how",
    [{"status": 500}, {"status": 502}, {"status": 503}, {"status": 504}, {"reset": True}],
    ids=lambda how: str(how.get("status", "reset")),
)
def test_a_command_that_may_have_run_is_sent_once(azure: Azure, how: dict[str, Any]) -> None:
    world = azure.load(fault("run-command", **how))
    result = run(azure, COMMAND, "-o", "json")
    found = result.json()
    assert (result.rc, found["outcome"], found["failure"]["finding"]) == (125, "unknown", "result-lost")
    assert [x.operation for x in world.requests].count("run-command") == 1
    assert "might have run" in result.err


@pytest.mark.parametrize(
    "how",
    [
        {"status": 500, "times": 2},
        {"status": 429, "retryAfter": 1, "times": 1},
        {"status": 503, "times": 1},
        {"reset": True, "times": 2},
        {"truncate": 20, "times": 1},
    ],
    ids=["500", "429", "503", "reset", "truncated body"],
)
def test_a_lost_poll_is_asked_again(azure: Azure, how: dict[str, Any]) -> None:
    world = azure.load(fault("command-result", **how))
    result = run(azure, COMMAND)
    assert result.rc == 0
    assert world.executions(COMMAND) == 1


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refused_poll_never_leads_to_a_second_execution(azure: Azure, status: int) -> None:
    world = azure.load(fault("command-result", status=status))
    result = run(azure, COMMAND, "-o", "json", timeout=120)
    assert (result.rc, result.json()["outcome"]) == (125, "unknown")
    world.advance(LATER)
    assert world.executions(COMMAND) == 1
    assert result.json()["commandId"] in result.err


def test_a_result_that_may_not_be_read_ran_once(azure: Azure) -> None:
    world = azure.load("result-read-missing")
    result = run(azure, COMMAND, "-o", "json")
    assert result.json()["failure"]["finding"] == "result-read-missing"
    world.advance(LATER)
    assert world.executions(COMMAND) == 1


@pytest.mark.smoke
def test_ctrl_c_leaves_the_command_running_and_says_how_to_resume(azure: Azure) -> None:
    world = azure.load({"commands": [{"match": "*", "logs": "done\n", "duration": 2}]})
    result = run(azure, COMMAND, interrupt_after="Command id:")
    assert result.rc == 130
    assert "--command-id" in result.err
    command_id = result.err.split("--command-id ")[1].split()[0]
    resumed = azure.invoke_fix("run", "-g", "rg1", "-n", "c1", "--command-id", command_id)
    assert (resumed.rc, resumed.out) == (0, "done\n")
    assert world.executions(COMMAND) == 1


@pytest.mark.smoke
def test_debug_never_prints_the_cluster_token_that_stock_az_prints(azure: Azure) -> None:
    world = azure.load("healthy-entra")
    stock = azure.az("aks", "command", "invoke", "-g", "rg1", "-n", "c1", "-c", "kubectl get pods", "--debug")
    ours = run(azure, "kubectl get pods", "--debug")
    assert '"clusterToken": "eyJ' in stock.err
    assert ours.rc == 0
    assert "eyJ" not in ours.err + ours.out
    assert all("clusterToken" in x.request_body for x in world.requests if x.operation == "run-command")


def test_a_location_elsewhere_is_not_followed_with_the_users_token(azure: Azure) -> None:
    world = azure.load({"results": {"location": "foreign"}})
    assert run(azure, COMMAND).rc == 0
    assert world.executions(COMMAND) == 1


def test_a_refusal_that_only_claims_to_be_json_is_believed_at_once(azure: Azure) -> None:
    world = azure.load(fault("cluster-get", status=403, body="<html>no</html>"))
    assert run(azure, COMMAND, "--on-failure", "none").rc == 125
    assert [x.operation for x in world.requests].count("cluster-get") == 1


@pytest.mark.smoke
@pytest.mark.parametrize("value", ["Sat, 28 Nov 2026 02:59:08 GMT", "0.5", "nan", "-1", "1e400", "soon"])
def test_an_accepted_command_is_not_lost_for_what_its_answer_asks_to_wait(azure: Azure, value: str) -> None:
    world = azure.load(fault("run-command", retryAfter=value))
    result = run(azure, "echo hello", "-o", "json")
    found = result.json()
    assert (result.rc, found["outcome"], found["commandId"] is None) == (0, "succeeded", False), result.err
    assert world.executions("echo hello") == 1


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "1e400", "", "Mon, 01 Jan 1990 00:00:00 GMT"])
def test_no_wait_that_a_poll_asks_for_ends_or_stalls_a_running_command(azure: Azure, value: str) -> None:
    world = azure.load(
        {**fault("command-result", retryAfter=value, times=3), "commands": [{"match": "echo *", "duration": 1}]}
    )
    result = run(azure, "echo hello")
    assert (result.rc, "Traceback" in result.err) == (0, False), result.err
    assert world.executions("echo hello") == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_command_and_its_token_are_sent_nowhere_else(azure: Azure, status: int) -> None:
    headers = {"location": "https://elsewhere.invalid/runCommand"}
    world = azure.load(fault("run-command", status=status, headers=headers, body=""))
    result = run(azure, COMMAND, "-o", "json", "--on-failure", "none")
    assert (result.rc, result.json()["outcome"], world.executions(COMMAND)) == (125, "notRun", 0)
    assert "redirected" in result.json()["failure"]["message"]
    assert [x.operation for x in world.requests].count("run-command") == 1


def test_a_timeout_holds_against_an_answer_that_drips(azure: Azure) -> None:
    azure.load(fault("command-result", drip=0.5))
    result = run(azure, "echo hello", "--timeout", "4", "-o", "json")
    assert (result.rc, result.json()["outcome"]) == (124, "timedOut")


def test_an_answer_without_an_end_is_refused(azure: Azure) -> None:
    azure.load(fault("command-result", pad=50 * 1024 * 1024))
    result = run(azure, "echo hello", "--timeout", "5", "-o", "json")
    assert result.json()["outcome"] in ("unknown", "timedOut")
    assert result.rc in (124, 125)


def stepwise(azure: Azure, *more: str, **options: Any) -> Result:
    """The same promises for several commands: they travel in one request."""
    return azure.invoke_fix(
        "run", "-g", "rg1", "-n", "c1", "-c", "kubectl delete pod web", "-c", "true", *more, **options
    )


def wrapped(world: World) -> int:
    """How often a wrapper was started."""
    return sum(run.command.startswith("sh .aks-invoke-fix-") for run in world.runs.values())


@pytest.mark.parametrize("how", [{"status": 429, "retryAfter": 1, "times": 2}, {"status": 503, "retryAfter": 1}])
def test_steps_that_were_provably_not_taken_are_sent_again(azure: Azure, how: dict[str, int]) -> None:
    world = azure.load(fault("run-command", times=how.pop("times", 1), **how))
    assert stepwise(azure).rc == 0
    assert wrapped(world) == 1


@pytest.mark.parametrize(
    "how", [{"status": 500}, {"status": 502}, {"status": 504}, {"reset": True}, {"status": 500, "handled": True}]
)
def test_steps_that_may_have_run_are_sent_once(azure: Azure, how: dict[str, Any]) -> None:
    world = azure.load(fault("run-command", **how))
    result = stepwise(azure, "-o", "json")
    found = result.json()
    assert (result.rc, found["outcome"], found["failure"]["finding"]) == (125, "unknown", "result-lost")
    assert [step["outcome"] for step in found["steps"]] == ["unknown", "unknown"]
    assert [x.operation for x in world.requests].count("run-command") == 1
    assert wrapped(world) <= 1


@pytest.mark.parametrize(
    "how",
    [
        {"status": 500, "times": 2},
        {"status": 429, "retryAfter": 1, "times": 1},
        {"reset": True, "times": 2},
        {"truncate": 20, "times": 1},
    ],
)
def test_a_lost_poll_never_runs_steps_twice(azure: Azure, how: dict[str, Any]) -> None:
    world = azure.load(fault("command-result", **how))
    result = stepwise(azure)
    assert (result.rc, result.out) == (0, 'pod "web" deleted from default namespace\n')
    assert wrapped(world) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_a_refused_poll_never_runs_steps_twice(azure: Azure, status: int) -> None:
    world = azure.load(fault("command-result", status=status))
    result = stepwise(azure, "-o", "json", timeout=120)
    assert (result.rc, result.json()["outcome"]) == (125, "unknown")
    assert wrapped(world) == 1


def test_steps_whose_pod_never_started_did_not_run(azure: Azure) -> None:
    world = azure.load("nodes-tainted")
    found = stepwise(azure, "-o", "json").json()
    assert (found["outcome"], [step["outcome"] for step in found["steps"]]) == ("notRun", ["notRun", "notRun"])
    assert not any(run.has_started(world.now()) for run in world.runs.values())


def test_steps_that_are_left_with_ctrl_c_go_on_and_can_be_resumed(azure: Azure) -> None:
    world = azure.load({})
    words = ("run", "-g", "rg1", "-n", "c1")
    result = azure.invoke_fix(*words, "-c", "sleep 3", "-c", "echo done", interrupt_after="Command id:")
    assert result.rc == 130
    command_id = result.err.split("--command-id ")[1].split()[0]
    resumed = azure.invoke_fix(*words, "--command-id", command_id)
    assert (resumed.rc, resumed.out) == (0, "done\n")
    assert wrapped(world) == 1


def test_a_page_that_is_lost_runs_nothing_again(azure: Azure) -> None:
    world = azure.load({"missingTools": ["gzip"], **fault("run-command", status=500, after=1)})
    words = ("run", "-g", "rg1", "-n", "c1", "-c", "seq 200000", "--full-output", "-o", "json")
    found = azure.invoke_fix(*words, timeout=120).json()
    assert (found["outcome"], found["truncated"]) == ("succeeded", True)
    assert wrapped(world) == 1
