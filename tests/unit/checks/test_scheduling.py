"""Stages cluster and scheduling: what pools, nodes and the scheduler's text say together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix import catalog, checks
from azext_aksinvokefix.lifecycle import NOT_ASKED, Evidence, Item
from azext_aksinvokefix.nodes import pools
from tests.data.evidence import (
    AT,
    FULL,
    HIDDEN,
    LOST,
    START_TIMEOUT,
    TAINTED,
    commands,
    failure,
    healthy,
    ids,
    metrics,
    node,
    only,
    outcomes,
    pool,
    signin,
    stock_commands,
    unread,
    with_cluster,
)

TAINT = "dedicated=gpu:NoSchedule"
CRITICAL = "CriticalAddonsOnly=true:NoSchedule"
GROWING: dict[str, Any] = {"enableAutoScaling": True, "minCount": 1, "maxCount": 3}
UMBRELLAS = [START_TIMEOUT, HIDDEN, LOST]


@pytest.mark.parametrize(
    ("described", "finding"),
    [
        ([pool(nodeTaints=[CRITICAL])], "nodes-tainted"),
        ([pool(nodeTaints=["a=b:NoExecute"])], "nodes-tainted"),
        ([pool(nodeTaints=["a=b:noschedule"])], "nodes-tainted"),
        ([pool(scaleSetPriority="Spot")], "nodes-tainted"),
        ([pool(nodeTaints=[CRITICAL]), pool("win", osType="Windows")], "nodes-tainted no-linux-nodes"),
        ([pool(nodeTaints=[CRITICAL]), pool("user", count=0)], "no-running-nodes nodes-tainted"),
        ([pool(osType="Windows")], "no-linux-nodes"),
        ([pool(count=0)], "no-running-nodes"),
        ([pool(powerState={"code": "Stopped"})], "no-running-nodes"),
        ([pool(count=0), pool("win", osType="Windows")], "no-running-nodes no-linux-nodes"),
        ([pool(nodeTaints=["a=b:PreferNoSchedule"])], None),
        ([pool(nodeTaints=[CRITICAL]), pool("user")], None),
        ([pool()], None),
    ],
)
def test_what_the_pools_alone_confirm(described: list[dict[str, Any]], finding: str | None) -> None:
    diagnosis = checks.run(None, with_cluster(*described))
    assert ids(diagnosis) == (finding.split() if finding else [])
    assert all(found["confidence"] == "confirmed" for found in diagnosis["findings"])


@pytest.mark.parametrize("text", UMBRELLAS)
@pytest.mark.parametrize(
    ("spoiled", "finding"),
    [
        (with_cluster(pool(nodeTaints=[CRITICAL])), "nodes-tainted"),
        (with_cluster(pool(count=0)), "no-running-nodes"),
        (healthy(metrics=metrics([node(ready=False)])), "nodes-not-ready"),
        (
            healthy(metrics=metrics([node()], unschedulable=1, pods=[("p", "Pending")])),
            "nodes-full",
        ),
    ],
)
def test_a_text_of_many_causes_gives_way_to_the_cause_that_is_seen(text: str, spoiled: Evidence, finding: str) -> None:
    diagnosis = checks.run(failure(text), spoiled)
    assert ids(diagnosis) == [finding]
    assert outcomes(diagnosis)["scheduling"] == "failed"
    assert diagnosis["failure"]["finding"] == failure(text).finding


@pytest.mark.parametrize("text", UMBRELLAS)
def test_a_text_of_many_causes_stays_possible_when_nothing_is_seen(text: str) -> None:
    diagnosis = checks.run(failure(text), healthy())
    (found,) = diagnosis["findings"]
    assert (found["id"], found["confidence"]) == (failure(text).finding, "possible")
    assert diagnosis["verdict"] == "blocked"


@pytest.mark.parametrize("finding", ["nodes-not-ready", "nodes-full", "nodes-tainted"])
def test_only_nodes_that_are_told_to_be_down_are_to_be_looked_at(finding: str) -> None:
    said = failure(catalog.FINDINGS[finding].examples[0], source="run")
    found = only(checks.run(said, healthy(metrics=unread())), finding)
    assert any(line.startswith("az aks nodepool list") for line in commands(found)) == (finding == "nodes-not-ready")


def test_some_nodes_that_are_not_ready_do_not_name_the_cause() -> None:
    evidence = replace(with_cluster(pool(count=2)), metrics=metrics([node(), node("aks-nodepool1-2", ready=False)]))
    before = only(checks.run(None, evidence), "nodes-not-ready")
    after = checks.run(failure(START_TIMEOUT), evidence)
    assert (before["confidence"], before["severity"]) == ("possible", "warning")
    assert ids(after) == ["nodes-not-ready", "start-timeout"]


def test_pods_that_wait_for_other_reasons_are_only_a_hint() -> None:
    diagnosis = checks.run(None, healthy(metrics=metrics([node()], unschedulable=2)))
    assert diagnosis["verdict"] == "degraded"
    assert only(diagnosis, "nodes-full")["confidence"] == "possible"


@pytest.mark.parametrize("text", UMBRELLAS)
def test_a_pod_that_waits_does_not_say_that_the_nodes_are_full(text: str) -> None:
    waiting = healthy(metrics=metrics([node()], pods=[("command-1", "Pending")]))
    diagnosis = checks.run(failure(text), waiting)
    assert set(ids(diagnosis)) == {"start-timeout", failure(text).finding}
    assert "command-1" in str(only(diagnosis, "start-timeout")["evidence"])
    assert outcomes(diagnosis)["scheduling"] == "unknown"


def test_nodes_under_pressure_take_no_pods() -> None:
    found = only(checks.run(None, healthy(metrics=metrics([node(pressures=("MemoryPressure",))]))), "nodes-full")
    assert found["severity"] == "error"


def test_an_autoscaler_that_could_help_comes_too_late() -> None:
    evidence = replace(
        with_cluster(pool(**GROWING)),
        metrics=metrics([node()], unschedulable=1, pods=[("command-1", "Pending")]),
    )
    assert set(ids(checks.run(failure(START_TIMEOUT), evidence))) == {"autoscaler-lagging", "nodes-full"}


def test_an_autoscaler_at_its_bound_is_no_way_out() -> None:
    evidence = replace(
        with_cluster(pool(**{**GROWING, "maxCount": 1})),
        metrics=metrics([node()], unschedulable=1, pods=[("command-1", "Pending")]),
    )
    found = only(checks.run(failure(START_TIMEOUT), evidence), "nodes-full")
    assert "--min-count 2 --max-count 2" in stock_commands(found)[0]


def test_a_text_of_two_obstacles_yields_both() -> None:
    mixed = "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {CriticalAddonsOnly: true}."
    diagnosis = checks.run(failure(mixed), with_cluster(pool(), pool("sys", nodeTaints=[CRITICAL])))
    assert set(ids(diagnosis)) == {"nodes-full", "nodes-tainted"}
    assert all(found["severity"] == "error" for found in diagnosis["findings"])


def test_taints_that_are_gone_by_now_are_a_warning_to_try_again() -> None:
    diagnosis = checks.run(failure(TAINTED), healthy())
    assert diagnosis["verdict"] == "degraded"


def test_taints_that_the_scheduler_named_just_now_count_even_where_no_pool_shows_them() -> None:
    diagnosis = checks.run(failure(TAINTED, source="run"), healthy())
    assert (diagnosis["verdict"], only(diagnosis, "nodes-tainted")["confidence"]) == ("blocked", "likely")


SINGLE_MACHINES: dict[str, Any] = {
    "type": "VirtualMachines",
    "count": None,
    "virtualMachinesProfile": {"scale": {"manual": [{"size": "Standard_D2s_v3", "count": 2}]}},
}


def test_a_pool_of_single_machines_has_the_nodes_of_its_profile() -> None:
    assert checks.run(None, with_cluster(pool(**SINGLE_MACHINES)))["verdict"] == "ready"
    empty = {**SINGLE_MACHINES, "virtualMachinesProfile": {"scale": {"manual": [{"count": 0}]}}}
    assert ids(checks.run(None, with_cluster(pool(**empty)))) == ["no-running-nodes"]


def test_a_pool_whose_size_is_not_said_is_neither_empty_nor_fine() -> None:
    evidence = replace(with_cluster(pool(count=None)), metrics=metrics([]))
    diagnosis = checks.run(None, evidence)
    assert (diagnosis["findings"], diagnosis["verdict"]) == ([], "unknown")
    assert checks.run(None, with_cluster(pool(count=None)))["verdict"] == "ready"


@pytest.mark.parametrize("kind", [{"mode": "Machines"}, {"type": "Pods"}, {"osType": "Other"}, {"mode": 7}])
def test_a_pool_of_a_kind_that_is_not_known_is_neither_open_nor_closed(kind: dict[str, Any]) -> None:
    diagnosis = checks.run(None, with_cluster(pool(**kind)))
    assert (outcomes(diagnosis)["scheduling"], diagnosis["verdict"], diagnosis["findings"]) == (
        "unknown",
        "unknown",
        [],
    )
    assert checks.run(None, with_cluster(pool(**kind), pool("work")))["verdict"] == "ready"
    assert ids(checks.run(None, with_cluster(pool(**kind, count=0), pool("work", nodeTaints=[TAINT]))))


def test_only_a_scale_set_is_scaled() -> None:
    full = failure("0/1 nodes are available: 1 Insufficient cpu.")
    found = only(checks.run(full, with_cluster(pool(**SINGLE_MACHINES))), "nodes-full")
    assert all("scale" not in line for line in (*commands(found), *stock_commands(found)))


def test_node_auto_provisioning_may_bring_the_node_that_no_pool_has() -> None:
    automatic = with_cluster(pool(nodeTaints=[CRITICAL]), nodeProvisioningProfile={"mode": "Auto"})
    assert checks.run(None, automatic)["verdict"] == "degraded"
    assert ids(checks.run(failure(START_TIMEOUT), automatic)) == ["autoscaler-lagging"]


def test_metrics_that_may_not_be_read_leave_the_stage_open() -> None:
    diagnosis = checks.run(None, healthy(metrics=unread("(AuthorizationFailed) no", "Microsoft.Insights/metrics/read")))
    assert outcomes(diagnosis)["scheduling"] == "unknown"
    assert diagnosis["verdict"] == "unknown"


def test_metrics_without_any_data_take_nothing_from_the_pools() -> None:
    assert checks.run(None, healthy(metrics=metrics()))["verdict"] == "ready"


def test_a_cluster_without_any_pool_is_not_fine() -> None:
    diagnosis = checks.run(None, healthy(cluster=Item(value={"properties": {"provisioningState": "Succeeded"}})))
    assert outcomes(diagnosis)["scheduling"] == "unknown"


def test_a_stopped_cluster_has_one_finding_and_not_one_for_each_stopped_pool() -> None:
    stopped = with_cluster(pool(count=0, powerState={"code": "Stopped"}), powerState={"code": "Stopped"})
    assert ids(checks.run(None, stopped)) == ["cluster-stopped"]


def test_the_first_repair_uses_the_pool_that_is_there() -> None:
    evidence = with_cluster(pool(nodeTaints=[CRITICAL]), pool("user", mode="User", count=0))
    found = only(checks.run(None, evidence), "nodes-tainted")
    assert commands(found)[0] == f"az aks invoke-fix add-capacity {AT} --method scale --nodepool-name user"
    line = stock_commands(found)[0]
    assert line.startswith("az aks nodepool scale") and "--name user --node-count 1" in line


def test_a_way_that_add_capacity_does_not_go_is_a_stock_command_alone() -> None:
    machines = pool("user", powerState={"code": "Stopped"}, type="VirtualMachines")
    fix = only(checks.run(None, with_cluster(pool(nodeTaints=[CRITICAL]), machines)), "nodes-tainted")["fixes"][0]
    assert fix["command"].startswith("az aks nodepool start") and fix["stockCommand"] is None


def test_a_stopped_pool_is_started() -> None:
    evidence = with_cluster(pool(nodeTaints=[CRITICAL]), pool("user", powerState={"code": "Stopped"}))
    assert stock_commands(only(checks.run(None, evidence), "nodes-tainted"))[0].startswith("az aks nodepool start")


def test_a_new_pool_is_sized_and_placed_like_the_old_and_has_a_free_name() -> None:
    tainted = pool("invoke", nodeTaints=[CRITICAL], vnetSubnetID="/subscriptions/s/subnets/x", vmSize="Standard_D4s_v5")
    line = stock_commands(only(checks.run(None, with_cluster(tainted)), "nodes-tainted"))[0]
    assert "--name invoke2 --mode User --os-type Linux --node-count 1" in line
    assert "--node-vm-size Standard_D4s_v5" in line and "--vnet-subnet-id /subscriptions/s/subnets/x" in line


def test_taints_are_only_ever_removed_by_hand() -> None:
    evidence = with_cluster(pool(nodeTaints=[CRITICAL]), pool("gpu", mode="User", nodeTaints=[TAINT]))
    fixes = only(checks.run(None, evidence), "nodes-tainted")["fixes"]
    assert [fix["safety"] for fix in fixes if "--node-taints" in (fix["stockCommand"] or "")] == ["manual"]
    [own] = [fix["command"] for fix in fixes if "taint" in (fix["command"] or "")]
    assert own == f"az aks invoke-fix add-capacity {AT} --remove-taint {TAINT} --nodepool-name gpu"


@pytest.mark.parametrize(
    ("size", "is_arm"),
    [
        ("Standard_D4ps_v5", True),
        ("standard_e4pds_v6", True),
        ("Standard_B2pts_v2", True),
        ("Standard_D4s_v5", False),
        ("Standard_NP10s", False),
        ("Standard_DS2_v2", False),
        ("Standard_E8-4ds_v5", False),
        ("standard_d4lds_v5", False),
    ],
)
def test_an_arm_size_is_told_by_its_letters(size: str, is_arm: bool) -> None:
    assert pools.of({"agentPoolProfiles": [pool(vmSize=size)]})[0].is_arm is is_arm


def test_arm_nodes_are_a_doubt_and_no_verdict() -> None:
    diagnosis = checks.run(None, with_cluster(pool(vmSize="Standard_D4ps_v5")))
    assert diagnosis["verdict"] == "degraded"


@given(st.text(max_size=60))
def test_the_size_of_any_name_is_told_quickly(size: str) -> None:
    assert pools.of({"agentPoolProfiles": [pool(vmSize=size * 50)]})[0].is_arm in (True, False)


def test_a_pool_s_nodes_are_not_those_of_a_pool_whose_name_begins_alike() -> None:
    (short,) = pools.of({"agentPoolProfiles": [pool("pool")]})
    assert short.owns("aks-pool-123-vmss000001") and not short.owns("aks-pool2-123-vmss000001")
    assert short.owns("akspool000000")


@pytest.mark.parametrize(
    ("state", "severity", "verdict"),
    [
        ("Creating", "error", "blocked"),
        ("Deleting", "error", "blocked"),
        ("Stopping", "error", "blocked"),
        ("Failed", "warning", "degraded"),
        ("Canceled", "warning", "degraded"),
        ("Updating", "warning", "degraded"),
        ("SomethingNew", "warning", "degraded"),
    ],
)
def test_provisioning_states(state: str, severity: str, verdict: str) -> None:
    diagnosis = checks.run(None, with_cluster(provisioningState=state))
    assert [found["severity"] for found in diagnosis["findings"]] == [severity]
    assert diagnosis["verdict"] == verdict


def test_a_failed_cluster_that_refused_a_command_is_confirmed() -> None:
    text = failure("The cluster is being deleted or hasn't been fully provisioned yet.")
    found = only(checks.run(text, with_cluster(provisioningState="Failed")), "cluster-not-ready")
    assert (found["confidence"], found["severity"]) == ("confirmed", "error")


def test_a_stopped_cluster_that_runs_by_now_is_a_warning_to_try_again() -> None:
    text = failure("ManagedCluster is in a state preventing RunCommand feature: PowerState=Stopped")
    assert checks.run(text, healthy())["verdict"] == "degraded"
    assert checks.run(text, with_cluster(powerState={"code": "Stopped"}))["verdict"] == "blocked"


@pytest.mark.parametrize(
    ("version", "expected"), [("2.75.0", ["resource"]), ("2.76.0", ["aks"]), ("", ["aks", "resource"])]
)
def test_run_command_is_enabled_with_what_the_cli_in_use_can_do(version: str, expected: list[str]) -> None:
    evidence = replace(
        with_cluster(apiServerAccessProfile={"disableRunCommand": True}), signin=signin(cli_version=version)
    )
    found = only(checks.run(None, evidence), "run-command-disabled")
    lines = stock_commands(found)
    assert commands(found)[0] == f"az aks invoke-fix repair {AT}"
    assert [line.split()[1] for line in lines] == expected


def test_the_scheduler_s_numbers_are_told() -> None:
    found = only(checks.run(failure(FULL), healthy()), "nodes-full")
    assert "Insufficient cpu" in found["message"]


def quiet(*pods: tuple[str, str], **more: Any) -> Evidence:
    """A cluster with which nothing is wrong, and these command pods in its metrics."""
    return healthy(metrics=metrics([node()], pods=pods, **more))


def test_room_is_not_taken_for_granted_before_a_command_runs() -> None:
    diagnosis = checks.run(None, quiet())
    assert (outcomes(diagnosis)["scheduling"], diagnosis["verdict"], diagnosis["findings"]) == ("unknown", "ready", [])
    [unknown] = diagnosis["unknowns"]
    assert "room" in unknown["what"] and "requests" in unknown["why"] and unknown["needs"] == []


@pytest.mark.parametrize("phase", ["Running", "Succeeded", "succeeded"])
def test_a_command_pod_that_found_a_node_minutes_ago_shows_room(phase: str) -> None:
    diagnosis = checks.run(None, quiet(("command-1", phase)))
    assert (outcomes(diagnosis)["scheduling"], diagnosis["unknowns"]) == ("passed", [])


def test_a_command_pod_that_is_pending_is_a_warning_before_the_next_command() -> None:
    diagnosis = checks.run(None, quiet(("command-1", "Pending")))
    found = only(diagnosis, "nodes-full")
    assert (found["severity"], found["confidence"], diagnosis["verdict"]) == ("warning", "possible", "degraded")
    assert "command-1" in found["message"] and "command-1" in str(found["evidence"])
    assert outcomes(diagnosis)["scheduling"] == "unknown"


def test_a_pod_that_is_pending_says_nothing_of_a_cluster_whose_pools_tell_the_cause() -> None:
    tainted = replace(with_cluster(pool(nodeTaints=[TAINT])), metrics=quiet(("command-1", "Pending")).metrics)
    assert ids(checks.run(None, tainted)) == ["nodes-tainted"]


def test_metrics_that_nobody_asked_for_leave_no_question() -> None:
    assert checks.run(None, healthy(metrics=NOT_ASKED))["unknowns"] == []
