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
        message="An Azure Policy in force at the cluster denies the pod that would run the command.",
        what="Every invoke creates a pod command-<id> in the namespace aks-command. Azure Policy for Kubernetes "
        "checks it like any other pod and denied it.",
        why="None of the built-in policies leaves aks-command out by default, and the pod cannot meet some of them: "
        "it is a bare pod without probes, its root file system is writable, it may escalate privileges, it has "
        "limits of 500m and 1Gi, and its image comes from mcr.microsoft.com.",
        confirm="The text names a constraint azurepolicy-<template>-<hash>, or, in the wording since 2025, only a "
        "constraint kind. It is confirmed by an assignment in force at the cluster whose template matches and whose "
        "effective effect is deny. The hash cannot be computed: several assignments can match, and all that match "
        "must be fixed. Before a command runs, a custom policy is judged by the constraint template in its definition, "
        "and the finding quotes the template's own message; a template that is kept at a URL is not fetched: download "
        "it and name the file with 'az aks invoke-fix diagnose --policy-template'.",
        fix="Add aks-command to the namespace exclusion parameter of the assignment, keeping the namespaces it "
        "already has. Where there is no such parameter or it may not be written, an exemption of the cluster for "
        "just the denying policies, with an end date. 'az aks invoke-fix diagnose' prints the commands for every "
        "assignment that matches.\n\n"
        "'az aks invoke-fix exempt-policy' shows these changes and makes them once you agree; 'az aks invoke-fix undo' "
        "puts an assignment back as it was and deletes an exemption, after which the policy denies again.",
        safety="Reviewed. The exclusion switches the policy off for one namespace, on every cluster below the "
        "assignment. An exemption switches it off for this whole cluster, every namespace included.",
        limits=f"It takes {POLICY_TAKES} to arrive in the cluster. A denial can hide another "
        "that is checked later, so the list may grow. A template that owns the assignment reverts the change with "
        "its next run. What is foretold without a denial is never more than likely: nobody has published the whole "
        "command pod. A template that looks at what is not known of it, at other objects or outside the cluster, or "
        "that is written in CEL alone, stays an open question.",
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
        message="Deployment Safeguards of this cluster are at Enforce and deny the pod that would run the command.",
        what="Deployment Safeguards are a set of Azure policies that AKS assigns to the cluster itself. At level "
        "Enforce they deny pods, the command pod among them.",
        why="The level was set to Enforce, or the cluster is an AKS Automatic cluster, and aks-command is not among "
        "the excluded namespaces.",
        confirm="The denying policy comes from the assignment aks-deployment-safeguards-policy-assignment of the "
        "cluster, and its deploymentSafeguards resource is at level Enforce.",
        fix="Add aks-command to the excluded namespaces of the cluster's Deployment Safeguards, keeping those that "
        "are there. The assignment itself is AKS's and is not to be edited.\n\n"
        "'az aks invoke-fix exempt-policy' shows this change and makes it once you agree; 'az aks invoke-fix undo' "
        "puts the list back as it was, after which the safeguards deny again.",
        safety="Reviewed: every safeguard is off for the one namespace.",
        limits="The exclusion is all or nothing for a namespace. 'az aks safeguards update' replaces the whole list. "
        "It needs Microsoft.ContainerService/deploymentSafeguards/write and takes up to 20 minutes to arrive.",
        fixes=("exempt-policy", "manual"),
        repaired_by="exempt-policy",
        references=(SAFEGUARDS,),
    ),
    Entry(
        id="managed-policy-denied",
        severity="error",
        title="An AKS-managed policy blocks the request",
        message="A ValidatingAdmissionPolicy that AKS owns (aks-managed-…) denies the request.",
        what="AKS puts admission policies of its own into clusters, above all into AKS Automatic. One of them refused.",
        why="They protect system namespaces, among them aks-command, and forbid what AKS does not support.",
        confirm="The text names a ValidatingAdmissionPolicy whose name begins with aks-managed-.",
        fix="Keep to other namespaces and to settings through Azure Resource Manager. If the command pod itself was "
        "denied, open a support request: no customer setting can have caused it.",
        safety="Manual: there is nothing to switch off.",
        limits="No Azure Policy exemption and no role reaches these policies.",
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
        what="Defender for Containers checks pods against rules of its own, apart from Azure Policy, and one of them "
        "blocks.",
        why="A misconfiguration rule or an image rule was set from Audit to Block. The command pod has a writable "
        "root file system and mounts its token, which such rules deny.",
        confirm="The text names a ValidatingAdmissionPolicy ending in .vap with a binding ending in .binding, or the "
        "webhook defender-admission-controller.",
        fix="In Defender for Cloud, under Environment settings, Security rules, Gated deployment: set the rule to "
        "Audit, or replace it by one whose scope leaves out the namespace aks-command.",
        safety="Manual: it weakens a security rule, for everything in its scope.",
        limits="Needs Owner or Security Admin. The scope of the default rule cannot be edited. No Azure Policy "
        "exemption reaches these rules.",
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
