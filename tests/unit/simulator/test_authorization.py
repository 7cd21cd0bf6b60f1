"""The authorizer against a naive model of it, and the words in which it refuses."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.authorization import authorizer
from tests.simulator.authorization.authorizer import Access
from tests.simulator.core.direct import Direct

AKS = "Microsoft.ContainerService/managedClusters/"
ACTIONS = [
    AKS + "read",
    AKS + "write",
    AKS + "runCommand/action",
    AKS + "commandResults/read",
    "Microsoft.Insights/metrics/read",
]
PATTERNS = [*ACTIONS, "*", "*/read", AKS + "*", "microsoft.containerservice/managedclusters/RUNCOMMAND/Action"]
SCOPES = [
    "/subscriptions/s",
    "/subscriptions/S/resourceGroups/RG",
    "/subscriptions/s/resourcegroups/rg/providers/p/t/n",
]
SCOPES += ["/subscriptions/s/resourceGroups/rg2", "/providers/Microsoft.Management/managementGroups/m"]

patterns = st.lists(st.sampled_from(PATTERNS), max_size=2)
permissions = st.fixed_dictionaries(
    {"actions": patterns, "notActions": patterns, "dataActions": patterns, "notDataActions": patterns}
)
assignments = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(SCOPES), permissions), max_size=4)


def build(listed: list[tuple[str, str, dict[str, Any]]]) -> Access:
    access = Access(groups=("/providers/Microsoft.Management/managementGroups/m",))
    for number, (principal, scope, permission) in enumerate(listed):
        access.definitions[f"role{number}"] = {"properties": {"permissions": [permission]}}
        properties = {"principalId": principal, "scope": scope, "roleDefinitionId": f"/x/role{number}"}
        access.assignments[str(number)] = {"properties": properties}
    return access


def naive(listed: list[tuple[str, str, dict[str, Any]]], principal: str, action: str, scope: str, bucket: str) -> bool:
    """Straight from the documentation, with other means than the code under test."""

    def matches(pattern: str) -> bool:
        return re.match("^" + pattern.lower().replace(".", r"\.").replace("*", ".*") + "$", action.lower()) is not None

    def above(outer: str) -> bool:
        return "managementgroups" in outer.lower() or (scope.lower() + "/").startswith(outer.lower() + "/")

    excluded = "notActions" if bucket == "actions" else "notDataActions"
    return any(
        who == principal
        and above(where)
        and any(map(matches, permission[bucket]))
        and not any(map(matches, permission[excluded]))
        for who, where, permission in listed
    )


@given(assignments, st.sampled_from(ACTIONS), st.sampled_from(SCOPES[:4]), st.sampled_from(["actions", "dataActions"]))
def test_allows_exactly_what_the_naive_model_allows(
    listed: list[tuple[str, str, dict[str, Any]]], action: str, scope: str, bucket: str
) -> None:
    assert authorizer.allowed(build(listed), {"a"}, action, scope, bucket) == naive(listed, "a", action, scope, bucket)


def test_a_data_action_of_the_same_name_grants_nothing() -> None:
    azure = Direct({"access": {"assignments": ["Azure Kubernetes Service RBAC Cluster Admin"]}})
    assert azure.run().status == 403


def test_group_memberships_count() -> None:
    team = {"name": "Team", "kind": "Group", "members": ["caller"]}
    azure = Direct({"access": {"principals": [team], "assignments": [{"role": "Owner", "principal": "Team"}]}})
    assert azure.run().status == 202


def test_refusal_names_client_action_and_scope_and_how_to_refresh() -> None:
    azure = Direct("no-run-command")
    error = azure.run().body["error"]
    caller = azure.world.caller
    assert error["code"] == "AuthorizationFailed"
    assert error["message"] == (
        f"The client '{caller.name}' with object id '{caller.object_id}' does not have authorization to perform action "
        f"'{AKS}runCommand/action' over scope '{azure.cluster.id}' or the scope is invalid. If access was recently "
        "granted, please refresh your credentials."
    )


def test_a_deny_assignment_beats_an_owner() -> None:
    azure = Direct("deny-assignment")
    refusal = azure.run()
    assert refusal.status == 403
    assert refusal.body["error"]["code"] == "DenyAssignmentAuthorizationFailed"
    assert (
        "denied because of the deny assignment with name 'Run command is reserved" in refusal.body["error"]["message"]
    )


def test_a_deny_assignment_spares_whom_it_excludes() -> None:
    deny = {"name": "d", "actions": ["*"], "except": ["caller"]}
    assert Direct({"access": {"deny": [deny]}}).run().status == 202


@pytest.mark.parametrize(
    ("level", "method", "status"),
    [("ReadOnly", "POST", 409), ("CanNotDelete", "POST", 202), ("CanNotDelete", "DELETE", 409)],
)
def test_locks_stop_what_they_name(level: str, method: str, status: int) -> None:
    azure = Direct({"access": {"locks": [{"name": "l", "level": level, "scope": "cluster"}]}})
    if method == "POST":
        assert azure.run().status == status
    else:
        access = authorizer.of(azure.world)
        assert authorizer.locks_on(access, "Microsoft.X/y/delete", azure.cluster.id)


def test_a_locked_scope_is_named() -> None:
    azure = Direct("read-only-lock")
    error = azure.run().body["error"]
    assert error["code"] == "ScopeLocked"
    assert f"are locked: '/subscriptions/{azure.world.subscription}/resourceGroups/rg1'." in error["message"]


def test_removing_the_lock_lets_the_command_run() -> None:
    azure = Direct("read-only-lock")
    lock = azure.get(f"{azure.cluster.id}/providers/Microsoft.Authorization/locks?api-version=2020-05-01").body[
        "value"
    ][0]
    assert azure.ask("DELETE", f"{lock['id']}?api-version=2020-05-01").status == 200
    assert azure.run().status == 202
