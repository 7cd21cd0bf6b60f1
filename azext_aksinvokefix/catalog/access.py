"""Stage ``access``: Azure Resource Manager's authorization of the three actions an invoke needs."""

from __future__ import annotations

from azext_aksinvokefix.catalog.entry import ARTICLE, ROLE_TROUBLE, ROLES, Entry

_CLUSTER = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg1"
    "/providers/Microsoft.ContainerService/managedClusters/c1"
)
_REFUSED = (
    "(AuthorizationFailed) The client 'dev@contoso.com' with object id '11111111-1111-1111-1111-111111111111' does "
    "not have authorization to perform action 'Microsoft.ContainerService/managedClusters/{action}' over scope '"
    + _CLUSTER
    + "' or "
    "the scope is invalid. If access was recently granted, please refresh your credentials.\nCode: AuthorizationFailed"
)

ENTRIES = (
    Entry(
        id="cluster-not-found",
        severity="error",
        title="There is no such cluster",
        message="Azure Resource Manager finds no cluster, resource group or subscription of this name for this "
        "sign-in.",
        what='The first request, which reads the cluster, returned "not found".',
        why="The name is misspelled, the cluster is in another subscription than the current one, or the node "
        "resource group (MC_…) was given instead of the cluster's own. A subscription in another tenant gives "
        "the same error.",
        confirm="HTTP 404 with ResourceNotFound, ResourceGroupNotFound or SubscriptionNotFound.",
        fix="Find the cluster, then give its resource group and subscription:\n\n    az aks list --query "
        '"[].{name:name, group:resourceGroup}" --output table',
        safety="Safe: it only reads.",
        limits="The list shows only the current subscription; 'az account list' shows the others.",
        fixes=("command", "manual"),
        examples=(
            "(ResourceNotFound) The Resource 'Microsoft.ContainerService/managedClusters/c1' under resource group "
            "'rg1' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
            "(ResourceGroupNotFound) Resource group 'rg1' could not be found.",
        ),
        references=("https://aka.ms/ARMResourceNotFoundFix",),
    ),
    Entry(
        id="arm-action-missing",
        severity="error",
        title="Not allowed to run commands on this cluster",
        message="The caller has no role that allows an action run command needs, so the command did not run.",
        what="Run command needs three actions on the cluster: managedClusters/read, "
        "managedClusters/runCommand/action and managedClusters/commandResults/read, all under "
        "Microsoft.ContainerService and all as actions, not dataActions.",
        why="Few roles hold all three: Owner, Contributor and Azure Kubernetes Service Contributor Role. Azure "
        "Kubernetes Service Cluster User Role, which is often recommended, has only the first. A role can "
        "also be assigned to the application id instead of the object id, at the wrong scope, or too recently "
        "for ARM to know about it.",
        confirm="The caller's permissions on the cluster do not include the action named in the text.",
        fix="Grant the missing actions at cluster scope, with a custom role that has only these three actions or "
        "with the smallest built-in role that covers what is missing; 'az aks invoke-fix diagnose' prints the "
        "exact commands.\n\n'az aks invoke-fix grant-role' shows the smallest grant and makes it once you "
        "confirm; 'az aks invoke-fix undo' deletes the role assignment, and also a custom role created for it "
        "unless someone else has it.",
        safety="Reviewed: it gives a principal more rights on one cluster, permanently.",
        limits="Takes up to ten minutes to take effect; a new sign-in gets a fresh token. The person who grants the "
        "role needs Microsoft.Authorization/roleAssignments/write on the cluster.",
        fixes=("grant-role", "command", "manual"),
        repaired_by="grant-role",
        examples=(_REFUSED.format(action="runCommand/action"),),
        references=(ROLES, ROLE_TROUBLE, ARTICLE),
    ),
    Entry(
        id="result-read-missing",
        severity="error",
        title="Not allowed to read the command's result",
        message="The caller is allowed to run commands but not to read their results; the command was accepted and "
        "might have run.",
        what="The request was accepted, but reading the result was refused. The command still runs in the cluster.",
        why="Azure Kubernetes Service Cluster Admin Role includes runCommand/action but not commandResults/read.",
        confirm="The refused action is managedClusters/commandResults/read, and the caller's permissions include "
        "runCommand/action.",
        fix="Grant commandResults/read at cluster scope (with Reader or a custom role), then read the result of "
        "the same command id. Do not run the command a second time.\n\n'az aks invoke-fix grant-role' shows "
        "the smallest grant and makes it once you confirm; 'az aks invoke-fix undo' deletes the role "
        "assignment.",
        safety="Reviewed: Reader lets the principal read every property of this cluster.",
        limits="A retry runs the command again, which can do harm if it is a deployment or a migration. Results are "
        "kept for a limited time.",
        fixes=("grant-role", "command", "manual"),
        repaired_by="grant-role",
        examples=(_REFUSED.format(action="commandResults/read"),),
        references=(ROLES, "https://github.com/Azure/AKS/issues/3462"),
    ),
    Entry(
        id="role-not-activated",
        severity="error",
        title="The role is eligible but not active",
        message="An eligible role covers the missing actions, but it is not activated.",
        what="The caller has an eligible role in Privileged Identity Management that would allow running commands, "
        "but the role is not active now.",
        why="An eligible role grants nothing until it is activated, and an activation expires after a few hours.",
        confirm="An eligible role assignment at or above the cluster covers the missing actions.",
        fix="Activate the role in the Azure portal under Privileged Identity Management, My roles, Azure "
        "resources; then sign in again.\n\n'az aks invoke-fix grant-role' names the role and prints the "
        "command that activates it. With --force it grants a permanent role anyway; 'az aks invoke-fix undo' "
        "deletes that assignment.",
        safety="Safe: the role is meant for this, and the activation expires on its own.",
        limits="The activation might need approval. A permanent role on top would defeat its purpose.",
        fixes=("manual",),
        references=(
            "https://learn.microsoft.com/entra/id-governance/privileged-identity-management/"
            "pim-resource-roles-activate-your-roles",
        ),
    ),
    Entry(
        id="arm-denied",
        severity="error",
        title="Blocked by a deny assignment, whatever the roles",
        message="A deny assignment or an Azure policy on resources forbids the action, whatever roles the caller has.",
        what="The caller's roles allow the action, but something that takes precedence over roles forbids it.",
        why="A deny assignment of a deployment stack, a managed application or an administrator covers the cluster; "
        "or an Azure policy on resources refuses the request.",
        confirm="The text names the deny assignment or the policy, and it can be read at cluster scope.",
        fix="Ask the owner of the deny assignment or policy named in the text to exclude this principal or action.",
        safety="Manual: someone put it there on purpose.",
        limits="No role assignment overrides it. The deny assignment that AKS puts on the node resource group (MC_…) "
        "does not affect run command.",
        fixes=("manual",),
        examples=(
            "(DenyAssignmentAuthorizationFailed) The client 'dev@contoso.com' with object id "
            "'11111111-1111-1111-1111-111111111111' has permission to perform action "
            "'Microsoft.ContainerService/managedClusters/runCommand/action' on scope '"
            + _CLUSTER
            + "'; however, the access "
            "is denied because of the deny assignment with name 'Stack platform: no changes' and Id "
            "'22222222222222222222222222222222' at scope '/subscriptions/00000000-0000-0000-0000-000000000000'.",
        ),
        references=("https://learn.microsoft.com/azure/role-based-access-control/deny-assignments",),
    ),
    Entry(
        id="resource-locked",
        severity="error",
        title="A lock forbids running commands",
        message="A read-only lock at or above the cluster forbids the request.",
        what="A ReadOnly lock blocks every request that is not a plain read, and run command is a POST.",
        why="Locks are inherited: the lock can be on the cluster, its resource group or the subscription.",
        confirm="ARM answers ScopeLocked, or the locks at or above the cluster include one of level ReadOnly.",
        fix="Ask the owner of the lock to remove it, or to replace it with a CanNotDelete lock, which does not "
        "block run command.",
        safety="Manual: the lock protects the resource from changes, and removing it lifts that protection for "
        "everyone.",
        limits="Needs Microsoft.Authorization/locks/delete, which Owner and User Access Administrator have.",
        fixes=("command", "manual"),
        examples=(
            "(ScopeLocked) The scope '"
            + _CLUSTER
            + "' cannot perform write operation because following scope(s) are locked: "
            "'/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg1'. Please remove the lock and "
            "try again.",
        ),
        references=("https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources",),
    ),
)
