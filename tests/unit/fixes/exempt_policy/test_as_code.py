"""Whose source an assignment comes from, and the same change for that source, whatever its names are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix.fixes.exempt_policy import as_code
from azext_aksinvokefix.policy.model import PolicyInForce
from tests.present import present
from tests.worlds.policy import DENY, PolicyWorld, policy

LISTS = {"excludedNamespaces-1": ["kube-system", "aks-command"]}

OWNERS = [
    ({"pacOwnerId": "e4d7"}, "Enterprise Policy as Code"),
    ({"assignedBy": "Terraform"}, "Terraform"),
    ({"managedBy": "azurerm 4.1"}, "Terraform"),
    ({"source": "https://git/infra/terraform/policies"}, "Terraform"),
    ({"createdWith": {"tool": "Pulumi"}}, "Pulumi"),
    ({"source": "modules/policy.bicep"}, "Bicep"),
    ({"deployment": "policies-20260101"}, "ARM template"),
    ({"repository": "https://git/platform"}, "code"),
]


def in_force(metadata: dict[str, Any] | list[Any] | None) -> PolicyInForce:
    return PolicyInForce("/id", "a1", "A", "/scope", assignment={"properties": {"metadata": metadata}})


@pytest.mark.parametrize(("metadata", "tool"), OWNERS)
def test_the_owner_shows_in_the_metadata(metadata: dict[str, Any], tool: str) -> None:
    found = present(as_code.owner(in_force(metadata)))
    assert found.tool == tool
    assert next(iter(metadata)) in found.trace


@pytest.mark.parametrize("metadata", [None, {}, [], {"assignedBy": "Ada"}, {"createdBy": "guid", "updatedOn": None}])
def test_a_person_is_no_source(metadata: dict[str, Any] | list[Any] | None) -> None:
    assert as_code.owner(in_force(metadata)) is None


SNIPPETS = [
    (
        "Terraform",
        'parameters = jsonencode({\n  "excludedNamespaces-1" = { value = ["kube-system", "aks-command"] }\n})',
    ),
    ("Bicep", "parameters: {\n  'excludedNamespaces-1': { value: ['kube-system', 'aks-command'] }\n}"),
]


@pytest.mark.parametrize(("tool", "text"), SNIPPETS)
def test_the_snippet_is_what_the_source_holds(tool: str, text: str) -> None:
    title, snippet = as_code.snippet(in_force({}), as_code.Owner(tool, ""), LISTS)
    assert (tool in title, snippet) == (True, text)


def test_policy_as_code_names_the_bare_values() -> None:
    _, snippet = as_code.snippet(in_force({}), as_code.Owner("Enterprise Policy as Code", ""), LISTS)
    assert json.loads(snippet) == {"parameters": LISTS}


@pytest.mark.parametrize("tool", ["ARM template", "Pulumi", "code"])
def test_a_template_wraps_the_values_and_starts_no_expression(tool: str) -> None:
    _, snippet = as_code.snippet(in_force({}), as_code.Owner(tool, ""), {"p": ["[x]", 1]})
    assert json.loads(snippet) == {"parameters": {"p": {"value": ["[[x]", 1]}}}


@given(st.text(max_size=20))
def test_no_name_ends_its_own_string_or_starts_an_expression(name: str) -> None:
    found = {tool: as_code.snippet(in_force({}), as_code.Owner(tool, ""), {name: [name]})[1] for tool in TOOLS}
    assert all(len(text.split("\n")) == 3 for text in found.values())
    assert "${" not in found["Terraform"].replace("$${", "") and "%{" not in found["Terraform"].replace("%%{", "")
    quotes = found["Bicep"].replace("\\\\", "").replace("\\'", "").count("'")
    assert quotes == 4


TOOLS = ("Terraform", "Bicep")


@pytest.mark.parametrize("metadata", [{"assignedBy": "Terraform"}, {"pacOwnerId": "x"}])
def test_the_plan_warns_of_the_owner_and_carries_the_snippet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metadata: dict[str, str]
) -> None:
    plan = PolicyWorld(tmp_path, monkeypatch, policy({**DENY, "metadata": metadata})).plan()
    assert any("seems to be managed in" in warning for warning in plan.warnings)
    ((title, text),) = plan.attachments
    assert "Read-only root" in title and "aks-command" in text


def test_without_a_trace_the_plan_still_says_that_code_takes_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = PolicyWorld(tmp_path, monkeypatch, policy(DENY)).plan()
    assert plan.attachments == () and any("If policy assignment" in warning for warning in plan.warnings)
