"""From a refusal to a command that runs, and back, by the real `az`: what `grant-role` grants in Azure."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from tests.e2e.azure import Azure, Result
from tests.simulator.core.world import World

CLUSTER = ("-g", "rg1", "-n", "c1")
MC = "Microsoft.ContainerService/managedClusters"
READ, RUN, RESULT = f"{MC}/read", f"{MC}/runCommand/action", f"{MC}/commandResults/read"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
CLUSTER_ADMIN = "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8"
#: May assign roles and reads nothing of the cluster by it, which the built-in roles that may assign do.
ASSIGNER = {"name": "Assigns roles", "actions": ["Microsoft.Authorization/*"]}
CONDITION = "@Resource[Microsoft.ContainerService/managedClusters:tag] StringEquals 'dev'"


def access(*assignments: Any, custom: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    """A scenario in which the caller has these roles and may assign others."""
    return {"access": {"assignments": ["Assigns roles", *assignments], "custom": [ASSIGNER, *custom], **more}}


def run(azure: Azure, *args: str, **options: Any) -> Result:
    return azure.invoke_fix("run", *CLUSTER, "--on-failure", "none", *args, **options)


def works(azure: Azure) -> bool:
    ended = run(azure, "-c", "kubectl get pods")
    assert ended.rc in (0, 125), str(ended)
    return ended.rc == 0


def refusal(azure: Azure, command: str = "kubectl get pods") -> str:
    """The text with which a command fails."""
    ended = run(azure, "-c", command, "-o", "json")
    assert ended.rc != 0, str(ended)
    return str(ended.json()["failure"]["message"])


def grant(azure: Azure, *args: str, **options: Any) -> Result:
    return azure.invoke_fix("grant-role", *CLUSTER, *args, **options)


def granted(azure: Azure, *args: str) -> dict[str, Any]:
    """The plan that was carried out."""
    ended = grant(azure, "--yes", "-o", "json", *args)
    assert ended.rc == 0, str(ended)
    document: dict[str, Any] = ended.json()
    return document


def roles_of(plan: dict[str, Any]) -> list[str]:
    bodies = [change["after"]["properties"] for change in plan["changes"]]
    return [body["roleDefinitionId"].rpartition("/")[2] for body in bodies if "roleDefinitionId" in body]


def undone(azure: Azure) -> None:
    ended = azure.invoke_fix("undo", "--yes")
    assert ended.rc == 0, str(ended)


def writes(world: World) -> list[str]:
    return [each.method for each in world.requests if each.method in ("PUT", "DELETE") and "Authorization" in each.url]


@pytest.mark.smoke
def test_the_role_of_the_article_is_completed_and_taken_back(azure: Azure) -> None:
    world = azure.load(access("Azure Kubernetes Service Cluster User Role"))
    assert not works(azure)
    plan = granted(azure, "--wait")
    assert (roles_of(plan), plan["verified"]) == ([CLUSTER_ADMIN, READER], True)
    assert works(azure)
    undone(azure)
    assert not works(azure)
    assert writes(world) == ["PUT", "PUT", "DELETE", "DELETE"]


def test_a_result_that_was_refused_is_read_after_the_grant_and_the_command_ran_once(azure: Azure) -> None:
    world = azure.load(access("Azure Kubernetes Service Cluster Admin Role"))
    failed = run(azure, "-c", "kubectl delete pod web", "-o", "json")
    assert (failed.rc, failed.json()["outcome"]) == (125, "unknown")
    plan = granted(azure, "--error", failed.json()["failure"]["message"])
    assert roles_of(plan) == [READER]
    resumed = run(azure, "--command-id", failed.json()["commandId"])
    assert resumed.rc == 0 and resumed.out
    assert world.executions("kubectl delete pod web") == 1
    undone(azure)
    assert run(azure, "--command-id", failed.json()["commandId"]).rc == 125


@pytest.mark.parametrize(
    "role",
    [
        {"name": "Theirs", "actions": [RUN, RESULT]},
        {"name": "Theirs", "actions": [f"{MC}/*"], "notActions": [f"{MC}/commandResults/*"]},
    ],
    ids=["without the cluster", "by notActions"],
)
def test_reads_that_a_custom_role_leaves_out_are_added_by_reader_alone(azure: Azure, role: dict[str, Any]) -> None:
    azure.load(access("Theirs", custom=(role,)))
    assert not works(azure)
    assert roles_of(granted(azure)) == [READER]
    assert works(azure)
    undone(azure)
    assert not works(azure)


def test_a_custom_role_of_three_actions_is_created_assigned_and_removed(azure: Azure) -> None:
    world = azure.load(access("Azure Kubernetes Service Cluster User Role", roleLag=1))
    plan = granted(azure, "--allow-custom-role")
    assert plan["changes"][0]["after"]["properties"]["permissions"][0]["actions"] == [READ, RUN, RESULT]
    assert works(azure)
    undone(azure)
    assert not works(azure)
    names = [d["properties"]["roleName"] for d in world.state["access"]["model"].definitions.values()]
    assert not any(name.startswith("AKS Run Command Invoker") for name in names)


def test_a_grant_under_a_condition_is_neither_trusted_nor_doubled(azure: Azure) -> None:
    world = azure.load(
        access({"role": "Theirs", "condition": CONDITION}, custom=({"name": "Theirs", "actions": [READ, RUN, RESULT]},))
    )
    seen = grant(azure, "-o", "json")
    assert (seen.rc, seen.json()["changes"]) == (0, [])
    assert "under a condition" in seen.json()["notes"][0]
    assert writes(world) == []


def test_a_group_gets_the_role_and_its_members_may_run_commands(azure: Azure) -> None:
    group = {"name": "Platform", "kind": "Group", "members": ["caller"]}
    azure.load(access("Azure Kubernetes Service Cluster User Role", principals=[group]))
    assert not works(azure)
    plan = granted(azure, "--assignee", "Platform")
    assert {change["after"]["properties"]["principalType"] for change in plan["changes"]} == {"Group"}
    assert works(azure)
    undone(azure)
    assert not works(azure)


def test_a_service_principal_is_granted_to_without_the_directory(azure: Azure) -> None:
    pipeline = {"name": "pipeline", "kind": "ServicePrincipal", "id": "6a0d2c11-9a36-4f2f-8d6d-7a0e6c1f0002"}
    world = azure.load(access("Reader", principals=[pipeline], graph="refused"))
    refused = grant(azure, "--assignee", "pipeline", "--yes")
    assert refused.rc == 1 and "--assignee-principal-type" in refused.err
    looked_up = len([each for each in world.requests if "graph" in each.url])
    named = ("--assignee-object-id", pipeline["id"], "--assignee-principal-type", "ServicePrincipal")
    assert granted(azure, *named, "--wait")["verified"] is True
    again = granted(azure, *named)
    assert again["changes"] == [] and "already has all permissions" in again["notes"][0]
    assert len([each for each in world.requests if "graph" in each.url]) == looked_up


def test_a_delegated_administrator_is_told_that_the_condition_refused(azure: Azure) -> None:
    condition = (
        "@Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase "
        "{'Group'}"
    )
    scenario = access("Azure Kubernetes Service Cluster User Role")
    scenario["access"]["assignments"][0] = {"role": "Assigns roles", "condition": condition}
    azure.load(scenario)
    refused = grant(azure, "--yes")
    assert refused.rc == 1
    assert "ABAC condition not fulfilled" in refused.err and "delegated administrator" in refused.err
    assert not works(azure)


def test_a_delegated_administrator_grants_the_least_role_that_the_condition_lets_them(azure: Azure) -> None:
    condition = (
        "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals "
        f"{{{CLUSTER_ADMIN}, {READER}}}"
    )
    exact = {"name": "Invokers", "actions": [READ, RUN, RESULT]}
    scenario = access(custom=(exact,))
    scenario["access"]["assignments"] = [{"role": "Assigns roles", "condition": condition}]
    azure.load(scenario)
    assert roles_of(granted(azure)) == [CLUSTER_ADMIN, READER]
    assert works(azure)


def test_an_eligible_role_is_to_be_activated_unless_forced(azure: Azure) -> None:
    eligible = [{"role": "Azure Kubernetes Service Contributor Role", "scope": "cluster"}]
    world = azure.load(access("Reader", eligible=eligible))
    refused = grant(azure, "--yes")
    assert refused.rc == 1 and writes(world) == []
    assert "az rest --method put" in refused.err and "Privileged Identity Management" in refused.err
    assert roles_of(granted(azure, "--force")) == [CLUSTER_ADMIN]
    assert works(azure)


def test_a_deny_assignment_is_named_and_nothing_is_granted(azure: Azure) -> None:
    world = azure.load("deny-assignment")
    refused = grant(azure, "--yes", "--error", refusal(azure))
    assert refused.rc == 1 and "Run command is reserved for the platform team" in refused.err
    assert writes(world) == []


def test_a_grant_that_is_on_its_way_is_said_to_be_and_is_not_made_twice(azure: Azure) -> None:
    world = azure.load(access("Azure Kubernetes Service Cluster User Role", propagation=3600))
    sent = grant(azure, "--yes", "--wait", "--timeout", "2", "-o", "json")
    assert sent.rc == 0, str(sent)
    assert sent.json()["verified"] is None and "propagates" in sent.err
    assert not works(azure)
    again = granted(azure)
    assert again["changes"] == [] and "propagating" in again["notes"][0]
    assert writes(world) == ["PUT", "PUT"]


def test_waiting_lasts_until_the_grant_has_its_effect(azure: Azure) -> None:
    azure.load(access("Azure Kubernetes Service Cluster User Role", propagation=3))
    assert granted(azure, "--wait")["verified"] is True
    assert works(azure)


def test_who_may_not_assign_roles_gets_a_text_for_somebody_who_may(azure: Azure) -> None:
    world = azure.load("cluster-user-role")
    seen = grant(azure, "--what-if", "-o", "json")
    assert seen.rc == 0, str(seen)
    assert f"--role {CLUSTER_ADMIN}" in seen.json()["handover"]
    refused = grant(azure, "--yes")
    assert refused.rc == 1 and "az role assignment create --assignee-object-id" in refused.err
    assert writes(world) == []


def test_the_commands_of_the_text_really_grant(azure: Azure) -> None:
    scenario = access("Azure Kubernetes Service Cluster User Role")
    scenario["access"]["custom"][0] = {"name": "Assigns roles", "actions": ["Microsoft.Authorization/*/read"]}
    azure.load(scenario)
    handover = grant(azure, "--what-if", "-o", "json", "--allow-custom-role").json()["handover"]
    azure.load(access("Azure Kubernetes Service Cluster User Role"))
    lines = [line.strip() for line in handover.splitlines() if line.strip().startswith("az ")]
    assert lines
    for line in lines:
        assert azure.az(*shlex.split(line)[1:]).rc == 0
    assert works(azure)


def test_what_if_shows_the_requests_and_sends_none(azure: Azure) -> None:
    world = azure.load(access("Azure Kubernetes Service Cluster User Role"))
    seen = grant(azure, "--what-if", "-o", "json").json()
    assert [change["method"] for change in seen["changes"]] == ["PUT", "PUT"]
    assert [change["method"] for change in seen["undo"]] == ["DELETE", "DELETE"]
    assert seen["requires"] == ["Microsoft.Authorization/roleAssignments/write"]
    assert writes(world) == []


def test_at_a_terminal_the_plan_says_what_it_gives_beyond_and_waits_for_a_yes(azure: Azure) -> None:
    world = azure.load(access("Azure Kubernetes Service Cluster User Role"))
    left = grant(azure, tty=True, input="n\n")
    assert left.rc == 1 and "static admin credential" in " ".join(left.err.split())
    assert writes(world) == []
    agreed = grant(azure, tty=True, input="y\n")
    assert agreed.rc == 0, str(agreed)
    assert works(azure)


def test_a_wider_scope_is_asked_for_by_itself(azure: Azure) -> None:
    world = azure.load(access("Azure Kubernetes Service Cluster User Role"))
    group = f"/subscriptions/{world.subscription}/resourceGroups/rg1"
    left = grant(azure, "--scope", group, tty=True, input="n\n")
    assert left.rc == 1 and "to every cluster there" in left.err
    assert writes(world) == []
    assert all(
        change["id"].startswith(f"{group}/providers/Microsoft.Auth")
        for change in granted(azure, "--scope", group)["changes"]
    )
    assert works(azure)


@pytest.mark.parametrize("role", ["Azure Kubernetes Service Cluster User Role", "Azure Kubernetes Service RBAC Admin"])
def test_a_role_that_does_not_help_is_refused(azure: Azure, role: str) -> None:
    world = azure.load(access("Reader"))
    refused = grant(azure, "--role", role, "--yes")
    assert refused.rc == 1 and RUN in refused.err
    assert writes(world) == []


@pytest.mark.parametrize(
    "args",
    [
        ("--assignee", "ada", "--assignee-object-id", "6a0d2c11-9a36-4f2f-8d6d-7a0e6c1f0002"),
        ("--assignee-principal-type", "User"),
        ("--namespace", "web"),
        ("--assignee-object-id", "ada"),
        ("--kubernetes-access", "root"),
        ("--role", "Reader", "--allow-custom-role"),
        ("--assignee", ""),
        ("--namespace", "", "--kubernetes-access", "reader"),
    ],
)
def test_arguments_that_contradict_each_other_are_usage_errors(azure: Azure, args: tuple[str, ...]) -> None:
    assert grant(azure, *args).rc == 2
