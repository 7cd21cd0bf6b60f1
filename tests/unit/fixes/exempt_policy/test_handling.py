"""An exemption lifts a policy from a whole cluster: it is offered, asked for or told, and never made in silence."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix.changes.plan import RefusedError
from tests.worlds.policy import DENY, PolicyWorld, policy

NO_PARAMETER = "policy-no-namespace-parameter"
FIXED = {
    "name": "fixed",
    "title": "Fixed",
    "parameters": {"effect": {"type": "String", "defaultValue": "Audit"}},
    "references": [["root", "readOnlyRootFilesystem", None, "effect", None, {"excludedNamespaces": ["kube-system"]}]],
}
STUCK = {"of": "fixed", "name": "fixed", "title": "Fixed", "effect": "Deny"}
BOTH = policy(DENY, STUCK, initiatives=[FIXED])


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., PolicyWorld]:
    return lambda scenario, answers=None: PolicyWorld(tmp_path, monkeypatch, scenario, answers)


@pytest.mark.parametrize("mode", [None, "namespace"])
def test_where_nothing_can_be_excluded_the_exemption_is_offered_with_the_line_that_makes_it(
    world: Callable[..., PolicyWorld], mode: str | None
) -> None:
    cloud = world(NO_PARAMETER)
    with pytest.raises(RefusedError, match="cannot be excluded") as refused:
        cloud.plan(mode=mode)
    assert "it has no parameter" in refused.value.message and "is fixed in the definition" in refused.value.message
    assert "whole cluster, in every namespace" in refused.value.advice
    words = shlex.split(refused.value.advice[refused.value.advice.index("az aks") :])
    assert words[:4] == ["az", "aks", "invoke-fix", "exempt-policy"] and words[-2:] == ["--mode", "exemption"]
    assert words.count("--policy-assignment") == 2


def test_yes_agrees_to_no_exemption(world: Callable[..., PolicyWorld]) -> None:
    with pytest.raises(RefusedError, match="cannot be excluded"):
        world(NO_PARAMETER).plan(yes=True)


def test_an_exemption_that_was_told_lets_the_pod_in_until_it_is_deleted(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(NO_PARAMETER)
    outcome = cloud.carry_out(cloud.plan(mode="exemption"))
    assert (outcome.failed, outcome.document["verified"]) == (False, True)
    assert cloud.run_works()
    assert [request["method"] for request in outcome.document["undo"]] == ["DELETE", "DELETE"]
    cloud.undo()
    assert not cloud.run_works()


def test_an_exemption_is_for_this_cluster_the_denying_references_and_a_while(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(NO_PARAMETER)
    first, second = (change.after["properties"] for change in cloud.plan(mode="exemption").changes)
    assert first["policyDefinitionReferenceIds"] == ["ReadOnlyRootFileSystemInKubernetesCluster"]
    assert second["policyDefinitionReferenceIds"] == ["noEscalation"]
    assert first["exemptionCategory"] == "Waiver"
    ends = cloud.session().now + timedelta(days=30)
    assert first["expiresOn"][:10] == f"{ends:%Y-%m-%d}" and first["expiresOn"].endswith("Z")
    change = cloud.plan(mode="exemption").changes[0]
    assert change.id.startswith(f"{cloud.cluster_id}/providers/Microsoft.Authorization/policyExemptions/")


def test_an_exemption_from_a_single_policy_names_no_references(world: Callable[..., PolicyWorld]) -> None:
    (change,) = world(policy(DENY)).plan(mode="exemption").changes
    assert "policyDefinitionReferenceIds" not in change.after["properties"]


def test_why_it_is_there_and_how_it_goes_away_is_written_in_it(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy(DENY))
    properties = cloud.plan(mode="exemption").changes[0].after["properties"]
    assert "Read-only root" in properties["displayName"]
    assert "denied" in properties["description"] and cloud.edge.arm.correlation_id in properties["description"]


def test_a_long_name_is_cut_to_what_the_service_takes(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy({**DENY, "title": "x" * 500}))
    plan = cloud.plan(mode="exemption")
    assert len(plan.changes[0].after["properties"]["displayName"]) == 128
    assert not cloud.carry_out(plan).failed


def test_category_and_term_are_as_told(world: Callable[..., PolicyWorld]) -> None:
    (change,) = world(policy(DENY)).plan(mode="exemption", category="Mitigated", expires_in=None).changes
    assert change.after["properties"]["exemptionCategory"] == "Mitigated"
    assert "expiresOn" not in change.after["properties"]
    assert "without an expiry date" in change.what


def test_an_exemption_that_ran_out_is_renewed_not_doubled(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy(DENY))
    plan = cloud.plan(mode="exemption", expires_in=timedelta(hours=1))
    cloud.carry_out(plan)
    cloud.world.advance(7200)
    again = cloud.plan(mode="exemption")
    assert again.changes[0].id == plan.changes[0].id
    assert again.changes[0].before["properties"]["expiresOn"] < again.changes[0].after["properties"]["expiresOn"]
    assert not cloud.carry_out(again).failed
    assert cloud.run_works()
    assert not cloud.undo().failed
    assert not cloud.run_works()


def test_an_exemption_needs_a_right_at_the_cluster_and_one_at_the_assignment(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy(DENY))
    assert cloud.plan(mode="exemption").requires == (
        ("Microsoft.Authorization/policyExemptions/write", cloud.cluster_id),
        ("Microsoft.Authorization/policyAssignments/exempt/action", f"/subscriptions/{cloud.world.subscription}"),
    )


def test_the_whole_cluster_is_warned_of(world: Callable[..., PolicyWorld]) -> None:
    plan = world(policy(DENY)).plan(mode="exemption")
    assert any("whole cluster, in every namespace" in warning for warning in plan.warnings)


def test_nothing_is_done_by_half_in_silence(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(BOTH)
    with pytest.raises(RefusedError, match='"Fixed" .reference root.: its namespace exclusion is fixed') as refused:
        cloud.plan(yes=True)
    exemption, namespace = (part for part in refused.value.advice.split("az aks")[1:])
    assert "policyAssignments/fixed" in exemption and "--mode exemption" in exemption
    assert "policyAssignments/read-only-root" in namespace and "--mode namespace" in namespace


def test_the_two_lines_of_the_offer_together_let_the_pod_in(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(BOTH)
    denial = cloud.denial()
    cloud.carry_out(cloud.plan("fixed", failure=denial, mode="exemption"))
    cloud.carry_out(cloud.plan("read-only-root", failure=denial, mode="namespace"))
    assert cloud.run_works()


def test_at_a_terminal_the_exemption_is_asked_for_and_the_rest_is_excluded(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(BOTH, answers=[True])
    plan = cloud.plan(ask=True)
    assert ["policyExemptions" in change.id for change in plan.changes] == [False, True]
    (question,) = cloud.console.asked
    assert "whole cluster, in every namespace" in question and "until" in question


def test_a_no_at_the_terminal_is_a_no(world: Callable[..., PolicyWorld]) -> None:
    with pytest.raises(RefusedError, match="cannot be excluded"):
        world(BOTH, answers=[False]).plan(ask=True)


@pytest.mark.parametrize("options", [{"mode": "namespace", "ask": True}, {"what_if": True, "ask": True}])
def test_who_said_namespace_or_only_looks_is_not_asked(
    world: Callable[..., PolicyWorld], options: dict[str, Any]
) -> None:
    cloud = world(BOTH, answers=[True])
    with pytest.raises(RefusedError):
        cloud.plan(**options)
    assert cloud.console.asked == []


def test_told_to_exempt_an_assignment_that_could_be_excluded_is_exempted(world: Callable[..., PolicyWorld]) -> None:
    (change,) = world(policy(DENY)).plan(mode="exemption").changes
    assert "policyExemptions" in change.id


def test_deployment_safeguards_are_steered_by_their_own_resource_in_every_mode(
    world: Callable[..., PolicyWorld],
) -> None:
    for mode in (None, "namespace", "exemption"):
        cloud = world("safeguards-enforced")
        (change,) = cloud.plan(mode=mode).changes
        assert change.id.endswith("/deploymentSafeguards/default")
        assert change.after["properties"]["excludedNamespaces"] == ["aks-command"]
        assert "systemExcludedNamespaces" not in change.after["properties"]


def test_other_exclusions_of_safeguards_stay(world: Callable[..., PolicyWorld]) -> None:
    scenario = {
        "safeguards": {
            "level": "Enforce",
            "excludedNamespaces": ["build"],
            "systemExcludedNamespaces": ["kube-system"],
            "podSecurityStandardsLevel": "Baseline",
        }
    }
    cloud = world(scenario)
    (change,) = cloud.plan().changes
    assert change.after["properties"]["excludedNamespaces"] == ["build", "aks-command"]
    assert change.after["properties"]["podSecurityStandardsLevel"] == "Baseline"
    cloud.carry_out(cloud.plan())
    assert cloud.run_works()


def test_safeguards_that_cannot_be_read_are_not_gone_around(world: Callable[..., PolicyWorld]) -> None:
    cloud = world("safeguards-enforced")
    denial = cloud.denial()
    cloud.refuse("deploymentSafeguards", 403, "AuthorizationFailed")
    with pytest.raises(RefusedError, match="Deployment Safeguards deny") as refused:
        cloud.plan(failure=denial)
    assert "Do not change the policy assignment" in refused.value.advice


@pytest.mark.parametrize(("scenario", "asks"), [(BOTH, True), (policy(DENY), False)])
def test_an_exemption_brings_a_text_for_the_owner_of_an_initiative_where_there_is_one(
    world: Callable[..., PolicyWorld], scenario: dict[str, Any], asks: bool
) -> None:
    plan = world(scenario).plan(*(["fixed"] if asks else []), mode="exemption")
    assert [title for title, _ in plan.attachments] == (
        ["To send to the owner of the initiative 'fixed':"] if asks else []
    )


def test_each_policy_that_is_excluded_has_its_stock_command_and_no_other_line(
    world: Callable[..., PolicyWorld],
) -> None:
    stock = world(policy(DENY)).plan().stock
    assert len(stock) == 1 and stock[0].startswith("az policy assignment update ")
