"""Stage ``cluster``: whether the resource provider accepts the request."""

from __future__ import annotations

from azext_aksinvokefix.catalog.entry import INVOKE, TROUBLE, Entry

_BROKEN_TLS = (
    "(KubernetesOperationError) Failed to run command in managed cluster due to kubernetes failure. details: Get "
    '"https://20.0.0.1:443/api/v1/namespaces/aks-command/pods/command-0123456789abcdef0123456789abcdef": net/http: TLS '
    "handshake timeout\nCode: KubernetesOperationError"
)

ENTRIES = (
    Entry(
        id="cluster-stopped",
        severity="error",
        title="The cluster is stopped",
        message="The cluster's power state is Stopped; no command can run in it.",
        what="A stopped cluster has no API server and no nodes.",
        why="Someone stopped it, or a cost-saving schedule did.",
        confirm="The cluster's properties.powerState.code is Stopped.",
        fix="Start the cluster, wait until it runs (usually three to five minutes), and run the command "
        "again:\n\n    az aks start --resource-group GROUP --name CLUSTER\n\n'az aks invoke-fix repair' "
        "starts it once you confirm; 'az aks invoke-fix undo' stops it again, along with everything running "
        "in it.",
        safety="Reviewed: nodes cost money again, and workloads start.",
        limits="A schedule can stop it again.",
        fixes=("command",),
        repaired_by="start",
        examples=("ManagedCluster is in a state preventing RunCommand feature: PowerState=Stopped",),
        references=("https://learn.microsoft.com/azure/aks/start-stop-cluster",),
    ),
    Entry(
        id="cluster-not-ready",
        severity="error",
        title="The cluster is not fully provisioned",
        message="The cluster is being created or deleted, or its creation failed.",
        what="The resource provider runs commands only in a fully provisioned cluster.",
        why="The creation is still in progress or failed, or the cluster is being deleted.",
        confirm="The cluster's properties.provisioningState is Creating, Deleting or Failed.",
        fix="Wait for the creation to finish. If it failed, read the error in the Activity Log, fix the cause "
        "(usually a quota, a subnet or a policy), and reconcile:\n\n    az monitor activity-log list "
        "--resource-id CLUSTER_ID --status Failed --offset 7d\n\n    az aks update --resource-group GROUP "
        "--name CLUSTER",
        safety="Reviewed: a reconcile can restart components.",
        limits="A cluster that is being deleted cannot be recovered.",
        fixes=("command", "manual"),
        examples=("The cluster is being deleted or hasn't been fully provisioned yet.",),
        references=(TROUBLE + "create-upgrade-delete/welcome-azure-kubernetes",),
    ),
    Entry(
        id="run-command-disabled",
        severity="error",
        title="Run command is disabled on this cluster",
        message="The cluster's setting disableRunCommand is true, so the service rejects every command.",
        what="The feature behind 'az aks command invoke' can be disabled on a cluster, and it is disabled here.",
        why="Hardening baselines and Terraform modules set it (run_command_enabled = false), because the feature is "
        "a way into a private cluster.",
        confirm="The cluster's properties.apiServerAccessProfile.disableRunCommand is true.",
        fix="If the cluster's owner agrees, enable it (azure-cli 2.76.0 and newer):\n\n    az aks update "
        "--resource-group GROUP --name CLUSTER --enable-run-command\n\n'az aks invoke-fix repair' does this "
        "with any supported azure-cli once you confirm; 'az aks invoke-fix undo' disables it again.",
        safety="Reviewed: it opens a way into the cluster for everyone with the role, and someone closed it on "
        "purpose.",
        limits="The text of the refusal is not documented; the cluster's setting decides. A template or a policy can "
        "disable it again.",
        fixes=("command", "manual"),
        repaired_by="enable-run-command",
        examples=("(BadRequest) Run command is disabled for this cluster.",),
        references=(INVOKE,),
    ),
    Entry(
        id="run-command-disabled-by-policy",
        severity="error",
        title="A policy disables run command",
        message="An Azure policy in force on the cluster disables run command; if you enable it, the policy disables "
        "it again.",
        what="The built-in policy 'Disable Command Invoke on Azure Kubernetes Service clusters' sets "
        "disableRunCommand to true on the clusters it applies to.",
        why="The policy (1b708b0a-3380-40e9-8b79-821f9fa224cc) is assigned at or above the cluster, often through "
        "a security initiative.",
        confirm="An assignment in force on the cluster resolves to that definition with the effect DeployIfNotExists.",
        fix="Ask the owner of the assignment to exempt this cluster, then enable run command.\n\n'az aks "
        "invoke-fix repair' does both once you confirm the exemption (in a pipeline, with --mode exemption); "
        "'az aks invoke-fix undo' disables run command again and deletes the exemption.",
        safety="Manual: the organization decided to keep this feature off.",
        limits="The same policy with the effect Audit only reports; it disables nothing.",
        fixes=("exempt-policy", "manual"),
        repaired_by="enable-run-command",
        references=("https://learn.microsoft.com/azure/aks/policy-reference",),
    ),
    Entry(
        id="fleet-hub-cluster",
        severity="error",
        title="This is the hub cluster of a fleet, where run command is off by design",
        message="The cluster is the hub of Azure Kubernetes Fleet Manager. The platform keeps run command disabled "
        "there, and its deny assignment prevents everyone, including Owners, from changing that.",
        what="A fleet with a hub has its own AKS cluster, in a resource group whose name begins with FL_. It holds "
        "the fleet's placements, not workloads.",
        why="The platform manages that cluster: run command and local accounts are disabled, and a deny "
        "assignment protects the resource group.",
        confirm="The resource group has a deny assignment whose name begins with FLRG-DenyAssignments. The group's "
        "name alone proves nothing.",
        fix="Run the command on a member cluster:\n\n"
        "    az fleet member list --resource-group GROUP --fleet-name FLEET -o table\n\n"
        "For the hub's own API server:\n\n"
        "    az fleet get-credentials --resource-group GROUP --name FLEET",
        safety="Safe: it changes nothing.",
        limits="It is not known whether the deny assignment also denies the run command action.",
        reads=("cluster",),
        fixes=("manual",),
        references=("https://learn.microsoft.com/azure/kubernetes-fleet/concepts-lifecycle",),
    ),
    Entry(
        id="operation-in-progress",
        severity="error",
        title="Another operation on the cluster is running",
        message="The cluster is being updated, upgraded, scaled or started, and the service rejects requests until "
        "that is done.",
        what="The resource provider runs one change to a cluster at a time. A later operation can also preempt one "
        "that was already accepted (EtagMismatch, OperationPreempted).",
        why="Someone, a pipeline, an upgrade channel or an autoscaler is changing the cluster.",
        confirm="The cluster's properties.provisioningState is neither Succeeded nor Failed.",
        fix="Wait until the operation ends, then run the command again; 'az aks invoke-fix repair' waits and then "
        "continues:\n\n    az aks wait --resource-group GROUP --name CLUSTER --updated\n\nAn operation that "
        "hangs can be aborted. What it has already done stays done, so ask the person who started it "
        "first:\n\n    az aks operation-abort --resource-group GROUP --name CLUSTER",
        safety="Safe: waiting changes nothing. Reviewed: aborting leaves the cluster between two states.",
        limits="It is not documented whether the service rejects commands during every kind of operation.",
        fixes=("command",),
        repaired_by="wait",
        examples=(
            "(OperationNotAllowed) Operation is not allowed because there's an in progress update managed cluster "
            "operation",
        ),
        references=(TROUBLE + "create-upgrade-delete/welcome-azure-kubernetes",),
    ),
    Entry(
        id="api-server-unreachable",
        severity="error",
        title="The service cannot reach the cluster's API server",
        message="The AKS resource provider got no answer from the cluster's API server.",
        what="The resource provider connects to the cluster's API server to run a command, and this connection "
        "failed. The connection from this machine to Azure worked.",
        why="The API server is overloaded or restarting, or a network problem prevents it from answering.",
        confirm="The text is Go's network error for the cluster's address; Resource Health and the power state of the "
        "cluster show platform problems.",
        fix="Run the command again after a minute. If the error persists, check the load on the API server and "
        "Resource Health, and move a large cluster off the Free tier.",
        safety="Safe: retrying a command that never reached the cluster does nothing twice. If the text does not say "
        "that it never did, check first.",
        limits="Nothing on this machine can fix it.",
        reads=("cluster", "assignments", "detectors"),
        only_alone=True,
        fixes=("manual",),
        examples=(_BROKEN_TLS,),
        references=("https://learn.microsoft.com/azure/aks/free-standard-pricing-tiers",),
    ),
    Entry(
        id="api-server-guarded",
        severity="error",
        title="The API server is throttling requests",
        message="The cluster's own API server rejected the request because it has too many. Azure is not involved.",
        what="Kubernetes answers 429 when the API server's priority level for a client is full. AKS adds a "
        "restrictive priority level for all non-system clients when the API server repeatedly runs out of "
        "memory.",
        why="Clients constantly list or watch large sets of objects, or the guard that AKS added because of that, "
        "aks-managed-apiserver-guard, throttles every non-system client.",
        confirm="kubectl says TooManyRequests. 'kubectl get flowschemas,prioritylevelconfigurations' shows "
        "aks-managed-apiserver-guard if AKS added it.",
        fix="Wait a minute and run the command again, and request less at a time. Find and fix the clients that "
        "constantly list or watch; then delete both objects of the guard:\n\n    kubectl delete "
        "flowschema,prioritylevelconfiguration aks-managed-apiserver-guard",
        safety="Reviewed: without the guard the API server runs out of memory again unless the clients are fixed.",
        limits="Unless the text names the guard, it could be any other priority level that is full.",
        reads=("cluster", "detectors"),
        fixes=("manual",),
        examples=(
            "Error from server (TooManyRequests): the server has received too many requests and has asked us to try "
            "again later (get pods)",
        ),
        references=(
            "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/create-upgrade-delete/"
            "troubleshoot-apiserver-etcd",
        ),
    ),
    Entry(
        id="throttled",
        severity="error",
        title="Azure is throttling requests",
        message="There were too many requests in a short time; the service rejected this one before doing anything.",
        what="Azure Resource Manager and the resource provider limit the requests of a principal, a subscription and "
        "a cluster.",
        why="A loop or several pipelines call Azure at the same time. az tries this request once and gives up.",
        confirm="HTTP 429; the header Retry-After says how long to wait.",
        fix="Wait as long as Retry-After says and run the command again; combine several commands into one, "
        "joined with &&. 'az aks invoke-fix run' waits automatically.",
        safety="Safe: a throttled request was not carried out.",
        limits="The limits of this request are not published.",
        only_reached="access",
        reads=("cluster", "permissions"),
        fixes=("manual",),
        examples=("(TooManyRequests) The request is being throttled.",),
        references=(
            "https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling",
        ),
    ),
    Entry(
        id="service-error",
        severity="error",
        title="The service returned an error",
        message="Azure returned a server error (5xx, or a response without a readable body).",
        what="The request was valid, but the service or something in front of it failed.",
        why="An incident, a restart, or a proxy or gateway that answers instead of the service.",
        confirm="The HTTP status shows it; Azure status and Resource Health show incidents.",
        fix="Before you run the command again, check whether it ran, by its command id or by its effects. If the "
        "error persists, give the correlation id to Azure support.",
        safety="Reviewed: after a 5xx the command might have run.",
        limits="A JSONDecodeError in the text only means that the response was not JSON.",
        only_reached="access",
        reads=("cluster", "permissions"),
        only_alone=True,
        fixes=("manual",),
        examples=("ERROR: Operation returned an invalid status 'Bad Gateway'",),
        references=("https://azure.status.microsoft/",),
    ),
)
