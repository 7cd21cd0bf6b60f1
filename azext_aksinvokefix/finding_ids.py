"""The ids of all findings by the stage they belong to. They are a contract: kebab-case, never renamed, never reused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from azext_aksinvokefix.lifecycle import Failure, Stage
from azext_aksinvokefix.shapes import texts

#: What a text or a cluster is when nothing else fits. It belongs to no stage.
UNRECOGNIZED = "unrecognized"

BY_STAGE: Mapping[Stage, tuple[str, ...]] = MappingProxyType(
    {
        "client": (
            "attachment-invalid",
            "attachment-too-large",
            "cli-outdated",
            "extension-conflict",
            "network-unreachable",
        ),
        "sign-in": ("cloud-shell-token", "sign-in-expired", "wrong-tenant", "cluster-token-missing"),
        "access": (
            "cluster-not-found",
            "arm-action-missing",
            "result-read-missing",
            "role-not-activated",
            "arm-denied",
            "resource-locked",
        ),
        "cluster": (
            "cluster-stopped",
            "cluster-not-ready",
            "run-command-disabled",
            "run-command-disabled-by-policy",
            "fleet-hub-cluster",
            "operation-in-progress",
            "api-server-unreachable",
            "api-server-guarded",
            "throttled",
            "service-error",
        ),
        "admission": (
            "azure-policy-denied",
            "safeguards-denied",
            "gatekeeper-denied",
            "managed-policy-denied",
            "defender-denied",
            "kyverno-denied",
            "pod-security-denied",
            "webhook-denied",
            "webhook-unreachable",
            "quota-exceeded",
        ),
        "scheduling": (
            "nodes-tainted",
            "nodes-full",
            "no-linux-nodes",
            "no-running-nodes",
            "nodes-not-ready",
            "autoscaler-lagging",
        ),
        "startup": ("image-pull-failed", "init-failed", "tunnel-broken", "start-timeout"),
        "command": (
            "kubernetes-forbidden-azure-rbac",
            "kubernetes-forbidden",
            "kubernetes-unauthorized",
            "command-denied-by-policy",
            "command-not-found",
            "file-not-attached",
            "command-interactive",
            "command-failed",
        ),
        "result": ("result-hidden", "result-lost", "still-running", "output-truncated"),
    }
)

#: ``unrecognized`` is not in it.
STAGE_OF: Mapping[str, Stage] = MappingProxyType({each: stage for stage, ids in BY_STAGE.items() for each in ids})


def findings_of_text(stage: Stage, failure: Failure | None) -> list[str]:
    """The findings of a stage that a text names, the most precise first."""
    if failure is None:
        return []
    named = dict.fromkeys([failure.finding, *texts(failure.facts.get("also"))])
    return [finding for finding in named if STAGE_OF.get(finding) == stage]
