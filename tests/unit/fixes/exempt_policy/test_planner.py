"""exempt-policy: which assignments it changes and how, and that commands run then, until the change is undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix.changes.plan import Change, Consent, RefusedError
from azext_aksinvokefix.lifecycle import Failure
from tests.worlds.policy import DENY, VERSION, PolicyWorld, policy

SECOND = {**DENY, "name": "read-only-root-rg1", "title": "Read-only root in rg1", "scope": "resourceGroup"}
TOKEN = {"of": "automountToken", "name": "no-token", "title": "No token", "effect": "Deny"}
DEFAULT = ["kube-system", "gatekeeper-system", "azure-arc", "azure-extensions-usage-system"]
COMMAND = "aks-command"

OWNER_ABOVE = {"access": {"assignments": [{"role": "Owner", "scope": "managementGroup"}]}}

ODD = {
    "name": "odd",
    "title": "Odd names",
    "parameters": {
        "effect": {"type": "String", "defaultValue": "Audit"},
        "excludedNamespaces-1": {"type": "Array", "defaultValue": ["kube-system", "one"]},
        "df49d893-a74c-421d-bc95-c663042e5b80_excludedNamespaces": {"type": "Array", "defaultValue": ["two"]},
    },
    "references": [
        ["token", "automountToken", None, "effect", "excludedNamespaces-1"],
        ["root", "readOnlyRootFilesystem", None, "effect", "df49d893-a74c-421d-bc95-c663042e5b80_excludedNamespaces"],
    ],
}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., PolicyWorld]:
    return lambda scenario, answers=None: PolicyWorld(tmp_path, monkeypatch, scenario, answers)


def lists(change: Change) -> dict[str, Any]:
    """The lists of a document that hold the namespace, by parameter."""
    parameters = change.after["properties"]["parameters"]
    return {name: given["value"] for name, given in parameters.items() if COMMAND in str(given["value"])}


LOOPS = [
    "policy-gatekeeper",
    "policy-two-assignments",
    "policy-vap",
    "policy-custom-definition",
    "policy-blocked-wording",
    "policy-override-deny",
    "policy-expired-exemption",
    "policy-not-scopes",
    "safeguards-enforced",
]


@pytest.mark.parametrize("scenario", LOOPS)
def test_denied_fixed_undone_denied(world: Callable[..., PolicyWorld], scenario: str) -> None:
    cloud = world(scenario)
    outcome = cloud.carry_out(cloud.plan())
    assert (outcome.failed, outcome.document["verified"]) == (False, True)
    assert cloud.run_works()
    assert cloud.undo().document["verified"] is True
    assert not cloud.run_works()


def test_an_assignment_gets_the_namespace_behind_the_list_it_has(world: Callable[..., PolicyWorld]) -> None:
    given = {**DENY, "parameters": {"excludedNamespaces": ["kube-system", "build"]}}
    (change,) = world(policy(given)).plan().changes
    assert lists(change) == {"excludedNamespaces": ["kube-system", "build", COMMAND]}
    assert (change.method, change.api_version) == ("PUT", VERSION)


def test_an_assignment_without_a_list_keeps_the_default(world: Callable[..., PolicyWorld]) -> None:
    plan = world(policy(DENY)).plan()
    assert lists(plan.changes[0]) == {"excludedNamespaces": [*DEFAULT, COMMAND]}
    assert any("the default" in note for note in plan.notes)


def test_every_odd_parameter_of_an_initiative_is_changed_in_one_write(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy({"of": "odd", "name": "odd", "effect": "Deny"}, initiatives=[ODD]))
    (change,) = cloud.plan().changes
    assert lists(change) == {
        "excludedNamespaces-1": ["kube-system", "one", COMMAND],
        "df49d893-a74c-421d-bc95-c663042e5b80_excludedNamespaces": ["two", COMMAND],
    }
    cloud.carry_out(cloud.plan())
    assert cloud.run_works()


def test_a_parameter_that_is_set_in_another_case_is_not_set_twice(world: Callable[..., PolicyWorld]) -> None:
    given = {**DENY, "parameters": {"ExcludedNamespaces": ["x"]}}
    (change,) = world(policy(given)).plan().changes
    assert lists(change) == {"ExcludedNamespaces": ["x", COMMAND]}


def test_nothing_else_of_the_assignment_changes(world: Callable[..., PolicyWorld]) -> None:
    given = {
        **DENY,
        "identity": True,
        "overrides": [{"kind": "policyEffect", "value": "Deny"}],
        "resourceSelectors": [{"name": "here", "selectors": [{"kind": "resourceLocation", "in": ["westus2"]}]}],
        "notScopes": ["/subscriptions/5ca1ab1e-0000-4000-8000-00000000c0de/resourceGroups/other"],
        "nonComplianceMessages": [{"message": "no"}],
        "version": "6.*.*",
        "properties": {"selfServeExemptionSettings": {"enabled": True}, "future": {"a": [None, 1]}},
    }
    cloud = world(policy(given))
    before = cloud.assignment()
    cloud.carry_out(cloud.plan())
    after = cloud.assignment()
    assert after["properties"]["parameters"].pop("excludedNamespaces") == {"value": [*DEFAULT, COMMAND]}
    assert _steady(after) == _steady(before)


def test_undo_puts_back_the_very_document(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy({**DENY, "metadata": {"x": None}, "properties": {"future": {"a": [None, 1]}}}))
    before = cloud.assignment()
    cloud.carry_out(cloud.plan())
    cloud.undo()
    assert _steady(cloud.assignment()) == _steady(before)


def _steady(document: dict[str, Any]) -> dict[str, Any]:
    """Without what the service writes at every change."""
    document.pop("systemData")
    for name in ("updatedBy", "updatedOn"):
        document["properties"]["metadata"].pop(name)
    return document


@pytest.mark.parametrize("code", ["InvalidApiVersionParameter", "NoRegisteredProviderFound"])
def test_a_cloud_without_the_newest_version_is_read_and_written_at_an_older_one(
    world: Callable[..., PolicyWorld], code: str
) -> None:
    cloud = world(policy(DENY))
    cloud.refuse("2025-11-01", 400, code)
    plan = cloud.plan()
    assert plan.changes[0].api_version == "2024-05-01"
    cloud.carry_out(plan)
    assert cloud.run_works()


def test_a_second_run_finds_it_done_and_on_its_way(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy(DENY, syncDelay=1200))
    denial = cloud.denial()
    cloud.carry_out(cloud.plan())
    again = cloud.plan(failure=denial)
    assert again.changes == ()
    assert any("has not reached the cluster yet" in note for note in again.notes)
    assert "There is nothing to change" in again.next_step


def test_a_glob_that_covers_the_namespace_is_enough(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy({**DENY, "parameters": {"excludedNamespaces": ["aks-*"]}, "synced": True}, TOKEN))
    plan = cloud.plan(failure=_both_denied(world))
    assert [change.id.rpartition("/")[2] for change in plan.changes] == ["no-token"]
    assert any("aks-*" in note for note in plan.notes)


def _both_denied(world: Callable[..., PolicyWorld]) -> Failure:
    return world(policy(DENY, TOKEN)).denial()


def test_a_change_long_ago_should_have_arrived(world: Callable[..., PolicyWorld]) -> None:
    plan = world("policy-excluded-syncing").plan()
    assert plan.changes == () and "add-on" in plan.next_step
    assert sum("should have reached" in note for note in plan.notes) == 1


def test_an_exemption_in_force_is_left_as_it_is(world: Callable[..., PolicyWorld]) -> None:
    plan = world("policy-exempt-syncing").plan()
    assert plan.changes == () and any("exempt" in note for note in plan.notes)


def test_what_goes_by_the_same_name_and_does_not_deny_is_left_alone_with_the_reason(
    world: Callable[..., PolicyWorld],
) -> None:
    reports = {**DENY, "name": "reports", "title": "Reports", "effect": "Audit"}
    lenient = {**DENY, "name": "lenient", "title": "Lenient", "enforcementMode": "DoNotEnforce"}
    plan = world(policy(DENY, reports, lenient)).plan()
    assert len(plan.changes) == 1
    assert any('"Reports" is not changed: its effect is audit' in note for note in plan.notes)
    assert any('"Lenient" is not changed' in note and "DoNotEnforce" in note for note in plan.notes)


def test_all_that_deny_are_in_one_plan_with_the_right_each_needs_where_it_lies(
    world: Callable[..., PolicyWorld],
) -> None:
    cloud = world(policy(DENY, SECOND))
    plan = cloud.plan()
    assert len(plan.changes) == len(plan.stock) == 2
    write = "Microsoft.Authorization/policyAssignments/write"
    subscription = f"/subscriptions/{cloud.world.subscription}"
    assert plan.requires == ((write, subscription), (write, f"{subscription}/resourceGroups/rg1"))


@pytest.mark.parametrize("by", ["read-only-root-rg1", "READ-ONLY-ROOT-RG1", "Read-only root in rg1", "id"])
def test_named_assignments_narrow_the_plan_and_the_rest_is_warned_of(
    world: Callable[..., PolicyWorld], by: str
) -> None:
    cloud = world(policy(DENY, SECOND))
    name = cloud.assignment_id("read-only-root-rg1", "resourceGroup") if by == "id" else by
    plan = cloud.plan(name)
    assert [change.id.rpartition("/")[2] for change in plan.changes] == ["read-only-root-rg1"]
    assert any('"Read-only root" also denies the command pod' in warning for warning in plan.warnings)


def test_a_name_that_no_assignment_has_is_not_found(world: Callable[..., PolicyWorld]) -> None:
    with pytest.raises(RefusedError, match="No policy assignment 'nobody'") as refused:
        world(policy(DENY)).plan("nobody")
    assert refused.value.is_missing and "read-only-root" in refused.value.advice


def test_a_named_assignment_that_does_not_deny_is_left_alone(world: Callable[..., PolicyWorld]) -> None:
    reports = {**DENY, "name": "reports", "title": "Reports", "effect": "Audit"}
    plan = world(policy(DENY, reports)).plan("reports")
    assert plan.changes == () and any("its effect is audit" in note for note in plan.notes)


CONSENTS = [
    ("cluster", ()),
    ("resourceGroup", ()),
    ("subscription", ("",)),
    ("managementGroup", ("--wide-scope",)),
]


@pytest.mark.parametrize(("scope", "flags"), CONSENTS)
def test_what_reaches_beyond_the_resource_group_is_agreed_to_by_itself(
    world: Callable[..., PolicyWorld], scope: str, flags: tuple[str, ...]
) -> None:
    plan = world({**policy({**DENY, "scope": scope}), **OWNER_ABOVE}).plan()
    assert tuple(consent.flag for consent in plan.consents) == flags
    assert all(
        isinstance(consent, Consent) and "every cluster under it" in consent.question for consent in plan.consents
    )


def test_a_management_group_needs_its_flag_beside_yes(world: Callable[..., PolicyWorld]) -> None:
    cloud = world({**policy({**DENY, "scope": "managementGroup"}), **OWNER_ABOVE})
    with pytest.raises(RefusedError, match="management group contoso") as refused:
        cloud.carry_out(cloud.plan())
    assert "--wide-scope" in refused.value.advice and cloud.writes == []
    assert not cloud.carry_out(cloud.plan(), flags=("--wide-scope",)).failed
    assert cloud.run_works()


def test_the_reach_is_said(world: Callable[..., PolicyWorld]) -> None:
    plan = world(policy(DENY)).plan()
    assert any(
        "every cluster under subscription" in warning and "number of clusters unknown" in warning
        for warning in plan.warnings
    )
    assert any("15 to 20 minutes, at worst an hour" in warning for warning in plan.warnings)


def test_a_text_that_hides_denials_brings_all_that_would_deny_and_says_so(world: Callable[..., PolicyWorld]) -> None:
    plan = world("policy-vap").plan()
    assert [change.id.rpartition("/")[2] for change in plan.changes] == ["read-only-root", "no-token"]
    assert any("does not show every denial" in warning for warning in plan.warnings)


def test_a_policy_that_shows_only_later_is_named_while_waiting(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy(DENY, TOKEN))
    outcome = cloud.carry_out(cloud.plan("read-only-root"), wait=3600)
    assert (outcome.failed, outcome.document["verified"]) == (True, False)
    said = [line for line in cloud.console.lines if "Another policy denies the command pod now" in line]
    assert len(said) == 1 and "No token" in said[0]


def test_waiting_ends_once_the_pod_is_let_in(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy(DENY, syncDelay=600))
    outcome = cloud.carry_out(cloud.plan(), wait=3600)
    assert (outcome.failed, outcome.document["verified"]) == (False, True)


def test_a_name_of_hostile_characters_stays_on_one_line(world: Callable[..., PolicyWorld]) -> None:
    title = 'a"b\x1b[31m\nc$(d)'
    plan = world(policy({**DENY, "title": title})).plan()
    words = (*plan.warnings, *plan.notes, *(change.what for change in plan.changes))
    assert not [each for each in words if "\x1b" in each or "\n" in each]
    assert plan.changes[0].after["properties"]["displayName"] == title


def test_who_sees_the_assignment_in_the_clusters_list_alone_gets_a_text_to_send(
    world: Callable[..., PolicyWorld],
) -> None:
    cloud = world(policy({**DENY, "scope": "managementGroup"}))
    plan = cloud.plan()
    assert plan.refused == plan.requires
    with pytest.raises(RefusedError, match="You lack Microsoft.Authorization/policyAssignments/write"):
        cloud.carry_out(plan)
    (text,) = [line for line in cloud.console.lines if "Please make this change" in line]
    assert "Resource Policy Contributor" in text and "az policy assignment update --name read-only-root" in text
    assert cloud.writes == []


def test_who_may_not_change_the_assignment_but_may_exempt_is_offered_the_exemption(
    world: Callable[..., PolicyWorld],
) -> None:
    exempts = {
        "name": "Exempts",
        "actions": [
            "*/read",
            "Microsoft.Authorization/policyAssignments/exempt/action",
            "Microsoft.Authorization/policyExemptions/*",
            "Microsoft.ContainerService/*",
        ],
    }
    plan = world({**policy(DENY), "access": {"custom": [exempts], "assignments": ["Exempts"]}}).plan()
    (offer,) = [note for note in plan.otherwise if "--mode exemption" in note]
    assert "every namespace" in offer and "exempt/action" in offer
    assert plan.changes[0].method == "PUT" and "policyAssignments" in plan.changes[0].id


def test_who_may_neither_is_offered_nothing(world: Callable[..., PolicyWorld]) -> None:
    plan = world("policy-management-group").plan()
    assert not [note for note in plan.notes if "exemption" in note]
