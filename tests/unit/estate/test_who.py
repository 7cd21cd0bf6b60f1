"""Who could run commands: roles, scopes, groups, conditions and denials."""

from __future__ import annotations

from typing import Any

import pytest

from tests.worlds.estate import EstateWorld

ADA, TEAM = "ada00000-0000-4000-8000-00000000c0de", "7ea70000-0000-4000-8000-00000000c0de"
INVOKE = "Microsoft.ContainerService/managedClusters/runCommand/action"


def who(assignments: list[Any], **access: Any) -> dict[str, Any]:
    people = [{"name": "Ada", "kind": "User", "id": ADA}, {"name": "Team", "kind": "Group", "id": TEAM}]
    given = {"assignments": ["Reader", *assignments], "principals": people, **access}
    cluster = EstateWorld({"access": given}).cluster(who=True)
    assert not cluster["unknowns"]
    found: dict[str, Any] = cluster["runCommand"]
    return found


def principals(assignments: list[Any], **access: Any) -> list[tuple[str, str, bool]]:
    found = who(assignments, **access)["principals"]
    return [(one["principalType"], one["role"], one["conditional"]) for one in found]


def test_a_role_that_grants_the_action_counts_and_reader_does_not() -> None:
    found = who([{"role": "Contributor", "principal": "Ada", "scope": "cluster"}])["principals"]
    assert [(one["principalId"], one["role"]) for one in found] == [(ADA, "Contributor")]
    assert found[0]["scope"].endswith("/managedClusters/c1")


@pytest.mark.parametrize("scope", ["cluster", "resourceGroup", "subscription"])
def test_an_assignment_at_or_above_the_cluster_counts(scope: str) -> None:
    assert principals([{"role": "Owner", "principal": "Ada", "scope": scope}]) == [("User", "Owner", False)]


def test_an_assignment_beside_the_cluster_does_not_count() -> None:
    aside = "/subscriptions/5ca1ab1e-0000-4000-8000-00000000c0de/resourceGroups/rg"
    assert principals([{"role": "Owner", "principal": "Ada", "scope": aside}]) == []


def test_a_group_is_one_principal() -> None:
    assert principals([{"role": "Owner", "principal": "Team"}]) == [("Group", "Owner", False)]


def test_a_condition_is_shown_and_not_dropped() -> None:
    given = {"role": "Owner", "principal": "Ada", "condition": "@Resource[x] StringEquals 'y'"}
    assert principals([given]) == [("User", "Owner", True)]


@pytest.mark.parametrize(
    ("actions", "excluded", "counts"),
    [
        (["MICROSOFT.containerservice/MANAGEDCLUSTERS/runcommand/ACTION"], [], True),
        (["*/action"], [], True),
        (["Microsoft.ContainerService/*"], ["*/runCommand/*"], False),
        (["*"], ["microsoft.containerservice/managedclusters/runcommand/action"], False),
        (["*/read"], [], False),
    ],
)
def test_wildcards_exclusions_and_case(actions: list[str], excluded: list[str], counts: bool) -> None:
    custom = [{"name": "Special", "actions": actions, "notActions": excluded}]
    assert bool(principals([{"role": "Special", "principal": "Ada"}], custom=custom)) is counts


def test_a_data_action_of_the_same_name_grants_nothing() -> None:
    custom = [{"name": "Data", "actions": ["*/read"], "dataActions": [INVOKE]}]
    assert principals([{"role": "Data", "principal": "Ada"}], custom=custom) == []


def test_whom_a_deny_assignment_names_is_left_out() -> None:
    owners = [{"role": "Owner", "principal": "Ada"}, {"role": "Owner", "principal": "Team"}]
    deny = [{"name": "no", "actions": ["*/action"], "scope": "subscription", "principals": ["Ada"]}]
    assert principals(owners, deny=deny) == [("Group", "Owner", False)]


def test_a_deny_assignment_that_ends_at_its_scope_denies_nothing_below() -> None:
    deny = [{"name": "no", "actions": ["*"], "scope": "subscription", "principals": ["Ada"], "children": False}]
    assert principals([{"role": "Owner", "principal": "Ada"}], deny=deny) == [("User", "Owner", False)]


@pytest.mark.parametrize(("entra", "admin"), [(False, True), (True, False)])
def test_without_entra_whoever_runs_commands_is_cluster_admin(entra: bool, admin: bool) -> None:
    cluster = EstateWorld({"cluster": {"entra": entra}}).cluster(who=True)
    assert cluster["runCommand"]["asClusterAdmin"] is admin
    assert cluster["runCommand"]["enabled"] is True


def test_where_run_command_is_off_it_is_said() -> None:
    assert EstateWorld({"cluster": {"runCommand": False}}).cluster(who=True)["runCommand"]["enabled"] is False


@pytest.mark.parametrize("graph", [{"refused": ["authorizationresources"]}, {"hidden": ["authorizationresources"]}])
def test_roles_that_cannot_be_read_are_an_unknown(graph: dict[str, Any]) -> None:
    found = EstateWorld({"graph": graph}).scan(who=True)
    assert found["clusters"][0]["runCommand"]["principals"] == []
    assert any("roles" in gap["what"] for gap in found["clusters"][0]["unknowns"])
    assert any("roles" in gap["what"] for gap in found["unknowns"])


def test_deny_assignments_that_cannot_be_read_are_an_unknown() -> None:
    custom = [{"name": "No denials", "actions": ["*/read"], "notActions": ["*/denyAssignments/read"]}]
    scenario = {"access": {"assignments": ["No denials"], "custom": custom}}
    (gap,) = EstateWorld(scenario).cluster(who=True)["unknowns"]
    assert gap["needs"] == ["Microsoft.Authorization/denyAssignments/read"]
