"""Azure RBAC for Kubernetes: the data action behind a request, and the smallest AKS role that has it.

The translation is the authorization webhook's own (kubeguard/guard, authz/providers/azure/rbac); the roles are the
built-in ones, in the order of what they grant.
"""

from __future__ import annotations

from dataclasses import dataclass

from azext_aksinvokefix.rights import permissions
from azext_aksinvokefix.rights.permissions import Entry

_PREFIX = "Microsoft.ContainerService/managedClusters/"

_OPERATIONS = {
    **dict.fromkeys(("get", "list", "watch"), "read"),
    **dict.fromkeys(("create", "update", "patch"), "write"),
    **dict.fromkeys(("delete", "deletecollection"), "delete"),
    **{verb: f"{verb}/action" for verb in ("bind", "escalate", "use", "impersonate")},
}
#: Subresources that are data actions of their own; all others count as their resource.
_SUBRESOURCES = {"pods/exec": "pods/exec/action"}

_READABLE = (
    *("apps/controllerrevisions", "apps/daemonsets", "apps/deployments", "apps/replicasets", "apps/statefulsets"),
    *("autoscaling/horizontalpodautoscalers", "batch/cronjobs", "batch/jobs", "configmaps", "endpoints", "events"),
    *("discovery.k8s.io/endpointslices", "events.k8s.io/events", "extensions/daemonsets", "extensions/deployments"),
    *("extensions/ingresses", "extensions/networkpolicies", "extensions/replicasets", "limitranges", "namespaces"),
    *("metrics.k8s.io/pods", "metrics.k8s.io/nodes", "networking.k8s.io/ingresses", "persistentvolumeclaims", "pods"),
    *("networking.k8s.io/networkpolicies", "policy/poddisruptionbudgets", "replicationcontrollers", "resourcequotas"),
    *("serviceaccounts", "services"),
)
_ONLY_READABLE = frozenset(
    (
        *("apps/controllerrevisions", "discovery.k8s.io/endpointslices", "events.k8s.io/events", "limitranges"),
        *("metrics.k8s.io/pods", "metrics.k8s.io/nodes", "namespaces", "resourcequotas"),
    )
)
_LEASES = tuple(f"coordination.k8s.io/leases/{operation}" for operation in ("read", "write", "delete"))


@dataclass(frozen=True)
class Role:
    """A built-in role for the objects in a cluster."""

    name: str
    id: str
    entry: Entry


def _role(name: str, role_id: str, included: tuple[str, ...], excluded: tuple[str, ...] = ()) -> Role:
    entry = Entry(
        data_actions=tuple(_PREFIX + action for action in included),
        not_data_actions=tuple(_PREFIX + action for action in excluded),
    )
    return Role(f"Azure Kubernetes Service {name}", role_id, entry)


_READER = tuple(f"{resource}/read" for resource in _READABLE)
_WRITER = (
    *_READER,
    *(f"{resource}/*" for resource in (*_READABLE, "secrets") if resource not in _ONLY_READABLE),
    *_LEASES,
)
_OF_ADMINS_OF_ALL = tuple(
    f"{resource}/{operation}" for resource in ("resourcequotas", "namespaces") for operation in ("write", "delete")
)

ROLES = (
    _role("RBAC Reader", "7f6c6a51-bcf8-42ba-9220-52d62157d7db", _READER),
    _role("RBAC Writer", "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb", _WRITER),
    _role("RBAC Admin", "3498e952-d568-435e-9b2c-8d77e338d7f7", ("*",), _OF_ADMINS_OF_ALL),
    _role("RBAC Cluster Admin", "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b", ("*",)),
)


def data_action(verb: str, resource: str, group: str = "") -> str:
    """The data action that a Kubernetes request needs.

    >>> data_action("list", "deployments", "apps")
    'Microsoft.ContainerService/managedClusters/apps/deployments/read'
    """
    own = _SUBRESOURCES.get(resource.lower())
    if own and not group:
        return _PREFIX + own
    operation = _OPERATIONS.get(verb.lower(), f"{verb}/action")
    kind = resource.partition("/")[0]
    return f"{_PREFIX}{group + '/' if group else ''}{kind}/{operation}"


def smallest(action: str) -> Role:
    """The least of the built-in roles that grants a data action."""
    return next((role for role in ROLES if permissions.covers(role.entry, action, "dataActions")), ROLES[-1])
