"""Deployment safeguards: the switch of a cluster behind which AKS keeps a policy assignment of its own.

.. code-block:: yaml

    safeguards:
      level: Enforce                       # Warn
      excludedNamespaces: []
      systemExcludedNamespaces: […]        # read-only; by default the list of 2025, which holds aks-command
      podSecurityStandardsLevel: Baseline

Absent, the cluster has no safeguards and the resource is not found. Shapes are those of the published API; that the
assignment follows the resource at once is modelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.simulator import clusters, policy, policy_builtins
from tests.simulator.clusters import Cluster
from tests.simulator.policy_scenario import system_data
from tests.simulator.responses import arm_error
from tests.simulator.routing import Operation, Request, Response
from tests.simulator.world import rfc3339

if TYPE_CHECKING:
    from tests.simulator.world import World

SECTION = "safeguards"

ASSIGNMENT = "aks-deployment-safeguards-policy-assignment"

#: The namespaces that safeguards leave alone, as recorded in November 2025.
SYSTEM = (
    "aks-command kube-system calico-system tigera-system gatekeeper-system azappconfig-system azureml dapr-system "
    "dataprotection-microsoft flux-system acstor sc-system azure-extensions-usage-system app-routing-system "
    "aks-periscope aks-istio-system aks-istio-ingress aks-istio-egress"
).split()

_COLLECTION = clusters.PATH + "/providers/Microsoft.ContainerService/deploymentSafeguards"
_PATH = _COLLECTION + "/default"
_ACTION = "Microsoft.ContainerService/deploymentSafeguards/"


def load(world: World, section: Mapping[str, Any] | None) -> None:
    """Every cluster gets the safeguards, and the policy assignment has long reached it."""
    world.state[SECTION] = {}
    for cluster in world.clusters.values() if section is not None else ():
        cluster.properties.setdefault("addonProfiles", {})["azurepolicy"] = {"enabled": True, "config": None}
        world.state[SECTION][cluster.id.lower()] = _resource(world, cluster, section or {})
        assignment = _assignment(world, cluster)
        for policies in (policy.of(world).arm, policy.of(world).synced):
            policies.assignments[assignment["id"].lower()] = assignment


def _resource(world: World, cluster: Cluster, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{cluster.id}/providers/Microsoft.ContainerService/deploymentSafeguards/default",
        "name": "default",
        "type": "Microsoft.ContainerService/deploymentSafeguards",
        "eTag": world.guid(),
        "properties": {
            "provisioningState": "Succeeded",
            "level": given.get("level", "Warn"),
            "excludedNamespaces": list(given.get("excludedNamespaces") or []),
            "systemExcludedNamespaces": list(given.get("systemExcludedNamespaces", SYSTEM)),
            "podSecurityStandardsLevel": given.get("podSecurityStandardsLevel", "Privileged"),
        },
        "systemData": system_data(world, rfc3339(world.utc(), 7)),
    }


def _assignment(world: World, cluster: Cluster) -> dict[str, Any]:
    properties = world.state[SECTION][cluster.id.lower()]["properties"]
    excluded = [*properties["systemExcludedNamespaces"], *properties["excludedNamespaces"]]
    effect = "Deny" if properties["level"] == "Enforce" else "Audit"
    return {
        "properties": {
            "displayName": "Deployment Safeguards",
            "policyDefinitionId": policy_builtins.id_of("safeguards"),
            "scope": cluster.id,
            "notScopes": [],
            "parameters": {"effect": {"value": effect}, "excludedNamespaces": {"value": excluded}},
            "metadata": {"assignedBy": "Azure Kubernetes Service"},
            "enforcementMode": "Default",
        },
        "id": f"{cluster.id}/providers/Microsoft.Authorization/policyAssignments/{ASSIGNMENT}",
        "type": "Microsoft.Authorization/policyAssignments",
        "name": ASSIGNMENT,
        "systemData": system_data(world),
    }


def _get(world: World, request: Request) -> Response:
    cluster = clusters.find(world, request)
    if cluster is None:
        return clusters.not_found(request)
    found = world.state[SECTION].get(cluster.id.lower())
    return Response(200, found) if found else _not_found(cluster)


def _not_found(cluster: Cluster) -> Response:
    message = f"Deployment Safeguards are not enabled on the managed cluster '{cluster.name}'."
    return arm_error(404, "ResourceNotFound", message)


def _list(world: World, request: Request) -> Response:
    cluster = clusters.find(world, request)
    if cluster is None:
        return clusters.not_found(request)
    found = world.state[SECTION].get(cluster.id.lower())
    return Response(200, {"value": [found] if found else []})


def _put(world: World, request: Request) -> Response:
    """Replaces the whole; the system's own list is read-only and stays."""
    cluster = clusters.find(world, request)
    if cluster is None:
        return clusters.not_found(request)
    existing = world.state[SECTION].get(cluster.id.lower())
    given = dict(request.body.get("properties") or {})
    given["systemExcludedNamespaces"] = existing["properties"]["systemExcludedNamespaces"] if existing else SYSTEM
    world.state[SECTION][cluster.id.lower()] = _resource(world, cluster, given)
    assignment = _assignment(world, cluster)
    policy.of(world).arm.assignments[assignment["id"].lower()] = assignment
    policy.changed(world)
    return Response(200 if existing else 201, world.state[SECTION][cluster.id.lower()])


def _delete(world: World, request: Request) -> Response:
    cluster = clusters.find(world, request)
    removed = world.state[SECTION].pop(cluster.id.lower(), None) if cluster else None
    if cluster is None or removed is None:
        return Response(204)
    assignment = f"{cluster.id}/providers/Microsoft.Authorization/policyAssignments/{ASSIGNMENT}"
    policy.of(world).arm.assignments.pop(assignment.lower(), None)
    policy.changed(world)
    return Response(200)


OPERATIONS = (
    Operation("safeguards-list", "GET", _COLLECTION, _list, _ACTION + "read"),
    Operation("safeguards-get", "GET", _PATH, _get, _ACTION + "read"),
    Operation("safeguards-put", "PUT", _PATH, _put, _ACTION + "write"),
    Operation("safeguards-delete", "DELETE", _PATH, _delete, _ACTION + "delete"),
)
