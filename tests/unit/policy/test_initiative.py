"""What the owner of an initiative is asked to change: exact references, and afterwards the pod is let in."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix import diagnosis
from azext_aksinvokefix.fixes.exempt_policy.exemption import DEFAULT_TERM
from azext_aksinvokefix.policy import advice, initiative
from azext_aksinvokefix.policy.model import Namespaces, PolicyInForce
from tests.simulator.core.world import World
from tests.simulator.policy import governance
from tests.worlds.policy import PolicyWorld
from tests.worlds.roles import Roles

SET = "/providers/Microsoft.Management/managementGroups/mg/providers/Microsoft.Authorization/policySetDefinitions/guard"


def member(reference: str = "one", **more: Any) -> PolicyInForce:
    namespaces = Namespaces(**{"source": "absent", "excluded": (), "of_definition": "excludedNamespaces", **more})
    return PolicyInForce("/a", "a", "A", "/s", set_id=SET, reference_id=reference, namespaces=namespaces)


def _apply(world: World, wanted: dict[str, Any]) -> None:
    """What the owner of the initiative does with the text."""
    for kept in (governance.of(world).arm, governance.of(world).synced):
        [document] = next(each for each in kept.initiatives.values() if "Guard" in each[0]["name"])
        _change(document["properties"], wanted)


def _change(properties: dict[str, Any], wanted: dict[str, Any]) -> None:
    properties["parameters"].update(wanted["parameters"])
    parts = {each["policyDefinitionReferenceId"]: each for each in properties["policyDefinitions"]}
    for part in wanted["policyDefinitions"]:
        own = parts[part["policyDefinitionReferenceId"]].setdefault("parameters", {})
        own.update(copy.deepcopy(part["parameters"]))


def _snippet(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return found


def test_with_what_is_asked_for_the_pod_is_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = PolicyWorld(tmp_path, monkeypatch, "policy-landing-zone")
    plan = world.plan(mode="exemption")
    [(title, text)] = plan.attachments
    assert "Enforce-Guardrails-Kubernetes" in title and "'ReadOnlyRoot', 'Probes'" in text
    wanted = _snippet(text)
    defaults = [each["defaultValue"] for each in wanted["parameters"].values()]
    assert ["kube-system", "aks-command"] in defaults and len(defaults) == 2
    assert not world.run_works()
    _apply(world.world, wanted)
    assert world.run_works()


def test_a_landing_zone_is_told_of_the_initiative_and_that_run_command_goes_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = Roles(tmp_path, monkeypatch, "policy-landing-zone")
    found = diagnosis.diagnose(world.edge, world.id, None).to_json()
    denials = [each for each in found["findings"] if each["id"] == "azure-policy-denied"]
    assert denials and all(each["severity"] == "error" for each in denials)
    for each in denials:
        own, asked = each["fixes"]
        assert "--mode exemption" in own["command"] and own["stockCommand"].startswith("az policy exemption create")
        assert asked["kind"] == "manual" and _snippet(asked["description"])["policyDefinitions"]
    [warning] = [each for each in found["findings"] if each["id"] == "run-command-disabled-by-policy"]
    assert (warning["severity"], warning["confidence"]) == ("warning", "confirmed")
    assert "enabled now" in warning["message"]


def test_a_policy_that_would_switch_run_command_off_degrades_a_cluster_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched_off = {"of": "disableRunCommand", "name": "no-run-command", "identity": True}
    world = Roles(tmp_path, monkeypatch, {"policy": {"remediated": False, "assignments": [switched_off]}})
    found = diagnosis.diagnose(world.edge, world.id, None).to_json()
    assert [each["id"] for each in found["findings"]] == ["run-command-disabled-by-policy"]
    assert found["verdict"] == "degraded"


def test_lists_that_differ_stay_apart_and_those_that_do_not_share_a_parameter() -> None:
    wanted = initiative.snippet([member("a"), member("b", excluded=("x",)), member("c")])
    first, second = wanted["parameters"]
    values = [part["parameters"]["excludedNamespaces"]["value"] for part in wanted["policyDefinitions"]]
    assert values == [f"[parameters('{name}')]" for name in (first, second, first)]


@pytest.mark.parametrize(
    "policy",
    [
        member(source="parameter"),
        member(excluded=None),
        member(of_definition=""),
        PolicyInForce("/a", "a", "A", "/s", namespaces=Namespaces(of_definition="x")),
        PolicyInForce(
            "/a",
            "a",
            "A",
            "/s",
            set_id="/providers/Microsoft.Authorization/policySetDefinitions/b",
            reference_id="r",
            namespaces=Namespaces(of_definition="x"),
        ),
    ],
    ids=["handed on", "unknown", "no parameter", "no initiative", "built in"],
)
def test_where_the_initiative_is_not_what_is_in_the_way_nobody_is_asked(policy: PolicyInForce) -> None:
    assert initiative.request([policy]) is None and initiative.advice([policy]) == ""


def test_an_exemption_ends_after_the_same_time_whoever_makes_it() -> None:
    assert timedelta(days=advice.EXEMPTION_DAYS) == DEFAULT_TERM
