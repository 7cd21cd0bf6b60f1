"""Make azext_aksinvokefix/policy/builtin_policies.json from a checkout of https://github.com/Azure/azure-policy.

    python tools/builtin_policies.py ~/src/azure-policy

The table spares a diagnosis the reading of built-in definitions: they are the same in every tenant. It holds

``commit``       what it was made from
``definitions``  every built-in for the inside of a Kubernetes cluster, and those which switch run command off
``sets``         every built-in initiative that refers to one of them, with those references only: reference id,
                 first eight digits of the definition's name, pinned version, index into ``bundles``
``bundles``      the parameters that references pass, each kind once; ``*`` stands for the definition's name
``others``       the first six digits of the name of every other built-in: known to be of no interest

Parameters that cannot decide about the command pod are left out, and so are defaults that restrict nothing.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent.parent / "azext_aksinvokefix" / "policy" / "builtin_policies.json"

#: Names of constraint templates seen in denials, where neither the folder nor what is published of them has them.
OBSERVED = {
    "container-no-privilege": "noprivilege",
    "container-no-privilege-escalation": "noprivilegeescalation",
    "container-resource-requests": "containerrequests",
    "image-integrity-notation-verification": "ratifyverification",
    "pod-enforce-antiaffinity": "antiaffinityrules",
    "restricted-taints": "reservedtaints",
}
#: Where a policy applies, and what it asks of a pod as far as the checks look at it.
PARAMETERS = frozenset(
    {
        "effect",
        "warn",
        "excludedNamespaces",
        "namespaces",
        "labelSelector",
        "source",
        "excludedImages",
        "excludedContainers",
        "allowedContainerImagesRegex",
        "allowedGroups",
        "allowedProfiles",
        "allowedPullPolicy",
        "allowedUsers",
        "allowedVolumeTypes",
        "annotations",
        "apiGroups",
        "cpuLimit",
        "disallowedCapabilities",
        "forcePrivilegeEscalationToBeFalse",
        "kind",
        "labels",
        "labelsList",
        "memoryLimit",
        "requiredDropCapabilities",
        "requiredProbes",
        "runAsUserRule",
        "runAsGroupRule",
        "supplementalGroupsRule",
        "fsGroupRule",
    }
)
NEUTRAL_WHEN_EMPTY = frozenset({"warn", "namespaces", "labelSelector", "excludedImages", "excludedContainers"})
NEUTRAL_SOURCE = "Original"
KUBERNETES = "Microsoft.Kubernetes.Data"
RUN_COMMAND_POLICIES = ("1b708b0a-3380-40e9-8b79-821f9fa224cc", "89f2d532-c53c-4f8f-9afa-4927b1114a0d")
_EXPRESSION = re.compile(r"^\[parameters\('([^']+)'\)\]$")
_FOLDER = re.compile(r"/kubernetes/([^/]+)/v\d+/")


def main(checkout: Path) -> None:
    definitions = dict(_documents(checkout / "built-in-policies" / "policyDefinitions"))
    sets = dict(_documents(checkout / "built-in-policies" / "policySetDefinitions"))
    wanted = {name: document for name, document in sorted(definitions.items()) if _is_wanted(name, document)}
    bundles: list[Any] = []
    found = {name: _set(document, wanted, bundles) for name, document in sorted(sets.items())}
    found = {name: entry for name, entry in found.items() if entry["references"]}
    others = sorted(name[:6] for name in (definitions.keys() | sets.keys()) - wanted.keys() - found.keys())
    parts = {
        "commit": _lines([_commit(checkout)])[2:-2],
        "definitions": _lines({name: _definition(entry, checkout) for name, entry in wanted.items()}),
        "sets": _lines(found),
        "bundles": _lines(bundles),
        "others": json.dumps("".join(others)),
    }
    body = ",\n".join(f"{json.dumps(key)}: {text}" for key, text in parts.items())
    TABLE.write_text("{\n" + body + "\n}\n", encoding="utf-8")
    print(f"{len(wanted)} definitions, {len(found)} initiatives, {TABLE.stat().st_size} bytes")


def _documents(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(folder.rglob("*.json")):
        # Azure Government has the same names with other versions and contents; there the definitions are read.
        if "Azure Government" not in path.parts:
            document = json.loads(path.read_text(encoding="utf-8-sig"))
            yield document["name"].lower(), document["properties"]


def _is_wanted(name: str, properties: dict[str, Any]) -> bool:
    return name in RUN_COMMAND_POLICIES or properties.get("mode", "").startswith(KUBERNETES)


def _definition(properties: dict[str, Any], checkout: Path) -> dict[str, Any]:
    details = properties["policyRule"]["then"].get("details", {})
    parameters = {name: one for name, one in properties.get("parameters", {}).items() if name in PARAMETERS}
    defaults = {name: one["defaultValue"] for name, one in parameters.items() if "defaultValue" in one}
    source = details.get("source", "")
    entry = {
        "name": properties["displayName"],
        "kubernetes": properties["mode"].startswith(KUBERNETES),
        "versions": " ".join(properties.get("versions") or [properties["version"]]),
        "templates": _templates(details, checkout),
        "kinds": details.get("kinds", []),
        # One definition has the parameter and does not pass it on.
        "source": "" if _EXPRESSION.match(source) else source,
        "mutates": "mutationInfo" in details,
        "defaults": {name: value for name, value in defaults.items() if not _is_neutral(name, value)},
        "required": sorted(parameters.keys() - defaults.keys()),
    }
    return {key: value for key, value in entry.items() if value}


def _is_neutral(parameter: str, value: Any) -> bool:
    return value == NEUTRAL_SOURCE if parameter == "source" else parameter in NEUTRAL_WHEN_EMPTY and not value


def _templates(details: dict[str, Any], checkout: Path) -> list[str]:
    folder = _FOLDER.search(json.dumps(details.get("templateInfo") or details.get("constraintTemplate") or ""))
    if not folder:
        return []
    names = [folder.group(1), OBSERVED.get(folder.group(1), "")]
    places = [checkout / "samples" / "KubernetesService" / folder.group(1) / "template.yaml"]
    reference = checkout / "built-in-references" / "Kubernetes" / folder.group(1)
    for path in (*places, reference / "template.yaml", reference / "constraint.yaml"):
        name = re.search(r"^  name: (\S+)", path.read_text(encoding="utf-8"), re.M) if path.exists() else None
        names.append(name.group(1) if name else "")
    return sorted({re.sub(r"^k8sazure(v\d+)?", "", name.replace("-", "")) for name in names if name})


def _set(properties: dict[str, Any], wanted: dict[str, Any], bundles: list[Any]) -> dict[str, Any]:
    references = []
    for reference in properties["policyDefinitions"]:
        name = reference["policyDefinitionId"].rpartition("/")[2].lower()
        if name in wanted:
            bundle = _bundle(reference, name, properties.get("parameters", {}))
            if bundle not in bundles:
                bundles.append(bundle)
            version = reference.get("definitionVersion", "")
            references.append([reference["policyDefinitionReferenceId"], name[:8], version, bundles.index(bundle)])
    return {"name": properties["displayName"], "version": properties.get("version", ""), "references": references}


def _bundle(reference: dict[str, Any], name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """What a reference passes on: ``["parameter of the set", its default]``, or ``{"value": literal}``."""
    bundle: dict[str, Any] = {}
    passes = reference.get("parameters", {})
    for parameter, passed in ((name, passes[name]) for name in sorted(PARAMETERS & passes.keys())):
        expression = _EXPRESSION.match(passed["value"]) if isinstance(passed["value"], str) else None
        if expression:
            declared = parameters.get(expression.group(1), {})
            default = [declared["defaultValue"]] if "defaultValue" in declared else []
            bundle[parameter] = [expression.group(1).replace(name, "*"), *default]
        else:
            bundle[parameter] = {"value": passed["value"]}
    return bundle


def _lines(value: Any) -> str:
    """JSON with one entry a line, so that a new commit of the source reads well as a difference."""
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{json.dumps(key)}: {_compact(one)}" for key, one in value.items()) + "\n}"
    return "[\n" + ",\n".join(_compact(one) for one in value) + "\n]"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _commit(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
