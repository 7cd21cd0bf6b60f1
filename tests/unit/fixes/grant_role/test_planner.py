"""The plan of grant-role in Azure Resource Manager: for whom, what, where, and nothing more than that."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.fixes.grant_role import definitions
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS
from azext_aksinvokefix.rights import permissions, roles
from tests.shared import SHARED
from tests.worlds.capacity import Scenario
from tests.worlds.roles import ASSIGNER, EXACT, READ, RESULT, RUN, Roles, access, roles_of

USER_ROLE = "Azure Kubernetes Service Cluster User Role"
ADMIN_ROLE = "Azure Kubernetes Service Cluster Admin Role"
RUNS_ONLY = {"name": "Runs", "actions": [RUN, RESULT]}


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario], Roles]:
    return lambda scenario: Roles(tmp_path, monkeypatch, scenario)


def test_the_role_of_the_article_leaves_a_gap_that_admin_and_reader_close(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access(USER_ROLE))
    plan = cloud.grant()
    assert roles_of(plan) == [roles.CLUSTER_ADMIN, roles.READER]
    cloud.carry_out(plan)
    assert cloud.run_works()


def test_admin_alone_is_enough_where_results_can_be_read(azure: Callable[[Scenario], Roles]) -> None:
    assert roles_of(azure(access("Reader")).grant()) == [roles.CLUSTER_ADMIN]


@pytest.mark.parametrize(
    ("assigned", "custom"),
    [(ADMIN_ROLE, []), ("Runs", [RUNS_ONLY]), ("Runs", [{**EXACT, "name": "Runs", "notActions": [RESULT]}])],
)
def test_a_gap_of_reads_takes_reader_and_nothing_that_runs(
    azure: Callable[[Scenario], Roles], assigned: str, custom: list[dict[str, Any]]
) -> None:
    cloud = azure(access(assigned, custom=custom))
    plan = cloud.grant()
    assert roles_of(plan) == [roles.READER]
    cloud.carry_out(plan)
    assert cloud.run_works()


def test_an_existing_custom_role_that_fits_goes_before_the_built_in_ones(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(
        access(USER_ROLE, custom=[EXACT, {**EXACT, "name": "More", "actions": ["Microsoft.ContainerService/*"]}])
    )
    plan = cloud.grant()
    cloud.carry_out(plan)
    assert cloud.names_of_roles == ["Invokers"]
    assert any("only what running commands needs" in note for note in plan.notes)


@pytest.mark.parametrize("actions", [["*"], ["Microsoft.Authorization/*", READ, RUN, RESULT]])
def test_a_custom_role_that_gives_everything_is_not_proposed(
    azure: Callable[[Scenario], Roles], actions: list[str]
) -> None:
    plan = azure(access(USER_ROLE, custom=[{"name": "All", "actions": actions}])).grant()
    assert roles_of(plan) == [roles.CLUSTER_ADMIN, roles.READER]


def test_a_custom_role_is_created_only_where_that_is_allowed(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access(USER_ROLE))
    plan = cloud.grant(allow_custom_role=True)
    definition, assignment = plan.changes
    assert definition.after["properties"]["permissions"][0]["actions"] == list(NEEDED_ACTIONS)
    assert definition.after["properties"]["assignableScopes"] == [f"/subscriptions/{cloud.world.subscription}"]
    assert assignment.after["properties"]["roleDefinitionId"].endswith(definition.id.rpartition("/")[2])
    assert (roles.WRITE_DEFINITIONS, f"/subscriptions/{cloud.world.subscription}") in plan.requires
    assert cloud.carry_out(plan).document["verified"]
    assert cloud.run_works()


def test_who_may_not_create_roles_gets_built_in_ones_and_is_told_why(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure({"access": {"assignments": ["Role Based Access Control Administrator"]}})
    plan = cloud.grant(allow_custom_role=True)
    assert roles_of(plan) == [roles.CLUSTER_ADMIN]
    assert any("roleDefinitions/write" in note for note in plan.notes)


def test_a_custom_role_is_assignable_in_the_group_where_the_subscription_is_out_of_reach(
    azure: Callable[[Scenario], Roles],
) -> None:
    scenario = access()
    scenario["access"]["assignments"] = [{"role": "Assigns roles", "scope": "resourceGroup"}]
    cloud = azure(scenario)
    plan = cloud.grant(allow_custom_role=True)
    assert plan.changes[0].after["properties"]["assignableScopes"][0].endswith("/resourceGroups/rg1")
    cloud.carry_out(plan)
    assert cloud.run_works()


def test_a_role_that_was_just_created_is_waited_for(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access(USER_ROLE, roleLag=3))
    assert not cloud.carry_out(cloud.grant(allow_custom_role=True)).failed


def test_the_next_principal_gets_the_role_that_was_created_for_the_first(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access(USER_ROLE, principals=[{"name": "pipeline", "kind": "ServicePrincipal"}]))
    cloud.carry_out(cloud.grant(allow_custom_role=True))
    plan = cloud.grant(assignee="pipeline", allow_custom_role=True)
    assert len(plan.changes) == 1 and "AKS Run Command Invoker" in plan.changes[0].what


@pytest.mark.parametrize(
    ("role", "lacks"),
    [
        (USER_ROLE, RUN),
        (ADMIN_ROLE, RESULT),
        ("Azure Kubernetes Service RBAC Cluster Admin", "data action"),
        ("7f6c6a51-bcf8-42ba-9220-52d62157d7db", RUN),
    ],
)
def test_a_named_role_that_does_not_close_the_gap_is_refused_with_what_it_lacks(
    azure: Callable[[Scenario], Roles], role: str, lacks: str
) -> None:
    with pytest.raises(RefusedError, match=lacks):
        azure(access()).grant(role=role)


@pytest.mark.parametrize("role", ["Contributor", "Owner", "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8"])
def test_a_named_role_that_closes_the_gap_is_taken_with_what_it_gives_beyond(
    azure: Callable[[Scenario], Roles], role: str
) -> None:
    plan = azure(access()).grant(role=role)
    assert len(plan.changes) == 1
    assert any("Running commands does not need it" in warning for warning in plan.warnings)


def test_a_role_that_does_not_exist_is_not_found(azure: Callable[[Scenario], Roles]) -> None:
    with pytest.raises(RefusedError) as refused:
        azure(access()).grant(role="No such role")
    assert refused.value.is_missing


def test_nothing_is_granted_to_somebody_who_has_it_all(azure: Callable[[Scenario], Roles]) -> None:
    plan = azure("healthy").grant()
    assert plan.changes == () and "already has all permissions" in plan.notes[0]


def test_a_second_run_changes_nothing_and_says_that_the_grant_is_on_its_way(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access(USER_ROLE, propagation=60))
    cloud.carry_out(cloud.grant())
    plan = cloud.grant()
    assert plan.changes == () and "propagating" in plan.notes[0]


def test_an_assignment_that_never_showed_is_no_propagation(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access(USER_ROLE, propagation=10**9))
    cloud.carry_out(cloud.grant())
    for one in cloud.world.state["access"]["model"].assignments.values():
        one["properties"]["createdOn"] = "2020-01-01T00:00:00.1234567Z"
    with pytest.raises(RefusedError, match="2020-01-01"):
        cloud.grant()


def test_half_of_a_grant_is_completed(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access(USER_ROLE, {"role": "Reader", "scope": "cluster", "pending": True}))
    assert roles_of(cloud.grant()) == [roles.CLUSTER_ADMIN]


def test_the_static_admin_credential_is_warned_of_only_where_it_escalates(azure: Callable[[Scenario], Roles]) -> None:
    def warned(**cluster: bool) -> str:
        return " ".join(azure(access(USER_ROLE, cluster=cluster)).grant().warnings)

    assert "bypassing Entra ID" in warned(entra=True)
    assert "bypassing Entra ID" not in warned(entra=True, localAccounts=False)
    assert "bypassing Entra ID" not in warned()


def test_a_wider_scope_is_warned_of_and_has_to_be_agreed_to(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access(USER_ROLE))
    group = cloud.id.partition("/providers/")[0]
    plan = cloud.grant(scope=group)
    assert all(change.id.startswith(f"{group}/providers/Microsoft.Authorization") for change in plan.changes)
    assert plan.consents and any(group in warning for warning in plan.warnings)
    assert (roles.WRITE_ASSIGNMENTS, group) in plan.requires


@pytest.mark.parametrize("scope", ["/", "/subscriptions/other", "rg1"])
def test_a_scope_that_does_not_hold_the_cluster_is_refused(azure: Callable[[Scenario], Roles], scope: str) -> None:
    with pytest.raises(RefusedError, match="scope"):
        azure(access(USER_ROLE)).grant(scope=scope)


def test_a_condition_is_a_maybe_until_it_refuses(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access({"role": "Invokers", "condition": "@Resource[x] StringEquals 'y'"}, custom=[EXACT]))
    assert cloud.grant().changes == ()
    refused = (
        f"(AuthorizationFailed) The client 'x' with object id '{cloud.world.caller.object_id}' does not have "
        f"authorization to perform action '{RUN}' over scope '{cloud.id}' or the scope is invalid."
    )
    plan = cloud.grant(refused)
    cloud.carry_out(plan)
    assert cloud.names_of_roles == ["Invokers"]


def test_a_role_that_is_assigned_under_a_condition_there_is_not_assigned_once_more(
    azure: Callable[[Scenario], Roles],
) -> None:
    conditional = {"role": "Invokers", "scope": "cluster", "condition": "@Resource[x] StringEquals 'y'"}
    cloud = azure(access(conditional, custom=[{**EXACT, "actions": [RUN, RESULT]}]))
    assert "Invokers" not in " ".join(change.what for change in cloud.grant().changes)


def test_what_may_not_be_read_is_taken_as_published_and_handed_over(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure({"access": {"assignments": [USER_ROLE]}})
    plan = cloud.grant()
    assert roles_of(plan) == [roles.CLUSTER_ADMIN, roles.READER]
    document = cloud.carry_out(plan, what_if=True).document
    assert "Role Based Access Control Administrator" in document["handover"]
    assert f"az role assignment create --assignee-object-id {cloud.world.caller.object_id}" in document["handover"]
    with pytest.raises(RefusedError, match="roleAssignments/write"):
        cloud.carry_out(plan)


def test_without_permissions_to_look_at_only_a_refusal_tells_the_gap(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(
        {"access": {"assignments": ["Runs"], "custom": [EXACT | {"name": "Runs"}], "permissionsApi": "refused"}}
    )
    with pytest.raises(RefusedError, match="cannot be read"):
        cloud.grant()
    refused = (
        f"(AuthorizationFailed) The client 'x' with object id '{cloud.world.caller.object_id}' does not have "
        f"authorization to perform action '{RESULT.upper()}' over scope '{cloud.id}/commandResults/abc' or the scope "
        "is invalid."
    )
    assert roles_of(cloud.grant(refused)) == [roles.READER]


def test_the_published_definitions_are_those_of_azure() -> None:

    data = SHARED / "data" / "aks_roles_rest.json"
    if not data.exists():
        pytest.skip("the role definitions are not beside this checkout")
    live = {role["name"]: role["properties"]["permissions"] for role in json.loads(data.read_text())["value"]}
    for role in definitions.PUBLISHED:
        if role.guid in live:
            ours = {action.lower() for entry in role.entries for action in entry.actions}
            assert ours == {action.lower() for entry in live[role.guid] for action in entry["actions"]}


def test_every_plan_closes_the_gap_by_the_roles_that_it_assigns(azure: Callable[[Scenario], Roles]) -> None:
    for held in (USER_ROLE, ADMIN_ROLE, "Reader", "Monitoring Reader", "Azure Kubernetes Service RBAC Cluster Admin"):
        cloud = azure(access(held))
        cloud.carry_out(cloud.grant())
        entries = cloud.direct.pages(
            f"{cloud.id}/providers/Microsoft.Authorization/permissions?api-version=2022-05-01-preview"
        )
        assert not permissions.lacking(map(permissions.Entry.of, entries), NEEDED_ACTIONS), held


def test_the_same_plan_is_made_on_every_machine(azure: Callable[[Scenario], Roles]) -> None:
    first, second = (azure(access(USER_ROLE)).grant(allow_custom_role=True) for _ in range(2))
    assert [change.id for change in first.changes] == [change.id for change in second.changes]
    assert ASSIGNER["name"] not in str(first)
