"""ARM resources about policy, short to write: what a test does not name is as ARM leaves it out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import Any

from azext_aksinvokefix.failure import classify
from azext_aksinvokefix.lifecycle import Evidence, Failure, Item
from azext_aksinvokefix.policy.effect import policies_in_force
from azext_aksinvokefix.policy.model import PolicyInForce, PolicyRecords, record_key

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg1"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/c1"
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)

ROOT = "/providers/Microsoft.Authorization"
READ_ONLY = f"{ROOT}/policyDefinitions/df49d893-a74c-421d-bc95-c663042e5b80"
ESCALATION = f"{ROOT}/policyDefinitions/1c6e92c9-99f0-4e55-9cf2-0c234dc48f99"
IMAGES = f"{ROOT}/policyDefinitions/febd0533-8e55-448f-b837-bd0e06f16469"
LIMITS = f"{ROOT}/policyDefinitions/e345eecc-fa47-480f-9e88-67dcc122b164"
PRIVILEGED = f"{ROOT}/policyDefinitions/95edb821-ddaf-4404-9732-666045e056b4"
DISABLE_RUN_COMMAND = f"{ROOT}/policyDefinitions/1b708b0a-3380-40e9-8b79-821f9fa224cc"
RESTRICTED = f"{ROOT}/policySetDefinitions/42b8ef37-b724-4e24-bbc8-7a7708edfe00"
BENCHMARK = f"{ROOT}/policySetDefinitions/1f3afdf9-d0c9-4c3d-847f-89da613e70a8"
BENCHMARK_2 = f"{ROOT}/policySetDefinitions/e3ec7e09-768c-4b64-882c-fcada3772047"
SAFEGUARDS = f"{ROOT}/policySetDefinitions/c047ea8e-9c78-49b2-958b-37e56d291a44"

DEFAULT_EXCLUDED = ["kube-system", "gatekeeper-system", "azure-arc", "azure-extensions-usage-system"]

READ_ONLY_DENIED = (
    "(KubernetesOperationError) Failed to run command in managed cluster due to kubernetes failure. details: admission "
    'webhook "validation.gatekeeper.sh" denied the request: [azurepolicy-k8sazurev3readonlyrootfilesyst-'
    "0e8a839bcd103e7b96a8] only read-only root filesystem container is allowed: user-command"
)


def assignment(
    policy_id: str, name: str = "a1", scope: str = SUBSCRIPTION, values: Any = None, **properties: Any
) -> dict[str, Any]:
    """``values`` are the assignment's parameters, without the wrapping."""
    parameters = {parameter: {"value": value} for parameter, value in (values or {}).items()}
    shown = {"displayName": f"Assignment {name}", "scope": scope, "policyDefinitionId": policy_id}
    return {
        "id": f"{scope}{ROOT}/policyAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/policyAssignments",
        "properties": {**shown, "parameters": parameters, "enforcementMode": "Default", **properties},
    }


def exemption(assigned: Any, name: str = "e1", scope: str = CLUSTER, **properties: Any) -> dict[str, Any]:
    shown = {"policyAssignmentId": assigned["id"], "exemptionCategory": "Waiver"}
    return {"id": f"{scope}{ROOT}/policyExemptions/{name}", "name": name, "properties": {**shown, **properties}}


def definition(
    effect: Any = "[parameters('effect')]",
    details: Any = None,
    parameters: Any = None,
    name: str = "custom",
    **properties: Any,
) -> dict[str, Any]:
    """A custom definition for the inside of clusters."""
    return {
        "id": f"{SUBSCRIPTION}{ROOT}/policyDefinitions/{name}",
        "name": name,
        "properties": {
            "displayName": f"Custom {name}",
            "policyType": "Custom",
            "mode": "Microsoft.Kubernetes.Data",
            "parameters": parameters if parameters is not None else {"effect": {"defaultValue": "deny"}},
            "policyRule": {
                "if": {"field": "type", "in": ["Microsoft.ContainerService/managedClusters"]},
                "then": {"effect": effect, "details": {"kinds": ["Pod"], **(details or {})}},
            },
            **properties,
        },
    }


def records(
    *assignments: Any, definitions: Iterable[Any] = (), exemptions: Iterable[Any] = (), states: Iterable[Any] = ()
) -> PolicyRecords:
    return PolicyRecords(
        CLUSTER,
        assignments=Item(value=list(assignments)),
        definitions={record_key(one["id"]): Item(value=one) for one in definitions},
        exemptions=Item(value=list(exemptions)),
        states=Item(value=list(states)),
    )


def policies(*assignments: Any, location: str | None = None, **others: Any) -> Sequence[PolicyInForce]:
    return policies_in_force(records(*assignments, **others), NOW, location)


def policy(*assignments: Any, reference: str | None = None, **others: Any) -> PolicyInForce:
    """The one policy that the assignments put in force, or the one with the reference id."""
    found = [one for one in policies(*assignments, **others) if reference in (None, one.reference_id)]
    assert len(found) == 1, [one.reference_id for one in found]
    return found[0]


def evidence(*assignments: Any, safeguards: Any = None, cluster: Any = None, **others: Any) -> Evidence:
    return Evidence(
        CLUSTER,
        now=NOW,
        assignments=Item(value=list(policies(*assignments, **others))),
        safeguards=Item(value=safeguards),
        cluster=Item(value=cluster or {"properties": {"addonProfiles": {"azurepolicy": {"enabled": True}}}}),
    )


def safeguards_resource(
    level: str = "Enforce", excluded: Iterable[str] = (), system: Iterable[str] = ("kube-system",)
) -> dict[str, Any]:
    properties = {"level": level, "excludedNamespaces": list(excluded), "systemExcludedNamespaces": list(system)}
    return {"name": "default", "properties": properties}


def failure(text: str) -> Failure:
    return classify(text, source="run")
