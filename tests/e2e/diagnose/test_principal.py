"""Whether somebody else may run commands: their own role assignments decide, groups included, not the caller's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.azure import Azure
from tests.e2e.diagnosis import blamed, diagnose, evidence, needs, stages

ADA = "0b1ec700-0000-4000-8000-000000000ada"
ROBOT = "0b1ec700-0000-4000-8000-00000000b0b0"
TEAM = "0b1ec700-0000-4000-8000-000000007ea1"
ADMIN = "Azure Kubernetes Service Cluster Admin Role"
CONTRIBUTOR = "Azure Kubernetes Service Contributor Role"


def directory(*assignments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A person, a pipeline's service principal and a group with the person in it; the caller is Owner."""
    principals = [
        {"name": "Ada", "kind": "User", "id": ADA},
        {"name": "robot", "kind": "ServicePrincipal", "id": ROBOT},
        {"name": "Platform", "kind": "Group", "id": TEAM, "members": ["Ada"]},
    ]
    return {"access": {"principals": principals, "assignments": ["Owner", *assignments], **more}}


def to(principal: str, role: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "principal": principal, "scope": "cluster", **more}


#: Who is asked about, what they have, who is blamed, and what the fix would say of them.
CASES = [
    ("a user with enough", ADA, [to("Ada", CONTRIBUTOR)], ""),
    ("a user with nothing", ADA, [], "arm-action-missing confirmed"),
    ("a user through a group", ADA, [to("Platform", CONTRIBUTOR)], ""),
    ("a user with half through a group", ADA, [to("Platform", ADMIN)], "result-read-missing confirmed"),
    ("a user with two roles that add up", ADA, [to("Platform", ADMIN), to("Ada", "Reader")], ""),
    ("a group", TEAM, [to("Platform", CONTRIBUTOR)], ""),
    ("a group with half", TEAM, [to("Platform", ADMIN)], "result-read-missing confirmed"),
    ("a service principal with half", ROBOT, [to("robot", ADMIN)], "result-read-missing confirmed"),
    ("a service principal of another scope", ROBOT, [to("robot", CONTRIBUTOR, scope="subscription")], ""),
]


@pytest.mark.parametrize(
    ("principal", "assigned", "who"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_the_rights_of_another_principal_are_told(
    azure: Azure, principal: str, assigned: list[dict[str, Any]], who: str
) -> None:
    azure.load(directory(*assigned))
    found = diagnose(azure, "--principal", principal)
    assert (blamed(found), stages(found)[2]) == (who, "f" if who else "p")
    assert all(principal in finding["message"] for finding in found["findings"])


@pytest.mark.parametrize(("principal", "kind"), [(ADA, "User"), (ROBOT, "ServicePrincipal"), (TEAM, "Group")])
def test_the_grant_names_the_principal_and_its_type(azure: Azure, principal: str, kind: str) -> None:
    name = {ADA: "Ada", ROBOT: "robot", TEAM: "Platform"}[principal]
    azure.load(directory(to(name, ADMIN)))
    [finding] = diagnose(azure, "--principal", principal)["findings"]
    command = finding["fixes"][0]["command"]
    assert f"--assignee-object-id {principal} --assignee-principal-type {kind}" in command


def test_a_role_that_could_be_activated_is_not_to_be_granted_again(azure: Azure) -> None:
    azure.load(directory(to("Ada", "Reader"), eligible=[to("Ada", CONTRIBUTOR)]))
    found = diagnose(azure, "--principal", ADA)
    assert blamed(found) == "role-not-activated confirmed"
    assert "eligible: Azure Kubernetes Service Contributor Role" in evidence(found)


def test_a_condition_leaves_the_question_open(azure: Azure) -> None:
    azure.load(directory(to("Ada", CONTRIBUTOR, condition="@Request[x] StringEquals 'y'")))
    found = diagnose(azure, "--principal", ADA)
    assert (stages(found)[2], blamed(found), found["verdict"]) == ("u", "", "unknown")


def test_role_assignments_that_may_not_be_read_leave_the_question_open(azure: Azure) -> None:
    world = azure.load(directory())
    world.faults.add("role-assignments-list", status=403, code="AuthorizationFailed", message="No.")
    found = diagnose(azure, "--principal", ADA)
    assert (stages(found)[2], found["findings"], found["verdict"]) == ("u", [], "unknown")
    assert "Microsoft.Authorization/roleAssignments/read" in needs(found, "access")


def test_a_role_definition_that_may_not_be_read_leaves_the_question_open(azure: Azure) -> None:
    world = azure.load(directory(to("Ada", ADMIN)))
    world.faults.add("role-definition-get", status=403, code="AuthorizationFailed", message="No.")
    found = diagnose(azure, "--principal", ADA)
    assert (stages(found)[2], found["findings"]) == ("u", [])
    assert "Microsoft.Authorization/roleDefinitions/read" in needs(found, "access")


def test_what_the_caller_may_not_do_says_nothing_about_somebody_else(azure: Azure) -> None:
    roles = ["Reader", to("Ada", CONTRIBUTOR)]
    scenario = directory()
    scenario["access"]["assignments"] = roles
    azure.load(scenario)
    found = diagnose(azure, "--principal", ADA)
    assert (blamed(found), stages(found)[2]) == ("", "p")
