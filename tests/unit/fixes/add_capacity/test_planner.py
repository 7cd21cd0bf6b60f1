"""add-capacity: what it plans for pools of every kind, and that the plan, once made, lets a command run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix.changes.plan import Plan, RefusedError
from tests.data.evidence import FULL as FULL_TEXT
from tests.data.evidence import START_TIMEOUT, failure
from tests.simulator.core.routing import Response
from tests.worlds.capacity import CRITICAL, FULL, SYSTEM, Cloud, Scenario

STOPPED = {"name": "user", "mode": "User", "count": 2, "power": "Stopped"}
EMPTY = {"name": "user", "mode": "User", "count": 0}
GROWING = {"name": "user", "mode": "User", "count": 0, "autoscale": {"min": 0, "max": 3}}
AT_BOUND = {"free": FULL, "autoscale": {"min": 1, "max": 1}}
WINDOWS = {"name": "win", "mode": "User", "os": "Windows"}
BATCH = {"name": "batch", "mode": "User", "taints": ["sku=gpu:NoSchedule"]}


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario], Cloud]:
    return lambda scenario: Cloud(tmp_path, monkeypatch, scenario)


def pools(*described: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"pools": list(described), **more}


#: What the pools are, what the text says, and which way is the cheapest.
CHEAPEST = [
    (pools(SYSTEM), None, "add-pool", "invoke"),
    (pools(SYSTEM, STOPPED), None, "start", "user"),
    (pools(SYSTEM, STOPPED, EMPTY | {"name": "other"}), None, "start", "user"),
    (pools(SYSTEM, GROWING), None, "autoscale", "user"),
    (pools(SYSTEM, EMPTY), None, "scale", "user"),
    (pools(SYSTEM, EMPTY, GROWING | {"name": "auto"}), None, "autoscale", "auto"),
    (pools(SYSTEM, BATCH), None, "add-pool", "invoke"),
    (pools(SYSTEM, WINDOWS), None, "add-pool", "invoke"),
    (pools(SYSTEM, {**EMPTY, "size": "Standard_D4ps_v5"}), None, "add-pool", "invoke"),
    (pools(SYSTEM, {**EMPTY, "size": "Standard_D16s_v5"}, {**EMPTY, "name": "small"}), None, "scale", "small"),
    (pools({"free": FULL}), FULL_TEXT, "scale", "nodepool1"),
    (pools(AT_BOUND), FULL_TEXT, "autoscale", "nodepool1"),
    (pools({"free": FULL}, STOPPED), FULL_TEXT, "start", "user"),
    (pools({"free": FULL}), START_TIMEOUT, "scale", "nodepool1"),
    (pools({"count": 2, "notReady": 2}, surface="failed"), None, "add-pool", "invoke"),
]


def method_of(plan: Plan) -> str:
    (line,) = plan.stock
    words = line.split()
    verb = words[words.index("nodepool") + 1]
    by_verb = {"start": "start", "scale": "scale", "add": "add-pool"}
    return by_verb.get(verb) or ("autoscale" if "--min-count" in words else "remove-taint")


@pytest.mark.parametrize(("scenario", "text", "method", "pool"), CHEAPEST)
def test_the_cheapest_way_is_planned(
    cloud: Callable[[Scenario], Cloud], scenario: dict[str, Any], text: str | None, method: str, pool: str
) -> None:
    plan = cloud(scenario).plan(failure=failure(text) if text else None)
    (change,) = plan.changes
    assert (method_of(plan), change.id.rsplit("/", 1)[-1]) == (method, pool)
    assert ("Microsoft.ContainerService/managedClusters/agentPools/write", plan.cluster_id) in plan.requires


@pytest.mark.parametrize(("scenario", "text"), [row[:2] for row in CHEAPEST])
def test_the_plan_lets_a_command_run_and_undo_takes_that_back(
    cloud: Callable[[Scenario], Cloud], scenario: dict[str, Any], text: str | None
) -> None:
    from azext_aksinvokefix.changes import undo

    azure = cloud(scenario)
    before = [dict(pool) for pool in azure.direct.cluster.pools]
    assert not azure.run_works()
    outcome = azure.carry_out(azure.plan(failure=failure(text) if text else None))
    assert outcome.document["verified"] is True, outcome
    azure.world.advance(3600)
    assert azure.run_works()
    session = azure.session()
    back = azure.carry_out(undo.plan(session.arm, undo.chosen(session.journal, None)))
    assert back.document["verified"] is True, back
    azure.world.advance(3600)
    after = azure.direct.cluster.pools
    assert [pool["name"] for pool in after] == [pool["name"] for pool in before]
    assert [bounds(pool) for pool in after] == [bounds(pool) for pool in before]


def bounds(pool: dict[str, Any]) -> tuple[int | None, int | None, int | None, dict[str, str], list[str] | None]:
    count = None if pool.get("enableAutoScaling") else pool["count"]
    return (count, pool.get("minCount"), pool.get("maxCount"), pool["powerState"], pool.get("nodeTaints"))


def test_only_its_own_settings_change_in_a_pool(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(pools({"free": FULL, "labels": {"team": "a"}}))
    (change,) = azure.plan(failure=failure(FULL_TEXT)).changes
    assert change.settings == (("properties", "count"),)
    assert {
        name for name, value in change.after["properties"].items() if change.before["properties"][name] != value
    } == {"count"}
    assert not {"id", "name", "type"} & set(change.after)
    assert not {"provisioningState", "nodeImageVersion", "currentOrchestratorVersion"} & set(change.after["properties"])


def test_an_autoscaled_pool_is_never_sent_a_count_outside_its_bounds(cloud: Callable[[Scenario], Cloud]) -> None:
    (change,) = cloud(pools(AT_BOUND)).plan(failure=failure(FULL_TEXT)).changes
    properties = change.after["properties"]
    assert properties["minCount"] <= properties["count"] <= properties["maxCount"]
    back = change.undo()["after"]["properties"]
    assert back["minCount"] <= back["count"] <= back["maxCount"] == 1


def test_a_new_pool_is_placed_like_the_smallest_one(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(pools({**SYSTEM, "size": "Standard_D8s_v5"}, {**BATCH, "size": "Standard_D2s_v5"}))
    subnet = "/subscriptions/s/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/v/subnets/a"
    for pool in azure.direct.cluster.pools:
        pool.update(vnetSubnetID=subnet, availabilityZones=["1", "2"], tags={"cost center": "a b"})
    plan = azure.plan()
    properties = plan.changes[0].after["properties"]
    assert (properties["vmSize"], properties["mode"], properties["count"]) == ("Standard_D2s_v5", "User", 1)
    assert (properties["vnetSubnetID"], properties["availabilityZones"]) == (subnet, ["1", "2"])
    assert "nodeTaints" not in properties
    assert f"--vnet-subnet-id {subnet} --max-pods 110 --zones 1 2 --tags 'cost center=a b'" in plan.stock[0]
    assert ("Microsoft.Network/virtualNetworks/subnets/join/action", subnet) in plan.requires


def test_a_new_pool_has_a_free_name_and_the_size_asked_for(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(pools(SYSTEM, {**BATCH, "name": "invoke"}))
    plan = azure.plan(method="add-pool", node_vm_size="Standard_D2s_v5")
    assert plan.changes[0].id.endswith("/agentPools/invoke2")
    assert plan.changes[0].after["properties"]["vmSize"] == "Standard_D2s_v5"


def test_who_names_a_size_means_a_new_pool(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(pools({"free": FULL}))
    plan = azure.plan(failure=failure(FULL_TEXT), node_vm_size="Standard_D4s_v5")
    assert plan.changes[0].before is None
    assert plan.changes[0].after["properties"]["vmSize"] == "Standard_D4s_v5"


def test_a_virtual_node_is_said_not_to_help(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(pools(SYSTEM))
    azure.direct.cluster.properties["addonProfiles"] = {"aciConnectorLinux": {"enabled": True}}
    assert any("virtual node" in note for note in azure.plan().notes)


def test_an_arm_cluster_asks_for_a_size(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(pools({**SYSTEM, "size": "Standard_D2ps_v5"}))
    with pytest.raises(RefusedError) as refused:
        azure.plan()
    assert "--node-vm-size" in refused.value.advice


def test_what_it_costs_and_the_other_ways_are_said(cloud: Callable[[Scenario], Cloud]) -> None:
    plan = cloud(pools({"free": FULL})).plan(failure=failure(FULL_TEXT))
    assert "1 node of size Standard_DS2_v2" in plan.warnings[0] and "billed" in plan.warnings[0]
    assert any("--method add-pool" in note for note in plan.notes)
    assert plan.cost == "+1 Standard_DS2_v2"


def test_somebody_at_the_terminal_chooses_the_way(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(pools({"free": FULL}))
    azure.console.choice = 1
    plan = azure.plan(failure=failure(FULL_TEXT), ask=True)
    assert method_of(plan) == "add-pool"
    assert len(azure.console.offered) == 2
    assert all(" node" in offer.partition(". It ")[2] for offer in azure.console.offered), azure.console.offered


def test_nobody_chose_and_nothing_is_planned(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(pools({"free": FULL}))
    with pytest.raises(RefusedError):
        azure.plan(failure=failure(FULL_TEXT), ask=True)


def test_yes_takes_the_cheapest_without_asking(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(pools({"free": FULL}))
    assert method_of(azure.plan(failure=failure(FULL_TEXT), ask=True, yes=True)) == "scale"
    assert not azure.console.offered


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"nodepool": "win"}, "Windows"),
        ({"nodepool": "spot"}, "spot"),
        ({"nodepool": "batch"}, "sku=gpu:NoSchedule"),
        ({"nodepool": "arm"}, "Arm64"),
        ({"nodepool": "system", "method": "scale"}, CRITICAL),
        ({"method": "start"}, "--method start is not possible"),
        ({"nodepool": "gone"}, "There is no node pool 'gone'"),
        ({"nodepool": "batch", "method": "add-pool"}, "already"),
    ],
)
def test_a_way_that_is_none_is_refused_with_its_reason(
    cloud: Callable[[Scenario], Cloud], options: dict[str, str], words: str
) -> None:
    arm = {"name": "arm", "mode": "User", "count": 0, "size": "Standard_D4ps_v5"}
    azure = cloud(pools(SYSTEM, WINDOWS, BATCH, arm, {"name": "spot", "mode": "User"}))
    azure.direct.cluster.pools[-1]["scaleSetPriority"] = "Spot"
    with pytest.raises(RefusedError) as refused:
        azure.plan(**options)
    assert words in refused.value.message
    assert refused.value.advice


def test_a_stopped_cluster_is_to_be_started_first(cloud: Callable[[Scenario], Cloud]) -> None:
    with pytest.raises(RefusedError) as refused:
        cloud("cluster-stopped").plan()
    assert "az aks start -g rg1 -n c1" in refused.value.advice


def test_single_machines_are_left_to_the_command_that_scales_them(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(pools(SYSTEM, EMPTY))
    azure.direct.cluster.pools[1]["type"] = "VirtualMachines"
    assert method_of(azure.plan()) == "add-pool"


def test_nothing_is_planned_on_a_pool_that_moved_meanwhile(
    cloud: Callable[[Scenario], Cloud], monkeypatch: pytest.MonkeyPatch
) -> None:
    azure = cloud(pools({"free": FULL}))
    ask = azure.direct.ask

    def moved(method: str, url: str, body: Any = None) -> Response:
        if "/agentPools/" in url:
            azure.direct.cluster.pools[0]["count"] = 5
        return ask(method, url, body)

    monkeypatch.setattr(azure.direct, "ask", moved)
    with pytest.raises(RefusedError) as refused:
        azure.plan(failure=failure(FULL_TEXT))
    assert "changed after the plan was made" in refused.value.message


def test_what_somebody_else_wrote_beside_the_count_survives(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(pools({"free": FULL}))
    plan = azure.plan(failure=failure(FULL_TEXT))
    azure.direct.cluster.pools[0]["nodeLabels"] = {"team": "theirs"}
    azure.carry_out(plan)
    assert azure.pool()["nodeLabels"] == {"team": "theirs"}
    assert azure.edge.pipeline.writes[0][2]["properties"]["nodeLabels"] == {"team": "theirs"}


def test_a_count_that_somebody_else_changed_is_not_overwritten(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(pools({"free": FULL}))
    plan = azure.plan(failure=failure(FULL_TEXT))
    azure.direct.cluster.pools[0]["count"] = 4
    with pytest.raises(RefusedError):
        azure.carry_out(plan)
    assert azure.pool()["count"] == 4
