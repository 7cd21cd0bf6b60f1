"""Clusters and pools keep what they are told, and change when their operation is over."""

from __future__ import annotations

from typing import Any

import pytest
from requests.models import Response

from tests.unit.simulator.conftest import Client


def pool(azure: Client, name: str = "nodepool1") -> dict[str, Any]:
    found: dict[str, Any] = azure.get(f"{azure.cluster}/agentPools/{name}").json()["properties"]
    return found


def put_pool(azure: Client, name: str = "nodepool1", **properties: Any) -> Response:
    return azure.call("PUT", f"{azure.cluster}/agentPools/{name}", {"properties": properties})


def status(azure: Client, answer: Response) -> str:
    return str(azure.get(answer.headers["Azure-AsyncOperation"]).json()["status"])


def test_every_api_version_and_every_casing_finds_the_cluster(azure: Client) -> None:
    for path in (azure.cluster.upper().replace("/SUBSCRIPTIONS/", "/subscriptions/"), azure.cluster.lower()):
        assert azure.get(f"{path}?api-version=2099-01-01").json()["name"] == "c1"


def test_lists_hold_every_cluster_of_their_scope(azure: Client) -> None:
    azure.load({"clusters": [{"name": "a"}, {"name": "b", "resourceGroup": "rg2"}]})
    base = f"/subscriptions/{azure.world.subscription}"
    kind = "/providers/Microsoft.ContainerService/managedClusters"
    assert [c["name"] for c in azure.get(base + kind).json()["value"]] == ["a", "b"]
    assert [c["name"] for c in azure.get(f"{base}/resourceGroups/rg2{kind}").json()["value"]] == ["b"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/subscriptions/nope/resourceGroups/rg1", "SubscriptionNotFound"),
        ("/subscriptions/{}/resourceGroups/nope", "ResourceGroupNotFound"),
        ("/subscriptions/{}/providers/Microsoft.Nothing/things", "InvalidResourceType"),
    ],
)
def test_what_does_not_exist_is_named(azure: Client, path: str, code: str) -> None:
    answer = azure.get(path.format(azure.world.subscription))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)


def test_a_stopped_cluster_runs_after_its_start_is_over(azure: Client) -> None:
    azure.load({"cluster": {"power": "Stopped"}, "operationSeconds": 100})
    started = azure.call("POST", f"{azure.cluster}/start")
    assert status(azure, started) == "InProgress"
    assert azure.submit().status_code == 400
    azure.world.advance(200)
    assert status(azure, started) == "Succeeded"
    assert azure.submit().status_code == 202


def test_one_operation_at_a_time(azure: Client) -> None:
    azure.load({"operationSeconds": 100})
    assert azure.call("POST", f"{azure.cluster}/stop").status_code == 202
    assert put_pool(azure, count=2).json()["code"] == "OperationNotAllowed"


def test_an_update_keeps_what_it_does_not_mention(azure: Client) -> None:
    azure.load({"cluster": {"runCommand": False, "private": True}})
    properties = {"apiServerAccessProfile": {"disableRunCommand": False}}
    azure.call("PUT", azure.cluster, {"location": "westus2", "properties": properties})
    assert azure.submit().status_code == 202
    assert azure.get(azure.cluster).json()["properties"]["apiServerAccessProfile"]["enablePrivateCluster"] is True


def test_a_new_pool_is_created_and_an_old_one_updated(azure: Client) -> None:
    assert put_pool(azure, "extra", count=1).status_code == 201
    assert put_pool(azure, "extra", count=1, maxPods=50).json()["properties"]["provisioningState"] == "Updating"
    assert pool(azure, "extra")["provisioningState"] == "Succeeded"


def test_taints_leave_with_an_empty_list(azure: Client) -> None:
    azure.load("nodes-tainted")
    put_pool(azure, nodeTaints=[])
    assert "nodeTaints" not in pool(azure)
    assert azure.submit().status_code == 202


def test_a_stopped_pool_counts_none_and_gets_its_count_back(azure: Client) -> None:
    put_pool(azure, "extra", count=4)
    azure.get(azure.cluster)
    put_pool(azure, "extra", powerState={"code": "Stopped"}, count=4)
    assert pool(azure, "extra")["count"] == 0
    put_pool(azure, "extra", powerState={"code": "Running"}, count=0)
    assert pool(azure, "extra")["count"] == 4


def test_nodes_are_there_when_the_operation_is_over(azure: Client) -> None:
    azure.load({"pools": [{"count": 0}], "operationSeconds": 100, "startBudget": 0})
    put_pool(azure, count=1)
    assert azure.submit().status_code == 400
    azure.world.advance(200)
    assert pool(azure)["provisioningState"] == "Succeeded"


def test_a_deleted_pool_is_gone(azure: Client) -> None:
    put_pool(azure, "extra", count=1)
    azure.get(azure.cluster)
    assert azure.call("DELETE", f"{azure.cluster}/agentPools/extra").status_code == 202
    assert azure.get(f"{azure.cluster}/agentPools/extra").status_code == 404
    assert azure.call("DELETE", f"{azure.cluster}/agentPools/extra").status_code == 204


def test_an_operation_url_is_followed_verbatim_or_not_at_all(azure: Client) -> None:
    url = azure.call("POST", f"{azure.cluster}/stop").headers["Azure-AsyncOperation"]
    assert azure.get(url).status_code == 200
    assert azure.get(url[:-1]).status_code == 403
    assert azure.get(url.partition("&t=")[0]).status_code == 403
