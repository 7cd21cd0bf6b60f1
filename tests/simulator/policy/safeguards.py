"""Deployment safeguards: the switch of a cluster behind which AKS keeps a policy assignment of its own.

.. code-block:: yaml

    safeguards:
      level: Enforce                       # Warn
      excludedNamespaces: []
      systemExcludedNamespaces: […]        # read-only; by default the list of 2025, which holds aks-command
      podSecurityStandardsLevel: Baseline
      frozen: false                        # true: an AKS Automatic cluster takes no change at all, as before May 2026
      assignmentEditable: true             # false: nobody but AKS writes the policy assignment

Absent, the cluster has no safeguards and the resource is not found. Shapes are those of the published API. An Automatic
cluster stays at Enforce and Baseline.
"""

# modelled: the policy assignment follows the safeguards when their operation is over, and a write puts it back
# proof: the assignment recorded before, during and after `az aks safeguards update`
# modelled: PATCH of the safeguards, which no client was seen to use
# proof: a PATCH recorded with tags alone

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.simulator.aks import clusters, long_running, occupied
from tests.simulator.aks.clusters import Cluster
from tests.simulator.core.responses import arm_error, rp_error
from tests.simulator.core.routing import Caller, Operation, Request, Response
from tests.simulator.core.world import rfc3339
from tests.simulator.policy import builtins, governance
from tests.simulator.policy.scenario import system_data

if TYPE_CHECKING:
    from tests.simulator.core.world import World

SECTION = "safeguards"

ASSIGNMENT = "aks-deployment-safeguards-policy-assignment"

#: The namespaces that safeguards leave alone, as recorded in November 2025.
SYSTEM = (
    "aks-command kube-system calico-system tigera-system gatekeeper-system azappconfig-system azureml dapr-system "
    "dataprotection-microsoft flux-system acstor sc-system azure-extensions-usage-system app-routing-system "
    "aks-periscope aks-istio-system aks-istio-ingress aks-istio-egress"
).split()

#: Where the state of the section says that Automatic clusters take no change; clusters are beside it by their id.
_FROZEN = "frozen"

_COLLECTION = clusters.PATH + "/providers/Microsoft.ContainerService/deploymentSafeguards"
_PATH = _COLLECTION + "/default"
_ACTION = "Microsoft.ContainerService/deploymentSafeguards/"


def load(world: World, section: Mapping[str, Any] | None) -> None:
    """Every cluster gets the safeguards, and the policy assignment has long reached it."""
    world.state[SECTION] = {_FROZEN: bool((section or {}).get("frozen"))}
    for cluster in world.clusters.values() if section is not None else ():
        cluster.properties.setdefault("addonProfiles", {})["azurepolicy"] = {"enabled": True, "config": None}
        strict = {"level": "Enforce", "podSecurityStandardsLevel": "Baseline"} if cluster.spec.automatic else {}
        world.state[SECTION][cluster.id.lower()] = _resource(world, cluster, {**strict, **(section or {})})
        assignment = _assignment(world, cluster)
        if not (section or {}).get("assignmentEditable", True):
            governance.of(world).protected.add(assignment["id"].lower())
        for policies in (governance.of(world).arm, governance.of(world).synced):
            policies.assignments[assignment["id"].lower()] = assignment


def _resource(
    world: World,
    cluster: Cluster,
    given: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    author: Caller | None = None,
) -> dict[str, Any]:
    created = {k: v for k, v in before["systemData"].items() if k.startswith("created")} if before else {}
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
        "systemData": {**system_data(world, rfc3339(world.utc(), 7), author), **created},
    }


def _assignment(world: World, cluster: Cluster) -> dict[str, Any]:
    properties = world.state[SECTION][cluster.id.lower()]["properties"]
    excluded = [*properties["systemExcludedNamespaces"], *properties["excludedNamespaces"]]
    effect = "Deny" if properties["level"] == "Enforce" else "Audit"
    return {
        "properties": {
            "displayName": "Deployment Safeguards",
            "policyDefinitionId": builtins.id_of("safeguards"),
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
    return _write(world, request, {})


def _patch(world: World, request: Request) -> Response:
    """Changes what it names; there is nothing to change where nothing is."""
    cluster = clusters.find(world, request)
    existing = world.state[SECTION].get(cluster.id.lower()) if cluster else None
    if cluster is not None and existing is None:
        return _not_found(cluster)
    return _write(world, request, existing["properties"] if existing else {})


def _write(world: World, request: Request, base: Mapping[str, Any]) -> Response:
    cluster = clusters.find(world, request)
    if cluster is None:
        return clusters.not_found(request)
    existing = world.state[SECTION].get(cluster.id.lower())
    given = {**base, **((request.body or {}).get("properties") or {})}
    refusal = _refused(world, cluster, given) or occupied.refusal(world, cluster)
    if refusal:
        return refusal
    given["systemExcludedNamespaces"] = existing["properties"]["systemExcludedNamespaces"] if existing else SYSTEM
    written = _resource(world, cluster, given, existing, request.caller)
    world.state[SECTION][cluster.id.lower()] = written
    written["properties"]["provisioningState"] = "Updating" if existing else "Creating"
    what = long_running.What("safeguards-put", request.path, "operation (Updating)")
    operation = long_running.begin(world, cluster, what, partial(_take_effect, world, cluster, written))
    return long_running.created_or_updated(world, request, operation, new=existing is None, body=written)


def _refused(world: World, cluster: Cluster, given: Mapping[str, Any]) -> Response | None:
    """The sentence about Automatic clusters was seen, before they let their namespaces be changed."""
    if given.get("level") not in ("Warn", "Enforce"):
        return rp_error(400, "InvalidParameter", "The value of parameter level is invalid.", target="level")
    loosened = given["level"] == "Warn" or given.get("podSecurityStandardsLevel") == "Privileged"
    if cluster.spec.automatic and (loosened or world.state[SECTION][_FROZEN]):
        message = f"The request is not allowed because {cluster.name} is an automatic cluster."
        return rp_error(400, "BadRequest", message)
    return None


def _take_effect(world: World, cluster: Cluster, written: dict[str, Any], status: str) -> None:
    written["properties"]["provisioningState"] = status
    if status == "Succeeded":
        assignment = _assignment(world, cluster)
        governance.of(world).arm.assignments[assignment["id"].lower()] = assignment
        governance.changed(world)


def _delete(world: World, request: Request) -> Response:
    cluster = clusters.find(world, request)
    if cluster is None or cluster.id.lower() not in world.state[SECTION]:
        return Response(204)
    if cluster.spec.automatic:
        message = f"The request is not allowed because {cluster.name} is an automatic cluster."
        return rp_error(400, "BadRequest", message)
    world.state[SECTION].pop(cluster.id.lower())
    assignment = f"{cluster.id}/providers/Microsoft.Authorization/policyAssignments/{ASSIGNMENT}"
    governance.of(world).arm.assignments.pop(assignment.lower(), None)
    governance.changed(world)
    return Response(200)


OPERATIONS = (
    Operation("safeguards-list", "GET", _COLLECTION, _list, _ACTION + "read"),
    Operation("safeguards-get", "GET", _PATH, _get, _ACTION + "read"),
    Operation("safeguards-put", "PUT", _PATH, _put, _ACTION + "write"),
    Operation("safeguards-patch", "PATCH", _PATH, _patch, _ACTION + "write"),
    Operation("safeguards-delete", "DELETE", _PATH, _delete, _ACTION + "delete"),
)
