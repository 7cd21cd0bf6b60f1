"""Access inside the cluster: the least AKS RBAC role where Azure RBAC decides, no role where it does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.lifecycle import Failure
from tests.data.evidence import AZURE_TAIL, forbidden
from tests.present import present
from tests.worlds.capacity import Scenario
from tests.worlds.roles import EXACT, Roles, access, roles_of

READER, WRITER, ADMIN, CLUSTER_ADMIN = (
    "7f6c6a51-bcf8-42ba-9220-52d62157d7db",
    "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb",
    "3498e952-d568-435e-9b2c-8d77e338d7f7",
    "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
)
NODES = "kubectl get nodes"
#: What each command needs inside: nothing runs here.
INSIDE = {
    "cluster": {"azureRbac": True},
    "commands": [
        {"match": NODES, "needs": {"verb": "list", "resource": "nodes"}},
        *({"match": f"kubectl get pods -n {each}", "needs": {"namespace": each}} for each in ("web", "shop")),
    ],
}
OTHER = "6a0d2c11-9a36-4f2f-8d6d-7a0e6c1f0004"


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario], Roles]:
    return lambda scenario: Roles(tmp_path, monkeypatch, scenario)


def on_azure_rbac(*assigned: str, **more: Any) -> dict[str, Any]:
    return access("Invokers", *assigned, custom=[EXACT], cluster={"azureRbac": True}, **more)


def said(
    verb: str,
    resource: str,
    group: str = "",
    namespace: str = "",
    user: str = "",
    tail: str = AZURE_TAIL,
    *,
    cloud: Roles | None = None,
) -> Failure:
    user = user or present(cloud).world.caller.object_id
    return texts.classify(forbidden(verb, resource, group, namespace, user, tail), source="argument")


@pytest.mark.parametrize(
    ("request_of", "role", "place"),
    [
        (("list", "nodes"), ADMIN, ""),
        (("list", "pods"), READER, ""),
        (("list", "pods", "", "web"), READER, "/namespaces/web"),
        (("get", "secrets", "", "web"), WRITER, "/namespaces/web"),
        (("patch", "deployments", "apps", "web"), WRITER, "/namespaces/web"),
        (("create", "namespaces"), CLUSTER_ADMIN, ""),
    ],
)
def test_the_least_role_for_the_refused_request_where_it_was_made(
    azure: Callable[[Scenario], Roles], request_of: tuple[str, ...], role: str, place: str
) -> None:
    cloud = azure(on_azure_rbac())
    plan = cloud.grant(said(*request_of, cloud=cloud))
    assert roles_of(plan) == [role]
    assert plan.changes[0].id.startswith(f"{cloud.id}{place}/providers/Microsoft.Authorization/roleAssignments/")


def test_an_owner_reaches_the_nodes_with_it_and_not_without(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(INSIDE)
    refused = cloud.run(NODES)
    assert present(refused.failure).finding == "kubernetes-forbidden-azure-rbac"
    cloud.carry_out(cloud.grant(refused.failure))
    assert cloud.run(NODES).outcome == "succeeded"


def test_a_role_in_a_namespace_does_not_reach_another(azure: Callable[[Scenario], Roles]) -> None:
    pods = "kubectl get pods -n {}"
    cloud = azure(INSIDE)
    plan = cloud.grant(kubernetes_access="reader", namespace="web")
    assert cloud.carry_out(plan, wait=60, with_effect=True).document["verified"] is True
    assert cloud.run(pods.format("web")).outcome == "succeeded"
    assert cloud.run(pods.format("shop")).outcome != "succeeded"


def test_access_that_is_asked_for_comes_with_what_invoke_itself_needs(azure: Callable[[Scenario], Roles]) -> None:
    principals = [{"name": "ada", "id": OTHER}]
    cloud = azure(on_azure_rbac(principals=principals))
    plan = cloud.grant(object_id=OTHER, principal_type="User", kubernetes_access="writer", namespace="web")
    assert len(plan.changes) == 2 and "Invokers" in plan.changes[0].what and "RBAC Writer" in plan.changes[1].what
    assert not cloud.carry_out(plan).failed


def test_a_level_that_does_not_cover_the_request_is_refused_with_the_one_that_does(
    azure: Callable[[Scenario], Roles],
) -> None:
    cloud = azure(on_azure_rbac())
    with pytest.raises(RefusedError) as refused:
        cloud.grant(said("list", "nodes", cloud=cloud), kubernetes_access="reader")
    assert "RBAC Admin" in refused.value.advice


def test_a_namespace_that_is_not_the_refused_one_is_refused(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(on_azure_rbac())
    with pytest.raises(RefusedError, match="whole cluster"):
        cloud.grant(said("list", "pods", cloud=cloud), namespace="web")


@pytest.mark.parametrize("name", ["../..", "a/b", "Web", "-web", "web?x=y"])
def test_what_is_no_namespace_never_gets_into_an_id(azure: Callable[[Scenario], Roles], name: str) -> None:
    with pytest.raises(RefusedError, match="not the name of a namespace"):
        azure(on_azure_rbac()).grant(kubernetes_access="reader", namespace=name)


def test_a_namespace_without_access_to_it_is_refused(azure: Callable[[Scenario], Roles]) -> None:
    with pytest.raises(RefusedError) as refused:
        azure(on_azure_rbac()).grant(namespace="web")
    assert "--kubernetes-access" in refused.value.advice


def test_what_was_assigned_already_is_not_assigned_again(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(on_azure_rbac("Azure Kubernetes Service RBAC Admin", dataPropagation=300))
    plan = cloud.grant(said("list", "nodes", cloud=cloud))
    assert plan.changes == () and "five minutes" in plan.notes[0]


def test_a_check_that_failed_is_no_missing_role(azure: Callable[[Scenario], Roles]) -> None:
    tail = ": Access denied due to Azure RBAC check failure. Please retry later. (requestID: 1)"
    cloud = azure(on_azure_rbac())
    with pytest.raises(RefusedError, match="could not reach Azure RBAC"):
        cloud.grant(said("list", "pods", tail=tail, cloud=cloud))


def test_a_text_about_another_user_is_not_repaired_for_the_caller(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(on_azure_rbac())
    with pytest.raises(RefusedError, match="eve@contoso.com"):
        cloud.grant(said("list", "pods", user="eve@contoso.com"))


def test_a_custom_role_by_name_has_to_hold_the_data_action(azure: Callable[[Scenario], Roles]) -> None:
    custom = [
        EXACT,
        {"name": "Sees nodes", "dataActions": ["Microsoft.ContainerService/managedClusters/nodes/read"]},
    ]
    cloud = azure(access("Invokers", custom=custom, cluster={"azureRbac": True}))
    nodes = said("list", "nodes", cloud=cloud)
    plan = cloud.grant(nodes, role="Sees nodes")
    cloud.carry_out(plan)
    assert cloud.names_of_roles == ["Sees nodes"]
    with pytest.raises(RefusedError, match="data action"):
        cloud.grant(said("list", "pods", cloud=cloud), role="Sees nodes")


def test_an_owner_without_a_role_inside_is_told_of_that_layer(azure: Callable[[Scenario], Roles]) -> None:
    plan = azure({"cluster": {"azureRbac": True}}).grant()
    assert plan.changes == () and any("--kubernetes-access" in note for note in plan.notes)
    plan = azure(on_azure_rbac("Azure Kubernetes Service RBAC Reader")).grant()
    assert not any("--kubernetes-access" in note for note in plan.notes)


def test_a_role_without_data_actions_gives_no_access_inside(azure: Callable[[Scenario], Roles]) -> None:
    with pytest.raises(RefusedError, match="no data actions"):
        azure(on_azure_rbac()).grant(kubernetes_access="reader", role="Contributor")


def test_who_has_more_than_what_is_asked_for_gets_nothing(azure: Callable[[Scenario], Roles]) -> None:
    plan = azure(on_azure_rbac("Azure Kubernetes Service RBAC Cluster Admin")).grant(kubernetes_access="writer")
    assert plan.changes == () and any("Already done" in note for note in plan.notes)


@pytest.mark.parametrize("tail", ["", AZURE_TAIL])
def test_without_azure_rbac_no_azure_role_is_granted_and_the_binding_is_told(
    azure: Callable[[Scenario], Roles], tail: str
) -> None:
    cloud = azure(access("Invokers", custom=[EXACT], cluster={"entra": True, "kubernetesRole": "none"}))
    with pytest.raises(RefusedError) as refused:
        cloud.grant(said("list", "nodes", cloud=cloud, tail=tail))
    assert not refused.value.is_missing and "no Azure role helps" in refused.value.message
    assert "kubectl create clusterrolebinding" in refused.value.advice
    assert cloud.world.caller.object_id in refused.value.advice


def test_without_azure_rbac_the_admin_group_is_told(azure: Callable[[Scenario], Roles]) -> None:
    group = "6a0d2c11-9a36-4f2f-8d6d-7a0e6c1f0001"
    cloud = azure(access("Invokers", custom=[EXACT], cluster={"entra": True, "adminGroups": [group]}))
    with pytest.raises(RefusedError) as refused:
        cloud.grant(said("list", "nodes", cloud=cloud, tail=""))
    assert f"az ad group member add --group {group}" in refused.value.advice


@pytest.mark.parametrize(
    ("options", "binding"),
    [
        ({"kubernetes_access": "reader"}, "clusterrolebinding aks-invoke-view --clusterrole=view --user="),
        ({"kubernetes_access": "cluster-admin"}, "clusterrolebinding aks-invoke-cluster-admin"),
        ({"kubernetes_access": "writer", "namespace": "web"}, "rolebinding aks-invoke-edit --clusterrole=edit"),
        (
            {"kubernetes_access": "reader", "object_id": OTHER, "principal_type": "Group"},
            f"--group={OTHER}",
        ),
    ],
)
def test_without_azure_rbac_the_binding_for_the_access_that_was_asked_for_is_told(
    azure: Callable[[Scenario], Roles], options: dict[str, str], binding: str
) -> None:
    principals = [{"name": "ops", "kind": "Group", "id": OTHER}]
    scenario = access("Contributor", {"role": "Contributor", "principal": "ops"}, principals=principals)
    scenario["cluster"] = {"entra": True}
    with pytest.raises(RefusedError) as refused:
        azure(scenario).grant(**options)
    assert binding in refused.value.advice


def test_a_service_account_is_no_matter_of_azure_on_any_cluster(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(on_azure_rbac())
    with pytest.raises(RefusedError, match="no Azure role helps"):
        cloud.grant(said("list", "pods", "", "web", "system:serviceaccount:web:ci", ": Azure does not have opinion."))


def test_without_entra_every_command_is_cluster_admin_already(azure: Callable[[Scenario], Roles]) -> None:
    with pytest.raises(RefusedError, match="cluster-admin"):
        azure("healthy").grant(kubernetes_access="reader")
