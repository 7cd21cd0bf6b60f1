"""Authorization inside the cluster: whether the user behind a command may do what it does, and kubectl's words if not.

On a cluster without Entra every command runs as cluster-admin. With it, the user is the one of the cluster token; what
the user may do comes from Azure roles (Azure RBAC) or from the role bindings that the scenario gives the caller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulator.authorization import authorizer
from tests.simulator.core.routing import Caller
from tests.simulator.core.specs import Needs

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

#: What kubectl makes of a 429 of the API server.
GUARDED = (
    "Error from server (TooManyRequests): the server has received too many requests and has asked us to try again "
    "later (get pods)\n"
)

UNAUTHORIZED = "error: You must be logged in to the server (Unauthorized)\n"

CLUSTER_SCOPED = {"nodes", "namespaces", "persistentvolumes", "clusterroles", "clusterrolebindings"}
_READING = {"get", "list", "watch"}
_NEVER_IN_VIEW = {"secrets", "roles", "rolebindings"}


def refusal(world: World, cluster: Cluster, user: Caller, needs: Needs | None) -> str | None:
    """What kubectl prints when the user lacks the permission, None when the command may go on."""
    denied = denial(world, cluster, user, needs)
    return None if denied is None else f"Error from server (Forbidden): {denied}\n"


def denial(world: World, cluster: Cluster, user: Caller, needs: Needs | None, name: str = "") -> str | None:
    """The API server's message for a request that is not allowed; ``name`` is that of the object, if it has one."""
    if needs is None or not cluster.is_entra or set(user.groups) & set(_admin_groups(cluster)):
        return None
    if _bound(cluster, needs) or (cluster.has_azure_rbac and _azure_role(world, cluster, user, needs)):
        return None
    where = "at the cluster scope" if needs.namespace is None else f'in the namespace "{needs.namespace}"'
    subject = user.name if user.kind == "User" else user.object_id
    azure = ": User does not have access to the resource in Azure. Update role assignment to allow access."
    what = f'{_full_name(needs)} "{name}"' if name else _full_name(needs)
    return (
        f'{what} is forbidden: User "{subject}" cannot {needs.verb} '
        f'resource "{needs.resource}" in API group "{needs.group}" {where}{azure if cluster.has_azure_rbac else ""}'
    )


def _admin_groups(cluster: Cluster) -> list[str]:
    return (cluster.properties.get("aadProfile") or {}).get("adminGroupObjectIDs") or []


def _bound(cluster: Cluster, needs: Needs) -> bool:
    """By a binding to one of Kubernetes' own roles; with Azure RBAC there is none unless the scenario says so."""
    role = cluster.spec.kubernetes_role or ("none" if cluster.has_azure_rbac else "cluster-admin")
    if role == "cluster-admin":
        return True
    if role == "none" or needs.resource in CLUSTER_SCOPED:
        return False
    if role == "view":
        return needs.verb in _READING and needs.resource not in _NEVER_IN_VIEW
    return needs.resource not in {"roles", "rolebindings"}


def _azure_role(world: World, cluster: Cluster, user: Caller, needs: Needs) -> bool:
    scope = cluster.id if needs.namespace is None else f"{cluster.id}/namespaces/{needs.namespace}"
    return authorizer.allows_data(world, user, data_action(needs), scope)


def data_action(needs: Needs) -> str:
    """The data action that Azure RBAC asks for.

    >>> data_action(Needs("list", "deployments", "apps"))
    'Microsoft.ContainerService/managedClusters/apps/deployments/read'
    """
    resource = needs.resource.removesuffix("/log")
    kind = f"{needs.group}/{resource}" if needs.group else resource
    if kind == "pods/exec":
        return "Microsoft.ContainerService/managedClusters/pods/exec/action"
    verb = "read" if needs.verb in _READING else "delete" if needs.verb.startswith("delete") else "write"
    return f"Microsoft.ContainerService/managedClusters/{kind}/{verb}"


def _full_name(needs: Needs) -> str:
    return f"{needs.resource}.{needs.group}" if needs.group else needs.resource
