"""From a broken invoke to a working one, by the real `az`, at a terminal and in a pipeline."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.e2e.azure import Azure, Result

CLUSTER = ("-g", "rg1", "-n", "c1")
COMMAND = ("-c", "kubectl get pods")
#: Yes to the proof by `true`, then to each of three plans.
APPLY_ALL = "y\n" + "1\n" * 3


def repair(azure: Azure, *args: str, **options: Any) -> Result:
    return azure.invoke_fix("repair", *CLUSTER, *args, **{"timeout": 180, **options})


def run(azure: Azure, *args: str, **options: Any) -> Result:
    return azure.invoke_fix("run", *CLUSTER, *COMMAND, *args, **options)


def history(azure: Azure) -> Any:
    return azure.invoke_fix("history", "-o", "json").json()


@pytest.mark.smoke
def test_three_faults_at_once_are_repaired_at_a_terminal_until_the_command_runs(azure: Azure) -> None:
    world = azure.load("three-faults")
    assert run(azure, "--on-failure", "none").rc == 125
    repaired = repair(azure, *COMMAND, tty=True, input=APPLY_ALL)
    assert repaired.rc == 0, repaired
    assert "web    1/1     Running" in repaired.out
    assert world.executions("kubectl get pods") == 1
    plans = re.findall(r"Plan: (\d to change, \d to add) · undo: yes(.*)", repaired.err)
    assert [(total, cost.strip()) for total, cost in plans] == [
        ("0 to change, 1 to add", ""),
        ("1 to change, 0 to add", ""),
        ("0 to change, 1 to add", "· cost: +1 Standard_DS2_v2"),
    ]
    assert [row["command"] for row in history(azure)[:3]] == ["add-capacity", "exempt-policy", "grant-role"]


def test_in_a_pipeline_yes_repairs_what_is_sure(azure: Azure) -> None:
    azure.load("three-faults")
    repaired = repair(azure, "--yes", *COMMAND, "-o", "json")
    walk = repaired.json()
    assert repaired.rc == 0, repaired
    assert [step["action"] for step in walk["steps"]] == ["applied"] * 3
    assert (walk["outcome"], walk["run"]["exitCode"]) == ("works", 0)


def test_each_step_is_in_the_history_and_all_can_be_taken_back(azure: Azure) -> None:
    azure.load("three-faults")
    assert repair(azure, "--yes").rc == 0
    made = history(azure)[:3]
    assert [row["command"] for row in made] == ["add-capacity", "exempt-policy", "grant-role"]
    for _ in made:
        assert azure.invoke_fix("undo", "--yes").rc == 0
    ids = {row["changeId"] for row in made}
    assert [row["state"] for row in history(azure) if row["changeId"] in ids] == ["undone"] * 3
    assert run(azure, "--on-failure", "none").rc == 125


def test_what_if_prints_every_plan_that_can_be_seen_and_changes_nothing(azure: Azure) -> None:
    world = azure.load("three-faults")
    walk = repair(azure, "--what-if", "-o", "json").json()
    assert walk["outcome"] == "planned"
    assert all(step["plan"]["whatIf"] for step in walk["steps"] if step["plan"])
    assert {step["finding"] for step in walk["steps"]} >= {"arm-action-missing", "nodes-tainted"}
    assert not [x for x in world.requests if x.method in ("PUT", "DELETE")] and world.executions("true") == 0


def test_without_a_terminal_it_refuses_and_says_how(azure: Azure) -> None:
    world = azure.load("three-faults")
    refused = repair(azure)
    assert refused.rc == 1 and "--what-if" in refused.err and "--yes" in refused.err
    assert not [x for x in world.requests if x.method in ("PUT", "POST", "DELETE")]


def test_quitting_changes_nothing_more(azure: Azure) -> None:
    world = azure.load("three-faults")
    left = repair(azure, tty=True, input="y\n3\n")
    assert left.rc == 1
    assert not [x for x in world.requests if x.method == "PUT"]


@pytest.mark.parametrize("option", ["--yes", "--what-if"])
def test_a_cluster_that_does_not_exist_is_exit_3(azure: Azure, option: str) -> None:
    assert azure.invoke_fix("repair", "-g", "rg1", "-n", "nope", option, "-o", "json").rc == 3


def test_a_working_cluster_needs_nothing(azure: Azure) -> None:
    world = azure.load("healthy")
    done = repair(azure, "--yes", "-o", "json")
    assert (done.rc, done.json()["steps"]) == (0, [])
    assert not [x for x in world.requests if x.method == "PUT"]


def test_run_at_a_terminal_offers_to_repair_and_then_runs_the_command(azure: Azure) -> None:
    world = azure.load("cluster-stopped")
    ran = run(azure, tty=True, input="y\ny\ny\n1\n", timeout=180)
    assert "Repair it now" in ran.err
    assert ran.rc == 0, ran
    assert world.executions("kubectl get pods") == 1


def test_run_that_is_not_repaired_exits_as_a_command_that_did_not_run(azure: Azure) -> None:
    world = azure.load("cluster-stopped")
    left = run(azure, tty=True, input="y\ny\ny\n3\n", timeout=180)
    assert "Repair it now" in left.err
    assert left.rc == 125, left
    assert world.executions("kubectl get pods") == 0


@pytest.mark.parametrize("scenario", ["kyverno", "webhook-down", "kubernetes-forbidden"])
def test_what_only_a_person_can_repair_is_said(azure: Azure, scenario: str) -> None:
    azure.load(scenario)
    walk = repair(azure, "--yes", "-o", "json")
    assert walk.rc in (0, 1)
    if walk.rc:
        assert walk.json()["reason"], json.dumps(walk.json(), indent=1)
