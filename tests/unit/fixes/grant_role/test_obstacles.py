"""Where a grant is no answer: deny assignments, locks, eligible roles, delegation, propagation, other failures."""

from __future__ import annotations

import dataclasses
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix.changes import apply, undo
from azext_aksinvokefix.changes.apply import ApplyOptions
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.fixes.grant_role import delegation, planner
from azext_aksinvokefix.fixes.grant_role.errors import TAKING_BACK
from azext_aksinvokefix.rights import permissions, roles
from tests.worlds.capacity import Scenario
from tests.worlds.roles import ASSIGNER, EXACT, RUN, Roles, access, roles_of

CONTRIBUTOR = "Azure Kubernetes Service Contributor Role"
WRITE = "Microsoft.Authorization/roleAssignments:"


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario], Roles]:
    return lambda scenario: Roles(tmp_path, monkeypatch, scenario)


def test_a_deny_assignment_is_named_and_nothing_is_granted(azure: Callable[[Scenario], Roles]) -> None:
    with pytest.raises(RefusedError, match="platform team"):
        azure("deny-assignment").grant()


def test_a_lock_is_named_and_nothing_is_granted(azure: Callable[[Scenario], Roles]) -> None:
    with pytest.raises(RefusedError, match="lock"):
        azure("read-only-lock").grant()


def test_a_deny_assignment_beside_a_gap_is_warned_of(azure: Callable[[Scenario], Roles]) -> None:
    deny = [{"name": "No commands", "actions": [RUN], "scope": "cluster"}]
    plan = azure(access("Reader", deny=deny)).grant()
    assert any("No commands" in warning for warning in plan.warnings)


def test_an_eligible_role_is_to_be_activated(azure: Callable[[Scenario], Roles]) -> None:
    eligible = [{"role": CONTRIBUTOR, "scope": "cluster"}]
    cloud = azure(access("Reader", eligible=eligible))
    with pytest.raises(RefusedError) as refused:
        cloud.grant()
    assert CONTRIBUTOR in refused.value.message
    assert "az rest --method put" in refused.value.advice and "roleAssignmentScheduleRequests" in refused.value.advice
    assert roles_of(cloud.grant(force=True)) == [roles.CLUSTER_ADMIN]


def test_the_printed_activation_works(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access("Reader", eligible=[{"role": CONTRIBUTOR, "scope": "cluster"}]))
    with pytest.raises(RefusedError) as refused:
        cloud.grant()
    line = refused.value.advice.partition("With a command: ")[2]
    words = shlex.split(line)
    url, body = words[words.index("--url") + 1], json.loads(words[words.index("--body") + 1])
    assert cloud.direct.put(url, body).status == 201
    assert cloud.run_works()


def test_an_eligible_role_that_is_not_enough_keeps_nobody_from_a_grant(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access(eligible=[{"role": "Reader", "scope": "cluster"}]))
    assert cloud.grant().changes


def test_an_eligible_role_that_lets_the_caller_assign_roles_is_named(azure: Callable[[Scenario], Roles]) -> None:
    eligible = [{"role": "Role Based Access Control Administrator", "scope": "cluster"}]
    plan = azure({"access": {"assignments": ["Reader"], "eligible": eligible}}).grant()
    assert any("Role Based Access Control Administrator" in warning for warning in plan.warnings)


def test_a_wrong_tenant_is_no_matter_of_roles(azure: Callable[[Scenario], Roles]) -> None:
    with pytest.raises(RefusedError) as refused:
        azure("wrong-tenant").grant()
    assert "az login" in refused.value.advice


def test_a_cluster_that_does_not_exist_is_not_found(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure("healthy")
    session = dataclasses.replace(cloud.session(), target=Target.of(cloud.id.replace("/c1", "/c2")))
    with pytest.raises(RefusedError) as refused:
        planner.plan(session, planner.Options())
    assert refused.value.is_missing


@pytest.mark.parametrize(
    "text", ["(ThrottledRequest) 429 Too Many Requests", "0/1 nodes are available: 1 Insufficient cpu."]
)
def test_a_failure_about_something_else_is_not_called_repaired(azure: Callable[[Scenario], Roles], text: str) -> None:
    with pytest.raises(RefusedError, match="something else"):
        azure("healthy").grant(text)


def test_a_refusal_that_is_not_reproduced_is_called_propagation(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure("healthy")
    refused = (
        f"(AuthorizationFailed) The client 'x' with object id '{cloud.world.caller.object_id}' does not have "
        f"authorization to perform action '{RUN}' over scope '{cloud.id}' or the scope is invalid."
    )
    plan = cloud.grant(refused)
    assert plan.changes == () and "propagate" in " ".join(plan.notes)


def test_a_right_that_invoke_does_not_need_is_not_granted(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure("healthy")
    refused = (
        f"(AuthorizationFailed) The client 'x' with object id '{cloud.world.caller.object_id}' does not have "
        "authorization to perform action 'Microsoft.Storage/storageAccounts/listKeys/action' over scope 'x' or the "
        "scope is invalid."
    )
    with pytest.raises(RefusedError, match="listKeys"):
        cloud.grant(refused)


def delegated(condition: str) -> dict[str, Any]:
    return {
        "access": {
            "custom": [ASSIGNER, EXACT],
            "assignments": [{"role": "Assigns roles", "condition": condition}],
        }
    }


ONLY_ADMIN_AND_READER = (
    f"@Request[{WRITE}RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{roles.READER}, {roles.CLUSTER_ADMIN}}}"
)


def test_a_delegated_administrator_gets_the_least_role_that_they_may_assign(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(delegated(ONLY_ADMIN_AND_READER))
    plan = cloud.grant()
    assert roles_of(plan) == [roles.CLUSTER_ADMIN, roles.READER]
    assert any("'Invokers'" in warning for warning in plan.warnings)
    assert not cloud.carry_out(plan).failed


def test_a_condition_that_refuses_is_explained(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(delegated(f"@Request[{WRITE}PrincipalType] StringEqualsIgnoreCase 'Group'"))
    plan = cloud.grant()
    assert any("condition" in warning for warning in plan.warnings)
    outcome = cloud.carry_out(plan)
    assert outcome.failed
    assert "delegated administrator" in " ".join(cloud.console.lines)
    assert not cloud.run_works()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", True),
        ("@Resource[x] StringEquals 'y'", True),
        (f"@Request[{WRITE}RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{roles.READER}}}", True),
        (f"@Request[{WRITE}RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{roles.CLUSTER_ADMIN}}}", False),
        (f"@Request[{WRITE}RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals {{{roles.READER}}}", False),
        (f"@Request[{WRITE}PrincipalType] StringEqualsIgnoreCase 'User'", True),
        (f"@Request[{WRITE}PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'Group', 'User'}}", True),
        (f"@Request[{WRITE}PrincipalType] StringEqualsIgnoreCase 'Group'", False),
        (f"@Request[{WRITE}PrincipalId] ForAnyOfAnyValues:GuidEquals {{aaaa}}", False),
    ],
)
def test_the_clauses_of_a_delegation(condition: str, expected: bool) -> None:
    entries = [permissions.Entry(("*",), condition=condition)]
    principal = roles.Principal("bbbb", "User")
    assert delegation.allows(entries, principal, [roles.READER]) is expected


def test_an_azure_policy_that_denies_the_assignment_is_explained(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access("Reader", disallowed=[{"policy": "no-roles"}]))
    assert cloud.carry_out(cloud.grant()).failed
    assert "Azure Policy does not allow" in " ".join(cloud.console.lines)


def test_limits_and_taken_names_are_explained(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access("Reader", assignmentLimit=1))
    assert cloud.carry_out(cloud.grant()).failed
    assert "the limit of role assignments" in " ".join(cloud.console.lines)
    cloud = azure(access("Reader"))
    name = f"AKS Run Command Invoker ({cloud.world.subscription[:8]})"
    elsewhere = {"name": name, "actions": [RUN], "scopes": ["/subscriptions/elsewhere"]}
    cloud = azure(access("Reader", custom=[elsewhere]))
    assert cloud.carry_out(cloud.grant(allow_custom_role=True)).failed
    assert "already has a custom role of that name" in " ".join(cloud.console.lines)


def test_a_grant_that_travels_is_not_called_failed(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access("Reader", propagation=600))
    outcome = cloud.carry_out(cloud.grant(), wait=30, with_effect=True)
    assert (outcome.failed, outcome.document["verified"]) == (False, None)
    assert "propagates" in outcome.document["nextStep"]


def test_waiting_ends_when_the_permissions_show_the_grant(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access("Reader", propagation=60))
    outcome = cloud.carry_out(cloud.grant(), wait=600, with_effect=True)
    assert (outcome.failed, outcome.document["verified"]) == (False, True)
    assert cloud.run_works()


def test_the_grant_and_the_role_it_created_are_taken_back_in_reverse(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access("Reader"))
    cloud.carry_out(cloud.grant(allow_custom_role=True))
    assert cloud.run_works()
    session = cloud.session()
    plan = undo.plan(session.arm, undo.chosen(session.journal, None))
    assert ["roleAssignments" in change.id for change in plan.changes] == [True, False]
    assert not cloud.carry_out(plan).failed
    assert not cloud.run_works()
    assert roles_of(cloud.grant()) == [roles.CLUSTER_ADMIN]


def test_a_role_that_somebody_else_has_by_now_stays_and_that_is_said(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access("Reader", principals=[{"name": "ops", "kind": "Group"}]))
    cloud.carry_out(cloud.grant(allow_custom_role=True))
    kept = cloud.session().journal.changes()
    cloud.carry_out(cloud.grant(assignee="ops"))
    session = cloud.session()
    plan = undo.plan(session.arm, next(iter(kept.values())))
    outcome = apply.carry_out(session, plan, ApplyOptions(yes=True), explanations=TAKING_BACK)
    assert outcome.failed and "still assigned to someone else" in " ".join(cloud.console.lines)
    assert not cloud.run_works()
