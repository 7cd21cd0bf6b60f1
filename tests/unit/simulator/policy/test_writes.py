"""What a write to a policy resource keeps, stamps and drops, and when the cluster follows it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.core.direct import Direct

PROVIDER = "/providers/Microsoft.Authorization"
NEWEST = "2025-11-01"
SCOPES = ("managementGroup", "subscription", "resourceGroup", "cluster")

EVERYTHING: dict[str, Any] = {
    "version": "2.*.*",
    "overrides": [{"kind": "policyEffect", "value": "Deny", "selectors": []}],
    "resourceSelectors": [{"name": "here", "selectors": [{"kind": "resourceLocation", "in": ["westus2"]}]}],
    "nonComplianceMessages": [{"message": "ask us"}],
    "identity": True,
    "properties": {"somethingNew": {"a": [1]}, "selfServeExemptionSettings": {"enabled": True}},
}


def world(scope: str = "subscription", **more: Any) -> Direct:
    assignment = {"of": "restricted", "name": "a", "scope": scope, "effect": "Deny", **more}
    access = {"assignments": [{"role": "Owner", "scope": "managementGroup"}]}
    return Direct({"policy": {"assignments": [assignment]}, "access": access})


def url(azure: Direct, version: str = NEWEST, **query: str) -> str:
    found = next(iter(azure.world.state["policy"]["model"].arm.assignments.values()))
    extra = "".join(f"&${name}={value}" for name, value in query.items())
    return f"{found['id']}?api-version={version}{extra}"


def without_stamps(document: dict[str, Any]) -> dict[str, Any]:
    metadata = {k: v for k, v in document["properties"]["metadata"].items() if not k.startswith("updated")}
    return {**document, "properties": {**document["properties"], "metadata": metadata}, "systemData": None}


@pytest.mark.parametrize("version", ["2023-04-01", "2024-05-01", NEWEST])
@pytest.mark.parametrize("scope", SCOPES)
def test_what_was_read_can_be_written_back_unchanged(scope: str, version: str) -> None:
    azure = world(scope, **EVERYTHING)
    before = azure.get(url(azure, version)).body
    written = azure.put(url(azure, version), before)
    assert written.status == 201
    assert without_stamps(azure.get(url(azure, version)).body) == without_stamps(before)


@pytest.mark.parametrize(("version", "kept"), [("2023-04-01", False), ("2024-05-01", False), (NEWEST, True)])
def test_a_version_of_the_api_drops_what_came_after_it(version: str, kept: bool) -> None:
    azure = world(**EVERYTHING)
    azure.put(url(azure, version), azure.get(url(azure, version)).body)
    assert ("selfServeExemptionSettings" in azure.get(url(azure)).body["properties"]) is kept


def test_members_that_nobody_knows_survive() -> None:
    azure = world(**EVERYTHING)
    body = {**azure.get(url(azure)).body, "newcomer": {"x": 1}}
    azure.put(url(azure), body)
    found = azure.get(url(azure)).body
    assert (found["newcomer"], found["properties"]["somethingNew"]) == ({"x": 1}, {"a": [1]})


def test_what_a_put_leaves_out_is_gone() -> None:
    azure = world(**EVERYTHING)
    found = azure.get(url(azure)).body
    bare = {"properties": {"policyDefinitionId": found["properties"]["policyDefinitionId"]}}
    azure.put(url(azure), bare)
    after = azure.get(url(azure)).body
    assert not {"overrides", "definitionVersion", "parameters", "notScopes"} & set(after["properties"])
    assert "identity" not in after


def test_the_service_says_who_wrote_and_when_whatever_the_client_says() -> None:
    azure = world()
    found = azure.get(url(azure)).body
    found["properties"]["metadata"].update(createdBy="me", updatedBy="me")
    azure.put(url(azure), found)
    metadata = azure.get(url(azure)).body["properties"]["metadata"]
    assert metadata["createdBy"] == metadata["updatedBy"] == azure.world.caller.object_id
    assert metadata["updatedOn"]


def test_versions_of_the_definition_show_to_those_who_ask() -> None:
    azure = world(version="2.*.*")
    plain = azure.get(url(azure)).body["properties"]
    asked = azure.get(url(azure, expand="LatestDefinitionVersion,EffectiveDefinitionVersion")).body["properties"]
    assert set(asked) - set(plain) == {"latestDefinitionVersion", "effectiveDefinitionVersion"}


def test_a_patch_takes_selectors_overrides_location_and_identity_only() -> None:
    azure = world()
    body = {
        "location": "eastus",
        "identity": {"type": "SystemAssigned"},
        "properties": {"overrides": EVERYTHING["overrides"], "parameters": {}, "notScopes": ["/x"]},
    }
    assert azure.ask("PATCH", url(azure), body).status == 200
    after = azure.get(url(azure)).body
    assert (after["location"], after["properties"]["overrides"]) == ("eastus", EVERYTHING["overrides"])
    assert after["identity"]["principalId"]
    assert after["properties"]["parameters"] == {"effect": {"value": "Deny"}}
    assert after["properties"]["notScopes"] == []


def test_an_assignment_needs_a_definition() -> None:
    azure = world()
    assert azure.put(url(azure), {"properties": {}}).body["error"]["code"] == "InvalidPolicyAssignment"


def test_a_deleted_assignment_is_gone() -> None:
    azure = world()
    assert azure.run().status == 400
    where = url(azure)
    assert [azure.ask("DELETE", where).status for _ in range(2)] == [200, 204]
    assert azure.run().status == 202


@pytest.mark.parametrize("scope", SCOPES)
def test_permissions_are_listed_at_every_scope(scope: str) -> None:
    azure = world(scope)
    at = url(azure).partition("/providers/Microsoft.Authorization")[0]
    answer = azure.get(f"{at}{PROVIDER}/permissions?api-version=2022-05-01-preview")
    assert (answer.status, answer.body["value"][0]["actions"]) == (200, ["*"])


@pytest.mark.parametrize(("version", "kept"), [("2020-07-01-preview", False), ("2026-01-01-preview", True)])
def test_an_old_version_of_the_api_drops_the_selectors_of_an_exemption(version: str, kept: bool) -> None:
    azure = world()
    properties = {
        "policyAssignmentId": url(azure).partition("?")[0],
        "exemptionCategory": "Mitigated",
        "resourceSelectors": EVERYTHING["resourceSelectors"],
        "newcomer": 1,
    }
    where = f"{azure.cluster.id}{PROVIDER}/policyExemptions/e?api-version="
    assert azure.put(where + version, {"properties": properties}).status == 201
    after = azure.get(where + "2026-01-01-preview").body["properties"]
    assert (("resourceSelectors" in after), after["newcomer"]) == (kept, 1)


def test_an_exemption_outside_the_assignment_is_refused_unless_nobody_is_to_check() -> None:
    azure = world("cluster")
    where = f"/subscriptions/{azure.world.subscription}{PROVIDER}/policyExemptions/e?api-version=2026-01-01-preview"
    given = {"policyAssignmentId": url(azure).partition("?")[0], "exemptionCategory": "Waiver"}
    assert azure.put(where, {"properties": given}).status == 400
    unchecked = {"properties": {**given, "assignmentScopeValidation": "DoNotValidate"}}
    assert azure.put(where, unchecked).status == 201


def test_the_cluster_may_follow_after_some_attempts_in_both_directions() -> None:
    assignment = {"of": "restricted", "name": "a", "effect": "Deny"}
    azure = Direct({"policy": {"syncAttempts": 2, "assignments": [assignment]}})
    found = azure.get(url(azure)).body
    excluded = {"effect": {"value": "Deny"}, "excludedNamespaces": {"value": ["aks-command"]}}
    azure.put(url(azure), {**found, "properties": {**found["properties"], "parameters": excluded}})
    assert [azure.run().status for _ in range(4)] == [400, 400, 202, 202]
    azure.put(url(azure), found)
    assert [azure.run().status for _ in range(4)] == [202, 202, 400, 400]
