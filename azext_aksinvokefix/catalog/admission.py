"""Stage ``admission``: denials by what Azure manages: Azure Policy, Deployment Safeguards, AKS itself and Defender."""

from __future__ import annotations

from azext_aksinvokefix.catalog.entry import ARTICLE, EXEMPTION, POLICY, SAFEGUARDS, Entry
from azext_aksinvokefix.cluster import POLICY_TAKES

_ENVELOPE = "(KubernetesOperationError) Failed to run command in managed cluster due to kubernetes failure. details: "
_POD = "command-0123456789abcdef0123456789abcdef"

ENTRIES = (
    Entry(
        id="azure-policy-denied",
        severity="error",
        title="Azure Policy denies the command pod",
        message="An Azure Policy in force on the cluster denies the pod that would run the command.",
        what="Every command runs in a pod command-<id> in the namespace aks-command. Azure Policy for Kubernetes "
        "checks that pod like any other, and denied it.",
        why="No built-in policy excludes aks-command by default, and the pod does not comply with some of them: "
        "it is a bare pod without probes, its root file system is writable, it allows privilege escalation, "
        "it has limits of 500m and 1Gi, and its image comes from mcr.microsoft.com.",
        confirm="The text names a constraint azurepolicy-<template>-<hash>, or, in the wording since 2025, only a "
        "constraint kind. It is confirmed by an assignment in force on the cluster whose template matches and "
        "whose effective effect is deny. The hash cannot be computed, so several assignments can match; all "
        "that match must be fixed. Before a command runs, a custom policy is evaluated with the constraint "
        "template in its definition, and the finding quotes the template's own message. A template stored at "
        "a URL is not fetched: download it and pass the file with 'az aks invoke-fix diagnose "
        "--policy-template'.",
        fix="Add aks-command to the namespace exclusion parameter of the assignment, keeping the namespaces it "
        "already has. If there is no such parameter, or you are not allowed to change it, exempt the cluster "
        "from only the denying policies, with an expiry date. 'az aks invoke-fix diagnose' prints the "
        "commands for every matching assignment.\n\n'az aks invoke-fix exempt-policy' shows these changes and "
        "makes them once you confirm; 'az aks invoke-fix undo' restores the assignment or deletes the "
        "exemption, after which the policy denies the pod again.",
        safety="Reviewed. The exclusion turns the policy off for one namespace, on every cluster under the "
        "assignment. An exemption turns it off for this whole cluster, in every namespace.",
        limits=f"It takes {POLICY_TAKES} to reach the cluster. One denial can hide another that is checked later, so "
        "the list can grow. If the assignment is deployed from a template, the next deployment reverts the "
        "change. A prediction without a denial is never more than likely, because the full command pod is not "
        "published. A template that reads unpublished parts of the pod, other objects or anything outside the "
        "cluster, or that is written only in CEL, cannot be evaluated.",
        fixes=("exempt-policy", "manual"),
        repaired_by="exempt-policy",
        examples=(
            _ENVELOPE + 'admission webhook "validation.gatekeeper.sh" denied the request: '
            "[azurepolicy-container-limits-2007c596c60696e5e4a5] container <user-command> memory limit <1Gi> is "
            "higher than the maximum allowed of <512Mi>\nCode: KubernetesOperationError",
            '{"code":"RunCommandBlockedByAzurePolicy","details":null,"message":"Run command is blocked by external '
            "resource, please check the error message for more details. details: AKS runCommand feature is blocked "
            "by Azure Policy applied to this cluster, to fix this issue you will need to run `kubectl get "
            "k8sazurev3readonlyrootfilesystem -o yaml` find policy assignment by `azure-policy-assignment-id` "
            'annotation, then fix the policy.","subcode":"PodCreateBlockedByAzurePolicy"}',
        ),
        references=(POLICY, EXEMPTION, ARTICLE, "https://github.com/Azure/AKS/issues/4769"),
    ),
    Entry(
        id="safeguards-denied",
        severity="error",
        title="Deployment Safeguards deny the command pod",
        message="Deployment Safeguards on this cluster are at level Enforce and deny the pod that would run the "
        "command.",
        what="Deployment Safeguards are a set of Azure policies that AKS assigns to the cluster itself. At level "
        "Enforce they deny pods, including the command pod.",
        why="The level was set to Enforce, or the cluster is an AKS Automatic cluster, and aks-command is not among "
        "the excluded namespaces.",
        confirm="The denying policy comes from the cluster's assignment aks-deployment-safeguards-policy-assignment, "
        "and its deploymentSafeguards resource is at level Enforce.",
        fix="Add aks-command to the excluded namespaces of the cluster's Deployment Safeguards, keeping the "
        "existing ones. AKS owns the assignment itself; do not edit it.\n\n'az aks invoke-fix exempt-policy' "
        "shows this change and makes it once you confirm; 'az aks invoke-fix undo' restores the list, after "
        "which the safeguards deny the pod again.",
        safety="Reviewed: it turns off every safeguard in one namespace.",
        limits="The exclusion is all or nothing for a namespace. 'az aks safeguards update' replaces the whole list. "
        "It needs Microsoft.ContainerService/deploymentSafeguards/write and takes up to 20 minutes to reach "
        "the cluster.",
        fixes=("exempt-policy", "manual"),
        repaired_by="exempt-policy",
        references=(SAFEGUARDS,),
    ),
    Entry(
        id="managed-policy-denied",
        severity="error",
        title="An AKS-managed policy blocks the request",
        message="A ValidatingAdmissionPolicy that AKS owns (aks-managed-…) denies the request.",
        what="AKS installs its own admission policies in clusters, mostly in AKS Automatic. One of them denied the "
        "request.",
        why="They protect system namespaces, including aks-command, and forbid what AKS does not support.",
        confirm="The text names a ValidatingAdmissionPolicy whose name begins with aks-managed-.",
        fix="Use other namespaces, and change settings through Azure Resource Manager. If the command pod itself "
        "was denied, open a support request: no customer setting can cause that.",
        safety="Manual: there is nothing you can turn off.",
        limits="No Azure Policy exemption and no role affects these policies.",
        fixes=("manual",),
        examples=(
            _ENVELOPE
            + f"pods \"{_POD}\" is forbidden: ValidatingAdmissionPolicy 'aks-managed-baseline-capabilities' with "
            "binding 'aks-managed-baseline-capabilities-binding' denied request: Disallowed capabilities detected",
        ),
        references=("https://learn.microsoft.com/azure/aks/intro-aks-automatic",),
    ),
    Entry(
        id="defender-denied",
        severity="error",
        title="Microsoft Defender denies the command pod",
        message="A gated deployment rule of Microsoft Defender for Containers, set to Block, denies the pod.",
        what="Defender for Containers checks pods against its own rules, separately from Azure Policy, and one of "
        "them blocks the pod.",
        why="A misconfiguration rule or an image rule was switched from Audit to Block. The command pod has a "
        "writable root file system and mounts its token, which such rules deny.",
        confirm="The text names a ValidatingAdmissionPolicy ending in .vap with a binding ending in .binding, or the "
        "webhook defender-admission-controller.",
        fix="In Defender for Cloud, under Environment settings, Security rules, Gated deployment: set the rule to "
        "Audit, or replace it with one whose scope excludes the namespace aks-command.",
        safety="Manual: it weakens a security rule, for everything in its scope.",
        limits="Needs Owner or Security Admin. The scope of the default rule cannot be edited. No Azure Policy "
        "exemption affects these rules.",
        fixes=("manual",),
        examples=(
            _ENVELOPE + f'pods "{_POD}" is forbidden: ValidatingAdmissionPolicy '
            "'ps-block-misconfig-kubernetes-clusters-should-disable-automo.vap' with binding "
            "'ps-block-misconfig-kubernetes-clusters-should-disable-automo.binding' denied request: Service "
            "account token "
            f'mounted at default path in "{_POD}". Set spec.automountServiceAccountToken to false',
        ),
        references=("https://learn.microsoft.com/azure/defender-for-cloud/runtime-gated-overview",),
    ),
)
