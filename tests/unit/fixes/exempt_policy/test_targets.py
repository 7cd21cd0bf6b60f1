"""Whatever is assigned: the plan lets the pod in, and changes exactly the assignments that deny it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from azext_aksinvokefix.changes.plan import Plan, RefusedError
from tests.simulator.cluster import admission
from tests.simulator.policy import engine
from tests.simulator.policy import governance as simulated
from tests.worlds.policy import PolicyWorld, policy

ABOVE = {"access": {"assignments": [{"role": "Owner", "scope": "managementGroup"}]}}
WITHOUT_LIST = {
    "name": "bare",
    "parameters": {"effect": {"type": "String", "defaultValue": "Audit"}},
    "references": [["root", "readOnlyRootFilesystem", None, "effect", None]],
}
ASSIGNMENTS = st.fixed_dictionaries(
    {
        "of": st.sampled_from(["readOnlyRootFilesystem", "automountToken", "restricted", "baseline", "probes", "bare"]),
        "scope": st.sampled_from(["cluster", "resourceGroup", "subscription", "managementGroup"]),
        "effect": st.sampled_from(["Deny", "deny", "Audit", "Disabled"]),
        "enforcementMode": st.sampled_from(["Default", "Default", "DoNotEnforce"]),
    },
    optional={
        "parameters": st.sampled_from([{"excludedNamespaces": ["x"]}, {"excludedNamespaces": ["aks-*"]}]),
        "notScopes": st.just(["resourceGroup"]),
    },
)
POLICIES = st.lists(ASSIGNMENTS, min_size=1, max_size=4)
OFTEN = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def scenario(assignments: list[dict[str, Any]], form: str) -> dict[str, Any]:
    named = [{**one, "name": f"a{number}", "title": f"A {number}"} for number, one in enumerate(assignments)]
    for one in named:
        if one["of"] == "bare":
            one.pop("parameters", None)
    return {**policy(*named, initiatives=[WITHOUT_LIST], form=form), **ABOVE}


def denying(cloud: PolicyWorld) -> set[str]:
    """The ids of the assignments whose constraints deny the command pod, as the simulated cluster has them."""
    state, cluster = simulated.of(cloud.world), cloud.direct.cluster
    found = engine.constraints(state.synced, cluster.id, cluster.resource["location"], cloud.world.utc())
    return {
        constraint.source.assignment["id"].lower()
        for constraint in found
        if constraint.source.denies and constraint.matches(POD) and list(constraint.violations(POD))
    }


POD = admission.with_token(
    {
        "metadata": {"name": "command-1", "namespace": "aks-command", "labels": {"createdBy": "x"}, "annotations": {}},
        "spec": {"containers": [{"name": "user-command", "image": "mcr.microsoft.com/aks/command/runtime:1"}]},
    }
)


def changed(plan: Plan) -> set[str]:
    """The assignments that a plan changes or exempts from."""
    properties = [(change.id.lower(), change.after["properties"]) for change in plan.changes]
    return {given.get("policyAssignmentId", path).lower() for path, given in properties}


def planned(cloud: PolicyWorld, assignments: list[dict[str, Any]]) -> Plan:
    """The plan for what a command meets now; by an exemption where the namespace cannot be excluded."""
    denial = cloud.denial()
    try:
        return cloud.plan(failure=denial)
    except RefusedError as refused:
        assert "cannot be excluded" in refused.message and any(one["of"] == "bare" for one in assignments)
        return cloud.plan(failure=denial, mode="exemption")


@OFTEN
@given(assignments=POLICIES)
def test_exactly_what_denies_is_changed_and_then_the_pod_is_let_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assignments: list[dict[str, Any]]
) -> None:
    cloud = PolicyWorld(tmp_path, monkeypatch, scenario(assignments, "webhook"))
    expected = denying(cloud)
    assume(expected)
    plan = planned(cloud, assignments)
    assert changed(plan) == expected
    assert cloud.carry_out(plan, flags=("--wide-scope",)).document["verified"] is True
    assert cloud.run_works()
    assert cloud.undo().document["verified"] is True
    cloud.world.advance(7200)
    assert denying(cloud) == expected


@pytest.mark.parametrize("form", ["vap", "blocked"])
@OFTEN
@given(assignments=POLICIES)
def test_where_the_text_hides_denials_plan_after_plan_lets_the_pod_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, assignments: list[dict[str, Any]]
) -> None:
    cloud = PolicyWorld(tmp_path, monkeypatch, scenario(assignments, form))
    for _ in range(8):
        expected = denying(cloud)
        if not expected:
            break
        plan = planned(cloud, assignments)
        assert changed(plan) and changed(plan) <= expected
        assert any("does not show every denial" in warning for warning in plan.warnings)
        cloud.carry_out(plan, flags=("--wide-scope",))
        cloud.world.advance(7200)
    assert cloud.run_works()


@OFTEN
@given(assignments=POLICIES)
def test_a_prediction_names_nothing_that_does_not_deny(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assignments: list[dict[str, Any]]
) -> None:
    cloud = PolicyWorld(tmp_path, monkeypatch, scenario(assignments, "webhook"))
    expected = denying(cloud)
    assert changed(cloud.plan(denied=False, mode="exemption")) <= expected


@pytest.mark.parametrize("form", ["vap", "blocked"])
def test_where_a_text_hides_denials_nothing_that_is_changed_is_said_to_be_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    both = [{"of": "automountToken", "effect": "Deny"}, {"of": "readOnlyRootFilesystem", "effect": "Deny"}]
    cloud = PolicyWorld(tmp_path, monkeypatch, scenario(both, form))
    plan = planned(cloud, both)
    titles = [f"A {each.rpartition('/a')[2]}" for each in changed(plan)]
    left = [warning for warning in plan.warnings if "is not changed" in warning]
    assert titles and not [each for each in titles if any(each in warning for warning in left)]
    assert any("does not show every denial" in warning for warning in plan.warnings)
