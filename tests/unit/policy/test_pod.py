"""Predictions about the command pod, parameter by parameter."""

import pytest

from azext_aksinvokefix.policy.pod import verdict
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
INGRESS = f"{ROOT}/policyDefinitions/1a5b4dca-0b6f-4cf5-907c-56316bc1bf3d"


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
        (LIMITS, {"cpuLimit": 1, "memoryLimit": "lots"}, "unknown"),
        (LIMITS, {"cpuLimit": "1m", "memoryLimit": "lots"}, "deny"),
        (LIMITS, {}, "unknown"),
        (IMAGES, {"allowedContainerImagesRegex": "^mcr.microsoft.com/.+$"}, "pass"),
        (IMAGES, {"allowedContainerImagesRegex": r"^([^\/]+\.azurecr\.io|registry\.io)\/.+$"}, "deny"),
        (IMAGES, {"allowedContainerImagesRegex": "^(.+){0}$"}, "deny"),
        (IMAGES, {"allowedContainerImagesRegex": "("}, "unknown"),
        (IMAGES, {"allowedContainerImagesRegex": "(a+)+$"}, "unknown"),
        (IMAGES, {}, "unknown"),
        (SECCOMP, {}, "deny"),
        (SECCOMP, {"allowedProfiles": ["runtime/default"]}, "deny"),
        (SECCOMP, {"allowedProfiles": ["*"]}, "pass"),
        (VOLUMES, {}, "deny"),
        (VOLUMES, {"allowedVolumeTypes": ["*"]}, "pass"),
        (VOLUMES, {"allowedVolumeTypes": ["projected"]}, "unknown"),
        (VOLUMES, {"allowedVolumeTypes": ["projected", "emptyDir", "configMap", "secret"]}, "pass"),
        (CAPABILITIES, {}, "pass"),
        (CAPABILITIES, {"requiredDropCapabilities": ["ALL"]}, "deny"),
        (CAPABILITIES, {"requiredDropCapabilities": "ALL"}, "unknown"),
        (LABELS, {"labelsList": ["app"]}, "deny"),
        (LABELS, {"labelsList": ["createdBy"]}, "pass"),
        (LABELS, {"labelsList": [{"key": "app"}]}, "deny"),
        (LABELS, {"labelsList": [7]}, "unknown"),
        (ANNOTATIONS, {"kind": "Service", "annotations": {"annotations": ["a"]}}, "pass"),
        (ANNOTATIONS, {"kind": "Pod", "annotations": {"annotations": [{"key": "a"}]}}, "deny"),
        (ANNOTATIONS, {"kind": "Pod"}, "pass"),
        (BLOCKED, {"kind": "Pod"}, "deny"),
        (BLOCKED, {"kind": "Ingress"}, "pass"),
        (BLOCKED, {}, "unknown"),
        (PULL_POLICY, {}, "unknown"),
        (PULL_POLICY, {"allowedPullPolicy": ["Always", "IfNotPresent", "Never"]}, "pass"),
        (PROBES, {}, "deny"),
        (PROBES, {"requiredProbes": []}, "pass"),
        (USERS, {}, "deny"),
        (USERS, {"runAsUserRule": "RunAsAny"}, "pass"),
        (USERS, {"runAsUserRule": "RunAsAny", "fsGroupRule": "MustRunAs"}, "deny"),
        (USERS, {"runAsUserRule": "odd"}, "unknown"),
        (APPARMOR, {}, "pass"),
        (APPARMOR, {"allowedProfiles": ["localhost/x"]}, "unknown"),
        (ESCALATION, {}, "pass"),
        (ESCALATION, {"forcePrivilegeEscalationToBeFalse": True}, "deny"),
        (READ_ONLY, {"excludedImages": ["mcr.microsoft.com/aks/command/runtime:*"]}, "pass"),
        (READ_ONLY, {"excludedImages": ["mcr.microsoft.com/other:*"]}, "deny"),
        (READ_ONLY, {"excludedContainers": ["user-command", "init-command"]}, "pass"),
        (READ_ONLY, {"excludedContainers": ["user-command"]}, "unknown"),
        (READ_ONLY, {"labelSelector": {"matchLabels": {"a": "b"}}}, "unknown"),
    ],
)
def test_a_verdict_follows_the_effective_parameters(policy_id, values, expected):
    assert verdict(policy(assignment(policy_id, values=values)))[0] == expected


def test_the_restricted_standard_denies_by_three_of_its_eight_policies():
    found = policies(assignment(RESTRICTED, values={"effect": "Deny"}))
    assert {one.reference_id for one in found if verdict(one)[0] == "deny"} == {
        "NoPrivilegeEscalation",
        "AllowedUsersGroups",
        "AllowedSeccompProfiles",
    }


@pytest.mark.parametrize("kinds", [["Deployment"], ["Ingress", "Service"]])
def test_a_custom_policy_about_other_kinds_passes(kinds):
    custom = definition(details={"kinds": kinds})
    assert verdict(policy(assignment(custom["id"]), definitions=[custom]))[0] == "pass"


@pytest.mark.parametrize("kinds", [["Pod"], ["*"], None, "[parameters('kinds')]"])
def test_of_a_custom_policy_about_pods_nothing_is_known(kinds):
    custom = definition(details={"kinds": kinds})
    assert verdict(policy(assignment(custom["id"]), definitions=[custom]))[0] == "unknown"


@pytest.mark.parametrize(
    "pattern", ["(a*)*b", "(.*)+$", ".*" * 50 + "x", "(" * 5000, "a" * 10_000_000, "(x+x+)+y", "[a-z]+" * 40 + "!"]
)
def test_a_pattern_that_could_take_long_is_not_tried(pattern):
    assert verdict(policy(assignment(IMAGES, values={"allowedContainerImagesRegex": pattern})))[0] == "unknown"
