"""Where the denial comes from: the text that was given, the Activity Log, or `true`, once that is agreed to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.invoke import refusal
from azext_aksinvokefix.lifecycle import Failure, Stage
from tests.worlds.policy import DENY, PolicyWorld, policy

FULL = "0/2 nodes are available: 2 node(s) had untolerated taint {CriticalAddonsOnly: true}"

#: A rule of a template by which nothing can be foreseen: whether the pod sets a user is not known.
_OPEN = 'violation[{"msg": "no"}] { not input.review.object.spec.containers[0].securityContext.runAsUser }'


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., PolicyWorld]:
    return lambda scenario, answers=None: PolicyWorld(tmp_path, monkeypatch, scenario, answers)


def of(text: str, hint: Stage | None = None) -> Failure:
    return texts.classify(text, source="argument", stage_hint=hint)


def logged(world: Callable[..., PolicyWorld], **more: Any) -> dict[str, Any]:
    """A denial twenty minutes ago, as the Activity Log has it."""
    message = world(policy(DENY)).denial().message.partition(") ")[2]
    return {"minutesAgo": 20, "status": "Failed", "code": "KubernetesOperationError", "message": message, **more}


def test_a_text_that_was_given_runs_nothing_and_reads_no_log(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy(DENY))
    denial = cloud.denial()
    plan = cloud.plan(failure=denial)
    assert plan.changes and cloud.edge.probes == 0
    assert "Starts from the given error text." in plan.notes


def test_the_latest_denial_in_the_activity_log_is_taken(world: Callable[..., PolicyWorld]) -> None:
    cloud = world({**policy(DENY), "activity": {"events": [logged(world)]}})
    plan = cloud.plan(denied=False, what_if=False)
    assert plan.changes and cloud.edge.probes == 0
    assert "Starts from the latest failure in the Activity Log." in plan.notes


def test_a_denial_after_which_a_run_worked_is_over(world: Callable[..., PolicyWorld]) -> None:
    events = [logged(world), {"minutesAgo": 5, "status": "Succeeded"}]
    cloud = world({**policy(DENY), "activity": {"events": events}})
    with pytest.raises(RefusedError, match="not known which policy"):
        cloud.plan(denied=False, what_if=False)


def test_a_logged_failure_about_something_else_is_passed_over(world: Callable[..., PolicyWorld]) -> None:
    failed = {"minutesAgo": 20, "status": "Failed", "code": "KubernetesPerformanceError", "message": FULL}
    cloud = world({**policy(DENY), "activity": {"events": [failed]}})
    assert cloud.plan(denied=False, what_if=False, yes=True).changes and cloud.edge.probes == 1


@pytest.mark.parametrize("text", ["Operation returned an invalid status 'OK'", "something nobody knows"])
def test_a_text_that_says_nothing_is_not_the_end(world: Callable[..., PolicyWorld], text: str) -> None:
    cloud = world({**policy(DENY), "activity": {"events": [logged(world)]}})
    assert cloud.plan(failure=of(text)).changes


def test_without_any_true_is_run_once_that_is_agreed_to(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy(DENY), answers=[True])
    plan = cloud.plan(denied=False, what_if=False, ask=True)
    assert plan.changes and cloud.edge.probes == 1
    assert "`true`" in cloud.console.asked[0]


def test_yes_lets_true_run(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy(DENY))
    assert cloud.plan(denied=False, what_if=False, yes=True).changes
    assert cloud.edge.probes == 1


@pytest.mark.parametrize("answers", [None, [False]])
def test_without_a_yes_nothing_is_run(world: Callable[..., PolicyWorld], answers: list[bool] | None) -> None:
    cloud = world(policy(DENY), answers=answers)
    with pytest.raises(RefusedError, match="not known which policy") as refused:
        cloud.plan(denied=False, what_if=False, ask=True)
    assert cloud.edge.probes == 0
    assert all(flag in refused.value.advice for flag in ("--error", "--yes", "--what-if"))


def test_what_if_foresees_and_runs_nothing(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy(DENY), answers=[True])
    plan = cloud.plan(denied=False, yes=True, ask=True)
    assert plan.changes and cloud.edge.probes == 0 and cloud.console.asked == []
    assert any("prediction" in warning for warning in plan.warnings)


def test_a_prediction_leaves_alone_what_only_may_deny(world: Callable[..., PolicyWorld]) -> None:
    custom = {"name": "custom", "template": "K8sOwn", "rego": _OPEN}
    cloud = world(policy({"of": "custom", "name": "own", "title": "Own", "effect": "Deny"}, definitions=[custom]))
    plan = cloud.plan(denied=False)
    assert plan.changes == ()
    assert any('"Own" might also deny the command pod' in warning for warning in plan.warnings)
    assert cloud.plan("own", denied=False).changes


def test_a_pod_that_is_let_in_needs_nothing(world: Callable[..., PolicyWorld]) -> None:
    cloud = world("healthy")
    plan = cloud.plan(denied=False, what_if=False, yes=True)
    assert plan.changes == () and "no policy denies the command pod" in plan.notes[0]


def test_a_pod_that_fails_later_was_let_in(world: Callable[..., PolicyWorld]) -> None:
    plan = world("nodes-tainted").plan(denied=False, what_if=False, yes=True)
    assert plan.changes == () and "No policy denies" in plan.notes[0]


def test_without_the_addon_no_policy_reaches_into_the_cluster(world: Callable[..., PolicyWorld]) -> None:
    plan = world(policy(DENY, addon=False)).plan(denied=False)
    assert plan.changes == () and "add-on" in plan.notes[0]


NOT_OURS = [
    (FULL, "was admitted"),
    (
        "(AuthorizationFailed) The client 'a' with object id 'b' does not have authorization to perform action "
        "'Microsoft.ContainerService/managedClusters/runcommand/action' over scope '/subscriptions/s'",
        "not about a policy",
    ),
]


@pytest.mark.parametrize(("text", "said"), NOT_OURS)
def test_a_failure_about_something_else_is_sent_to_repair(
    world: Callable[..., PolicyWorld], text: str, said: str
) -> None:
    with pytest.raises(RefusedError, match=said) as refused:
        world(policy(DENY)).plan(failure=of(text))
    assert "az aks invoke-fix repair -g rg1 -n c1" in refused.value.advice


def test_what_the_command_made_was_denied_is_another_thing(world: Callable[..., PolicyWorld]) -> None:
    logs = (
        'Error from server (Forbidden): error when creating "pod.yaml": admission webhook "validation.gatekeeper.sh" '
        "denied the request: [azurepolicy-k8sazurev3readonlyrootfilesyst-0e8a839bcd103e7b96a8] only read-only root "
        "filesystem container is allowed: nginx"
    )
    with pytest.raises(RefusedError, match="an object that the command creates was denied") as refused:
        world(policy(DENY)).plan(failure=of(logs, "command"))
    assert "its own namespace" in refused.value.advice


OTHERS = [
    ("gatekeeper-self", "spec.match.excludedNamespaces"),
    ("managed-vap", "AKS owns this policy"),
    ("defender-vap", "Defender for Cloud"),
    ("defender-image", "Defender for Cloud"),
    ("kyverno", "PolicyException"),
    ("pod-security", "pod-security.kubernetes.io/enforce"),
    ("webhook-other", "namespaceSelector"),
    ("webhook-down", "failurePolicy"),
]


@pytest.mark.parametrize(("scenario", "remedy"), OTHERS)
def test_what_no_azure_policy_change_lifts_is_refused_with_who_can(
    world: Callable[..., PolicyWorld], scenario: str, remedy: str
) -> None:
    cloud = world(scenario)
    with pytest.raises(RefusedError, match="no Azure Policy change fixes this") as refused:
        cloud.plan(mode="exemption", yes=True)
    assert remedy in refused.value.advice
    assert cloud.writes == []


def test_who_else_denies_is_warned_of(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy(DENY))
    kyverno = (
        '\nadmission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Pod/aks-command/x was '
        "blocked due to the following policies \n\nlimits:\n  check: 'validation error'"
    )
    plan = cloud.plan(failure=of(cloud.denial().message + kyverno))
    assert plan.changes and any("Kyverno" in warning for warning in plan.warnings)


def test_a_denial_that_no_assignment_explains_is_not_guessed_about(world: Callable[..., PolicyWorld]) -> None:
    denial = world(policy(DENY)).denial()
    with pytest.raises(RefusedError, match="no policy assignment in force on the cluster explains") as refused:
        world(policy()).plan(failure=denial, mode="exemption")
    assert "wait" in refused.value.advice


def test_assignments_that_cannot_be_read_are_not_fine(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy(DENY))
    denial = cloud.denial()
    cloud.refuse("policyAssignments", 403, "AuthorizationFailed")
    with pytest.raises(RefusedError, match="cannot be read") as refused:
        cloud.plan(failure=denial)
    assert "Microsoft.Authorization/policyAssignments/read" in refused.value.advice


def test_where_several_may_be_it_somebody_has_to_choose(world: Callable[..., PolicyWorld]) -> None:
    names = ("one", "two")
    custom = [{"name": name, "template": f"K8s{name}", "rego": _OPEN} for name in names]
    given = [{"of": name, "name": name, "title": name, "effect": "Deny"} for name in names]
    cloud = world(policy(*given, definitions=custom, form="blocked", hint="k8ssomethingelse"))
    with pytest.raises(RefusedError, match="any of one, two") as refused:
        cloud.plan()
    assert "--policy-assignment one" in refused.value.advice
    plan = cloud.plan("one")
    assert len(plan.changes) == 1 and any("might deny" in warning for warning in plan.warnings)


def test_a_cluster_that_does_not_exist_is_not_found(world: Callable[..., PolicyWorld]) -> None:
    cloud = world(policy(DENY))
    cloud.refuse("/managedClusters/c1?", 404, "ResourceNotFound")
    with pytest.raises(ArmError, match="No.") as refused:
        cloud.plan(failure=refusal.failure_of("azure-policy-denied", "x"))
    assert refused.value.status == 404
