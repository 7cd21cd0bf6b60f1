"""Stage ``startup``: the image, the init container, and the hand-over of the caller's token to the pod."""

from __future__ import annotations

from azext_aksinvokefix.catalog.entry import ARTICLE, EGRESS, INSIDE, PREFLIGHT, Entry

ENTRIES = (
    Entry(
        id="image-pull-failed",
        severity="error",
        title="The image of the command pod cannot be pulled",
        message="The node could not pull the image of the command pod.",
        what="The pod runs mcr.microsoft.com/aks/command/runtime. Node images have not included it since March "
        "2023, so every new node pulls it.",
        why="A firewall, a route, a proxy or private DNS blocks the nodes from mcr.microsoft.com or from the "
        "hosts that serve its layers. Or the registry answered and refused the pull (401, 403, 'failed to "
        "authorize'): on an isolated cluster the kubelet identity lacks AcrPull on the bootstrap registry, or "
        "the registry's cache rule or private endpoint is missing.",
        confirm="The pod waits with ErrImagePull or ImagePullBackOff; networkProfile.outboundType and the route table "
        "of the node subnet show where traffic leaves the cluster.",
        fix="Allow HTTPS from the node subnet to mcr.microsoft.com and *.data.mcr.microsoft.com, in China to "
        "mcr.azure.cn and *.data.mcr.azure.cn (in Azure Firewall the FQDN tag AzureKubernetesService). If the "
        "nodes use an HTTP proxy, it must allow these hosts too.\n\n"
        "An isolated cluster (outboundType none or block) pulls the image from its bootstrap registry and "
        "needs no outbound access: give its kubelet identity AcrPull there, and keep the private endpoint, "
        "its DNS zone and the cache rule aks-managed-mcr.",
        safety="Manual: the firewall's owner adds a rule. Reviewed: a role assignment on the registry.",
        limits="In 21Vianet the registry is mcr.azure.cn. A policy that allows only certain images is a different "
        "failure: it denies the pod before any pull.",
        reads=("cluster", "events", "endpoints"),
        fixes=("command", "manual"),
        examples=(
            "ImagePullBackoff",
            'Failed to pull image "mcr.microsoft.com/aks/command/runtime:master.240118.1": rpc error: code = Unknown '
            "desc = failed to pull and unpack image: dial tcp: i/o timeout",
        ),
        references=(EGRESS,),
    ),
    Entry(
        id="init-failed",
        severity="error",
        title="The command pod did not finish initializing",
        message="The init container of the command pod, which waits for the caller's token, failed or is still "
        "waiting.",
        what="On a cluster with Microsoft Entra an init container waits until the service delivers the caller's "
        "token. The command starts only after that.",
        why="The service delivers the token with an exec into the pod, and that fails; or a release of the image "
        "is broken, as in June 2022.",
        confirm="The pod is at PodInitializing, Init:Error or Init:CrashLoopBackOff, or the init container's log "
        "ends at 'wait for AAD token'.",
        fix="Run the command again. If the error persists, check the tunnel to the nodes as described for "
        "tunnel-broken, then open a support request.",
        safety="Safe: the command did not start.",
        limits="The image belongs to the service; nothing in the cluster can fix it.",
        reads=("cluster", "events"),
        fixes=("manual",),
        examples=(
            'Error from server (BadRequest): container "user-command" in pod '
            '"command-0123456789abcdef0123456789abcdef" is waiting to start: PodInitializing',
        ),
        references=("https://github.com/Azure/azure-cli/issues/22738",),
    ),
    Entry(
        id="tunnel-broken",
        severity="error",
        title="The tunnel from the API server to the nodes is broken",
        message="The API server cannot open a connection to the node of the command pod.",
        what="The service delivers the caller's token to the pod with an exec, which goes from the API server "
        "through the konnectivity tunnel to the node. That connection failed.",
        why="The cluster was created minutes ago, the konnectivity agents are not running, or a firewall or "
        "network security group blocks their connection to the API server.",
        confirm="The text says: error dialing backend. Every kubectl exec or kubectl logs fails in the same way.",
        fix="If the cluster is new, wait a few minutes and run the command again. Otherwise restore the "
        "konnectivity-agent pods in kube-system and allow traffic from the nodes to the API server.",
        safety="Manual: the owner of the network rules has to change them.",
        limits="The command did not start.",
        reads=("cluster", "detectors", "endpoints"),
        fixes=("manual",),
        examples=(
            "Failed to run command in managed cluster due to kubernetes failure. details: failed to execute on pod "
            "after retry: SPDYExecutor.SentAADToken retry failed: error dialing backend: dial tcp 10.224.0.4:10250: "
            "i/o timeout",
        ),
        references=(
            "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/connectivity/tunnel-connectivity-issues",
        ),
    ),
    Entry(
        id="start-timeout",
        severity="error",
        title="The command pod did not start in time",
        message="The command pod did not start within the time the service waits; the text does not say why.",
        what="The service waits 30 to 60 seconds for the pod to start and then gives up. One error text covers ten "
        "causes.",
        why="Taints on every pool, full nodes, nodes that are not ready, a slow or blocked image pull, or a "
        "broken init container. The advice in the text (larger nodes or a paid tier) is usually wrong.",
        confirm="The agent pools, their taints and counts, the node conditions and the pending pod show the cause.",
        fix="Run 'az aks invoke-fix diagnose' for the cause. If it finds none, run the command once more: an "
        "image pull that was in progress will have finished.",
        safety="Safe: the command did not start.",
        limits="Without permission to read the cluster and its metrics, the cause stays unknown.",
        umbrella=True,
        reads=(*PREFLIGHT, *INSIDE, "endpoints"),
        only_reached="scheduling",
        only_alone=True,
        fixes=("add-capacity", "manual"),
        examples=(
            "(KubernetesPerformanceError) Failed to run command due to cluster perf issue, container "
            "command-0123456789abcdef0123456789abcdef in aks-command namespace did not start within 30s on your "
            "cluster, retry may helps. If issue persist, you may need to tune your cluster with better performance "
            "(larger node/paid tier).",
        ),
        references=(ARTICLE, "https://github.com/Azure/azure-cli/issues/27776"),
    ),
)
