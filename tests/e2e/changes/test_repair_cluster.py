"""The cluster's own state, repaired by the real `az`: stopped, run command disabled by hand, and by a policy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.azure import Azure, Result
from tests.e2e.diagnosis import CLUSTER

LATER = 3600
#: Somebody updates the cluster for some seconds; the service refuses one command meanwhile.
BUSY: dict[str, Any] = {
    "cluster": {"provisioning": "Updating", "settlesAfter": 3},
    "faults": [
        {
            "operation": "run-command",
            "status": 409,
            "code": "OperationNotAllowed",
            "times": 1,
            "message": "Operation is not allowed: Another operation (Updating) is in progress, please wait.",
        }
    ],
}
EXEMPTION = ("--mode", "exemption")


def run(azure: Azure) -> Result:
    return azure.invoke_fix("run", *CLUSTER, "-c", "kubectl get nodes", "--on-failure", "none")


def repair(azure: Azure, *more: str, **options: Any) -> Result:
    return azure.invoke_fix("repair", *CLUSTER, *more, "-o", "json", **{"timeout": 180, **options})


def undo_all(azure: Azure, times: int) -> None:
    for _ in range(times):
        result = azure.invoke_fix("undo", "--yes")
        assert result.rc == 0, str(result)


@pytest.mark.parametrize("scenario", ["cluster-stopped", "run-command-disabled"])
def test_repaired_a_command_runs_and_taken_back_it_fails_again(azure: Azure, scenario: str) -> None:
    azure.load(scenario)
    assert run(azure).rc == 125
    repaired = repair(azure, "--yes")
    assert repaired.rc == 0 and repaired.json()["outcome"] == "works", str(repaired)
    assert run(azure).rc == 0
    undo_all(azure, 1)
    assert run(azure).rc == 125


def test_a_policy_that_disables_run_command_again_is_exempted_first_when_that_is_agreed_to(azure: Azure) -> None:
    world = azure.load("policy-disable-run-command")
    assert run(azure).rc == 125
    refused = repair(azure, "--yes")
    assert refused.json()["outcome"] == "broken", str(refused)
    repaired = repair(azure, "--yes", *EXEMPTION)
    assert repaired.rc == 0 and repaired.json()["outcome"] == "works", str(repaired)
    world.advance(LATER)
    assert run(azure).rc == 0
    undo_all(azure, 1)
    world.advance(LATER)
    assert run(azure).rc == 125


def test_a_look_at_the_plans_changes_nothing(azure: Azure) -> None:
    world = azure.load("cluster-stopped")
    walk = repair(azure, "--what-if").json()
    (step,) = [step for step in walk["steps"] if step["finding"] == "cluster-stopped"]
    (change,) = step["plan"]["changes"]
    assert change["method"] == "POST" and change["id"].endswith("/start")
    assert [undone["id"].rsplit("/", 1)[-1] for undone in step["plan"]["undo"]] == ["stop"]
    assert not any(each.method == "POST" and each.operation == "cluster-start" for each in world.requests)


def test_an_operation_in_progress_is_waited_for_and_nothing_is_changed(azure: Azure) -> None:
    world = azure.load(BUSY)
    repaired = repair(azure, "--yes")
    walk = repaired.json()
    assert (repaired.rc, walk["outcome"]) == (0, "works"), str(repaired)
    assert [(step["finding"], step["action"]) for step in walk["steps"]] == [("operation-in-progress", "nothingToDo")]
    assert "Waiting until it is done" in repaired.err
    assert not [each for each in world.requests if each.method in ("PUT", "DELETE")]


def test_an_operation_in_progress_is_not_waited_for_when_only_the_plans_are_wanted(azure: Azure) -> None:
    world = azure.load({"cluster": {"provisioning": "Updating"}})
    refused = "(OperationNotAllowed) Operation is not allowed: Another operation (Updating) is in progress."
    (step,) = repair(azure, "--what-if", "--error", refused).json()["steps"]
    assert step["plan"]["notes"] == ["Waits for the operation in progress: the cluster is Updating."]
    assert not [each for each in world.requests if each.method in ("PUT", "DELETE")]


def test_at_a_terminal_a_look_at_the_plans_shows_them(azure: Azure) -> None:
    azure.load("cluster-stopped")
    seen = azure.invoke_fix("repair", *CLUSTER, "--what-if", tty=True)
    assert "Plan: 1 to change, 0 to add" in seen.out and "explain --finding cluster-stopped" in seen.out, str(seen)


def test_what_only_a_person_can_do_is_said_with_its_command_at_a_terminal(azure: Azure) -> None:
    azure.load("cluster-provisioning")
    seen = azure.invoke_fix("repair", *CLUSTER, "--what-if", tty=True)
    assert "az aks wait -g rg1 -n c1" in seen.out and "explain --finding cluster-not-ready" in seen.out, str(seen)
