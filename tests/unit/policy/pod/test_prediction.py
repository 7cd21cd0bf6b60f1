"""Predictions about the command pod, parameter by parameter, as Azure's published templates decide."""

from __future__ import annotations

import time
from typing import Any

import pytest

from azext_aksinvokefix.policy.pod.prediction import verdict
from tests.data.policies import (
    ESCALATION,
    IMAGES,
    LIMITS,
    READ_ONLY,
    RESTRICTED,
    ROOT,
    assignment,
    definition,
    policies,
    policy,
)

SECCOMP = f"{ROOT}/policyDefinitions/975ce327-682c-4f2e-aa46-b9598289b86c"
VOLUMES = f"{ROOT}/policyDefinitions/16697877-1118-4fb1-9b65-9898ec2509ec"
CAPABILITIES = f"{ROOT}/policyDefinitions/c26596ff-4d70-4e6a-9a30-c2506bd2f80c"
LABELS = f"{ROOT}/policyDefinitions/46592696-4c7b-4bf3-9e45-6c2763bdc0a6"
ANNOTATIONS = f"{ROOT}/policyDefinitions/9a5f4e39-e427-4d5d-ae73-93db00328bec"
BLOCKED = f"{ROOT}/policyDefinitions/b81f454c-eebb-4e4f-9dfe-dca060e8a8fd"
PULL_POLICY = f"{ROOT}/policyDefinitions/50c83470-d2f0-4dda-a716-1938a4825f62"
PROBES = f"{ROOT}/policyDefinitions/b1a9997f-2883-4f12-bdff-2280f99b5915"
USERS = f"{ROOT}/policyDefinitions/f06ddb64-5fa3-4b77-b166-acb36f7f6042"
APPARMOR = f"{ROOT}/policyDefinitions/511f5417-5d12-434d-ab2e-816901e72a5e"
DISALLOWED = f"{ROOT}/policyDefinitions/a27c700f-8a22-44ec-961c-41625264370b"
AKS_LABELS = f"{ROOT}/policyDefinitions/a22123bd-b9da-4c86-9424-24903e91fd55"
NAKED = f"{ROOT}/policyDefinitions/65280eef-c8b4-425e-9aec-af55e55bf581"
SIGNED = f"{ROOT}/policyDefinitions/cf426bb8-b320-4321-8545-1b784a5df3a4"
INGRESS = f"{ROOT}/policyDefinitions/1a5b4dca-0b6f-4cf5-907c-56316bc1bf3d"

UNSET_IN_VAIN = ["unconfined", "Unconfined", "undefined", "Undefined", "Not Configured", "Localhost"]
RUN_COMMAND = {"key": "aks.azure.com/runCommand"}
TRUE, FALSE = {"allowedRegex": "^true$"}, {"allowedRegex": "^false$"}
#: Seconds of CPU; far above what it takes, far below what a backtracking engine takes.
LONGEST = 2.0


@pytest.mark.parametrize(
    ("policy_id", "values", "expected"),
    [
        (READ_ONLY, {}, "deny"),
        (INGRESS, {}, "pass"),
        (LIMITS, {"cpuLimit": "500m", "memoryLimit": "1Gi"}, "pass"),
        (LIMITS, {"cpuLimit": "0.5", "memoryLimit": "1024Mi"}, "pass"),
        (LIMITS, {"cpuLimit": "200m", "memoryLimit": "1Gi"}, "deny"),
        (LIMITS, {"cpuLimit": "1", "memoryLimit": "512Mi"}, "deny"),
        (LIMITS, {"cpuLimit": "1", "memoryLimit": "1G"}, "deny"),
        (LIMITS, {"cpuLimit": "500m", "memoryLimit": 2**30}, "pass"),
        (LIMITS, {"cpuLimit": 0.4, "memoryLimit": "1Gi"}, "deny"),
        (LIMITS, {"cpuLimit": 1, "memoryLimit": "lots"}, "pass"),
        (LIMITS, {"cpuLimit": "1000000u", "memoryLimit": "1 Gi"}, "pass"),
        (LIMITS, {"cpuLimit": "", "memoryLimit": "1gi"}, "pass"),
        (LIMITS, {"cpuLimit": "1m", "memoryLimit": "lots"}, "deny"),
        (LIMITS, {}, "unknown"),
        (LIMITS, {"cpuLimit": "2"}, "unknown"),
        (IMAGES, {"allowedContainerImagesRegex": "^mcr.microsoft.com/.+$"}, "pass"),
        (IMAGES, {"allowedContainerImagesRegex": r"^([^\/]+\.azurecr\.io|registry\.io)\/.+$"}, "deny"),
        (IMAGES, {"allowedContainerImagesRegex": "^(.+){0}$"}, "deny"),
        (IMAGES, {"allowedContainerImagesRegex": "^[[:lower:].]+/(?:[a-z]+/)*runtime:.+$"}, "pass"),
        (IMAGES, {"allowedContainerImagesRegex": r"^\Qmcr.microsoft.com/\E.*\z"}, "pass"),
        (IMAGES, {"allowedContainerImagesRegex": r":master\.\d{6}\.\d{1,2}$"}, "pass"),
        (IMAGES, {"allowedContainerImagesRegex": r":master\.240118\.1$"}, "unknown"),
        (IMAGES, {"allowedContainerImagesRegex": "("}, "deny"),
        (IMAGES, {"allowedContainerImagesRegex": "mcr(?!x)"}, "deny"),
        (IMAGES, {"allowedContainerImagesRegex": r"mcr.*\Z"}, "deny"),
        (IMAGES, {"allowedContainerImagesRegex": "(a+)+$"}, "deny"),
        (IMAGES, {"allowedContainerImagesRegex": "^docker", "excludedContainers": ["user-*", "init-*"]}, "deny"),
        (IMAGES, {}, "unknown"),
        (SECCOMP, {}, "deny"),
        (SECCOMP, {"allowedProfiles": ["runtime/default"]}, "deny"),
        (SECCOMP, {"allowedProfiles": ["*"]}, "pass"),
        (SECCOMP, {"allowedProfiles": ["RuntimeDefault", "not configured"]}, "pass"),
        *[(SECCOMP, {"allowedProfiles": [one]}, "deny") for one in UNSET_IN_VAIN],
        (VOLUMES, {}, "deny"),
        (VOLUMES, {"allowedVolumeTypes": ["*"]}, "pass"),
        (VOLUMES, {"allowedVolumeTypes": ["projected"]}, "unknown"),
        (VOLUMES, {"allowedVolumeTypes": ["emptyDir", "secret"]}, "deny"),
        (VOLUMES, {"allowedVolumeTypes": ["projected", "emptyDir"]}, "pass"),
        (CAPABILITIES, {}, "pass"),
        (CAPABILITIES, {"requiredDropCapabilities": ["ALL"]}, "deny"),
        (CAPABILITIES, {"requiredDropCapabilities": "ALL"}, "unknown"),
        (DISALLOWED, {"disallowedCapabilities": ["NET_RAW", "ALL"]}, "pass"),
        (DISALLOWED, {"disallowedCapabilities": ["*"]}, "deny"),
        (LABELS, {"labelsList": ["app"]}, "deny"),
        (LABELS, {"labelsList": ["createdBy"]}, "pass"),
        (LABELS, {"labelsList": [{"key": "app"}]}, "deny"),
        (LABELS, {"labelsList": ["CreatedBy"]}, "deny"),
        (LABELS, {"labelsList": [7]}, "deny"),
        (LABELS, {"labelsList": "app"}, "unknown"),
        (AKS_LABELS, {"labels": ["kubernetes.azure.com"], "allowedUsers": [], "allowedGroups": []}, "pass"),
        (AKS_LABELS, {"labels": ["createdBy"], "allowedUsers": [], "allowedGroups": []}, "deny"),
        (AKS_LABELS, {"labels": ["createdBy"], "allowedUsers": ["aksService"], "allowedGroups": []}, "unknown"),
        (AKS_LABELS, {}, "pass"),
        (AKS_LABELS, {"labels": "createdBy"}, "unknown"),
        (ANNOTATIONS, {"kind": "Service", "annotations": {"annotations": ["a"]}}, "pass"),
        (ANNOTATIONS, {"kind": "Pod", "annotations": {"annotations": [{"key": "a"}]}}, "deny"),
        (ANNOTATIONS, {"kind": "*", "annotations": {"annotations": [{"key": "a"}]}}, "deny"),
        (ANNOTATIONS, {"annotations": {"annotations": [{"key": "a"}]}}, "unknown"),
        (ANNOTATIONS, {"kind": "Pod", "annotations": {"annotations": ["a", {"name": "a"}]}}, "pass"),
        (ANNOTATIONS, {"kind": "Pod", "annotations": {"annotations": [RUN_COMMAND]}}, "pass"),
        (ANNOTATIONS, {"kind": "Pod", "annotations": {"annotations": [{**RUN_COMMAND, **TRUE}]}}, "pass"),
        (ANNOTATIONS, {"kind": "Pod", "annotations": {"annotations": [{**RUN_COMMAND, **FALSE}]}}, "deny"),
        (ANNOTATIONS, {"kind": "Pod", "annotations": {"annotations": [{"key": "a", **TRUE}]}}, "deny"),
        (ANNOTATIONS, {"kind": "Pod"}, "pass"),
        (BLOCKED, {"kind": "Pod"}, "deny"),
        (BLOCKED, {"kind": "Ingress"}, "pass"),
        (BLOCKED, {"kind": "*"}, "deny"),
        (BLOCKED, {"kind": "Pod", "apiGroups": ["example.com"]}, "pass"),
        (BLOCKED, {}, "unknown"),
        (PULL_POLICY, {}, "unknown"),
        (PULL_POLICY, {"allowedPullPolicy": []}, "deny"),
        (PULL_POLICY, {"allowedPullPolicy": ["Always", "IfNotPresent", "Never"]}, "pass"),
        (PROBES, {}, "deny"),
        (PROBES, {"requiredProbes": []}, "pass"),
        (USERS, {}, "deny"),
        (USERS, {"runAsUserRule": "RunAsAny"}, "pass"),
        (USERS, {"runAsUserRule": "RunAsAny", "fsGroupRule": "MustRunAs"}, "deny"),
        (USERS, {"runAsUserRule": "odd"}, "pass"),
        (USERS, {"runAsUserRule": "RunAsAny", "fsGroupRule": "mustRunAs"}, "pass"),
        (USERS, {"runAsUserRule": "RunAsAny", "fsGroupRule": "MayRunAs"}, "pass"),
        (USERS, {"runAsUserRule": "MustRunAs", "runAsUserRanges": {"ranges": []}}, "deny"),
        (APPARMOR, {}, "pass"),
        *[(APPARMOR, {"allowedProfiles": one}, "deny") for one in ([], ["*"], ["RuntimeDefault"], ["localhost/x"])],
        (SIGNED, {}, "unknown"),
        (ESCALATION, {}, "unknown"),
        (ESCALATION, {"forcePrivilegeEscalationToBeFalse": True}, "deny"),
        (READ_ONLY, {"excludedImages": ["mcr.microsoft.com/aks/command/runtime:*"]}, "pass"),
        (READ_ONLY, {"excludedImages": ["mcr.microsoft.com/other:*"]}, "deny"),
        (READ_ONLY, {"excludedContainers": ["user-command", "init-command"]}, "pass"),
        (READ_ONLY, {"excludedImages": ["*/aks/command/*"]}, "deny"),
        (READ_ONLY, {"excludedImages": ["mcr.microsoft.com/aks/**"]}, "deny"),
        (READ_ONLY, {"excludedImages": ["mcr.microsoft.com/aks/command/runtime:latest"]}, "deny"),
        (READ_ONLY, {"excludedImages": ["mcr.microsoft.com/aks/command/runtime:master.240118.1"]}, "unknown"),
        (READ_ONLY, {"excludedImages": ["*"]}, "pass"),
        (READ_ONLY, {"excludedContainers": ["user-command"]}, "unknown"),
        (READ_ONLY, {"excludedContainers": ["init-command"]}, "deny"),
        (PROBES, {"excludedContainers": ["user-command"]}, "pass"),
        (READ_ONLY, {"source": "Generated"}, "pass"),
        (READ_ONLY, {"source": "All"}, "deny"),
        (NAKED, {"source": "Generated"}, "deny"),
        (READ_ONLY, {"labelSelector": {"matchLabels": {"a": "b"}}}, "pass"),
        (READ_ONLY, {"labelSelector": {"matchLabels": {"createdBy": "b"}}}, "unknown"),
        (READ_ONLY, {"labelSelector": {"matchExpressions": [{"key": "createdBy", "operator": "Exists"}]}}, "deny"),
    ],
)
def test_a_verdict_follows_the_effective_parameters(policy_id: str, values: dict[str, Any], expected: str) -> None:
    assert verdict(policy(assignment(policy_id, values=values))).outcome == expected


def test_of_the_restricted_standards_eight_policies_two_deny_and_one_hangs_on_the_user() -> None:
    found = {one.reference_id: verdict(one) for one in policies(assignment(RESTRICTED, values={"effect": "Deny"}))}
    assert {name for name, one in found.items() if one.outcome == "deny"} == {
        "AllowedUsersGroups",
        "AllowedSeccompProfiles",
    }
    assert {name for name, one in found.items() if one.outcome == "unknown"} == {"NoPrivilegeEscalation"}


@pytest.mark.parametrize("version", ["7.*.*", "8.*.*", ""])
def test_escalation_and_non_root_hang_on_the_same_field_and_never_both_deny(version: str) -> None:
    escalation = verdict(policy(assignment(ESCALATION, definitionVersion=version)))
    non_root = verdict(policy(assignment(USERS)))
    assert (escalation.outcome, escalation.depends, escalation.likely) == ("unknown", ("runAsUser",), "pass")
    assert (non_root.outcome, non_root.depends) == ("deny", ("runAsUser", "runAsNonRoot"))


def test_the_switch_that_forces_counts_only_where_the_version_has_it() -> None:
    forced = {"forcePrivilegeEscalationToBeFalse": True}
    assert verdict(policy(assignment(ESCALATION, values=forced, definitionVersion="8.*.*"))).outcome == "deny"
    assert verdict(policy(assignment(ESCALATION, values=forced, definitionVersion="7.*.*"))).outcome == "unknown"


@pytest.mark.parametrize(("allowed", "likely"), [(["Always"], "deny"), (["IfNotPresent", "Never"], "pass")])
def test_a_pull_policy_is_told_by_the_default_of_the_api_and_no_more_than_likely(
    allowed: list[str], likely: str
) -> None:
    found = verdict(policy(assignment(PULL_POLICY, values={"allowedPullPolicy": allowed})))
    assert (found.outcome, found.likely, found.depends) == ("unknown", likely, ("imagePullPolicy",))
    assert "IfNotPresent" in found.why and "likely" in found.why


@pytest.mark.parametrize("pattern", ["mcr(?=x)", "(?<!x)mcr", r"\Z", r"(a)\1", "a**", "[z-a]"])
def test_an_expression_that_gatekeeper_cannot_compile_denies_and_says_that_this_is_inferred(pattern: str) -> None:
    found = verdict(policy(assignment(IMAGES, values={"allowedContainerImagesRegex": pattern})))
    assert found.outcome == "deny" and "inferred" in found.why


def test_where_the_definition_fixes_its_source_the_parameter_changes_nothing() -> None:
    details = {"source": "Generated"}
    custom = definition(details=details)
    assert verdict(policy(assignment(custom["id"]), definitions=[custom])).outcome == "pass"


def test_a_custom_policy_that_selects_other_labels_lets_the_pod_pass() -> None:
    custom = definition(details={"labelSelector": {"matchLabels": {"app": "web"}}})
    assert verdict(policy(assignment(custom["id"]), definitions=[custom])).outcome == "pass"


def test_what_only_the_service_can_compute_is_never_judged() -> None:
    for name in ("source", "labelSelector"):
        custom = definition(details={name: "[if(equals(1, 1), 'a', 'b')]"})
        assert verdict(policy(assignment(custom["id"]), definitions=[custom])).outcome == "unknown"


@pytest.mark.parametrize("kinds", [["Deployment"], ["Ingress", "Service"]])
def test_a_custom_policy_about_other_kinds_passes(kinds: list[str]) -> None:
    custom = definition(details={"kinds": kinds})
    assert verdict(policy(assignment(custom["id"]), definitions=[custom])).outcome == "pass"


@pytest.mark.parametrize("kinds", [["Pod"], ["*"], None, "[parameters('kinds')]"])
def test_of_a_custom_policy_about_pods_nothing_is_known(kinds: str | list[str] | None) -> None:
    custom = definition(details={"kinds": kinds})
    assert verdict(policy(assignment(custom["id"]), definitions=[custom])).outcome == "unknown"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("(a*)*b", "deny"),
        ("(.*)+$", "pass"),
        (".*" * 50 + "x", "deny"),
        ("(" * 5000, "unknown"),
        ("a" * 10_000_000, "unknown"),
        ("(x+x+)+y", "deny"),
        ("[a-z]+" * 40 + "!", "deny"),
    ],
)
def test_a_pattern_that_takes_others_long_is_judged_or_refused_at_once(pattern: str, expected: str) -> None:
    before = time.process_time()
    assert verdict(policy(assignment(IMAGES, values={"allowedContainerImagesRegex": pattern}))).outcome == expected
    assert time.process_time() - before < LONGEST
