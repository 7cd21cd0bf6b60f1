"""Assignments that are kept as code: who seems to own one, and the same change for the owner's source.

Whoever deploys an assignment from code undoes at the next deployment what was changed beside it. Nothing but traces
in the assignment's metadata tells; the tools do not sign.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix.policy.advice import named
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.quoting import one_line, plain
from azext_aksinvokefix.shapes import dig, mapping

Lists = Mapping[str, Sequence[Any]]

_LONGEST_TRACE = 120
_LONGEST_METADATA = 4096


@dataclass(frozen=True)
class Owner:
    """The tool that seems to deploy an assignment, and the trace that says so."""

    tool: str
    trace: str


def owner(policy: PolicyInForce) -> Owner | None:
    """The tool behind an assignment; None where its metadata show none."""
    metadata = mapping(dig(policy.assignment, "properties", "metadata"))
    traces = [(str(name), _text(value)) for name, value in metadata.items()]
    for tool, names, words in _TRACES:
        for name, value in traces:
            if name.casefold() in names or any(word in f"{name} {value}".casefold() for word in words):
                return Owner(tool, one_line(f"{name}: {value}")[:_LONGEST_TRACE])
    return None


def warning(policy: PolicyInForce, found: Owner) -> str:
    return (
        f"Policy assignment {named(policy)} seems to be managed in {found.tool} (metadata {found.trace}): change "
        "it there too, or the next deployment reverts this."
    )


def snippet(policy: PolicyInForce, found: Owner, lists: Lists) -> tuple[str, str]:
    """The parameters as the tool's source holds them, with a title."""
    return f"For the {found.tool} source of policy assignment {named(policy)}:", _WRITERS[found.tool](lists)


def _text(value: Any) -> str:
    return (value if isinstance(value, str) else json.dumps(value))[:_LONGEST_METADATA]


def _terraform(lists: Lists) -> str:
    """``parameters`` of the azurerm resources for assignments is JSON; the other parameters stay in it."""
    return _block(
        "parameters = jsonencode({",
        "})",
        (f"  {_hcl(name)} = {{ value = {_values(of, _hcl)} }}" for name, of in lists.items()),
    )


def _bicep(lists: Lists) -> str:
    return _block(
        "parameters: {", "}", (f"  {_single(name)}: {{ value: {_values(of, _single)} }}" for name, of in lists.items())
    )


def _epac(lists: Lists) -> str:
    """An assignment file of Enterprise Policy as Code names the bare values."""
    return json.dumps({"parameters": {name: list(of) for name, of in lists.items()}}, indent=2)


def _arm(lists: Lists) -> str:
    """An ARM template, and what Pulumi and others take over from it. A bracket would start an expression there."""
    escaped = {name: {"value": [_bracketed(one) for one in of]} for name, of in lists.items()}
    return json.dumps({"parameters": escaped}, indent=2)


def _block(start: str, end: str, lines: Iterator[str]) -> str:
    return "\n".join([start, *lines, end])


def _values(values: Sequence[Any], quote: Callable[[str], str]) -> str:
    return "[" + ", ".join(quote(one) if isinstance(one, str) else json.dumps(one) for one in values) + "]"


def _hcl(text: str) -> str:
    return json.dumps(plain(text), ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _single(text: str) -> str:
    """A string of Bicep."""
    escaped = plain(text).replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\${")
    return "'" + escaped.replace("\n", "\\n").replace("\t", "\\t") + "'"


def _bracketed(value: Any) -> Any:
    return f"[{value}" if isinstance(value, str) and value.startswith("[") else value


_TERRAFORM, _PULUMI, _EPAC, _BICEP = "Terraform", "Pulumi", "Enterprise Policy as Code", "Bicep"
_TEMPLATE, _CODE = "ARM template", "code"
_WRITERS: Mapping[str, Callable[[Lists], str]] = {
    _TERRAFORM: _terraform,
    _PULUMI: _arm,
    _EPAC: _epac,
    _BICEP: _bicep,
    _TEMPLATE: _arm,
    _CODE: _arm,
}
#: A tool with the names of metadata members, and the words in a name or value, that point to it; the first one counts.
_TRACES: Sequence[tuple[str, Sequence[str], Sequence[str]]] = (
    (_EPAC, ("pacownerid", "pacselector"), ("epac", "enterprise policy as code", "enterprise-azure-policy-as-code")),
    (_TERRAFORM, (), ("terraform", "azurerm", "hashicorp", "opentofu")),
    (_PULUMI, (), ("pulumi",)),
    (_BICEP, (), ("bicep",)),
    (_TEMPLATE, ("deployment", "deploymentid", "deploymentname", "templatehash"), ("arm template",)),
    (
        _CODE,
        ("source", "repository", "repo", "sourcecode", "managedby", "managed-by", "managed_by", "pipeline", "iac"),
        (),
    ),
)
