"""From the ``policy`` section of a scenario to policy resources in their ARM shape. See ``policy`` for the section."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization import scopes
from tests.simulator.core.routing import Caller
from tests.simulator.core.world import rfc3339
from tests.simulator.policy import builtins, templates
from tests.simulator.policy.effective import Policies

if TYPE_CHECKING:
    from tests.simulator.core.world import World

Resource = dict[str, Any]

AUTHORIZATION = "providers/Microsoft.Authorization"
SINCE = "2026-01-15T09:30:00.0000000Z"

_PLAIN = ("enforcementMode", "overrides", "resourceSelectors", "description", "nonComplianceMessages")


def build(world: World, section: Mapping[str, Any], groups: tuple[str, ...], *, as_synced: bool) -> Policies:
    """The policies of a scenario: as ARM has them, or as the clusters have seen them so far."""
    policies = Policies(groups=groups)
    for item in section.get("definitions", []):
        definition = _definition(world, item)
        policies.definitions[definition["id"].lower()] = [definition]
    for item in section.get("initiatives", []):
        initiative = _initiative(world, policies, item)
        policies.initiatives[initiative["id"].lower()] = [initiative]
    for item in itertools.chain(section.get("assignments", []), _many(section.get("many", 0))):
        assignment = _assignment(world, policies, item, as_synced)
        policies.assignments[assignment["id"].lower()] = assignment
    for item in section.get("exemptions", []):
        if item.get("synced", True) or not as_synced:
            exemption = _exemption(world, policies, item)
            policies.exemptions[exemption["id"].lower()] = exemption
    return policies


def system_data(world: World, created: str = SINCE, author: Caller | None = None) -> dict[str, str]:
    author = author or world.caller
    kind = "User" if author.kind == "User" else "Application"
    return {
        "createdBy": author.name,
        "createdByType": kind,
        "createdAt": created,
        "lastModifiedBy": author.name,
        "lastModifiedByType": kind,
        "lastModifiedAt": rfc3339(world.utc(), 7) if created != SINCE else SINCE,
    }


def _assignment(world: World, policies: Policies, item: Mapping[str, Any], as_synced: bool) -> Resource:
    definition_id = _id_of(policies, item["of"])
    scope = scopes.named(world, item.get("scope"))
    parameters = dict(item.get("parameters", {}))
    if "effect" in item:
        parameters["effect"] = item["effect"]
    if "exclude" in item and (item.get("synced", True) or not as_synced):
        parameters["excludedNamespaces"] = [*_default_exclusions(policies, definition_id), *item["exclude"]]
    name = item.get("name", item["of"])
    return {
        "properties": {
            "displayName": item.get("title", name),
            "policyDefinitionId": definition_id,
            **({"definitionVersion": item["version"]} if "version" in item else {}),
            "scope": scope,
            "notScopes": [scopes.named(world, word) for word in item.get("notScopes", [])],
            "parameters": {name: {"value": value} for name, value in parameters.items()},
            "metadata": {
                "assignedBy": "Platform team",
                **item.get("metadata", {}),
                "createdBy": world.caller.object_id,
                "createdOn": SINCE,
                "updatedBy": None,
                "updatedOn": None,
            },
            "enforcementMode": "Default",
            "instanceId": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{scope}/{name}")),
            **{key: item[key] for key in _PLAIN if key in item},
            **item.get("properties", {}),
        },
        "id": f"{scope}/{AUTHORIZATION}/policyAssignments/{name}",
        "type": "Microsoft.Authorization/policyAssignments",
        "name": name,
        **_identity(world, item),
        "systemData": system_data(world),
    }


def _identity(world: World, item: Mapping[str, Any]) -> Resource:
    if not item.get("identity"):
        return {}
    principal = "1de40000-0000-4000-8000-00000000c0de"
    return {
        "location": "westus2",
        "identity": {"type": "SystemAssigned", "principalId": principal, "tenantId": world.tenant},
    }


def _default_exclusions(policies: Policies, definition_id: str) -> list[str]:
    definition = policies.initiative(definition_id) or policies.definition(definition_id)
    parameters = definition["properties"]["parameters"] if definition else {}
    return list(parameters.get("excludedNamespaces", {}).get("defaultValue", []))


def _exemption(world: World, policies: Policies, item: Mapping[str, Any]) -> Resource:
    scope, name = scopes.named(world, item.get("scope", "cluster")), item.get("name", "aks-command")
    assignment = next(a for a in policies.assignments.values() if a["name"] == item["assignment"])
    properties: Resource = {
        "policyAssignmentId": assignment["id"],
        "policyDefinitionReferenceIds": item.get("references", []),
        "exemptionCategory": item.get("category", "Waiver"),
        "displayName": name,
    }
    if "expires" in item:
        properties["expiresOn"] = rfc3339(world.utc() + timedelta(days=item["expires"]))
    return {
        "properties": properties,
        "id": f"{scope}/{AUTHORIZATION}/policyExemptions/{name}",
        "type": "Microsoft.Authorization/policyExemptions",
        "name": name,
        "systemData": system_data(world),
    }


def _definition(world: World, item: Mapping[str, Any]) -> Resource:
    """A custom definition. One without a template is about resources and never about pods."""
    scope, name, kubernetes = scopes.named(world, item.get("scope")), item["name"], "template" in item
    exclusion = item.get("namespaceParameter", "excludedNamespaces") if kubernetes else None
    parameters: Resource = {"effect": {"type": "String", "defaultValue": item.get("effect", "Audit")}}
    if exclusion:
        parameters[exclusion] = {"type": "Array", "defaultValue": ["kube-system"]}
    parameters.update(item.get("parameters", {}))
    details = _details(item, exclusion) if kubernetes else {}
    return {
        "properties": {
            "displayName": item.get("title", name),
            "policyType": "Custom",
            "mode": builtins.KUBERNETES if kubernetes else "Indexed",
            "metadata": {"version": "1.0.0", "category": "Kubernetes", "createdOn": SINCE},
            "version": "1.0.0",
            "parameters": parameters,
            "policyRule": {
                "if": {"field": "type", "equals": "Microsoft.ContainerService/managedClusters"},
                "then": {"effect": "[parameters('effect')]", "details": details},
            },
            "versions": ["1.0.0"],
        },
        "id": f"{scope}/{AUTHORIZATION}/policyDefinitions/{name}",
        "type": "Microsoft.Authorization/policyDefinitions",
        "name": name,
        "systemData": system_data(world),
    }


def _details(item: Mapping[str, Any], exclusion: str | None) -> Resource:
    excluded = {"excludedNamespaces": f"[parameters('{exclusion}')]"} if exclusion else {}
    own = {name: f"[parameters('{name}')]" for name in item.get("parameters", {})}
    content = templates.content(templates.of_text(item["template"], item["rego"]))
    kept = {"sourceType": "PublicURL", "url": item["url"]} if "url" in item else {}
    return {
        "templateInfo": kept or {"sourceType": "Base64Encoded", "content": content},
        "apiGroups": [""],
        "kinds": ["Pod"],
        **excluded,
        "values": own,
    }


def _initiative(world: World, policies: Policies, item: Mapping[str, Any]) -> Resource:
    scope, name = scopes.named(world, item.get("scope")), item["name"]
    return {
        "properties": {
            "displayName": item.get("title", name),
            "policyType": "Custom",
            "metadata": {"version": "1.0.0", "category": "Kubernetes", "createdOn": SINCE},
            "version": "1.0.0",
            "parameters": item.get("parameters", {}),
            "policyDefinitions": [
                {**builtins.reference(*parts), "policyDefinitionId": _id_of(policies, parts[1])}
                for parts in item["references"]
            ],
            "versions": ["1.0.0"],
        },
        "id": f"{scope}/{AUTHORIZATION}/policySetDefinitions/{name}",
        "type": "Microsoft.Authorization/policySetDefinitions",
        "name": name,
        "systemData": system_data(world),
    }


def _id_of(policies: Policies, word: str) -> str:
    """The ARM id of a definition or initiative by its short name, the name of a custom one, or itself."""
    custom = {d[0]["name"]: d[0]["id"] for d in (*policies.definitions.values(), *policies.initiatives.values())}
    return custom.get(word) or builtins.id_of(word) or word


def _many(count: int) -> Iterator[Resource]:
    """Assignments that only report, at all scopes, of definitions and initiatives in turn."""
    places = itertools.cycle(["managementGroup", "subscription", "resourceGroup", "cluster"])
    reporting = itertools.cycle(["readOnlyRootFilesystem", "restricted", "probes", "baseline", "automountToken"])
    for number in range(count):
        yield {"of": next(reporting), "name": f"report-{number:04d}", "scope": next(places), "effect": "Audit"}
