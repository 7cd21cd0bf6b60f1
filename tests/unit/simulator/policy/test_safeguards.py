"""Deployment safeguards: what a write keeps, when it takes effect, and what an Automatic cluster refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.core.direct import Direct
from tests.simulator.policy.safeguards import ASSIGNMENT

OLD_SYSTEM = ["kube-system", "calico-system", "tigera-system", "gatekeeper-system"]
ENFORCED = {"level": "Enforce", "systemExcludedNamespaces": OLD_SYSTEM, "excludedNamespaces": ["shop"]}


def world(cluster: dict[str, Any] | None = None, **more: Any) -> Direct:
    return Direct({"safeguards": {**ENFORCED, **more}, "cluster": cluster or {}, "operationSeconds": 0})


def url(azure: Direct) -> str:
    provider = f"{azure.cluster.id}/providers/Microsoft.ContainerService"
    return f"{provider}/deploymentSafeguards/default?api-version=2025-07-01"


def excluded(azure: Direct) -> Any:
    return azure.get(url(azure)).body["properties"]["excludedNamespaces"]


def write(azure: Direct, method: str = "PUT", **properties: Any) -> Any:
    return azure.ask(method, url(azure), {"properties": properties})


def test_a_put_replaces_the_namespaces_and_not_those_of_the_system() -> None:
    azure = world()
    assert write(azure, level="Enforce", excludedNamespaces=["aks-command"], systemExcludedNamespaces=[]).status == 200
    found = azure.get(url(azure)).body["properties"]
    assert (found["excludedNamespaces"], found["systemExcludedNamespaces"]) == (["aks-command"], OLD_SYSTEM)


def test_a_patch_changes_what_it_names() -> None:
    azure = world()
    write(azure, "PATCH", podSecurityStandardsLevel="Baseline")
    found = azure.get(url(azure)).body["properties"]
    assert (found["level"], found["podSecurityStandardsLevel"], found["excludedNamespaces"]) == (
        "Enforce",
        "Baseline",
        ["shop"],
    )


def test_a_write_is_an_operation_and_takes_effect_when_it_is_over() -> None:
    azure = Direct({"safeguards": ENFORCED, "operationSeconds": 100})
    started = write(azure, level="Enforce", excludedNamespaces=["shop", "aks-command"])
    assert started.body["properties"]["provisioningState"] == "Updating"
    assert azure.get(started.headers["azure-asyncoperation"]).body["status"] == "InProgress"
    assert (azure.run().status, write(azure, level="Enforce").status) == (400, 409)
    azure.world.advance(101)
    assert azure.run().status == 202
    assert azure.get(url(azure)).body["properties"]["provisioningState"] == "Succeeded"


def test_a_write_that_fails_changes_nothing_in_the_cluster() -> None:
    azure = Direct({"safeguards": ENFORCED, "operations": [{"of": "safeguards-put", "status": "Failed"}]})
    write(azure, level="Enforce", excludedNamespaces=["aks-command"])
    assert azure.run().status == 400


@pytest.mark.parametrize(
    "properties", [{"level": "Warn"}, {"level": "Enforce", "podSecurityStandardsLevel": "Privileged"}], ids=str
)
def test_an_automatic_cluster_is_not_loosened(properties: dict[str, Any]) -> None:
    azure = world({"automatic": True})
    assert write(azure, **properties).body["message"] == (
        "The request is not allowed because c1 is an automatic cluster."
    )
    assert azure.ask("DELETE", url(azure)).status == 400


@pytest.mark.parametrize(("frozen", "status"), [(False, 200), (True, 400)])
def test_the_namespaces_of_an_automatic_cluster_are_free_since_2026(frozen: bool, status: int) -> None:
    azure = world({"automatic": True}, frozen=frozen)
    assert write(azure, level="Enforce", excludedNamespaces=["aks-command"]).status == status


def test_a_level_that_is_none_is_refused() -> None:
    assert write(world(), level="Audit").body["code"] == "InvalidParameter"


def assignment_of(azure: Direct) -> str:
    authorization = f"{azure.cluster.id}/providers/Microsoft.Authorization"
    return f"{authorization}/policyAssignments/{ASSIGNMENT}?api-version=2025-11-01"


@pytest.mark.parametrize(("editable", "status"), [(True, 201), (False, 403)])
def test_the_assignment_may_be_aks_own(editable: bool, status: int) -> None:
    azure = world(assignmentEditable=editable)
    where = assignment_of(azure)
    assert azure.put(where, azure.get(where).body).status == status


def test_a_write_puts_the_assignment_back_as_aks_has_it() -> None:
    azure = world()
    where = assignment_of(azure)
    found = azure.get(where).body
    azure.put(where, {**found, "properties": {**found["properties"], "enforcementMode": "DoNotEnforce"}})
    assert azure.run().status == 202
    write(azure, level="Enforce", excludedNamespaces=excluded(azure))
    assert azure.run().status == 400
