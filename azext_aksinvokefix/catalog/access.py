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
        message="Azure Resource Manager knows no cluster, resource group or subscription of this name in this sign-in.",
        what="The first request of an invoke, the one that reads the cluster, was answered with not found.",
        why="A typing mistake, another subscription than the one that is set, or the node resource group (MC_…) in "
        "place of the cluster's own. A subscription in another tenant looks the same.",
        confirm="HTTP 404 with ResourceNotFound, ResourceGroupNotFound or SubscriptionNotFound.",
        fix="Look where the cluster is, then name its resource group and subscription:\n\n"
        '    az aks list --query "[].{name:name, group:resourceGroup}" --output table',
        safety="Safe: it only reads.",
        limits="The list shows only the subscription that is set; 'az account list' shows the others.",
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
        message="The caller has no role that allows an action an invoke needs, so the command did not run.",
        what="An invoke needs three actions on the cluster: managedClusters/read, managedClusters/runCommand/action "
        "and managedClusters/commandResults/read, all below Microsoft.ContainerService and all as actions, not as "
        "dataActions.",
        why="Few roles hold all three: Owner, Contributor and Azure Kubernetes Service Contributor Role. Azure "
        "Kubernetes Service Cluster User Role, which is often recommended, holds only the first. A role can also be "
        "assigned to the application id in place of the object id, at another scope, or so recently that ARM does "
        "not know it yet.",
        confirm="The permissions of the caller at the cluster do not cover the action that the text names.",
        fix="Grant the missing actions at the scope of the cluster, by a custom role with just these three actions "
        "or by the smallest built-in role that covers the gap; 'az aks invoke-fix diagnose' prints the exact "
        "commands.\n\n"
        "'az aks invoke-fix grant-role' shows the least grant and makes it once you agree; 'az aks invoke-fix undo' "
        "deletes the role assignment, and a custom role that was made for it, while nobody else has it.",
        safety="Reviewed: it gives a principal more rights, for good, on one cluster.",
        limits="Takes up to ten minutes to work; a new sign-in fetches a fresh token. Whoever grants needs "
        "Microsoft.Authorization/roleAssignments/write at the cluster.",
        fixes=("grant-role", "command", "manual"),
        repaired_by="grant-role",
        examples=(_REFUSED.format(action="runCommand/action"),),
        references=(ROLES, ROLE_TROUBLE, ARTICLE),
    ),
    Entry(
        id="result-read-missing",
        severity="error",
        title="Not allowed to read the command's result",
        message="The caller may run commands but not read their results; the command was accepted and may have run.",
        what="The request was accepted, then reading the result was refused. The command runs in the cluster all the "
        "same.",
        why="Azure Kubernetes Service Cluster Admin Role holds runCommand/action but not commandResults/read.",
        confirm="The refused action is managedClusters/commandResults/read, and the caller's permissions hold "
        "runCommand/action.",
        fix="Grant commandResults/read at the scope of the cluster (Reader holds it, or a custom role), then read "
        "the result of the same command id rather than run the command a second time.\n\n"
        "'az aks invoke-fix grant-role' shows the least grant and makes it once you agree; 'az aks invoke-fix undo' "
        "deletes the role assignment again.",
        safety="Reviewed: Reader shows every property of this cluster to the principal.",
        limits="A retry runs the command again: with a deployment or a migration that can do harm. Results are kept "
        "for a limited time.",
        fixes=("grant-role", "command", "manual"),
        repaired_by="grant-role",
        examples=(_REFUSED.format(action="commandResults/read"),),
        references=(ROLES, "https://github.com/Azure/AKS/issues/3462"),
    ),
    Entry(
        id="role-not-activated",
        severity="error",
        title="The role is there but not active",
        message="An eligible role that covers the missing actions is assigned and not activated.",
        what="Privileged Identity Management holds a role for the caller that would allow the invoke, and the role "
        "is not active now.",
        why="Eligible roles give nothing until they are activated, and the activation ends after some hours.",
        confirm="An eligible role assignment at or above the cluster covers the actions that are missing.",
        fix="Activate the role in the Azure portal under Privileged Identity Management, My roles, Azure resources; "
        "then sign in again.\n\n"
        "'az aks invoke-fix grant-role' says which role it is and how it is activated by a command. With --force it "
        "grants a standing role all the same; 'az aks invoke-fix undo' deletes that one again.",
        safety="Safe: the role is meant for this, and the activation ends by itself.",
        limits="The activation may need an approval. A standing role on top would defeat its purpose.",
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
        what="The caller's roles allow the action, and something that comes before roles forbids it.",
        why="A deny assignment of a deployment stack, a managed application or an administrator covers the cluster; "
        "or an Azure policy on resources refuses the request.",
        confirm="The text names the deny assignment or the policy; it can be read at the scope of the cluster.",
        fix="Ask the owner of the deny assignment or policy that the text names to leave out this principal or action.",
        safety="Manual: it was put there by somebody on purpose.",
        limits="No role assignment can lift it. The deny assignment of AKS's node resource group lies on the MC_ "
        "group and does not touch an invoke.",
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
        what="A ReadOnly lock refuses every request that is not a plain read, and an invoke is a POST.",
        why="Locks are inherited: it may lie on the cluster, its resource group or the subscription.",
        confirm="ARM answers ScopeLocked, or the locks at or above the cluster include one of level ReadOnly.",
        fix="Ask the owner of the lock to remove it, or to replace it by a CanNotDelete lock, which does not stop "
        "invokes.",
        safety="Manual: the lock protects the resource from changes, and removing it lifts that for everybody.",
        limits="Needs Microsoft.Authorization/locks/delete, which Owner and User Access Administrator hold.",
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
