"""The table of built-ins agrees with what was published, and stays small."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix.policy import built_ins
from azext_aksinvokefix.policy.names import same_template
from azext_aksinvokefix.policy.pod import prediction
from tests.data.policies import ESCALATION, RESTRICTED, ROOT, assignment, policy
from tests.present import present
from tests.shared import SHARED

FACTS = SHARED / "data"
TABLE = Path(built_ins.__file__).parent / "builtin_policies.json"


def facts(name: str) -> dict[str, Any]:
    path = FACTS / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def kubernetes_definitions() -> list[dict[str, Any]]:
    published = facts("k8s_policies.json")["definitions"]
    return [one for one in published if one["mode"] == "Microsoft.Kubernetes.Data"]


def test_the_table_stays_small() -> None:
    assert TABLE.stat().st_size < 125 * 1024


def test_every_published_definition_is_there_with_its_defaults() -> None:
    for one in kubernetes_definitions():
        properties = present(built_ins.lookup(one["id"]))["properties"]
        assert properties["displayName"] == one["displayName"]
        assert properties["version"] == one["version"] or one["version"].startswith(properties["version"][:5])
        assert properties["policyRule"]["then"]["details"]["kinds"] == one["kinds"]
        assert properties["parameters"]["effect"] == {"defaultValue": one["effectDefault"]}
        assert properties["parameters"]["excludedNamespaces"] == {"defaultValue": one["excludedNamespacesDefault"]}


def test_every_published_stem_leads_to_its_definition() -> None:
    for one in kubernetes_definitions():
        for stem in one["constraintStems"]:
            assert any(same_template(stem, template) for template in built_ins.templates(one["id"])), one["id"]


def test_the_verdict_on_the_command_pod_agrees_with_the_published_one() -> None:
    agreeing = {"deny": {"deny"}, "pass": {"pass"}, "parameter": {"deny", "pass", "unknown"}}
    for one in kubernetes_definitions():
        wanted = agreeing.get(one["commandPod"]["verdict"])
        if wanted and not one["isMutation"]:
            found = prediction.verdict(policy(assignment(one["id"])))
            assert found.outcome in wanted and found.why, one["displayName"]


def test_every_published_initiative_is_there_with_its_references() -> None:
    for one in facts("k8s_initiatives.json")["initiatives"]:
        properties = present(built_ins.lookup(one["id"]))["properties"]
        found = {reference["policyDefinitionReferenceId"]: reference for reference in properties["policyDefinitions"]}
        for reference in one["k8sRefs"]:
            ours = found[reference["referenceId"]]
            assert ours["policyDefinitionId"].endswith(reference["definition"])
            assert ours["definitionVersion"] == reference["version"]
            for parameter in ("effect", "excludedNamespaces", "namespaces"):
                assert ours["parameters"].get(parameter, {}).get("value") == reference[parameter]


def test_every_default_of_a_published_initiatives_namespaces_and_effects_is_there() -> None:
    for one in facts("k8s_initiatives.json")["initiatives"]:
        ours = present(built_ins.lookup(one["id"]))["properties"]["parameters"]
        for name, declared in one["params"].items():
            if name in ours and "default" in declared:
                assert ours[name].get("defaultValue") == declared["default"], (one["displayName"], name)


def test_a_newer_major_than_the_tables_is_not_known() -> None:
    assert built_ins.lookup(ESCALATION, "7.*.*") and built_ins.lookup(ESCALATION, "8.0.0")
    assert built_ins.lookup(ESCALATION, "9.*.*") is None
    assert built_ins.lookup(RESTRICTED, "3.*.*") is None


def test_other_built_ins_are_known_to_be_of_no_interest_and_custom_ones_are_not() -> None:
    allowed_locations = f"{ROOT}/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c"
    assert built_ins.is_without_interest(allowed_locations)
    assert not built_ins.is_without_interest(ESCALATION)
    assert not built_ins.is_without_interest(RESTRICTED.lower())
    assert not built_ins.is_without_interest(f"/subscriptions/s{allowed_locations}")
    assert not built_ins.is_without_interest(f"{ROOT}/policyDefinitions/ffffffff-ffff-ffff-ffff-ffffffffffff")


@pytest.mark.parametrize("odd", ["", "/", ROOT, f"{ROOT}/policyDefinitions/", "x" * 1000])
def test_odd_ids_are_just_unknown(odd: str) -> None:
    assert built_ins.lookup(odd) is None
    assert not built_ins.is_without_interest(odd)
    assert built_ins.templates(odd) == ()


@pytest.mark.parametrize(
    ("stem", "definition"),
    [
        ("k8sazurev1requiredannotations", "9a5f4e39-e427-4d5d-ae73-93db00328bec"),
        ("k8sazurev1defenderblockvulnera", "13cd7ae3-5bc0-4ac4-a62d-4f7c120b9759"),
        ("k8sazurev1notationverification", "cf426bb8-b320-4321-8545-1b784a5df3a4"),
    ],
)
def test_a_denial_under_a_templates_own_name_finds_its_definition(stem: str, definition: str) -> None:
    templates = built_ins.templates(f"{ROOT}/policyDefinitions/{definition}")
    assert any(same_template(stem, template) for template in templates)
