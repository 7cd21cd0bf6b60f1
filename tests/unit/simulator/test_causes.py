"""What keeps a command out of newer clusters: isolation, a fleet, a guarded API server, leftovers, new pools."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.cluster import pods, scheduling
from tests.simulator.cluster.execution import find_tool
from tests.simulator.core.direct import Direct
from tests.unit.simulator.monitor.test_logs import ask, rows

REGISTRY = "/subscriptions/s/resourceGroups/r/providers/Microsoft.ContainerRegistry/registries/contosocache"
NEW, OLD = "2025-02-01", "2024-10-01"

needs_kubectl = pytest.mark.skipif(find_tool("kubectl") is None, reason="kubectl is not installed: make setup")


def shown(azure: Direct, version: str = NEW) -> dict[str, Any]:
    properties: dict[str, Any] = azure.get(f"{azure.cluster.id}?api-version={version}").body["properties"]
    return properties


def isolated(**cluster: Any) -> Direct:
    given = {"outbound": "block", "artifacts": "Cache", "startup": "image-pull", **cluster}
    azure = Direct({"surface": "failed", "cluster": given, "logs": {}})
    azure.run()
    return azure


@pytest.mark.parametrize("outbound", ["none", "block"])
def test_an_isolated_cluster_says_where_its_images_come_from(outbound: str) -> None:
    azure = isolated(outbound=outbound)
    assert shown(azure)["networkProfile"]["outboundType"] == outbound
    assert "loadBalancerProfile" not in shown(azure)["networkProfile"]
    profile = shown(azure)["bootstrapProfile"]
    assert profile["artifactSource"] == "Cache"
    assert f"/{shown(azure)['nodeResourceGroup']}/" in profile["containerRegistryId"]
    assert shown(isolated(registry=REGISTRY))["bootstrapProfile"]["containerRegistryId"] == REGISTRY


def test_an_older_version_does_not_show_where_images_come_from() -> None:
    assert "bootstrapProfile" not in shown(isolated(), OLD)
    assert shown(Direct("healthy"))["bootstrapProfile"] == {"artifactSource": "Direct"}


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("unauthorized", "failed to authorize"),
        ("timeout", "i/o timeout"),
        ("no-such-host", "lookup contosocache.azurecr.io on 168.63.129.16:53: no such host"),
        ("not-found", "code = NotFound"),
    ],
)
def test_the_kubelet_names_the_registry_and_what_it_said(trouble: str, words: str) -> None:
    found = rows(ask(isolated(registry=REGISTRY, imagePull=trouble)))
    message = found[0]["Message"]
    assert 'image "contosocache.azurecr.io/aks-managed-repository/aks/command/runtime:' in message and words in message


def test_a_cluster_with_another_way_out_asks_microsofts_registry() -> None:
    found = rows(ask(isolated(artifacts="Direct")))
    assert f'"{pods.IMAGE}"' in found[0]["Message"]


def test_a_hub_is_told_by_its_denials_and_by_its_groups_owner() -> None:
    azure = Direct("fleet-hub")
    group = f"/subscriptions/{azure.world.subscription}/resourceGroups/{azure.cluster.group}"
    denials = azure.pages(f"{group}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01")
    (denial,) = [each["properties"] for each in denials if "FLRG" in each["properties"]["denyAssignmentName"]]
    assert denial["denyAssignmentName"].startswith("FLRG-DenyAssignments-") and denial["isSystemProtected"]
    owner = azure.get(f"{group}?api-version=2024-03-01").body["managedBy"]
    assert owner.endswith("/resourceGroups/rg1/providers/Microsoft.ContainerService/fleets/fleet1")
    assert shown(azure)["nodeResourceGroup"].startswith("MC_FL_")


def test_not_even_an_owner_changes_a_hub_or_runs_a_command_in_it() -> None:
    azure = Direct("fleet-hub")
    assert azure.run().body["code"] == "RunCommandDisabled"
    refusal = azure.put(f"{azure.cluster.id}?api-version={NEW}", {"properties": {}})
    assert refusal.body["error"]["code"] == "DenyAssignmentAuthorizationFailed"


def test_a_group_that_is_only_named_like_a_hubs_belongs_to_nobody() -> None:
    azure = Direct({"cluster": {"name": "hub", "resourceGroup": "FL_rg1_fleet1_westus2"}})
    group = f"/subscriptions/{azure.world.subscription}/resourceGroups/{azure.cluster.group}"
    assert "managedBy" not in azure.get(f"{group}?api-version=2024-03-01").body
    assert azure.pages(f"{group}/providers/Microsoft.Authorization/denyAssignments?api-version=2022-04-01") == []


@needs_kubectl
def test_kubectl_says_that_the_api_server_is_busy(azure: Any) -> None:
    azure.load("api-server-guarded")
    ended = azure.finish(azure.submit("kubectl get pods")).json()["properties"]
    assert ended["exitCode"] == 1
    assert ended["logs"].startswith(
        "Error from server (TooManyRequests): the server has received too many requests and"
    )
    assert ended["logs"].endswith("(get pods)\n")
    assert azure.finish(azure.submit("echo here")).json()["properties"]["exitCode"] == 0


@needs_kubectl
def test_events_can_be_read_inside_the_cluster_too(azure: Any) -> None:
    azure.load({"surface": "running", "pools": [{"free": {"cpu": "300m", "memory": "600Mi"}}]})
    waits = azure.submit("until kubectl get events -n aks-command | grep FailedScheduling; do :; done")
    azure.submit("echo")
    assert "0/1 nodes are available: 1 Insufficient cpu" in azure.finish(waits).json()["properties"]["logs"]


def test_a_scripted_kubectl_is_told_the_same() -> None:
    azure = Direct("api-server-guarded")
    azure.run()
    (run,) = azure.world.runs.values()
    assert run.exit_code == 1 and "(TooManyRequests)" in run.logs


@pytest.mark.parametrize(
    ("leftovers", "quota", "refused"),
    [
        (
            {"succeeded": 2, "failed": 1},
            {"countPods": 3},
            "requested: count/pods=1, used: count/pods=3, limited: count/pods=3",
        ),
        ({"succeeded": 2, "failed": 1}, {"countPods": 4}, ""),
        ({"succeeded": 2, "failed": 1}, {"pods": 1}, ""),
        ({"succeeded": 2, "pending": 1}, {"pods": 1}, "requested: pods=1, used: pods=1, limited: pods=1"),
        ({"pending": 1}, {"pods": 1, "countPods": 1}, "requested: count/pods=1,pods=1, used: count/pods=1,pods=1"),
    ],
)
def test_a_quota_counts_the_pods_that_are_left(leftovers: Any, quota: Any, refused: str) -> None:
    response = Direct({"cluster": {"leftovers": leftovers, "quota": quota}}).run()
    assert (response.status, refused in str(response.body)) == (400 if refused else 202, True)


@needs_kubectl
def test_the_clean_up_makes_room_again(azure: Any) -> None:
    """It has to come from elsewhere: here from a command that began before the quota was full."""
    azure.load({"cluster": {"leftovers": {"succeeded": 2, "failed": 1}, "quota": {"countPods": 4}}})
    clean = "kubectl delete pods -n aks-command --field-selector=status.phase==Succeeded"
    first = azure.submit(clean)
    assert "exceeded quota" in azure.submit("echo").json()["message"]
    assert azure.finish(first).json()["properties"]["logs"].count("deleted") == 2
    assert azure.submit("echo").status_code == 202


def test_what_is_left_shows_in_metrics_and_logs() -> None:
    azure = Direct({"cluster": {"leftovers": {"succeeded": 2, "failed": 1, "pending": 1}}, "logs": {}})
    query = "KubePodInventory | summarize arg_max(TimeGenerated, *) by Name | summarize n = count() by PodStatus"
    found = {row["PodStatus"]: row["n"] for row in rows(ask(azure, query))}
    assert found == {"Succeeded": 2, "Failed": 1, "Pending": 1}


@pytest.mark.parametrize(
    ("pool", "takes"),
    [
        ({"mode": "Gateway"}, False),
        ({"mode": "ManagedSystem"}, False),
        ({"mode": "Machines"}, True),
        ({"mode": "User", "type": "FlexNodes"}, True),
    ],
)
def test_new_kinds_of_pools_take_a_command_or_do_not(pool: dict[str, str], takes: bool) -> None:
    azure = Direct({"pools": [{"taints": ["CriticalAddonsOnly=true:NoSchedule"]}, {"name": "new", **pool}]})
    assert (scheduling.place(scheduling.nodes(azure.cluster)) is not None) is takes
    profile = shown(azure)["agentPoolProfiles"][1]
    assert profile["mode"] == pool["mode"] and profile["type"] == pool.get("type", "VirtualMachineScaleSets")
    assert "nodeTaints" not in profile
