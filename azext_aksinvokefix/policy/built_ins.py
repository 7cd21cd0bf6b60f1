"""The built-in policies for the inside of a cluster: a diagnosis need not read what is the same in every tenant.

The data are in builtin_policies.json; tools/builtin_policies.py makes it and says what it holds. Everything is handed
out in ARM's own shape, so built-in and custom definitions go one way through resolution.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, cast

from azext_aksinvokefix.policy.names import bare, same_template

ROOT = "/providers/microsoft.authorization/"
DISABLE_RUN_COMMAND = "1b708b0a-3380-40e9-8b79-821f9fa224cc"
SAFEGUARDS_SET = "c047ea8e-9c78-49b2-958b-37e56d291a44"

_EVERYWHERE = ("excludedNamespaces", "namespaces", "labelSelector", "source", "warn")
#: The defaults that the table leaves out.
_NEUTRAL: Mapping[str, Any] = {
    "namespaces": [],
    "labelSelector": {},
    "source": "Original",
    "warn": False,
    "excludedImages": [],
    "excludedContainers": [],
}
_OTHERS_LENGTH = 6


@lru_cache(maxsize=4096)
def built_in_name(policy_id: str) -> str | None:
    """The GUID of a built-in definition or initiative; None for a custom one, which lives below some scope."""
    identity = policy_id.lower()
    return identity.rpartition("/")[2] if identity.startswith(ROOT) and identity.count("/") == 4 else None


def is_without_interest(policy_id: str) -> bool:
    """Whether this is a built-in that neither reaches into a cluster nor touches run command."""
    name = built_in_name(policy_id)
    if name is None or len(name) < _OTHERS_LENGTH or name in _table()["definitions"] or name in _table()["sets"]:
        return False
    return name[:_OTHERS_LENGTH] in _others()


def lookup(policy_id: str, version: str = "") -> Mapping[str, Any] | None:
    """A built-in definition or initiative in ARM's shape, or None when the table does not hold that major version."""
    name = built_in_name(policy_id)
    if name in _table()["definitions"]:
        versions = cast("str", _table()["definitions"][name]["versions"]).split()
        return _definition(name) if major(version) in (None, *map(major, versions)) else None
    if name in _table()["sets"]:
        return _set(name) if major(version) in (None, major(_table()["sets"][name]["version"])) else None
    return None


def templates(policy_id: str) -> tuple[str, ...]:
    """The names, without prefix and version, under which a built-in definition shows in a denial."""
    return tuple(_table()["definitions"].get(built_in_name(policy_id) or "", {}).get("templates", ()))


def templates_like(names: Iterable[str]) -> tuple[str, ...]:
    """All names of the built-in templates that go by one of ``names``, such as the folder in the URL of a template."""
    wanted = {bare(name) for name in names}
    lists = [entry.get("templates", ()) for entry in _table()["definitions"].values()]
    return tuple(template for templates in lists if wanted & set(templates) for template in templates)


def definitions_named(stem: str) -> tuple[str, ...]:
    """Display names of the built-in definitions that can stand behind a name in a denial."""
    return tuple(
        entry["name"]
        for entry in _table()["definitions"].values()
        if any(same_template(stem, template) for template in entry.get("templates", ()))
    )


def set_members(set_name: str) -> tuple[str, ...]:
    """The definition ids that a built-in initiative refers to."""
    return tuple(reference["policyDefinitionId"] for reference in _set(set_name)["properties"]["policyDefinitions"])


def major(version: str) -> int | None:
    """The major number of ``8.0.0`` or ``7.*.*``; None when there is none."""
    digits = re.match(r"\d{1,9}", version)
    return int(digits.group()) if digits else None


@cache
def _table() -> dict[str, Any]:
    text = (Path(__file__).parent / "builtin_policies.json").read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(text))


@cache
def _others() -> frozenset[str]:
    digits = _table()["others"]
    return frozenset(digits[start:][:_OTHERS_LENGTH] for start in range(0, len(digits), _OTHERS_LENGTH))


@cache
def _by_prefix() -> dict[str, str]:
    return {name[:8]: name for name in _table()["definitions"]}


@cache
def _definition(name: str) -> Mapping[str, Any]:
    entry = _table()["definitions"][name]
    parameters: dict[str, Any] = {parameter: {"defaultValue": value} for parameter, value in _NEUTRAL.items()}
    parameters.update({parameter: {} for parameter in entry.get("required", ())})
    parameters.update({parameter: {"defaultValue": value} for parameter, value in entry.get("defaults", {}).items()})
    details: dict[str, Any] = {"kinds": entry.get("kinds", [])}
    if entry.get("kubernetes"):
        details.update({detail: f"[parameters('{detail}')]" for detail in _EVERYWHERE})
    if "source" in entry:
        details["source"] = entry["source"]
    if entry.get("mutates"):
        details["mutationInfo"] = {}
    properties = {
        "displayName": entry["name"],
        "policyType": "BuiltIn",
        "mode": "Microsoft.Kubernetes.Data" if entry.get("kubernetes") else "Indexed",
        "version": entry["versions"].split()[0],
        "parameters": parameters,
        "policyRule": {"then": {"effect": "[parameters('effect')]", "details": details}},
    }
    return {"id": f"{ROOT}policydefinitions/{name}", "name": name, "properties": properties}


@cache
def _set(name: str) -> Mapping[str, Any]:
    entry = _table()["sets"][name]
    parameters: dict[str, Any] = {}
    references = [_reference(reference, parameters) for reference in entry["references"]]
    properties = {
        "displayName": entry["name"],
        "policyType": "BuiltIn",
        "version": entry["version"],
        "parameters": parameters,
        "policyDefinitions": references,
    }
    return {"id": f"{ROOT}policysetdefinitions/{name}", "name": name, "properties": properties}


def _reference(entry: list[Any], parameters: dict[str, Any]) -> dict[str, Any]:
    reference_id, prefix, version, bundle = entry
    definition = _by_prefix()[prefix]
    passed: dict[str, Any] = {}
    for parameter, value in _table()["bundles"][bundle].items():
        if isinstance(value, list):
            name = value[0].replace("*", definition)
            passed[parameter] = {"value": f"[parameters('{name}')]"}
            parameters[name] = {"defaultValue": value[1]} if len(value) > 1 else {}
        else:
            passed[parameter] = value
    return {
        "policyDefinitionReferenceId": reference_id,
        "policyDefinitionId": f"{ROOT}policydefinitions/{definition}",
        "definitionVersion": version,
        "parameters": passed,
    }
