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
        why="Somebody stopped it, or a schedule that saves cost did.",
        confirm="properties.powerState.code of the cluster is Stopped.",
        fix="Start the cluster, wait until it runs (usually three to five minutes), and run the command again:\n\n"
        "    az aks start --resource-group GROUP --name CLUSTER\n\n"
        "'az aks invoke-fix repair' starts it once you agree; 'az aks invoke-fix undo' stops it again, with all that "
        "runs in it by then.",
        safety="Reviewed: nodes cost money again, and workloads start.",
        limits="A schedule may stop it again.",
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
        what="The resource provider runs commands only in a cluster that exists completely.",
        why="The creation is still going on or failed, or the cluster is being deleted.",
        confirm="properties.provisioningState of the cluster is Creating, Deleting or Failed.",
        fix="Wait for a creation to end. After a failed one, read its error in the Activity Log, repair the cause, "
        "mostly a quota, a subnet or a policy, and reconcile:\n\n"
        "    az monitor activity-log list --resource-id CLUSTER_ID --status Failed --offset 7d\n\n"
        "    az aks update --resource-group GROUP --name CLUSTER",
        safety="Reviewed: a reconcile can restart components.",
        limits="A cluster that is being deleted does not come back.",
        fixes=("command", "manual"),
        examples=("The cluster is being deleted or hasn't been fully provisioned yet.",),
        references=(TROUBLE + "create-upgrade-delete/welcome-azure-kubernetes",),
    ),
    Entry(
        id="run-command-disabled",
        severity="error",
        title="Run command is switched off for this cluster",
        message="The cluster's setting disableRunCommand is true; the service refuses every invoke.",
        what="The feature behind 'az aks command invoke' can be switched off for a cluster, and it is.",
        why="Hardening baselines and Terraform modules set it (run_command_enabled = false), because the feature is "
        "a way into a private cluster.",
        confirm="properties.apiServerAccessProfile.disableRunCommand of the cluster is true.",
        fix="If whoever owns the cluster agrees, switch it on (azure-cli 2.76.0 and newer):\n\n"
        "    az aks update --resource-group GROUP --name CLUSTER --enable-run-command\n\n"
        "'az aks invoke-fix repair' does so with every azure-cli once you agree; 'az aks invoke-fix undo' switches it "
        "off again.",
        safety="Reviewed: it opens a way into the cluster for everybody who has the role, and somebody had closed it "
        "on purpose.",
        limits="The text of the refusal is not public; the setting of the cluster decides. A template or a policy may "
        "switch it off again.",
        fixes=("command", "manual"),
        repaired_by="enable-run-command",
        examples=("(BadRequest) Run command is disabled for this cluster.",),
        references=(INVOKE,),
    ),
    Entry(
        id="run-command-disabled-by-policy",
        severity="error",
        title="A policy switches run command off",
        message="An Azure policy in force at the cluster switches run command off; switched on, it would go off again.",
        what="The built-in policy 'Disable Command Invoke on Azure Kubernetes Service clusters' sets "
        "disableRunCommand to true on the clusters it applies to.",
        why="The policy (1b708b0a-3380-40e9-8b79-821f9fa224cc) is assigned at or above the cluster, often in a "
        "security initiative.",
        confirm="An assignment in force at the cluster resolves to that definition with the effect DeployIfNotExists.",
        fix="Ask the owner of the assignment for an exemption of this cluster; then switch run command on.\n\n"
        "'az aks invoke-fix repair' does both once you agree to the exemption, in a pipeline by --mode exemption; "
        "'az aks invoke-fix undo' switches run command off again and deletes the exemption.",
        safety="Manual: the organization decided that this feature stays off.",
        limits="The policy's twin with the effect Audit only reports; it switches nothing off.",
        fixes=("exempt-policy", "manual"),
        repaired_by="enable-run-command",
        references=("https://learn.microsoft.com/azure/aks/policy-reference",),
    ),
    Entry(
        id="fleet-hub-cluster",
        severity="error",
        title="This is the hub cluster of a fleet, where run command is off by design",
        message="The cluster is the hub of Azure Kubernetes Fleet Manager. The platform keeps run command switched off "
        "there, and its deny assignment keeps everybody from changing that, Owners included.",
        what="A fleet with a hub has an AKS cluster of its own, in a resource group whose name begins with FL_. It "
        "holds the placements of the fleet, no workloads.",
        why="The platform manages that cluster: run command and local accounts are off, and a deny assignment "
        "protects the resource group.",
        confirm="A deny assignment whose name begins with FLRG-DenyAssignments stands at the resource group. The name "
        "of the group alone proves nothing.",
        fix="Run the command on a member cluster:\n\n"
        "    az fleet member list --resource-group GROUP --fleet-name FLEET -o table\n\n"
        "For the hub's own API server:\n\n"
        "    az fleet get-credentials --resource-group GROUP --name FLEET",
        safety="Safe: nothing is changed.",
        limits="Whether the deny assignment also denies the action of run command was never seen.",
        reads=("cluster",),
        fixes=("manual",),
        references=("https://learn.microsoft.com/azure/kubernetes-fleet/concepts-lifecycle",),
    ),
    Entry(
        id="operation-in-progress",
        severity="error",
        title="Another operation on the cluster is running",
        message="The cluster is being updated, upgraded, scaled or started, and the service refuses the request "
        "meanwhile.",
        what="The resource provider runs one change of a cluster at a time. A later operation can also overtake one "
        "that was accepted (EtagMismatch, OperationPreempted).",
        why="Somebody, a pipeline, an upgrade channel or the autoscaler of a profile is changing the cluster.",
        confirm="properties.provisioningState of the cluster is neither Succeeded nor Failed.",
        fix="Wait until the operation ends, then run the command again; 'az aks invoke-fix repair' waits and goes "
        "on:\n\n"
        "    az aks wait --resource-group GROUP --name CLUSTER --updated\n\n"
        "One that hangs can be given up; what it did by then stays done, so ask whoever started it:\n\n"
        "    az aks operation-abort --resource-group GROUP --name CLUSTER",
        safety="Safe: waiting changes nothing. Reviewed: giving up leaves the cluster between two states.",
        limits="Whether the service refuses an invoke during every kind of operation is not documented.",
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
        title="The service does not reach the cluster's API server",
        message="The AKS resource provider got no answer from the cluster's API server.",
        what="An invoke goes from the resource provider to the API server of the cluster, and this connection failed. "
        "The way from this machine to Azure worked.",
        why="The API server is overloaded or restarting, or its network does not let it answer.",
        confirm="The text is Go's network error for the cluster's address; Resource Health and the power state of the "
        "cluster show platform trouble.",
        fix="Run the command again after a minute. If it stays, look at the load of the API server and at Resource "
        "Health, and raise the tier of a large cluster on the free tier.",
        safety="Safe: a retry of a command that never reached the cluster does nothing twice. Look first if the text "
        "does not say so.",
        limits="Nothing on this machine can repair it.",
        reads=("cluster", "assignments", "detectors"),
        only_alone=True,
        fixes=("manual",),
        examples=(_BROKEN_TLS,),
        references=("https://learn.microsoft.com/azure/aks/free-standard-pricing-tiers",),
    ),
    Entry(
        id="api-server-guarded",
        severity="error",
        title="The API server throttles the requests",
        message="The cluster's own API server turned the request down for having too many of them. Azure has nothing "
        "to do with it.",
        what="Kubernetes answers 429 when the share of the API server that a client belongs to is used up. AKS makes "
        "such a share for everybody but the system when the API server ran out of memory again and again.",
        why="Clients list or watch large sets of objects without end; or the guard that AKS added for that, "
        "aks-managed-apiserver-guard, holds back every client that is not the system's.",
        confirm="kubectl says TooManyRequests. 'kubectl get flowschemas,prioritylevelconfigurations' shows "
        "aks-managed-apiserver-guard where AKS added it.",
        fix="Wait a minute and run the command again, and ask for less at a time. Find the clients that list or watch "
        "without end and repair them; then delete the guard, both objects of it:\n\n"
        "    kubectl delete flowschema,prioritylevelconfiguration aks-managed-apiserver-guard",
        safety="Reviewed: without the guard the API server runs out of memory again, unless the clients are repaired.",
        limits="The text does not tell the guard from any other share that is used up, unless it names it.",
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
        title="Azure throttles the requests",
        message="Too many requests were made in a short time; the service refused this one before doing anything.",
        what="Azure Resource Manager and the resource provider limit the requests of a principal, a subscription and "
        "a cluster.",
        why="A loop or several pipelines call at the same time. az makes one attempt of this request and gives up.",
        confirm="HTTP 429; the header Retry-After says how long to wait.",
        fix="Wait as long as Retry-After says and run again; put several commands into one invoke, joined with &&. "
        "'az aks invoke-fix run' waits by itself.",
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
        title="The service failed",
        message="Azure answered with an error of its own (5xx or an answer without a body that can be read).",
        what="The request was in order, and the service or something in front of it failed.",
        why="An incident, a restart, or a proxy or gateway that answers in the service's place.",
        confirm="The HTTP status; Azure status and Resource Health for incidents.",
        fix="Look whether the command ran before running it again, by its command id or by its effects. "
        "If the error stays, give the correlation id to Azure support.",
        safety="Reviewed: after a 5xx the command may have run.",
        limits="A JSONDecodeError in the text says only that the answer was no JSON.",
        only_reached="access",
        reads=("cluster", "permissions"),
        only_alone=True,
        fixes=("manual",),
        examples=("ERROR: Operation returned an invalid status 'Bad Gateway'",),
        references=("https://azure.status.microsoft/",),
    ),
)
