"""The built-in policy definitions and initiatives of fixtures/policies.yaml in their ARM shape, version by version."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Resource = dict[str, Any]

FIXTURE = Path(__file__).parents[1] / "fixtures" / "policies.yaml"
STORE = "https://store.policy.core.windows.net/kubernetes"
KUBERNETES = "Microsoft.Kubernetes.Data"

_EFFECTS = ["audit", "Audit", "deny", "Deny", "disabled", "Disabled"]


@cache
def _fixture() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(FIXTURE.read_text(encoding="utf-8"))
    return loaded


@cache
def definitions() -> Mapping[str, list[Resource]]:
    """All versions of every built-in definition, newest first, under its name in lower case."""
    return {source["id"]: [_definition(source, v) for v in source["versions"]] for source in sources().values()}


@cache
def initiatives() -> Mapping[str, list[Resource]]:
    """All versions of every built-in initiative, newest first, under its name in lower case."""
    sources = _fixture()["initiatives"].values()
    return {source["id"]: [_initiative(source, version) for version in source["versions"]] for source in sources}


@cache
def templates() -> Mapping[str, tuple[str, str]]:
    """Constraint kind and folder behind each template URL."""
    layers = [layer for source in sources().values() for layer in (source, *source.get("older", {}).values())]
    return {template_url(layer["url"]): (layer["template"], layer["url"]) for layer in layers if "url" in layer}


def template_url(folder: str) -> str:
    return f"{STORE}/{folder}/template.yaml"


def id_of(alias: str) -> str | None:
    """The ARM id of a built-in definition or initiative by its short name in the fixture."""
    if alias in _fixture()["initiatives"]:
        return f"/providers/Microsoft.Authorization/policySetDefinitions/{_fixture()['initiatives'][alias]['id']}"
    if alias in sources():
        return f"/providers/Microsoft.Authorization/policyDefinitions/{sources()[alias]['id']}"
    return None


def pick(versions: list[Resource], wanted: str | None) -> Resource:
    """The newest version that a pin such as ``7.*.*`` allows; the newest of all when nothing is pinned or none fits."""
    fitting = (v for v in versions if wanted and fnmatch(v["properties"]["version"].lower(), wanted.lower()))
    return next(fitting, versions[0])


def sources() -> dict[str, dict[str, Any]]:
    sources: dict[str, dict[str, Any]] = _fixture()["definitions"]
    return sources


def _at(source: Mapping[str, Any], version: str) -> dict[str, Any]:
    """The fixture's entry as it was at a version: the overrides of every bound that the version is below."""
    merged = dict(source)
    for bound, overrides in source.get("older", {}).items():
        if int(version.partition(".")[0]) < int(bound):
            merged.update(overrides)
    return merged


def _definition(source: Mapping[str, Any], version: str) -> Resource:
    at = _at(source, version)
    mode = at.get("mode", KUBERNETES)
    parameters = _parameters(at) if mode == KUBERNETES else _effect(at, [at["effect"], "Disabled"])
    rule = _kubernetes_rule(at) if mode == KUBERNETES else _resource_rule()
    return _resource("policyDefinitions", source, version, mode=mode, parameters=parameters, policyRule=rule)


def _initiative(source: Mapping[str, Any], version: str) -> Resource:
    references = [reference(*parts) for parts in source["references"]]
    return _resource(
        "policySetDefinitions", source, version, parameters=source["parameters"], policyDefinitions=references
    )


def _resource(collection: str, source: Mapping[str, Any], version: str, **properties: Any) -> Resource:
    return {
        "properties": {
            "displayName": source["title"],
            "policyType": "BuiltIn",
            "description": f"{source['title']}.",
            "metadata": {"version": version, "category": source.get("category", "Kubernetes")},
            "version": version,
            **properties,
            "versions": source["versions"],
        },
        "id": f"/providers/Microsoft.Authorization/{collection}/{source['id']}",
        "type": f"Microsoft.Authorization/{collection}",
        "name": source["id"],
    }


def _parameters(at: Mapping[str, Any]) -> dict[str, Any]:
    common: dict[str, Any] = {
        "source": {"type": "String", "defaultValue": "Original", "allowedValues": ["All", "Generated", "Original"]},
        "warn": {"type": "Boolean", "defaultValue": False},
        **_effect(at, _EFFECTS),
        "excludedNamespaces": {"type": "Array", "defaultValue": _fixture()["system"]},
        "namespaces": {"type": "Array", "defaultValue": []},
        "labelSelector": {"type": "Object", "defaultValue": {}},
        "excludedContainers": {"type": "Array", "defaultValue": []},
    }
    if at.get("excludedImages", True):
        common["excludedImages"] = {"type": "Array", "defaultValue": []}
    return {**common, **at.get("own", {})}


def _effect(at: Mapping[str, Any], allowed: list[str]) -> dict[str, Any]:
    return {"effect": {"type": "String", "defaultValue": at.get("effect", "Audit"), "allowedValues": allowed}}


def _kubernetes_rule(at: Mapping[str, Any]) -> Resource:
    own = [name for name in _parameters(at) if name not in {"source", "warn", "effect", *_SELECTORS}]
    details: Resource = {
        "templateInfo": {"sourceType": "PublicURL", "url": template_url(at["url"])},
        "source": "[parameters('source')]",
        "warn": "[parameters('warn')]",
        "apiGroups": [""],
        "kinds": ["Pod"],
        **{name: f"[parameters('{name}')]" for name in _SELECTORS},
        "values": {name: f"[parameters('{name}')]" for name in own},
    }
    clusters = ["Microsoft.Kubernetes/connectedClusters", "Microsoft.ContainerService/managedClusters"]
    then = {"effect": "[parameters('effect')]", "details": details}
    return {"if": {"field": "type", "in": clusters}, "then": then}


def _resource_rule() -> Resource:
    condition = {"field": "type", "equals": "Microsoft.ContainerService/managedClusters"}
    return {"if": condition, "then": {"effect": "[parameters('effect')]"}}


def reference(
    reference: str,
    alias: str,
    version: str,
    effect: str | None,
    excluded: str | None,
    values: Mapping[str, Any] | None = None,
) -> Resource:
    parameters = {name: {"value": value} for name, value in (values or {}).items()}
    if effect:
        parameters["effect"] = {"value": f"[parameters('{effect}')]"}
    if excluded:
        parameters["excludedNamespaces"] = {"value": f"[parameters('{excluded}')]"}
    return {
        "policyDefinitionReferenceId": reference,
        "policyDefinitionId": id_of(alias),
        "definitionVersion": version,
        "parameters": parameters,
    }


_SELECTORS = ("excludedNamespaces", "namespaces", "labelSelector")
