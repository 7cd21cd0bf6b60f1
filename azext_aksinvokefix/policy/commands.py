"""Stock az commands that change one list and nothing else, for the azure-cli that the caller has.

``az policy assignment update`` can set one parameter since its rewrite (Azure/azure-cli#31496, #33416). Before, it
replaced all of them and dropped overrides, selectors and the pinned version. ``az aks safeguards`` came with 2.76. What
an older CLI can do without loss is to send the whole resource, as it was read, with ``az rest``.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.quoting import az
from azext_aksinvokefix.shapes import mapping, texts

#: The first version in which setting one parameter was tried out.
SETS_PARAMETERS = (2, 91)
HAS_SAFEGUARDS = (2, 76)

_OF_EXEMPTIONS = (("--expires-on", "expiresOn"), ("--display-name", "displayName"), ("--description", "description"))
_READ_ONLY_IDENTITY = ("principalId", "tenantId")
#: What the path of `--set` takes as one name.
_KEY = re.compile(r"[A-Za-z0-9_-]{1,256}")
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,256}")


def set_parameter(policy: PolicyInForce, parameter: str, values: Mapping[str, Sequence[str]], cli_version: str) -> str:
    """Set one parameter of an assignment; everything else in it stays.

    ``values`` are those of all parameters that are to change: a whole assignment is only sent with all of them, since
    the next one sent would undo what the one before had changed.
    """
    wanted = {_spelled(policy.assignment, name): list(value) for name, value in values.items()}
    name = _spelled(policy.assignment, parameter)
    may_set = _is_at_least(cli_version, SETS_PARAMETERS) and _KEY.fullmatch(name)
    if may_set or not policy.assignment:
        assigned = f"parameters.{name}.value={json.dumps(wanted[name])}"
        where = ("--name", policy.assignment_name, "--scope", policy.scope)
        return az("policy", "assignment", "update", *where, "--set", assigned)
    return _put(policy.assignment_id, api_versions.ASSIGNMENTS, _with_parameters(policy.assignment, wanted))


def exclude_from_safeguards(resource: Mapping[str, Any], cluster_id: str, namespace: str, cli_version: str) -> str:
    """Append a namespace to the exclusions of Deployment Safeguards; its other settings stay."""
    properties = mapping(resource.get("properties"))
    excluded = [*texts(properties.get("excludedNamespaces")), namespace]
    if _is_at_least(cli_version, HAS_SAFEGUARDS):
        words = list_words(excluded)
        return az("aks", "safeguards", "update", "--managed-cluster", cluster_id, "--excluded-namespaces", *words)
    kept = {name: properties[name] for name in ("level", "podSecurityStandardsLevel") if name in properties}
    path = f"{cluster_id}/providers/Microsoft.ContainerService/deploymentSafeguards/default"
    return _put(path, api_versions.SAFEGUARDS, {"properties": {**kept, "excludedNamespaces": excluded}})


def create_exemption(exemption_id: str, properties: Mapping[str, Any]) -> str:
    """Create, or renew, an exemption with these properties."""
    scope, _, name = exemption_id.partition("/providers/Microsoft.Authorization/policyExemptions/")
    words = ["policy", "exemption", "create", "--name", name, "--scope", scope]
    words += ["--policy-assignment", str(properties["policyAssignmentId"])]
    words += ["--exemption-category", str(properties["exemptionCategory"])]
    for option, member in _OF_EXEMPTIONS:
        if properties.get(member):
            words += [option, str(properties[member])]
    references = texts(properties.get("policyDefinitionReferenceIds"))
    return az(*words, *(("--policy-definition-reference-ids", *list_words(references)) if references else ()))


def list_words(values: Sequence[str]) -> list[str]:
    """A list argument of az: plain words, or JSON where its shorthand syntax would read something else."""
    return list(values) if all(_PLAIN.fullmatch(value) for value in values) else [json.dumps(list(values))]


def _spelled(assignment: Mapping[str, Any], parameter: str) -> str:
    """The parameter's name as the assignment has it: in another case it would be set a second time."""
    given = mapping(mapping(assignment.get("properties")).get("parameters"))
    return next((str(name) for name in given if str(name).lower() == parameter.lower()), parameter)


def _with_parameters(assignment: Mapping[str, Any], values: Mapping[str, list[str]]) -> dict[str, Any]:
    """The body of a PUT: the assignment without what only ARM writes."""
    properties = copy.deepcopy(dict(mapping(assignment.get("properties"))))
    properties.pop("scope", None)
    parameters = dict(mapping(properties.get("parameters")))
    properties["parameters"] = {**parameters, **{name: {"value": value} for name, value in values.items()}}
    body: dict[str, Any] = {"properties": properties}
    if assignment.get("location"):
        body["location"] = assignment["location"]
    identity = mapping(assignment.get("identity"))
    if identity:
        body["identity"] = {name: value for name, value in identity.items() if name not in _READ_ONLY_IDENTITY}
    return body


def _put(path: str, api_version: str, body: Mapping[str, Any]) -> str:
    return az("rest", "--method", "put", "--url", f"{path}?api-version={api_version}", "--body", _verbatim(body))


def _verbatim(body: Mapping[str, Any]) -> str:
    """JSON that stays what it is on a command line, where runs of spaces and control characters do not."""
    text = json.dumps(body, separators=(",", ":"))
    return re.sub(r"(?<= ) ", r"\\u0020", text).replace("\x7f", "\\u007f")


def _is_at_least(cli_version: str, wanted: tuple[int, int]) -> bool:
    """Whether the CLI is as new; one of unknown version is taken for a new one."""
    numbers = re.match(r"(\d{1,4})\.(\d{1,4})", cli_version)
    return numbers is None or (int(numbers.group(1)), int(numbers.group(2))) >= wanted
