"""Changes of clusters and pools: how their operations end, who has to wait, and what is refused at once."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.core.direct import Direct
from tests.simulator.core.routing import Response

VERSION = "api-version=2024-02-01"
SYSTEM = {"name": "system", "taints": ["CriticalAddonsOnly=true:NoSchedule"]}
USER = {"name": "user", "mode": "User", "taints": ["team=a:NoSchedule"]}
FULL = {"free": {"cpu": "0", "memory": "0Mi"}}


def world(*pools: dict[str, Any], **more: Any) -> Direct:
    return Direct({**({"pools": list(pools)} if pools else {}), **more})


def put(azure: Direct, name: str = "nodepool1", **properties: Any) -> Response:
    return azure.put(f"{azure.cluster.id}/agentPools/{name}?{VERSION}", {"properties": properties})


def pool(azure: Direct, name: str = "nodepool1") -> dict[str, Any]:
    properties: dict[str, Any] = azure.get(f"{azure.cluster.id}/agentPools/{name}?{VERSION}").body["properties"]
    return properties


def status(azure: Direct, started: Response) -> dict[str, Any]:
    body: dict[str, Any] = azure.get(started.headers["azure-asyncoperation"]).body
    return body


def post(azure: Direct, verb: str) -> Response:
    return azure.ask("POST", f"{azure.cluster.id}/{verb}?{VERSION}")


def enable(azure: Direct) -> Response:
    body = {"location": "westus2", "properties": {"apiServerAccessProfile": {"disableRunCommand": False}}}
    return azure.put(f"{azure.cluster.id}?{VERSION}", body)


def test_an_operation_may_fail_and_leaves_the_nodes_as_they_were() -> None:
    azure = world(FULL, operations=[{"of": "pool-put", "status": "Failed", "code": "QuotaExceeded"}])
    started = put(azure, count=2)
    assert started.status == 200
    ended = status(azure, started)
    assert (ended["status"], ended["error"]["code"]) == ("Failed", "QuotaExceeded")
    assert "exceeding approved Total Regional Cores quota" in ended["error"]["message"]
    assert (pool(azure)["provisioningState"], pool(azure)["count"]) == ("Failed", 2)
    assert azure.run().status == 400


def test_what_failed_may_be_tried_again() -> None:
    azure = world(FULL, operations=[{"of": "pool-put", "status": "Failed", "times": 1}])
    put(azure, count=2)
    assert status(azure, put(azure, count=2))["status"] == "Succeeded"
    assert azure.run().status == 202


def test_a_failed_pool_stays_without_nodes_when_another_changes() -> None:
    azure = world(SYSTEM, operations=[{"on": "/fresh", "status": "Failed"}])
    put(azure, "fresh", count=1)
    put(azure, "system", count=2)
    assert pool(azure, "system")["provisioningState"] == "Succeeded"
    assert azure.run().status == 400


def test_an_operation_may_be_canceled_by_somebody() -> None:
    azure = world(operations=[{"of": "pool-put", "status": "Canceled"}])
    assert status(azure, put(azure, count=2))["error"] == {
        "code": "Canceled",
        "message": "Operation is being canceled by user",
    }
    assert pool(azure)["provisioningState"] == "Canceled"


def test_an_operation_that_succeeded_may_carry_a_leftover_error() -> None:
    azure = world(FULL, operations=[{"of": "pool-put", "code": "EtagMismatch"}])
    ended = status(azure, put(azure, count=2))
    assert (ended["status"], ended["error"]["code"]) == ("Succeeded", "EtagMismatch")
    assert azure.run().status == 202


def test_single_operations_may_take_longer() -> None:
    azure = world(FULL, operations=[{"of": "pool-put", "seconds": 100}])
    started = put(azure, count=2)
    assert status(azure, started)["status"] == "InProgress"
    assert azure.run().status == 400
    azure.world.advance(101)
    assert status(azure, started)["status"] == "Succeeded"
    assert azure.run().status == 202


@pytest.mark.parametrize(("version", "expected"), [("2024-02-01", "2016-03-30"), ("2025-08-01", "2025-03-01")])
def test_newer_requests_get_urls_of_a_newer_version(version: str, expected: str) -> None:
    azure = world()
    started = azure.ask("POST", f"{azure.cluster.id}/stop?api-version={version}")
    assert f"?api-version={expected}&t=" in started.headers["azure-asyncoperation"]
    assert status(azure, started)["status"] == "Succeeded"


def test_who_comes_meanwhile_is_told_what_is_in_progress() -> None:
    azure = world(SYSTEM, USER, operationSeconds=100)
    put(azure, "user", nodeTaints=[])
    refusal = put(azure, "system", count=2)
    assert (refusal.status, refusal.body["code"]) == (409, "OperationNotAllowed")
    assert "Another agentpool operation (user - Updating) is in progress" in refusal.body["message"]
    assert "Another agentpool operation (user - Updating)" in post(azure, "stop").body["message"]


def test_an_operation_of_somebody_else_ends_by_itself() -> None:
    azure = world(cluster={"provisioning": "Updating", "settlesAfter": 30})
    assert "Another operation (Updating) is in progress" in put(azure, count=2).body["message"]
    azure.world.advance(31)
    assert put(azure, count=2).status == 200


def test_a_state_that_is_no_end_refuses_changes_for_ever() -> None:
    azure = world({"provisioning": "Upgrading"})
    azure.world.advance(10_000)
    assert "(nodepool1 - Upgrading)" in put(azure, count=2).body["message"]


def test_a_failed_cluster_takes_changes() -> None:
    assert put(world(cluster={"provisioning": "Failed"}), count=2).status == 200


def test_a_stopped_cluster_can_only_be_started() -> None:
    azure = world(cluster={"power": "Stopped"})
    assert [put(azure, count=2).status, enable(azure).status] == [400, 400]
    assert post(azure, "start").status == 202
    assert azure.run().status == 202


def test_a_start_may_fail() -> None:
    azure = world(cluster={"power": "Stopped"}, operations=[{"of": "cluster-start", "status": "Failed", "times": 1}])
    assert status(azure, post(azure, "start"))["status"] == "Failed"
    assert azure.run().status == 400
    post(azure, "start")
    assert azure.run().status == 202


def test_a_cluster_that_provisions_nodes_itself_cannot_be_stopped() -> None:
    assert "nodeProvisioningProfile.mode 'Auto'" in post(world(cluster={"automatic": True}), "stop").body["message"]


def test_run_command_is_back_when_the_update_is_over() -> None:
    azure = world(cluster={"runCommand": False}, operationSeconds=100)
    started = enable(azure)
    assert started.body["properties"]["agentPoolProfiles"][0]["provisioningState"] == "Updating"
    assert azure.run().body["code"] == "RunCommandDisabled"
    azure.world.advance(101)
    assert azure.run().status == 202


def test_an_update_that_fails_brings_nothing_back() -> None:
    azure = world(cluster={"runCommand": False}, operations=[{"of": "cluster-put", "status": "Failed"}])
    enable(azure)
    assert azure.run().body["code"] == "RunCommandDisabled"


def disabled_by_policy(**more: Any) -> Direct:
    return Direct(
        {"policy": {"remediateAfter": 60, "assignments": [{"of": "disableRunCommand", "name": "off"}]}, **more}
    )


def test_the_policy_takes_the_switch_back_some_time_after_every_write() -> None:
    azure = disabled_by_policy()
    for _ in range(2):
        enable(azure)
        azure.world.advance(59)
        assert azure.run().status == 202
        azure.world.advance(2)
        assert azure.run().body["code"] == "RunCommandDisabled"


@pytest.mark.parametrize("how", ["exemption", "notScopes", "enforcementMode"])
def test_the_policy_leaves_alone_what_is_taken_out_of_it(how: str) -> None:
    azure = disabled_by_policy()
    authorization = "providers/Microsoft.Authorization"
    where = f"/subscriptions/{azure.world.subscription}/{authorization}/policyAssignments/off?api-version=2025-11-01"
    found = azure.get(where).body
    if how == "exemption":
        exemption = {"policyAssignmentId": found["id"], "exemptionCategory": "Waiver"}
        url = f"{azure.cluster.id}/{authorization}/policyExemptions/e?api-version=2026-01-01-preview"
        assert azure.put(url, {"properties": exemption}).status == 201
    else:
        value = [azure.cluster.id] if how == "notScopes" else "DoNotEnforce"
        azure.put(where, {**found, "properties": {**found["properties"], how: value}})
    enable(azure)
    azure.world.advance(1000)
    assert azure.run().status == 202


@pytest.mark.parametrize(
    ("desired", "code"),
    [
        ({"vmSize": "Standard_D4s_v5"}, "PropertyChangeNotAllowed"),
        ({"osType": "Windows"}, "PropertyChangeNotAllowed"),
        ({"count": 0}, "InvalidParameter"),
        ({"mode": "User"}, "InvalidParameter"),
        ({"powerState": {"code": "Stopped"}}, "OperationNotAllowed"),
        ({"enableAutoScaling": True, "minCount": 3, "maxCount": 2}, "InvalidParameter"),
        ({"enableAutoScaling": True, "minCount": 0, "maxCount": 2}, "InvalidParameter"),
        ({"enableAutoScaling": True, "minCount": 1, "maxCount": 2, "count": 3}, "InvalidParameter"),
    ],
    ids=str,
)
def test_a_change_that_cannot_be_is_refused(desired: dict[str, Any], code: str) -> None:
    refusal = put(world(), **desired)
    assert (refusal.status, refusal.body["code"]) == (400, code)


@pytest.mark.parametrize(
    ("name", "desired"),
    [("Nodes", {"count": 1}), ("a" * 13, {"count": 1}), ("windows1", {"count": 1, "osType": "Windows"}), ("more", {})],
)
def test_a_new_pool_needs_a_name_and_a_count(name: str, desired: dict[str, Any]) -> None:
    assert put(world(), name, **desired).body["code"] == "InvalidParameter"


def test_what_a_client_leaves_empty_is_for_the_service_to_choose() -> None:
    azure = world()
    put(azure, "fresh", count=1, vmSize="", osDiskSizeGB=0, scaleSetPriority="Regular", spotMaxPrice=-1.0)
    found = pool(azure, "fresh")
    assert (found["vmSize"], found["osDiskSizeGB"]) == ("Standard_DS2_v2", 128)
    assert not {"scaleSetPriority", "spotMaxPrice"} & set(found)


def test_the_last_system_pool_stays() -> None:
    azure = world(SYSTEM, USER)
    url = f"{azure.cluster.id}/agentPools/system?{VERSION}"
    assert azure.ask("DELETE", url).body["code"] == "InvalidParameter"


def test_a_count_outside_the_bounds_is_explained() -> None:
    azure = world({"autoscale": {"min": 1, "max": 3}})
    message = put(azure, count=5).body["message"]
    assert message.startswith(
        "agentPoolProfile.count was 5. It must be greater or equal to minCount:1 and less than or equal to maxCount:3."
    )


@pytest.mark.parametrize(("enforces", "count"), [(True, 2), (False, 1)])
def test_a_raised_minimum_brings_nodes_where_it_is_enforced(enforces: bool, count: int) -> None:
    azure = world({**FULL, "autoscale": {"min": 1, "max": 3, "seconds": 5, "enforcesMin": enforces}})
    assert put(azure, minCount=2, count=1).status == 200
    assert pool(azure)["count"] == 1
    azure.world.advance(6)
    assert pool(azure)["count"] == count


def test_a_pod_that_waits_brings_as_many_nodes_as_the_minimum() -> None:
    azure = world({**FULL, "autoscale": {"min": 1, "max": 5, "enforcesMin": False}})
    put(azure, minCount=4)
    assert azure.run().status == 400
    azure.world.advance(2)
    assert (azure.run().status, pool(azure)["count"]) == (202, 4)


def test_an_autoscaler_that_is_switched_off_has_no_bounds() -> None:
    azure = world({"autoscale": {"min": 1, "max": 3}})
    put(azure, enableAutoScaling=False, count=2)
    assert not {"minCount", "maxCount"} & set(pool(azure))


def test_more_nodes_need_cores_that_the_subscription_has_left() -> None:
    azure = world(SYSTEM, cluster={"pools": [SYSTEM], "limits": {"cores": 3}})
    assert put(azure, "fresh", count=1).status == 201
    refusal = put(azure, "another", count=1)
    assert refusal.body["code"] == "ErrCode_InsufficientVCPUQuota"
    assert "requested 2, remaining 1 for family StandardDSv2Family for region westus2" in refusal.body["message"]


def test_an_autoscaler_gets_no_nodes_without_cores_either() -> None:
    azure = world(cluster={"limits": {"cores": 2}, "pools": [{**FULL, "autoscale": {"min": 1, "max": 5}}]})
    put(azure, minCount=4)
    azure.world.advance(2)
    assert pool(azure)["count"] == 2


def test_a_size_may_not_be_for_the_subscription() -> None:
    azure = world(cluster={"limits": {"sizes": ["Standard_B2s"]}})
    assert "is not allowed in your subscription" in put(azure, "cheap", count=1, vmSize="standard_b2s").body["message"]


def test_a_full_subnet_takes_no_more_nodes() -> None:
    azure = world(cluster={"limits": {"addresses": 4}})
    assert put(azure, "fresh", count=1).status == 201
    azure.get(azure.cluster.id)
    refusal = put(azure, count=2)
    assert (refusal.body["code"], refusal.body["target"]) == ("InsufficientSubnetSize", "agentPoolProfile.count")


def test_taints_of_a_pool_come_and_go_with_the_operation() -> None:
    azure = world(SYSTEM, USER)
    assert azure.run().status == 400
    put(azure, "user", nodeTaints=[])
    assert azure.run().status == 202
    put(azure, "user", nodeTaints=["team=a:NoExecute"])
    assert azure.run().status == 400


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ({"priority": "Spot"}, "untolerated taint {kubernetes.azure.com/scalesetpriority: spot}"),
        ({"size": "Standard_D2ps_v5"}, "didn't match Pod's node affinity/selector"),
        ({"os": "Windows", "size": "Standard_D2s_v5"}, "didn't match Pod's node affinity/selector"),
    ],
    ids=["spot", "arm", "windows"],
)
def test_some_nodes_are_not_for_command_pods(extra: dict[str, Any], reason: str) -> None:
    azure = Direct(
        {"surface": "failed", "startBudget": 0, "pools": [SYSTEM, {"name": "other", "mode": "User", **extra}]}
    )
    accepted = azure.run()
    assert reason in azure.get(accepted.headers["location"]).body["properties"]["reason"]


def test_a_virtual_node_is_there_and_takes_no_command_pod() -> None:
    azure = Direct({"surface": "failed", "startBudget": 0, "cluster": {"pools": [SYSTEM], "virtualNode": True}})
    reason = azure.get(azure.run().headers["location"]).body["properties"]["reason"]
    assert "0/2 nodes are available" in reason
    assert "untolerated taint {virtual-kubelet.io/provider: azure}" in reason


def test_a_new_spot_pool_has_the_taint_of_its_kind() -> None:
    azure = world()
    put(azure, "cheap", count=1, scaleSetPriority="Spot")
    assert pool(azure, "cheap")["nodeTaints"] == ["kubernetes.azure.com/scalesetpriority=spot:NoSchedule"]
