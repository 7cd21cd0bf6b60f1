"""Which policies deny the command pod: the truth table of everything that changes an effect."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.rego import opa
from tests.simulator.cluster import admission, pods
from tests.simulator.core.direct import Direct
from tests.simulator.policy import rego, templates
from tests.simulator.policy.builtins import definitions, pick
from tests.simulator.policy.engine import template_of

DENY = {"of": "readOnlyRootFilesystem", "name": "a", "effect": "Deny"}
RESTRICTED = {"of": "restricted", "name": "a", "effect": "Deny"}
REFERENCE = "policyDefinitionReferenceId"
LINE = re.compile(r"\[azurepolicy-[a-z0-9]{1,30}-[0-9a-f]{20}\] ")


def admitted(policy: dict[str, Any]) -> bool:
    return Direct({"policy": policy}).run().status == 202


def override(value: str, **selector: Any) -> list[dict[str, Any]]:
    selectors = [{"kind": kind, "in": values} for kind, values in selector.items()]
    return [{"kind": "policyEffect", "value": value, "selectors": selectors}]


def located(*places: str) -> list[dict[str, Any]]:
    return [{"name": "place", "selectors": [{"kind": "resourceLocation", "in": list(places)}]}]


@pytest.mark.parametrize(
    ("change", "admits"),
    [
        ({}, False),
        ({"effect": "deny"}, False),
        ({"effect": "Audit"}, True),
        ({"effect": "Disabled"}, True),
        ({"effect": None, "parameters": {"effect": "Deny"}}, False),
        ({"enforcementMode": "DoNotEnforce"}, True),
        ({"parameters": {"warn": True}}, True),
        ({"exclude": ["aks-command"]}, True),
        ({"exclude": ["aks-*"]}, True),
        ({"exclude": ["*-command"]}, True),
        ({"exclude": ["aks"]}, False),
        ({"parameters": {"namespaces": ["default"]}}, True),
        ({"parameters": {"namespaces": ["aks-command"]}}, False),
        ({"parameters": {"labelSelector": {"matchLabels": {"app": "x"}}}}, True),
        ({"parameters": {"excludedImages": ["mcr.microsoft.com/aks/command/runtime:*"]}}, True),
        ({"parameters": {"excludedContainers": ["user-command"]}}, True),
        ({"notScopes": ["cluster"]}, True),
        ({"notScopes": ["resourceGroup"]}, True),
        ({"overrides": override("Audit")}, True),
        ({"effect": "Audit", "overrides": override("Deny")}, False),
        ({"overrides": override("Audit", resourceLocation=["westeurope"])}, False),
        ({"resourceSelectors": located("westeurope")}, True),
        ({"resourceSelectors": located("WestUS2")}, False),
        ({"scope": "managementGroup"}, False),
        ({"scope": "/subscriptions/00000000-0000-0000-0000-000000000001"}, True),
    ],
)
def test_an_assignment_denies_unless_something_keeps_it_from_it(change: dict[str, Any], admits: bool) -> None:
    assignment = {key: value for key, value in {**DENY, **change}.items() if value is not None}
    assert admitted({"assignments": [assignment]}) is admits


@pytest.mark.parametrize(
    ("exemption", "admits"),
    [
        ({}, True),
        ({"category": "Mitigated"}, True),
        ({"scope": "resourceGroup"}, True),
        ({"expires": 1}, True),
        ({"expires": -1}, False),
        ({"references": ["alloweduserSGroups"]}, True),
        ({"references": ["AllowedVolumeTypes"]}, False),
    ],
)
def test_an_exemption_counts_at_its_scope_for_its_references_until_it_expires(
    exemption: dict[str, Any], admits: bool
) -> None:
    one = override("Deny", **{REFERENCE: ["AllowedUsersGroups"]})
    assignment = {**RESTRICTED, "effect": "Audit", "overrides": one}
    exemptions = [{"assignment": "a", **exemption}]
    assert admitted({"assignments": [assignment], "exemptions": exemptions}) is admits


def test_an_initiative_denies_by_the_version_it_pins() -> None:
    forced = {"forcePrivilegeEscalationToBeFalse": True}
    newest = {"of": "noPrivilegeEscalation", "name": "a", "effect": "Deny", "parameters": forced}
    assert not admitted({"assignments": [newest]})
    assert admitted({"assignments": [{**newest, "version": "7.*.*"}]})


def test_every_line_names_an_azure_policy_constraint() -> None:
    message = Direct({"policy": {"assignments": [RESTRICTED]}}).run().body["message"]
    denial = message.partition('admission webhook "validation.gatekeeper.sh" denied the request: ')[2]
    assert len(denial.splitlines()) > 1
    assert all(LINE.match(line) for line in denial.splitlines())


def test_on_an_entra_cluster_both_containers_are_denied() -> None:
    azure = Direct({"cluster": {"entra": True}, "policy": {"assignments": [DENY]}})
    pod = pods.manifest("0" * 32, "true", azure.world.caller, entra=True)
    refusal = admission.admit(azure.world, azure.cluster, pod)
    assert refusal is not None
    assert [line.rpartition(" ")[2] for line in refusal.body["message"].splitlines()] == [
        "container:'init-command'",
        "container:'user-command'",
    ]


def test_the_blocked_wording_shows_a_kind_and_no_constraint() -> None:
    refusal = Direct("policy-blocked-wording").run().body
    assert (refusal["code"], refusal["subcode"]) == ("RunCommandBlockedByAzurePolicy", "PodCreateBlockedByAzurePolicy")
    assert "kubectl get k8sazurecustomcontainerallowedimages -o yaml" in refusal["message"]
    assert "azurepolicy-" not in refusal["message"]


def test_a_validating_policy_shows_the_first_denial_only() -> None:
    azure = Direct("policy-vap")
    message = azure.run().body["message"]
    assert message.count("denied request:") == 1
    assert "webhook" not in message
    assert "'gatekeeper-k8sazurev3readonlyrootfilesystem'" in message


def test_a_validating_policy_hides_the_webhooks_behind_it() -> None:
    policy = {"form": "vap", "assignments": [DENY]}
    azure = Direct({"policy": policy, "admission": [{"engine": "kyverno"}]})
    assert "ValidatingAdmissionPolicy" in azure.run().body["message"]


def test_without_the_add_on_nothing_is_denied() -> None:
    assert admitted({"addon": False, "assignments": [DENY]})


def test_every_kubernetes_definition_of_the_fixture_has_a_template() -> None:
    versions = [version for listed in definitions().values() for version in listed]
    kubernetes = [v for v in versions if v["properties"]["mode"] == "Microsoft.Kubernetes.Data"]
    found = [template_of(version) for version in kubernetes]
    assert all(template and template.rego.count(f"package {template.name}\n") == 1 for template in found)
    files = {path.read_text(encoding="utf-8") for path in templates.FOLDER.glob("*-v*.rego")}
    assert {template.rego for template in found if template} == files


def test_a_custom_policy_denies_in_the_words_of_its_own_template() -> None:
    message = Direct("policy-custom-definition").run().body["message"]
    assert message.endswith("Contoso takes no container with a writable root: user-command")


def test_without_opa_its_stand_in_says_what_it_is() -> None:
    assert rego.judge().name == ("OPA" if opa.AVAILABLE else rego.Own.name)
    assert "make opa" in rego.Own.name


def test_a_pin_picks_the_newest_version_it_allows() -> None:
    versions = definitions()["1c6e92c9-99f0-4e55-9cf2-0c234dc48f99"]
    assert pick(versions, "7.*.*")["properties"]["version"] == "7.2.0"
    assert pick(versions, None)["properties"]["version"] == "8.0.0"
