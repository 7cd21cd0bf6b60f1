"""Failure texts beyond the catalogue's examples: text, finding, facts that must be read from it.

The wording is the services' own as far as it is public; names and ids are made up. "modelled" marks wording that
follows the form of other messages of the same service and was never seen for this command.
"""

from __future__ import annotations

from typing import Any

CLUSTER = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg1"
    "/providers/Microsoft.ContainerService/managedClusters/c1"
)
ENVELOPE = "(KubernetesOperationError) Failed to run command in managed cluster due to kubernetes failure. details: "
POD = "command-0123456789abcdef0123456789abcdef"
COMMAND_ID = "0123456789abcdef0123456789abcdef"
OID = "11111111-1111-1111-1111-111111111111"

Case = tuple[str, str, dict[str, Any]]


def refused(action: str, scope: str = CLUSTER, words: str = "authorization") -> str:
    return (
        f"(AuthorizationFailed) The client 'dev@contoso.com' with object id '{OID}' does not have {words} to perform "
        f"action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, "
        f"please refresh "
        "your credentials.\nCode: AuthorizationFailed"
    )


_RUN = "Microsoft.ContainerService/managedClusters/runCommand/action"
_RESULT = "Microsoft.ContainerService/managedClusters/commandResults/read"
_LOW_RESULT = "Microsoft.ContainerService/managedclusters/commandresults/read"

ACCESS: list[Case] = [
    (refused(_RUN), "arm-action-missing", {"action": _RUN, "scope": CLUSTER, "objectId": OID}),
    (refused(_LOW_RESULT), "result-read-missing", {"action": _LOW_RESULT}),
    (refused(_RESULT, CLUSTER + "/commandResults/" + COMMAND_ID), "result-read-missing", {"commandId": COMMAND_ID}),
    (
        refused(_RUN, words="authorization or an ABAC condition not fulfilled"),
        "arm-action-missing",
        {"action": _RUN, "clientId": "dev@contoso.com"},
    ),
    (
        '{"error":{"code":"LinkedAuthorizationFailed","message":"The client \'a\' with object id \'b\' has '
        "permission to perform action 'Microsoft.Compute/disks/write' on scope '/x'; however, it does not have "
        "permission to perform action 'read' on the linked scope(s) '/y' or the linked scope(s) are invalid.\"}}",
        "arm-action-missing",
        {"action": "read", "scope": "/y"},
    ),
    (
        "(DenyAssignmentAuthorizationFailed) The client 'a' with object id 'b' has permission to perform action "
        f"'{_RUN}' on scope '{CLUSTER}'; however, the access is denied because of the deny assignment with name "
        f"'Stack: "
        "no changes here' and Id '11111f740ce95642acaf15775e7f2b80' at scope '/subscriptions/0'.",
        "arm-denied",
        {"denyAssignment": "Stack: no changes here", "action": _RUN, "scope": CLUSTER},
    ),
    (
        f"(ScopeLocked) The scope '{CLUSTER}' cannot perform write operation because following scope(s) are locked: "
        "'/subscriptions/0/resourceGroups/rg1'. Please remove the lock and try again.",
        "resource-locked",
        {"lock": "/subscriptions/0/resourceGroups/rg1", "scope": CLUSTER},
    ),
    (
        '{"code": "NotFound", "details": [{"code": "Unspecified", "message": "rpc error: code = NotFound desc = '
        'Managed Cluster not found"}], "message": "Could not find managed cluster resource: c1 in subscription: 0, '
        'resourceGroup: rg1.", "subcode": "GetManagedCluster_NotFound"}',
        "cluster-not-found",
        {},
    ),
    ("The subscription of 'dev' doesn't exist in cloud 'AzureCloud'.", "cluster-not-found", {}),
    (
        "RESPONSE 403: 403 Forbidden\nERROR CODE: AuthorizationFailed\n"
        "--------------------------------------------------------------------------------\n"
        '{\n  "error": {\n    "code": "AuthorizationFailed",\n    "message": "The client \'a\' with object id '
        "'b' does not "
        f"have authorization to perform action '{_RUN}' over scope '{CLUSTER}' or the scope is invalid.\"\n  }}\n}}\n"
        "--------------------------------------------------------------------------------",
        "arm-action-missing",
        {"action": _RUN, "scope": CLUSTER},
    ),
]

SIGN_IN: list[Case] = [
    ("AADSTS50076: Due to a configuration change, you must use multi-factor authentication.", "sign-in-expired", {}),
    (
        "AADSTS53003: Access has been blocked by Conditional Access policies.",
        "sign-in-expired",
        {"aadsts": "AADSTS53003"},
    ),
    ("AADSTS7000222: The provided client secret keys for app 'x' are expired.", "sign-in-expired", {}),
    (
        "AADSTS50020: User account 'a@b.c' from identity provider 'live.com' does not exist in tenant",
        "wrong-tenant",
        {},
    ),
    ("AADSTS90002: Tenant 'x' not found.", "wrong-tenant", {"aadsts": "AADSTS90002"}),
    (
        "(InvalidAuthenticationTokenTenant) The access token is from the wrong issuer "
        "'https://sts.windows.net/11111111-1111-1111-1111-111111111111/'. It must match the tenant "
        "'https://sts.windows.net/22222222-2222-2222-2222-222222222222/' associated with this subscription.",
        "wrong-tenant",
        {"tenants": ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222")},
    ),
    ("(InvalidAuthenticationToken) The access token is invalid.", "sign-in-expired", {}),
    ("ERROR: Please run 'az login' to setup account.", "sign-in-expired", {"notSignedIn": True}),
    ("ERROR: Interactive authentication is needed. Please run:\naz login", "sign-in-expired", {}),
    ("ERROR: Operation returned an invalid status 'Unauthorized'", "sign-in-expired", {}),
]

CLUSTER_STATE: list[Case] = [
    (
        "(BadRequest) ManagedCluster is in a state preventing RunCommand feature: PowerState=Stopped",
        "cluster-stopped",
        {},
    ),
    (  # modelled
        "(OperationNotAllowed) Operation is not allowed: Another operation (Updating) is in progress, please wait "
        "for it to finish before starting a new operation.",
        "operation-in-progress",
        {},
    ),
    ("(BadRequest) The RunCommand feature is disabled on this cluster.", "run-command-disabled", {}),  # modelled
    ("(BadRequest) Run command has been disabled by an administrator.", "run-command-disabled", {}),  # modelled
    ("(BadRequest) RunCommand is not enabled for managed cluster c1.", "run-command-disabled", {}),  # modelled
    ("This cluster has disabled run command.", "run-command-disabled", {}),  # modelled
    ('"apiServerAccessProfile": {"disableRunCommand": true}', "run-command-disabled", {}),
    ("ERROR: Operation returned an invalid status 'Too Many Requests'", "throttled", {}),
    ("ERROR: Operation returned an invalid status 'Internal Server Error'", "service-error", {}),
    ("Operation returned an invalid status code 'ServiceUnavailable'", "service-error", {}),
    (
        ENVELOPE + 'Get "https://c1.hcp.westeurope.azmk8s.io:443/api": dial tcp: no such host',
        "api-server-unreachable",
        {},
    ),
    (ENVELOPE + 'Post "https://10.0.0.1:443/api/v1": context deadline exceeded', "api-server-unreachable", {}),
    (
        'Error: Get "https://management.azure.com/subscriptions": dial tcp: lookup management.azure.com: no such host',
        "network-unreachable",
        {},
    ),
    (
        "<urlopen error [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed>",
        "network-unreachable",
        {},
    ),
    ("('Connection aborted.', RemoteDisconnected('Remote end closed connection'))", "network-unreachable", {}),
    ("('Connection aborted.', TimeoutError('The write operation timed out'))", "network-unreachable", {}),
    (
        "('Connection broken: IncompleteRead(101 bytes read, 101 more expected)', IncompleteRead(101 bytes read, 101 "
        "more expected))",
        "network-unreachable",
        {},
    ),
    (
        "(\"Connection broken: ConnectionResetError(104, 'Connection reset by peer')\", ConnectionResetError(104, "
        "'Connection reset by peer'))",
        "network-unreachable",
        {},
    ),
]

ADMISSION: list[Case] = [
    (
        '{"code":"RunCommandBlockedByAzurePolicy","details":null,"message":"Run command is blocked by external '
        "resource. details: AKS runCommand feature is blocked by Azure Policy applied to this cluster, to fix this "
        "issue you will need to run `kubectl get k8sazurev3noprivilegeescalation -o yaml` find policy "
        'assignment","subcode":"PodCreateBlockedByAzurePolicy"}',
        "azure-policy-denied",
        {"constraintKind": "k8sazurev3noprivilegeescalation"},
    ),
    (
        ENVELOPE
        + f"The pods \"{POD}\" is invalid: : ValidatingAdmissionPolicy 'gatekeeper-k8sazurev3readonlyrootfilesystem' "
        "with binding 'gatekeeper-k8sazurev3readonlyrootfilesystem-azurepolicy-k8sazurev3readonlyrootfilesyst-"
        "0123456789abcdef0123' denied request: only read-only root filesystem container is allowed: user-command",
        "azure-policy-denied",
        {"vapPolicy": "gatekeeper-k8sazurev3readonlyrootfilesystem", "commandId": COMMAND_ID},
    ),
    (
        ENVELOPE + 'admission webhook "defender-admission-controller.kube-system.svc" denied the request: '
        "mcr.microsoft.com/aks/command/runtime:Image contains 2 high or higher CVEs, which is more than the allowed "
        "count of: 0",
        "defender-denied",
        {"webhook": "defender-admission-controller.kube-system.svc"},
    ),
    (ENVELOPE + 'admission webhook "x.y" denied the request without explanation', "webhook-denied", {"webhook": "x.y"}),
    (
        ENVELOPE + f'pods "{POD}" is forbidden: failed quota: q: must specify limits.cpu',
        "quota-exceeded",
        {},
    ),
    (
        ENVELOPE + f'pods "{POD}" is forbidden: maximum memory usage per Container is 512Mi, but limit is 1Gi',
        "quota-exceeded",
        {},
    ),
    (
        ENVELOPE
        + 'Internal error occurred: failed calling webhook "validate.kyverno.svc-fail": failed to call webhook: Post '
        '"https://kyverno-svc.kyverno.svc:443/validate/fail?timeout=10s": context deadline exceeded',
        "webhook-unreachable",
        {"webhook": "validate.kyverno.svc-fail"},
    ),
]

NODES: list[Case] = [
    (
        "command failed with reason: Unschedulable - 0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had "
        "untolerated taint {CriticalAddonsOnly: true}. preemption: 0/3 nodes are available: 1 No preemption victims "
        "found for incoming pod",
        "nodes-full",
        {
            "nodes": 3,
            "taints": ("CriticalAddonsOnly=true",),
            "reasons": {"Insufficient cpu": 1, "untolerated taint CriticalAddonsOnly=true": 2},
            "also": ("nodes-tainted",),
        },
    ),
    (
        "(KubernetesPerformanceError) Failed to run command due to cluster perf issue, container "
        f"{POD} in aks-command namespace did not start within 30s on your cluster. 0/2 nodes are available: 2 "
        f"node(s) had "
        "untolerated taint {agentpool: user}.",
        "nodes-tainted",
        {"taints": ("agentpool=user",), "commandId": COMMAND_ID},
    ),
    (
        "0/2 nodes are available: 2 node(s) had taint {CriticalAddonsOnly: true}, that the pod didn't tolerate.",
        "nodes-tainted",
        {"taints": ("CriticalAddonsOnly=true",)},
    ),
    ("0/5 nodes are available: 2 Insufficient memory, 3 Too many pods.", "nodes-full", {"nodes": 5}),
    (
        "0/2 nodes are available: 2 node(s) had untolerated taint {node.kubernetes.io/not-ready: }.",
        "nodes-not-ready",
        {},
    ),
    ("0/0 nodes are available", "no-running-nodes", {"nodes": 0}),
    ("0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.", "no-linux-nodes", {}),
    ("pod didn't trigger scale-up: 1 max node group size reached", "nodes-full", {}),
]

STARTUP: list[Case] = [
    ("command failed with reason: ErrImagePull", "image-pull-failed", {}),
    ("IMAGEPULLBACKOFF", "image-pull-failed", {}),
    (
        'Back-off pulling image "mcr.microsoft.com/aks/command/runtime:master.240118.1"',
        "image-pull-failed",
        {"image": "mcr.microsoft.com/aks/command/runtime:master.240118.1"},
    ),
    (
        '{"id":"' + COMMAND_ID + '","properties":{"provisioningState":"failed","reason":"ImagePullBackoff"}}',
        "image-pull-failed",
        {"commandId": COMMAND_ID},
    ),
    (ENVELOPE + "error dialing backend: No agent available", "tunnel-broken", {}),
    ("Init:CrashLoopBackOff", "init-failed", {}),
]

OUTPUT: list[Case] = [
    (
        'Error from server (Forbidden): nodes is forbidden: User "dev@contoso.com" cannot list resource "nodes" in '
        'API group "" at the cluster scope: User does not have access to the resource in Azure. Update role '
        "assignment to allow access.",
        "kubernetes-forbidden-azure-rbac",
        {"user": "dev@contoso.com", "verb": "list", "resource": "nodes", "group": "", "azureRbac": True},
    ),
    (
        'Error from server (Forbidden): deployments.apps is forbidden: User "a82dff55" cannot create resource '
        '"deployments" in API group "apps" in the namespace "shop"',
        "kubernetes-forbidden",
        {"verb": "create", "resource": "deployments", "group": "apps", "namespace": "shop", "azureRbac": False},
    ),
    (
        'pods is forbidden: User "system:serviceaccount:a:b" cannot list resource "pods" in API group "" in the '
        'namespace "default": Azure does not have opinion for this user.',
        "kubernetes-forbidden",
        {"azureRbac": True, "user": "system:serviceaccount:a:b"},
    ),
    (
        "Error from server (Forbidden): pods \"x\" is forbidden: ValidatingAdmissionPolicy 'team' with binding "
        "'team-all' denied request: no",
        "command-denied-by-policy",
        {"vapPolicy": "team", "vapBinding": "team-all"},
    ),
    (
        "Error from server ([denied by "
        "azurepolicy-container-no-privilege-00edd87bf80f443fa51d10910255adbc4013d590bec3d290] Privileged container "
        'is not allowed: nginx): error when creating "privileged.yaml": admission webhook "validation.gatekeeper.sh" '
        "denied the request: [denied by "
        "azurepolicy-container-no-privilege-00edd87bf80f443fa51d10910255adbc4013d590bec3d290] Privileged container "
        "is not allowed: nginx",
        "command-denied-by-policy",
        {},
    ),
    ("bash: line 1: git: command not found", "command-not-found", {"program": "git"}),
    ("/bin/sh: 1: python3: not found", "command-not-found", {"program": "python3"}),
    ('exec: "git": executable file not found in $PATH', "command-not-found", {"program": "git"}),
    (
        "command started at 2026-01-01 10:00:00+00:00, finished at 2026-01-01 10:00:01+00:00 with exitcode=127\n12 "
        "lines",
        "command-not-found",
        {"exitCode": 127},
    ),
    ("error: the input device is not a TTY", "command-interactive", {}),
    ('Error from server (NotFound): deployments.apps "web" not found', "command-failed", {}),
    ('error: the server doesn\'t have a resource type "widgets"', "command-failed", {}),
]

RESULT: list[Case] = [
    (f"command (id: {COMMAND_ID}) is in Running state", "still-running", {"commandId": COMMAND_ID}),
    (f"failed to fetch command result for command id: {COMMAND_ID}", "result-lost", {"commandId": COMMAND_ID}),
    ("ERROR: The response from long running operation does not contain a body.", "result-lost", {}),
    ("command failed with reason: None", "result-hidden", {}),
    ("Invoke-AzAksRunCommand: Long running operation failed with status 'Failed'.", "result-hidden", {}),
]

UNRECOGNIZED = [
    "",
    " \n\t ",
    "hello",
    "OK",
    "Warning: [azurepolicy-k8sazurev1containerrequests-3a328c73e5b64e788b13] container <x> has no resource requests",
    "Warning: Validation failed for ValidatingAdmissionPolicy 'P' with binding 'B': no owner",
    "[psp-readonlyrootfilesystem] something that no webhook said",
    "[2026] [info] [default] pods are fine",
    'MountVolume.SetUp failed for volume "kube-api-access-6p6zq" : object "aks-command"/"kube-root-ca.crt" not '
    "registered",
    '"disableRunCommand": false',
    '{"disableRunCommand": false, "addonProfiles": {"azurepolicy": {"enabled": true}}, "state": "Disabled"}',
    "The addon is disabled. See the page about the run command.",
    "command failed with reason: SomethingNeverSeenBefore",
    "(SkuNotAvailable) The requested VM size is not available.",
    "command started at 2026-01-01 10:00:00+00:00, finished at 2026-01-01 10:00:01+00:00 with exitcode=0\nall good",
]

CASES: list[Case] = [
    *ACCESS,
    *SIGN_IN,
    *CLUSTER_STATE,
    *ADMISSION,
    *NODES,
    *STARTUP,
    *OUTPUT,
    *RESULT,
]
