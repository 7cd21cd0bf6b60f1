"""The commands change one list; an older azure-cli gets one that it has, and nothing is lost on the way."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from azext_aksinvokefix.policy.commands import exclude_from_safeguards, set_parameter
from tests.data.policies import CLUSTER, READ_ONLY, SUBSCRIPTION, assignment, policy, safeguards_resource

VALUE = ["kube-system", "aks-command"]


def body_of(command: str) -> dict[str, Any]:
    words = shlex.split(command)
    assert words[:4] == ["az", "rest", "--method", "put"]
    found: dict[str, Any] = json.loads(words[words.index("--body") + 1])
    return found


@pytest.mark.parametrize("version", ["2.91.0", "2.100.1", "3.0", "", "nightly"])
def test_a_new_cli_sets_one_parameter(version: str) -> None:
    words = shlex.split(
        set_parameter(policy(assignment(READ_ONLY)), "excludedNamespaces", {"excludedNamespaces": VALUE}, version)
    )
    assert words == [
        *("az", "policy", "assignment", "update", "--name", "a1", "--scope", SUBSCRIPTION, "--set"),
        'parameters.excludedNamespaces.value=["kube-system", "aks-command"]',
    ]


def test_an_older_cli_sends_the_whole_assignment_as_it_was_read() -> None:
    given = assignment(
        READ_ONLY,
        values={"effect": "Deny", "EXCLUDEDNAMESPACES": ["kube-system"]},
        description="two  spaces,   three\nlines\x7f and \"quotes' é",
        overrides=[{"kind": "policyEffect", "value": "Deny"}],
        definitionVersion="6.*.*",
        notScopes=["/x"],
    )
    given["location"] = "westus2"
    given["identity"] = {"type": "SystemAssigned", "principalId": "p", "tenantId": "t"}
    given["systemData"] = {"createdBy": "x"}
    body = body_of(set_parameter(policy(given), "excludedNamespaces", {"excludedNamespaces": VALUE}, "2.67.0"))
    wanted = {name: value for name, value in given["properties"].items() if name != "scope"}
    wanted["parameters"] = {"effect": {"value": "Deny"}, "EXCLUDEDNAMESPACES": {"value": VALUE}}
    assert body == {"properties": wanted, "location": "westus2", "identity": {"type": "SystemAssigned"}}


def test_what_was_read_is_not_changed_by_it() -> None:
    given = assignment(READ_ONLY)
    set_parameter(policy(given), "excludedNamespaces", {"excludedNamespaces": VALUE}, "2.67.0")
    assert given == assignment(READ_ONLY)


def test_safeguards_keep_their_other_settings_on_any_cli() -> None:
    resource = safeguards_resource(excluded=["mine"])
    resource["properties"]["podSecurityStandardsLevel"] = "Baseline"
    words = shlex.split(exclude_from_safeguards(resource, CLUSTER, "aks-command", "2.76.0"))
    assert words[-3:] == ["--excluded-namespaces", "mine", "aks-command"]
    assert body_of(exclude_from_safeguards(resource, CLUSTER, "aks-command", "2.75.0"))["properties"] == {
        "level": "Enforce",
        "podSecurityStandardsLevel": "Baseline",
        "excludedNamespaces": ["mine", "aks-command"],
    }


@pytest.mark.parametrize("given", ["EXCLUDEDNAMESPACES", "excludedNamespaces"])
def test_a_parameter_is_set_under_the_name_that_the_assignment_has_for_it(given: str) -> None:
    assigned = policy(assignment(READ_ONLY, values={given: ["mine"]}))
    words = shlex.split(set_parameter(assigned, "excludedNamespaces", {"excludedNamespaces": VALUE}, "2.91.0"))
    assert words[-1].startswith(f"parameters.{given}.value=")


@pytest.mark.parametrize("name", ["ns.x", "excluded Namespaces", "o'brien"])
def test_a_name_that_is_a_path_to_set_goes_in_the_whole_assignment(name: str) -> None:
    body = body_of(set_parameter(policy(assignment(READ_ONLY)), name, {name: VALUE}, "2.91.0"))
    assert body["properties"]["parameters"][name] == {"value": VALUE}
