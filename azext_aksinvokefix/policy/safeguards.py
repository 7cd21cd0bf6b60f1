"""Deployment Safeguards: policies that AKS assigns to a cluster itself and steers through a resource of the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from azext_aksinvokefix.lifecycle import Evidence, Item
from azext_aksinvokefix.policy import built_ins
from azext_aksinvokefix.policy.effect import policies_in_force
from azext_aksinvokefix.policy.model import PolicyInForce, PolicyRecords
from azext_aksinvokefix.policy.scope import strings
from azext_aksinvokefix.shapes import mapping

ASSIGNMENT = "aks-deployment-safeguards-policy-assignment"
HELP = "aka.ms/aks/deployment-safeguards"
_UNSEEN = "its assignment could not be read, only that Deployment Safeguards are at Enforce"
_SET_ID = f"/providers/Microsoft.Authorization/policySetDefinitions/{built_ins.SAFEGUARDS_SET}"


def is_safeguards(policy: PolicyInForce) -> bool:
    """Whether it comes from the initiative of Deployment Safeguards, whoever assigned that."""
    return is_managed(policy) or built_ins.built_in_name(policy.set_id) == built_ins.SAFEGUARDS_SET


def is_managed(policy: PolicyInForce) -> bool:
    """Whether AKS assigned it, so that the resource and not the assignment is to be changed."""
    return policy.assignment_name.lower() == ASSIGNMENT


def resource(evidence: Evidence) -> Mapping[str, Any] | None:
    """The resource that steers them; None when it was not read or does not exist."""
    document = evidence.safeguards.value if evidence.safeguards.known else None
    return document if isinstance(document, Mapping) and "properties" in document else None


def with_resource(policies: tuple[PolicyInForce, ...], evidence: Evidence) -> tuple[PolicyInForce, ...]:
    """The policies as the resource steers them; those it enforces without a visible assignment are added."""
    found = resource(evidence)
    if found is None:
        return policies
    properties = mapping(found["properties"])
    excluded = (*strings(properties.get("excludedNamespaces")), *strings(properties.get("systemExcludedNamespaces")))
    if not any(is_managed(policy) for policy in policies) and _level(properties) == "enforce":
        policies += _implied(evidence)
    return tuple(
        _steered(policy, excluded, _level(properties)) if is_managed(policy) else policy for policy in policies
    )


def _level(properties: Mapping[str, Any]) -> str:
    return str(properties.get("level") or "").lower()


def _steered(policy: PolicyInForce, excluded: tuple[str, ...], level: str) -> PolicyInForce:
    namespaces = replace(policy.namespaces, excluded=(*(policy.namespaces.excluded or ()), *excluded))
    softened = policy.softened or ("the level of Deployment Safeguards is Warn" if level == "warn" else "")
    return replace(policy, namespaces=namespaces, softened=softened)


def _implied(evidence: Evidence) -> tuple[PolicyInForce, ...]:
    """What ``level: Enforce`` puts in force, as far as the built-in initiative tells it without its assignment."""
    assignment = {
        "id": f"{evidence.cluster_id}/providers/Microsoft.ContainerService/deploymentSafeguards/default",
        "name": ASSIGNMENT,
        "properties": {
            "displayName": "Deployment Safeguards",
            "scope": evidence.cluster_id,
            "policyDefinitionId": _SET_ID,
            "parameters": {"effect": {"value": "Deny"}},
        },
    }
    records = PolicyRecords(evidence.cluster_id, assignments=Item(value=[assignment]), exemptions=Item(value=[]))
    return tuple(replace(policy, uncertain=_UNSEEN) for policy in policies_in_force(records, evidence.now))
