"""Stage ``admission``: denials by what the owners of the cluster installed themselves. ARM reaches none of them."""

from __future__ import annotations

from azext_aksinvokefix.catalog.entry import Entry

_ENVELOPE = "(KubernetesOperationError) Failed to run command in managed cluster due to kubernetes failure. details: "
_POD = "command-0123456789abcdef0123456789abcdef"
_INSIDE = (
    "No Azure setting changes it. Someone with another way into the cluster has to change it, for example through "
    "the pipeline that installed it."
)

ENTRIES = (
    Entry(
        id="gatekeeper-denied",
        severity="error",
        title="A Gatekeeper constraint in the cluster denies the command pod",
        message="A Gatekeeper constraint that does not come from Azure Policy denies the pod that would run the "
        "command.",
        what="Gatekeeper is installed in the cluster with its own constraints. It uses the same webhook name as "
        "Azure Policy, but the constraint's name does not begin with azurepolicy-.",
        why="Someone installed the constraint, by hand or through a pipeline, and it covers aks-command.",
        confirm="The constraint in the text does not begin with azurepolicy-, or the ValidatingAdmissionPolicy "
        "begins with gatekeeper- and its binding names no such constraint.",
        fix="Add aks-command to excludedNamespaces in the match section of the constraint, or to Gatekeeper's own "
        "exempt-namespace setting.",
        safety="Manual: it turns the constraint off for that namespace.",
        limits=_INSIDE,
        fixes=("manual",),
        examples=(
            _ENVELOPE
            + 'admission webhook "validation.gatekeeper.sh" denied the request: [psp-readonlyrootfilesystem] only '
            "read-only root filesystem container is allowed: user-command",
        ),
        references=("https://open-policy-agent.github.io/gatekeeper/website/docs/exempt-namespaces/",),
    ),
    Entry(
        id="kyverno-denied",
        severity="error",
        title="Kyverno denies the command pod",
        message="A Kyverno policy in the cluster denies the pod that would run the command.",
        what="Kyverno is installed in the cluster, and one of its policies is set to Enforce and covers aks-command.",
        why="Cluster policies match every namespace that they do not exclude.",
        confirm="The webhook's name contains kyverno; the text lists the policies and rules.",
        fix="Add an exclude block for the namespace aks-command to the policy, or a PolicyException for pods "
        "command-* there.",
        safety="Manual: it turns the policy off for that namespace.",
        limits=_INSIDE,
        fixes=("manual",),
        examples=(
            _ENVELOPE + 'admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource '
            f"Pod/aks-command/{_POD} was blocked due to the following policies \n\nrequire-ro-rootfs:\n  "
            "validate-readOnlyRootFilesystem: 'validation error: Root filesystem must be read-only.'",
        ),
        references=("https://kyverno.io/docs/exceptions/",),
    ),
    Entry(
        id="pod-security-denied",
        severity="error",
        title="Pod Security admission denies the command pod",
        message="The Pod Security level of the namespace aks-command does not admit the pod.",
        what="Kubernetes' built-in Pod Security admission enforces a level on the namespace aks-command that the pod "
        "does not meet.",
        why="The namespace has a label pod-security.kubernetes.io/enforce, usually from a tool that labels all "
        "namespaces.",
        confirm="The text says: violates PodSecurity, and the level.",
        fix="Remove the label pod-security.kubernetes.io/enforce from the namespace aks-command, and exclude the "
        "namespace in the tool that sets it.",
        safety="Manual: pods in that namespace are no longer checked against the level.",
        limits=_INSIDE,
        fixes=("manual",),
        examples=(
            _ENVELOPE
            + f'pods "{_POD}" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != '
            'false (container "user-command" must set securityContext.allowPrivilegeEscalation=false)',
        ),
        references=("https://kubernetes.io/docs/concepts/security/pod-security-admission/",),
    ),
    Entry(
        id="webhook-denied",
        severity="error",
        title="An admission policy in the cluster denies the command pod",
        message="An admission webhook or ValidatingAdmissionPolicy that the owners of the cluster installed denies "
        "the pod.",
        what="Something other than Azure Policy, Gatekeeper, Kyverno or Defender checks pods in the cluster and "
        "denied this one.",
        why="It covers the namespace aks-command. AKS exempts only kube-system and a few other namespaces from "
        "webhooks.",
        confirm="The text names the webhook, or the ValidatingAdmissionPolicy and its binding.",
        fix="Exclude the namespace aks-command in the namespaceSelector of the webhook configuration or of the "
        "binding.",
        safety="Manual: it turns the check off for that namespace.",
        limits=_INSIDE,
        fixes=("manual",),
        examples=(
            _ENVELOPE + 'admission webhook "image-check.contoso.com" denied the request: image is not signed',
            _ENVELOPE
            + f"pods \"{_POD}\" is forbidden: ValidatingAdmissionPolicy 'owner-label' with binding 'owner-label-all' "
            "denied request: every pod needs an owner",
        ),
        references=("https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/",),
    ),
    Entry(
        id="webhook-unreachable",
        severity="error",
        title="An admission webhook does not answer",
        message="A webhook that must admit the pod could not be called, so the API server rejected the pod.",
        what="The API server calls webhooks before it creates a pod. One with failurePolicy Fail did not answer.",
        why="Its pods are down or not ready, its service has no endpoints, its certificate is wrong, or the API "
        "server cannot reach the nodes.",
        confirm="The text says: failed calling webhook, its name, and the network error.",
        fix="Restore the webhook's deployment; as a last resort set its failurePolicy to Ignore, or exclude the "
        "namespace aks-command.",
        safety="Manual: with failurePolicy Ignore pods pass unchecked while the webhook is down.",
        limits=_INSIDE
        + " A webhook that blocks node startup also blocks the cluster's recovery; AKS support can help.",
        fixes=("manual",),
        examples=(
            _ENVELOPE + 'Internal error occurred: failed calling webhook "linkerd-proxy-injector.linkerd.io": Post '
            '"https://linkerd-proxy-injector.linkerd.svc:443/?timeout=30s": dial tcp 10.0.0.7:443: connect: '
            "connection refused",
        ),
        references=("https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/",),
    ),
    Entry(
        id="quota-exceeded",
        severity="error",
        title="A namespace quota blocks the command pod",
        message="A ResourceQuota or LimitRange in the namespace aks-command does not admit the pod.",
        what="The namespace aks-command has a quota or limits that a pod with requests of 200m and 500Mi and limits "
        "of 500m and 1Gi exceeds.",
        why="A tool that adds quotas to every namespace added one here, or pods of earlier commands still count.",
        confirm="The text names the quota and what is requested, used and limited.",
        fix="Remove the ResourceQuota and LimitRange from the namespace aks-command, or exclude the namespace in "
        "the tool that sets them. If pods of earlier commands fill the quota, delete the finished ones:\n\n   "
        " kubectl delete pods -n aks-command --field-selector=status.phase==Succeeded\n\n    kubectl delete "
        "pods -n aks-command --field-selector=status.phase==Failed\n\nEither needs access to the API server, "
        "because a full quota blocks run command too. Where AKS manages the system nodes, you cannot change "
        "its namespaces.",
        safety="Manual: only short-lived command pods live in that namespace. Reviewed: it deletes finished pods and "
        "their logs.",
        limits="A quota of count/pods counts every pod; one of pods alone counts only pods that have not finished, "
        "so deleting finished ones frees nothing. " + _INSIDE,
        fixes=("command", "manual"),
        examples=(
            _ENVELOPE + f'pods "{_POD}" is forbidden: exceeded quota: default, requested: limits.memory=1Gi, used: '
            "limits.memory=0, limited: limits.memory=512Mi",
        ),
        references=("https://kubernetes.io/docs/concepts/policy/resource-quotas/",),
    ),
)
