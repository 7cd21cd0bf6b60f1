"""`add-capacity` as a user meets it: looked at first, asked for, left and resumed, refused, and never paid twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.azure import Azure, Result
from tests.e2e.diagnosis import CLUSTER
from tests.simulator.core.world import World

FULL = {"cpu": "100m", "memory": "200Mi"}
BUSY: dict[str, Any] = {"pools": [{"free": FULL}]}
TEXT = "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims."
WRITES = ("PUT", "DELETE", "PATCH")


def add_capacity(azure: Azure, *more: str, text: str | None = TEXT, **options: Any) -> Result:
    error = ("--error", text) if text else ()
    return azure.invoke_fix("add-capacity", *CLUSTER, *error, *more, **options)


def written(world: World) -> list[str]:
    return [f"{each.method} {each.operation}" for each in world.requests if each.method in WRITES]


def count(world: World) -> int:
    (cluster,) = world.clusters.values()
    return int(cluster.pools[0]["count"])


def test_what_if_shows_request_and_undo_and_sends_neither(azure: Azure) -> None:
    world = azure.load(BUSY)
    result = add_capacity(azure, "--what-if", "-o", "json")
    assert result.rc == 0, str(result)
    plan = result.json()
    (change,) = plan["changes"]
    assert (change["method"], change["before"]["properties"]["count"]) == ("PUT", 1)
    assert change["after"]["properties"]["count"] == 2
    assert plan["undo"][0]["after"]["properties"]["count"] == 1
    assert "of size Standard_DS2_v2" in " ".join(plan["warnings"])
    assert written(world) == []


def test_without_a_terminal_and_without_yes_it_refuses(azure: Azure) -> None:
    world = azure.load(BUSY)
    result = add_capacity(azure)
    assert result.rc == 1 and "--yes" in result.err, str(result)
    assert written(world) == []


def test_on_a_terminal_the_way_is_chosen_and_agreed_to(azure: Azure) -> None:
    world = azure.load(BUSY)
    result = add_capacity(azure, tty=True, input="2\ny\n")
    assert result.rc == 0, str(result)
    assert "1. Scale the node pool" in result.err and "2. Add a node pool" in result.err, str(result)
    assert [pool["name"] for pool in next(iter(world.clusters.values())).pools] == ["nodepool1", "invoke"]


def test_on_a_terminal_no_is_no(azure: Azure) -> None:
    world = azure.load(BUSY)
    assert add_capacity(azure, tty=True, input="1\nn\n").rc == 1
    assert written(world) == []


def test_a_second_run_says_already_and_writes_nothing(azure: Azure) -> None:
    world = azure.load(BUSY)
    assert add_capacity(azure, "--yes").rc == 0
    before = written(world)
    again = add_capacity(azure, "--yes", "-o", "json")
    assert again.rc == 0 and again.json()["changes"] == [], str(again)
    assert "Already" in again.json()["notes"][0]
    assert written(world) == before and count(world) == 2


def test_a_long_operation_is_left_and_a_second_run_waits_for_it(azure: Azure) -> None:
    world = azure.load({**BUSY, "operationSeconds": 6})
    left = add_capacity(azure, "--yes", "--no-wait", "-o", "json")
    assert left.rc == 0 and left.json()["verified"] is None, str(left)
    assert "az aks nodepool show" in left.json()["nextStep"]
    again = add_capacity(azure, "--yes", "-o", "json")
    assert again.rc == 0 and again.json()["changes"] == [], str(again)
    assert next(iter(world.clusters.values())).pools[0]["provisioningState"] == "Succeeded"
    assert written(world) == ["PUT pool-put"] and count(world) == 2


def test_somebody_else_s_operation_is_waited_for(azure: Azure) -> None:
    world = azure.load({**BUSY, "operationSeconds": 6})
    azure.az(
        "aks",
        "nodepool",
        "update",
        "-g",
        "rg1",
        "--cluster-name",
        "c1",
        "-n",
        "nodepool1",
        "--labels",
        "a=b",
        "--no-wait",
    )
    result = add_capacity(azure, "--yes")
    assert result.rc == 0, str(result)
    pool = next(iter(world.clusters.values())).pools[0]
    assert (pool["count"], pool["nodeLabels"]) == (2, {"a": "b"})


@pytest.mark.parametrize("fault", [{"reset": True}, {"status": 503}, {"truncate": True}])
def test_a_lost_connection_while_waiting_changes_nothing(azure: Azure, fault: dict[str, Any]) -> None:
    faults = [{"operation": "operation-status", "times": 2, **fault}]
    world = azure.load({**BUSY, "operationSeconds": 2, "faults": faults})
    result = add_capacity(azure, "--yes", "-o", "json")
    assert result.rc == 0 and result.json()["verified"] is True, str(result)
    assert count(world) == 2


def test_an_answer_that_was_lost_does_not_scale_twice(azure: Azure) -> None:
    faults = [{"operation": "pool-put", "times": 1, "reset": True, "handled": True}]
    world = azure.load({**BUSY, "faults": faults})
    result = add_capacity(azure, "--yes")
    assert result.rc == 0, str(result)
    assert count(world) == 2


LIMITS = [
    ({"cores": 0}, "quota"),
    ({"addresses": 2}, "subnet"),
]


@pytest.mark.parametrize(("limits", "word"), LIMITS)
def test_what_azure_refuses_is_explained(azure: Azure, limits: dict[str, Any], word: str) -> None:
    azure.load({**BUSY, "cluster": {"limits": limits}})
    result = add_capacity(azure, "--yes")
    assert result.rc == 1 and word in result.err, str(result)


def test_a_quota_that_ends_the_operation_is_explained_and_taken_back(azure: Azure) -> None:
    world = azure.load({**BUSY, "operations": [{"of": "pool-put", "status": "Failed", "times": 1}]})
    result = add_capacity(azure, "--yes")
    assert result.rc == 1 and "quota" in result.err and "undo" in result.err, str(result)
    assert azure.invoke_fix("undo", "--yes").rc == 0
    assert count(world) == 1


def test_who_may_not_change_pools_gets_a_text_to_send(azure: Azure) -> None:
    world = azure.load({**BUSY, "access": {"assignments": ["Reader"]}})
    result = add_capacity(azure, "--yes")
    assert result.rc == 1, str(result)
    assert "az aks nodepool scale" in result.err and "agentPools/write" in result.err
    assert written(world) == []


def test_a_stopped_cluster_is_to_be_started_first(azure: Azure) -> None:
    azure.load("cluster-stopped")
    result = add_capacity(azure, "--yes", text=None)
    assert result.rc == 1 and "az aks start -g rg1 -n c1" in result.err, str(result)


def test_a_healthy_cluster_needs_nothing(azure: Azure) -> None:
    world = azure.load({})
    result = add_capacity(azure, "--yes", "-o", "json", text=None)
    assert result.rc == 0 and result.json()["changes"] == [], str(result)
    assert result.json()["notes"] and written(world) == []


def test_without_a_text_the_cluster_is_asked_whether_a_pod_finds_a_node(azure: Azure) -> None:
    world = azure.load({**BUSY, "surface": "failed"})
    result = add_capacity(azure, "--yes", "-o", "json", text=None)
    assert result.rc == 0, str(result)
    assert written(world) == ["PUT pool-put"] and count(world) == 2


def test_wait_ends_when_a_command_pod_finds_a_node(azure: Azure) -> None:
    azure.load(BUSY)
    result = add_capacity(azure, "--yes", "--wait", "-o", "json")
    assert result.rc == 0 and result.json()["verified"] is True, str(result)


def test_a_taint_goes_when_it_is_named_and_comes_back_with_undo(azure: Azure) -> None:
    system = {"name": "system", "taints": ["CriticalAddonsOnly=true:NoSchedule"]}
    world = azure.load({"pools": [system, {"name": "batch", "mode": "User", "taints": ["sku=gpu:NoSchedule"]}]})
    result = add_capacity(azure, "--yes", "--remove-taint", "sku=gpu:NoSchedule", text=None)
    assert result.rc == 0, str(result)
    assert azure.invoke_fix("run", *CLUSTER, "-c", "true", "--on-failure", "none").rc == 0
    assert azure.invoke_fix("undo", "--yes").rc == 0
    assert next(iter(world.clusters.values())).pools[1]["nodeTaints"] == ["sku=gpu:NoSchedule"]
    refused = add_capacity(azure, "--yes", "--remove-taint", system["taints"][0], text=None)
    assert refused.rc == 1 and "AKS" in refused.err, str(refused)


@pytest.mark.parametrize(
    "options",
    [
        ("--wait", "--no-wait"),
        ("--remove-taint", "a=b:NoSchedule", "--method", "scale"),
        ("--node-vm-size", "Standard_D2s_v5", "--method", "scale"),
        ("--node-vm-size", "Standard_D2ps_v5"),
        ("--method", "add-pool", "--nodepool-name", "Not-A-Name"),
        ("--method", "magic"),
    ],
)
def test_options_that_contradict_each_other_are_a_usage_error(azure: Azure, options: tuple[str, ...]) -> None:
    assert add_capacity(azure, *options).rc == 2


def test_a_pool_that_does_not_exist_is_not_found(azure: Azure) -> None:
    azure.load(BUSY)
    assert add_capacity(azure, "--yes", "--nodepool-name", "gone").rc == 3


def test_a_pool_that_somebody_else_scales_meanwhile_is_left_as_they_want_it(azure: Azure) -> None:
    edit = {"after": "pool-get", "set": {"properties": {"count": 5}}}
    world = azure.load({**BUSY, "edits": [edit]})
    result = add_capacity(azure, "--yes")
    assert result.rc == 1 and "changed" in result.err, str(result)
    assert count(world) == 5


def test_what_somebody_else_labels_meanwhile_survives(azure: Azure) -> None:
    edit = {"after": "pool-get", "set": {"properties": {"nodeLabels": {"team": "theirs"}}}}
    world = azure.load({**BUSY, "edits": [edit]})
    result = add_capacity(azure, "--yes")
    assert result.rc == 0, str(result)
    pool = next(iter(world.clusters.values())).pools[0]
    assert (pool["count"], pool["nodeLabels"]) == (2, {"team": "theirs"})


@pytest.mark.parametrize("word", ["", "b"])
def test_the_shell_completes_the_pools(azure: Azure, word: str) -> None:
    azure.load({"pools": [{"name": "system"}, {"name": "batch", "mode": "User"}]})
    line = f"az aks invoke-fix add-capacity -g rg1 -n c1 --nodepool-name {word}"
    assert "batch" in completed(azure, line)


def test_the_shell_completes_the_taints_that_may_go(azure: Azure) -> None:
    system = {"name": "system", "taints": ["CriticalAddonsOnly=true:NoSchedule"]}
    azure.load({"pools": [system, {"name": "batch", "mode": "User", "taints": ["sku=gpu:NoSchedule"]}]})
    found = completed(azure, "az aks invoke-fix add-capacity -g rg1 -n c1 --remove-taint ")
    assert "sku=gpu" in found and "CriticalAddonsOnly" not in found


def completed(azure: Azure, line: str) -> str:
    """What argcomplete proposes at the end of a line."""
    answers = azure.config_dir.parent / "completions"
    environment = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "0",
        "ARGCOMPLETE_USE_TEMPFILES": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answers),
        "_ARGCOMPLETE_IFS": " ",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "COMP_TYPE": "9",
    }
    azure.az(env=environment, may_crash=True)
    return answers.read_text() if answers.exists() else ""
