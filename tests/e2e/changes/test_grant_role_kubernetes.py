"""Access to the objects in a cluster, by the real `az`: an AKS RBAC role, or the exact step where none helps."""

from __future__ import annotations

import pytest

from tests.e2e.azure import Azure
from tests.e2e.changes.test_grant_role import CLUSTER, grant, granted, refusal, roles_of, run, undone, writes

RBAC_READER, RBAC_ADMIN = "7f6c6a51-bcf8-42ba-9220-52d62157d7db", "3498e952-d568-435e-9b2c-8d77e338d7f7"
NODES, PODS = "kubectl get nodes", "kubectl get pods"


def allowed(azure: Azure, command: str) -> bool:
    return run(azure, "-c", command).rc == 0


@pytest.mark.smoke
def test_an_owner_sees_nodes_with_rbac_admin_and_not_without(azure: Azure) -> None:
    azure.load("kubernetes-forbidden-azure-rbac")
    plan = granted(azure, "--error", refusal(azure, NODES))
    assert roles_of(plan) == [RBAC_ADMIN]
    assert allowed(azure, NODES)
    undone(azure)
    assert not allowed(azure, NODES)


def test_pods_of_a_namespace_take_the_reader_of_that_namespace(azure: Azure) -> None:
    azure.load("kubernetes-forbidden-azure-rbac")
    plan = granted(azure, "--error", refusal(azure, PODS), "--wait")
    assert roles_of(plan) == [RBAC_READER] and plan["verified"] is True
    assert "/managedClusters/c1/namespaces/default/providers/" in plan["changes"][0]["id"]
    assert allowed(azure, PODS) and not allowed(azure, NODES)
    undone(azure)
    assert not allowed(azure, PODS)


def test_a_second_run_says_already(azure: Azure) -> None:
    world = azure.load("kubernetes-forbidden-azure-rbac")
    text = refusal(azure, NODES)
    granted(azure, "--error", text)
    again = granted(azure, "--error", text)
    assert again["changes"] == [] and "Already done" in again["notes"][0]
    assert writes(world) == ["PUT"]


def test_with_kubernetes_rbac_alone_the_binding_is_told_and_nothing_is_granted(azure: Azure) -> None:
    world = azure.load("kubernetes-forbidden")
    refused = grant(azure, "--error", refusal(azure, NODES), "--yes")
    assert refused.rc == 1 and writes(world) == []
    assert "no Azure role helps" in refused.err and "kubectl create clusterrolebinding" in refused.err
    assert world.caller.object_id in refused.err


def test_an_arm_refusal_and_a_kubernetes_refusal_are_told_apart(azure: Azure) -> None:
    """The article takes one for the other."""
    azure.load({"cluster": {"azureRbac": True}, "access": {"assignments": ["User Access Administrator"]}})
    assert roles_of(granted(azure, "--error", refusal(azure, PODS))) == ["0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8"]
    assert "Update role assignment" in refusal(azure, NODES)
    assert roles_of(granted(azure, "--error", refusal(azure, NODES))) == [RBAC_ADMIN]
    assert allowed(azure, NODES)


def test_the_access_that_was_asked_for_is_granted_in_a_namespace(azure: Azure) -> None:
    azure.load("kubernetes-forbidden-azure-rbac")
    granted(azure, "--kubernetes-access", "reader", "--namespace", "default")
    assert allowed(azure, PODS)


def test_the_proposed_fix_of_a_diagnosis_and_grant_role_are_the_same_role(azure: Azure) -> None:
    azure.load("kubernetes-forbidden-azure-rbac")
    text = refusal(azure, NODES)
    found = azure.invoke_fix("diagnose", *CLUSTER, "--error", text, "-o", "json").json()
    plan = grant(azure, "--error", text, "--what-if", "-o", "json").json()
    assert roles_of(plan)[0] in str(found["findings"])
