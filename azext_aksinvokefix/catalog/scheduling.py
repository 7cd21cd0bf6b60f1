"""Stage ``scheduling``: whether a node takes the pod."""

from __future__ import annotations

from azext_aksinvokefix.catalog.entry import ARTICLE, INVOKE, TAINTS, TROUBLE, Entry

_ADD_POOL = (
    "    az aks nodepool add --resource-group GROUP --cluster-name CLUSTER --name cmdpool --mode User --node-count 1"
)
_ADD_CAPACITY = (
    "\n\n"
    "'az aks invoke-fix add-capacity' shows the cheapest change that makes room and applies it once you confirm; "
    "'az aks invoke-fix undo' reverts it: it restores the node count or the autoscaler limits, stops a pool that "
    "was started, or deletes a pool that was added."
)

ENTRIES = (
    Entry(
        id="nodes-tainted",
        severity="error",
        title="Every node has a taint that the command pod does not tolerate",
        message="Every Linux node that could run the command pod has a taint, and the pod has no tolerations for them.",
        what="The command pod tolerates neither CriticalAddonsOnly=true:NoSchedule nor any custom taint.",
        why="The only pool is a system pool with CriticalAddonsOnly (in Terraform only_critical_addons_enabled = "
        "true), all user pools are tainted for specific workloads, or only spot pools are left.",
        confirm="Every Linux agent pool with nodes has nodeTaints other than PreferNoSchedule; the scheduler's text "
        "counts nodes with untolerated taints.",
        fix="Add a small pool without taints, or remove the taint from an existing pool:\n\n"
        + _ADD_POOL
        + _ADD_CAPACITY
        + " It removes a taint only if you name it with --remove-taint, and undo restores it.",
        safety="Reviewed: a pool costs money; a pool without its taint also accepts other pods.",
        limits="A taint that a pod or a controller set directly on a node does not show in the agent pool's "
        "properties. The taints of a pool can only be replaced as a whole.",
        fixes=("add-capacity", "manual"),
        repaired_by="add-capacity",
        examples=(
            "0/3 nodes are available: 1 node(s) had untolerated taint {agentpool: user}, 2 node(s) had untolerated "
            "taint {CriticalAddonsOnly: true}. preemption: 0/3 nodes are available: 3 Preemption is not helpful for "
            "scheduling.",
        ),
        references=(TAINTS, "https://github.com/Azure/azure-cli/issues/25336"),
    ),
    Entry(
        id="nodes-full",
        severity="error",
        title="No node has room for the command pod",
        message="No node that the pod tolerates has 200m CPU and 500Mi of memory left to request.",
        what="The pod requests 200m CPU and 500Mi of memory, and the scheduler found no node with that much left.",
        why="Requests count, not usage: an idle node can still be full. The usual monitoring and storage add-ons "
        "fill a single two-core node. The pod has no priority, so it preempts nothing.",
        confirm="The scheduler's text says Insufficient cpu, Insufficient memory or Too many pods, or the service says "
        "Insufficient resources for the RunCommand pod.",
        fix="Add a node to an untainted pool, or let its autoscaler grow:\n\n"
        "    az aks nodepool scale --resource-group GROUP --cluster-name CLUSTER --name POOL --node-count COUNT"
        + _ADD_CAPACITY,
        safety="Reviewed: a node costs money.",
        limits="The autoscaler needs a few minutes, but run command waits only 30 to 60 seconds, so the first "
        "command can still fail.",
        fixes=("add-capacity", "manual"),
        repaired_by="add-capacity",
        examples=(
            "(KubernetesPerformanceError) Pod is not schedulable: Insufficient resources for the RunCommand pod. \n"
            "Consider adjusting AutoScaler settings or manually scaling the cluster.",
            "Unschedulable - 0/1 nodes are available: 1 Insufficient cpu.",
        ),
        references=(INVOKE, ARTICLE),
    ),
    Entry(
        id="no-linux-nodes",
        severity="error",
        title="No Linux node fits the command pod",
        message="The cluster has no running Linux node that can run the pod's image.",
        what="The image of the command pod is a Linux image; Windows nodes cannot run it.",
        why="The Linux pools are empty or stopped, and only Windows pools, virtual nodes or another architecture are "
        "left.",
        confirm="No agent pool with osType Linux and a matching architecture has running nodes.",
        fix="Add nodes to a Linux pool, or add a small one:\n\n" + _ADD_POOL + _ADD_CAPACITY,
        safety="Reviewed: a pool costs money.",
        limits="The scheduler only says that the node selector did not match, not which label.",
        fixes=("add-capacity", "manual"),
        repaired_by="add-capacity",
        examples=("0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",),
        references=(INVOKE,),
    ),
    Entry(
        id="no-running-nodes",
        severity="error",
        title="The cluster has no running node",
        message="Every agent pool has no nodes or is stopped.",
        what="The API server runs, but there is no machine to run the pod on.",
        why="The pools were scaled to zero or stopped.",
        confirm="Every agent pool has count 0 or powerState Stopped.",
        fix="Start or scale a pool:\n\n"
        "    az aks nodepool start --resource-group GROUP --cluster-name CLUSTER --nodepool-name POOL\n\n"
        "    az aks nodepool scale --resource-group GROUP --cluster-name CLUSTER --name POOL --node-count 1"
        + _ADD_CAPACITY,
        safety="Reviewed: nodes cost money.",
        limits="A schedule can scale them down again.",
        fixes=("add-capacity", "manual"),
        repaired_by="add-capacity",
        examples=("no nodes available to schedule pods",),
        references=("https://learn.microsoft.com/azure/aks/start-stop-nodepools",),
    ),
    Entry(
        id="nodes-not-ready",
        severity="error",
        title="The nodes are not ready or are cordoned",
        message="The nodes that could take the pod are not ready, under pressure or cordoned.",
        what="The scheduler skips nodes that do not report Ready or that someone cordoned (SchedulingDisabled).",
        why="An upgrade drains them, the VM or its kubelet is down, a node is low on memory or disk, or someone "
        "forgot to uncordon it.",
        confirm="The platform metric of node conditions shows nodes that are not Ready; the scheduler's text counts "
        "taints node.kubernetes.io/… or unschedulable nodes.",
        fix="Wait for a running upgrade to finish. Restart or replace a node that stays not ready, or add a node "
        "in the meantime. Someone with access to the API server can release a cordoned node with kubectl "
        "uncordon.\n\n"
        "'az aks invoke-fix add-capacity' proposes a pool for the pod and adds it once you confirm; 'az aks "
        "invoke-fix undo' deletes it again.",
        safety="Reviewed: replacing a node moves its pods.",
        limits="Metrics are about a minute behind.",
        fixes=("add-capacity", "command", "manual"),
        repaired_by="add-capacity",
        examples=(
            "0/2 nodes are available: 2 node(s) had untolerated taint {node.kubernetes.io/unreachable: }.",
            "0/2 nodes are available: 2 node(s) were unschedulable.",
        ),
        references=(TROUBLE + "availability-performance/node-not-ready-basic-troubleshooting",),
    ),
    Entry(
        id="autoscaler-lagging",
        severity="warning",
        title="The autoscaler adds a node too late for the command",
        message="A node is being added for the pod, but the command timed out before the node was ready.",
        what="No node had room, so the autoscaler requested one. That takes minutes, but run command waits only 30 "
        "to 60 seconds.",
        why="The pool runs at its minimum node count, with no spare room.",
        confirm="The pool has autoscaling on, its count is below maxCount, and a pod is pending or the pool is "
        "scaling.",
        fix="Run the command again when the node is ready. To keep spare room, raise the minimum node count by "
        "one:\n\n    az aks nodepool update --resource-group GROUP --cluster-name CLUSTER --name POOL "
        "--update-cluster-autoscaler --min-count COUNT --max-count COUNT" + _ADD_CAPACITY,
        safety="Reviewed: a spare node costs money.",
        limits="The autoscaler removes an empty node again after about ten minutes.",
        fixes=("add-capacity", "command", "manual"),
        repaired_by="add-capacity",
        examples=("Normal  TriggeredScaleUp  pod triggered scale-up: [{aks-user-vmss 1->2 (max: 5)}]",),
        references=("https://learn.microsoft.com/azure/aks/cluster-autoscaler",),
    ),
)
