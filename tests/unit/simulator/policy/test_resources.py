"""Policy resources over the API: what is listed, replaced, refused, and when the cluster follows."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.shared import SHARED
from tests.simulator.core.direct import Direct
from tests.simulator.core.routing import Response

EXCHANGES = SHARED / "data" / "exchanges"
PROVIDER = "/providers/Microsoft.Authorization"
EXEMPTIONS = "api-version=2022-07-01-preview"
ASSIGNMENTS = "api-version=2023-04-01"

recorded = pytest.mark.skipif(not EXCHANGES.is_dir(), reason="the folder of recorded exchanges is absent")


def exchange(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EXCHANGES / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def assignment(azure: Direct, name: str = "pod-security", version: str = ASSIGNMENTS) -> dict[str, Any]:
    listed = azure.pages(f"{azure.cluster.id}{PROVIDER}/policyAssignments?{version}&$filter=atScope()")
    return copy.deepcopy(next(item for item in listed if item["name"] == name))


def exempt(azure: Direct, to: str, **properties: Any) -> Response:
    given = {"policyAssignmentId": to, "exemptionCategory": "Waiver", **properties}
    body = {"properties": {key: value for key, value in given.items() if value is not None}}
    return azure.put(f"{azure.cluster.id}{PROVIDER}/policyExemptions/e?{EXEMPTIONS}", body)


def exclude(azure: Direct, found: dict[str, Any], namespaces: list[str]) -> Response:
    found["properties"]["parameters"]["excludedNamespaces"] = {"value": namespaces}
    return azure.put(f"{found['id']}?{ASSIGNMENTS}", found)


def test_excluding_the_namespace_lets_the_command_run() -> None:
    azure = Direct("policy-gatekeeper")
    assert azure.run().status == 400
    assert exclude(azure, assignment(azure), ["kube-system", "aks-command"]).status == 201
    assert azure.run().status == 202


def test_both_assignments_have_to_be_fixed() -> None:
    azure = Direct("policy-two-assignments")
    exclude(azure, assignment(azure, "read-only-root"), ["aks-command"])
    assert azure.run().status == 400
    exclude(azure, assignment(azure, "read-only-root-rg1"), ["aks-command"])
    assert azure.run().status == 202


def test_the_cluster_follows_only_when_it_has_synced() -> None:
    azure = Direct({"policy": {"syncDelay": 900, "assignments": [{"of": "restricted", "name": "a", "effect": "Deny"}]}})
    exclude(azure, assignment(azure, "a"), ["aks-command"])
    azure.world.advance(899)
    assert azure.run().status == 400
    azure.world.advance(2)
    assert azure.run().status == 202


@pytest.mark.parametrize("scenario", ["policy-excluded-syncing", "policy-exempt-syncing"])
def test_what_is_fixed_already_takes_effect_by_waiting(scenario: str) -> None:
    azure = Direct(scenario)
    assert azure.run().status == 400
    azure.world.advance(1201)
    assert azure.run().status == 202


def test_only_an_exemption_of_the_denying_references_helps_where_nothing_can_be_excluded() -> None:
    azure = Direct("policy-no-namespace-parameter")
    references = ["ReadOnlyRootFileSystemInKubernetesCluster"]
    assert exempt(azure, assignment(azure, "benchmark")["id"], policyDefinitionReferenceIds=references).status == 201
    assert "k8sazurev4noprivilegeescalatio" in azure.run().body["message"]
    other = {"policyAssignmentId": assignment(azure, "platform-fixed")["id"], "exemptionCategory": "Waiver"}
    azure.put(f"{azure.cluster.id}{PROVIDER}/policyExemptions/f?{EXEMPTIONS}", {"properties": other})
    assert azure.run().status == 202


def test_withdrawing_an_exemption_brings_the_denial_back() -> None:
    azure = Direct("policy-gatekeeper")
    created = exempt(azure, assignment(azure)["id"])
    assert azure.run().status == 202
    assert azure.ask("DELETE", f"{created.body['id']}?{EXEMPTIONS}").status == 200
    assert azure.run().status == 400


def test_an_exemption_takes_the_right_to_exempt_at_the_assignment() -> None:
    azure = Direct("policy-management-group")
    refusal = exempt(azure, assignment(azure)["id"])
    assert refusal.status == 403
    assert refusal.body["error"]["code"] == "LinkedAuthorizationFailed"
    assert "policyAssignments/exempt/action" in refusal.body["error"]["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"exemptionCategory": None},
        {"policyAssignmentId": "/subscriptions/x/providers/Microsoft.Authorization/policyAssignments/none"},
        {"policyDefinitionReferenceIds": ["NoSuchReference"]},
        {"displayName": "x" * 129},
    ],
)
def test_a_wrong_exemption_is_refused(wrong: dict[str, Any]) -> None:
    azure = Direct("policy-gatekeeper")
    given = {"to": assignment(azure)["id"], **wrong}
    given["to"] = given.pop("policyAssignmentId", given["to"])
    assert exempt(azure, **given).status in (400, 404)


def test_an_old_version_of_the_api_drops_what_it_does_not_know() -> None:
    azure = Direct("policy-override-deny")
    found = assignment(azure, version="api-version=2021-06-01")
    assert "overrides" not in found["properties"]
    azure.put(f"{found['id']}?api-version=2021-06-01", found)
    assert "overrides" not in assignment(azure)["properties"]


def test_a_patch_changes_no_parameters() -> None:
    azure = Direct("policy-gatekeeper")
    body = {"properties": {"parameters": {"effect": {"value": "Audit"}}}}
    azure.ask("PATCH", f"{assignment(azure)['id']}?{ASSIGNMENTS}", body)
    assert assignment(azure)["properties"]["parameters"] == {"effect": {"value": "Deny"}}


@pytest.mark.parametrize("count", [10, 200, 1000])
def test_pages_hold_everything_once(count: int) -> None:
    azure = Direct({"policy": {"many": count}})
    url = f"{azure.cluster.id}{PROVIDER}/policyAssignments?{ASSIGNMENTS}&%24filter=atScope%28%29"
    first = azure.get(url).body
    assert ("nextLink" in first) is (count > 500)
    names = [item["name"] for item in azure.pages(url)]
    assert len(names) == len(set(names)) == count


def test_at_scope_leaves_out_what_is_assigned_inside() -> None:
    azure = Direct({"policy": {"assignments": [{"of": "restricted", "name": "inside", "scope": "cluster"}]}})
    url = f"/subscriptions/{azure.world.subscription}{PROVIDER}/policyAssignments?{ASSIGNMENTS}"
    assert azure.get(url).body["value"]
    assert not azure.get(f"{url}&$filter=atScope()").body["value"]


def test_a_cluster_put_cannot_switch_on_what_policy_switches_off() -> None:
    azure = Direct("policy-disable-run-command")
    resource = azure.get(f"{azure.cluster.id}?api-version=2024-02-01").body
    resource["properties"]["apiServerAccessProfile"]["disableRunCommand"] = False
    azure.put(f"{azure.cluster.id}?api-version=2024-02-01", resource)
    assert azure.run().status == 202
    azure.world.advance(3)
    assert azure.run().body["code"] == "RunCommandDisabled"


def test_safeguards_let_the_pod_pass_once_the_namespace_is_excluded() -> None:
    azure = Direct("safeguards-enforced")
    url = f"{azure.cluster.id}/providers/Microsoft.ContainerService/deploymentSafeguards/default?api-version=2025-07-01"
    found = copy.deepcopy(azure.get(url).body)
    assert azure.run().status == 400
    found["properties"]["excludedNamespaces"].append("aks-command")
    assert azure.put(url, found).status == 200
    assert azure.run().status == 202


def test_states_show_the_effect_and_the_exemption() -> None:
    azure = Direct("policy-gatekeeper")
    exempt(azure, assignment(azure)["id"], policyDefinitionReferenceIds=["AllowedUsersGroups"])
    url = f"{azure.cluster.id}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults"
    rows = azure.ask("POST", f"{url}?api-version=2019-10-01&$filter=policyDefinitionAction eq 'deny'").body["value"]
    states = {row["policyDefinitionReferenceId"]: row["complianceState"] for row in rows}
    assert len(states) == 8
    assert [reference for reference, state in states.items() if state == "Exempt"] == ["allowedusersgroups"]


@recorded
def test_exemptions_answer_like_the_recorded_ones() -> None:
    azure = Direct("policy-gatekeeper")
    target = assignment(azure)["id"]
    for name, given in (("exemption-create", {}), ("exemption-update-put", {"expiresOn": "3021-04-05T00:45:13.000Z"})):
        real, answer = exchange(name)["response"], exempt(azure, target, **given)
        assert answer.status == real["status"]
        assert list(answer.body) == list(real["body"])
        assert list(answer.body["systemData"]) == list(real["body"]["systemData"])
    assert answer.body["properties"]["expiresOn"] == real["body"]["properties"]["expiresOn"]
    removed, real = azure.ask("DELETE", f"{answer.body['id']}?{EXEMPTIONS}"), exchange("exemption-delete")["response"]
    assert removed.status == real["status"]
    assert list(removed.body) == list(real["body"])


@recorded
def test_exemption_properties_come_in_the_recorded_order() -> None:
    sent = exchange("exemption-update-put")["request"]["body"]["properties"]
    answered = exchange("exemption-update-put")["response"]["body"]["properties"]
    azure = Direct("policy-gatekeeper")
    own = {"policyAssignmentId": assignment(azure)["id"], "policyDefinitionReferenceIds": ["AllowedVolumeTypes"]}
    url = f"{azure.cluster.id}{PROVIDER}/policyExemptions/e?{EXEMPTIONS}"
    assert list(azure.put(url, {"properties": {**sent, **own}}).body["properties"]) == list(answered)


@recorded
def test_states_have_the_recorded_keys_and_cases() -> None:
    azure = Direct("policy-gatekeeper")
    url = (
        f"{azure.cluster.id}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults?api-version=2019-10-01"
    )
    body, real = azure.ask("POST", url).body, exchange("policystates-resource")["response"]["body"]
    row, real_row = body["value"][0], real["value"][0]
    assert list(body) == list(real)
    assert list(row) == [key for key in real_row if key != "policyEvaluationDetails"]
    for key in ("resourceId", "policyAssignmentId", "policyDefinitionId", "policyDefinitionReferenceId"):
        lowered = row[key] == row[key].lower()
        assert lowered or real_row[key] != real_row[key].lower(), key
    assert row["policySetDefinitionId"] != row["policySetDefinitionId"].lower()


@recorded
def test_the_quota_of_definitions_is_refused_in_the_recorded_words() -> None:
    azure, real = Direct({"policy": {"definitionQuota": 0}}), exchange("policydef-409-quota")["response"]
    url = f"/subscriptions/{azure.world.subscription}{PROVIDER}/policyDefinitions/clitest000002?{ASSIGNMENTS}"
    refusal = azure.put(url, {"properties": {"policyRule": {}}})
    assert refusal.status == real["status"]
    assert refusal.body["error"]["code"] == real["body"]["error"]["code"]
    assert refusal.body["error"]["message"].replace("'0'", "'500'") == real["body"]["error"]["message"]
