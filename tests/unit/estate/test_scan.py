"""Many clusters in many subscriptions: what is asked, what is judged, and what is said of the rest."""

from __future__ import annotations

import contextlib
import gc
import threading
from typing import Any

import pytest

from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.estate.accepted import Accepted, read
from azext_aksinvokefix.estate.scan import ScanOptions, Scope, scan
from azext_aksinvokefix.lifecycle import STAGES, Item
from tests.worlds.estate import SIGN_IN, EstateWorld

OWN = "5ca1ab1e-0000-4000-8000-00000000c0de"
SHOP = "50000000-0000-4000-8000-0000000005b0"
DENY = {"of": "readOnlyRootFilesystem", "name": "read-only", "title": "Read-only root", "effect": "Deny"}
SHOPS = {"id": SHOP, "name": "Shop", "groups": ["retail", "contoso"]}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)


def estate(**more: Any) -> dict[str, Any]:
    clusters = [
        {"name": "c1", "azurePolicy": True},
        {"name": "c2", "power": "Stopped"},
        {"name": "s1", "subscription": SHOP, "azurePolicy": True},
        {"name": "s2", "subscription": SHOP, "runCommand": False},
    ]
    access = {"assignments": ["Owner", {"role": "Owner", "scope": f"/subscriptions/{SHOP}"}]}
    return {"subscriptions": [SHOPS], "clusters": clusters, "access": access, **more}


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["verdict"] for one in found["clusters"]}


BOTH = Scope((OWN, SHOP))


def test_every_cluster_of_the_subscriptions_is_judged() -> None:
    found = EstateWorld(estate()).scan(BOTH)
    assert verdicts(found) == {"c2": "blocked", "s2": "blocked", "c1": "ready", "s1": "ready"}
    assert found["summary"] == {
        "clusters": 4,
        "ready": 2,
        "blocked": 2,
        "degraded": 0,
        "unknown": 0,
        "findings": {"cluster-stopped": 1, "run-command-disabled": 1},
    }
    assert found["unknowns"] == []
    assert found["scope"] == {"subscriptions": [OWN, SHOP], "managementGroups": None, "resourceGroup": None}


def test_the_object_has_the_members_of_the_contract() -> None:
    found = EstateWorld(estate()).scan(BOTH)
    members = {"schemaVersion", "scannedAt", "scope", "summary", "clusters", "unknowns", "queries"}
    assert set(found) == members
    for cluster in found["clusters"]:
        assert set(cluster) == {
            *("id", "name", "resourceGroup", "subscriptionId", "location", "kubernetesVersion", "verdict", "stages"),
            *("findings", "unknowns", "runCommand"),
        }
        assert [each["stage"] for each in cluster["stages"]] == list(STAGES)
        outcomes = {each["stage"]: each["outcome"] for each in cluster["stages"]}
        assert {outcomes[one] for one in ("client", "sign-in", "access", "startup", "command", "result")} == {"skipped"}
        assert cluster["runCommand"] is None
        assert all(finding["accepted"] is False for finding in cluster["findings"])


def test_clusters_are_sorted_by_verdict_and_then_by_id() -> None:
    found = EstateWorld(estate()).scan(BOTH)["clusters"]
    assert [one["id"].lower() for one in found[:2]] == sorted(one["id"].lower() for one in found[:2])
    assert [one["verdict"] for one in found] == ["blocked", "blocked", "ready", "ready"]


def test_a_resource_group_narrows_the_scan() -> None:
    scenario = {"clusters": [{"name": "c1"}, {"name": "c2", "resourceGroup": "o'rg"}]}
    assert verdicts(EstateWorld(scenario).scan(Scope((OWN,), resource_group="O'RG"))) == {"c2": "ready"}


def test_a_group_in_which_no_cluster_shows_is_not_said_to_be_well() -> None:
    found = EstateWorld(estate()).scan(Scope((OWN,), resource_group="no-such-group"))
    assert found["clusters"] == []
    assert [one["what"] for one in found["unknowns"]] == ["the clusters of resource group no-such-group"]


def test_a_policy_of_a_management_group_reaches_the_subscriptions_below_it_alone() -> None:
    retail = {**DENY, "scope": "/providers/Microsoft.Management/managementGroups/retail"}
    above = {"role": "Owner", "scope": "/providers/Microsoft.Management/managementGroups/retail"}
    scenario = estate(policy={"assignments": [retail]})
    scenario["access"]["assignments"].append(above)
    found = verdicts(EstateWorld(scenario).scan(BOTH))
    assert (found["s1"], found["c1"]) == ("blocked", "ready")


def test_a_management_group_is_scanned_with_all_below_it() -> None:
    found = EstateWorld(estate()).scan(Scope(management_groups=("retail",)))
    assert set(verdicts(found)) == {"s1", "s2"}
    assert found["scope"]["managementGroups"] == ["retail"]


def test_an_unknown_management_group_is_refused_by_its_name() -> None:
    with pytest.raises(ArmError) as error:
        EstateWorld(estate()).scan(Scope(management_groups=("nope",)))
    assert "nope" in error.value.message
    assert error.value.code == "ManagementGroupNotFound"


def test_the_number_of_queries_does_not_depend_on_the_number_of_clusters() -> None:
    few = EstateWorld({"clusters": [{"name": "c1"}]}).scan()["queries"]
    many = EstateWorld({"clusters": [{"name": f"c{number}"} for number in range(60)]}).scan()["queries"]
    assert few == many == 4


def test_pages_are_followed_to_the_end_and_each_cluster_counts_once() -> None:
    scenario = {"clusters": [{"name": f"c{number}"} for number in range(25)], "graph": {"page": 4, "quota": 100}}
    world = EstateWorld(scenario)
    found = world.scan()
    assert len(found["clusters"]) == len({one["id"] for one in found["clusters"]}) == 25
    assert ("clusters", 7) in world.heard
    assert found["unknowns"] == []


def test_a_quota_that_is_used_up_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = {"clusters": [{"name": f"c{number}"} for number in range(12)], "graph": {"page": 2, "quota": 3}}
    world = EstateWorld(scenario)
    slept: list[float] = []
    monkeypatch.setattr("time.monotonic", world.world.now)

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        world.world.advance(seconds)

    monkeypatch.setattr("time.sleep", sleep)
    found = world.scan()
    assert len(found["clusters"]) == 12
    assert slept
    assert found["unknowns"] == []


@pytest.mark.parametrize(
    ("graph", "said"),
    [({"truncated": True}, "the response was truncated"), ({"subscriptionLimit": True}, "10,000 subscriptions")],
)
def test_an_answer_that_is_not_whole_is_said_to_be_so(graph: dict[str, Any], said: str) -> None:
    found = EstateWorld({"clusters": [{"azurePolicy": True}], "graph": graph}).scan()
    assert any(said in gap["why"] for gap in found["unknowns"])
    assert verdicts(found) == {"c1": "unknown"}


def test_a_refused_table_leaves_admission_open_and_not_the_rest() -> None:
    scenario = {"clusters": [{"azurePolicy": True}, {"name": "c2"}], "graph": {"refused": ["policyresources"]}}
    found = EstateWorld(scenario).scan()
    outcomes = {
        one["name"]: {each["stage"]: each["outcome"] for each in one["stages"]}["admission"]
        for one in found["clusters"]
    }
    assert outcomes == {"c1": "unknown", "c2": "passed"}, "without the add-on no policy reaches into a cluster"
    gap = next(gap for gap in found["unknowns"] if "assignments" in gap["what"])
    assert gap["needs"] == ["Microsoft.Authorization/policyAssignments/read"]


def test_policies_that_may_not_be_read_are_not_taken_for_none() -> None:
    custom = {"name": "Clusters", "actions": ["Microsoft.ContainerService/*/read"]}
    scenario = {
        "clusters": [{"azurePolicy": True}],
        "policy": {"assignments": [DENY]},
        "access": {"assignments": ["Clusters"], "custom": [custom]},
    }
    found = EstateWorld(scenario).scan()
    assert verdicts(found) == {"c1": "unknown"}
    (gap,) = found["clusters"][0]["unknowns"]
    assert "Microsoft.Authorization/policyAssignments/read" in gap["needs"]


def test_without_any_right_the_refusal_is_raised() -> None:
    with pytest.raises(ArmError) as error:
        EstateWorld("healthy", object_id="nobody").scan()
    assert error.value.status == 403


def test_a_subscription_of_which_nothing_shows_is_named() -> None:
    scenario = estate(access={"assignments": ["Owner"]})
    found = EstateWorld(scenario).scan(BOTH)
    assert [gap["what"] for gap in found["unknowns"]] == [f"the clusters of subscription {SHOP}"]


def test_where_a_subscription_stands_is_not_guessed() -> None:
    above = {**DENY, "scope": "managementGroup"}
    scenario = {
        "clusters": [{"azurePolicy": True}],
        "policy": {"assignments": [above]},
        "access": {"assignments": ["Owner", {"role": "Owner", "scope": "managementGroup"}]},
        "graph": {"unplaced": True},
    }
    found = EstateWorld(scenario).scan()
    assert verdicts(found) == {"c1": "unknown"}
    assert any("management groups" in gap["what"] for gap in found["clusters"][0]["unknowns"])


ACCEPTED = "- {finding: cluster-stopped, cluster: c2, until: 2999-01-01, reason: asleep}\n"


def test_an_accepted_finding_is_shown_and_does_not_count() -> None:
    world = EstateWorld(estate())
    found = world.scan(BOTH, accepted=read(ACCEPTED, world.now.date()))
    cluster = next(one for one in found["clusters"] if one["name"] == "c2")
    assert [(one["id"], one["accepted"]) for one in cluster["findings"]] == [("cluster-stopped", True)]
    assert cluster["verdict"] == "ready"
    outcomes = {each["stage"]: each["outcome"] for each in cluster["stages"]}
    assert (outcomes["cluster"], outcomes["scheduling"]) == ("passed", "skipped")
    assert found["summary"]["findings"]["cluster-stopped"] == 1


def test_the_queries_do_not_wait_for_the_sign_in() -> None:
    world = EstateWorld(estate())
    asked = threading.Event()

    def sign_in() -> Item:
        assert asked.wait(30), "nothing was asked before the sign-in was there"
        return SIGN_IN

    wishes = ScanOptions(accepted=Accepted([], world.now.date()))
    found = scan(world.edge.arm, BOTH, wishes, sign_in, world.now, lambda *_: asked.set())
    assert len(found["clusters"]) == 4


@pytest.mark.parametrize("was_on", [True, False])
@pytest.mark.parametrize("group", ["retail", "nope"])
def test_the_collector_is_left_as_it_was(group: str, was_on: bool) -> None:
    try:
        (gc.enable if was_on else gc.disable)()
        with contextlib.suppress(ArmError):
            EstateWorld(estate()).scan(Scope(management_groups=(group,)))
        assert gc.isenabled() is was_on
    finally:
        gc.enable()
