"""Role assignments change what happens next, and conflict as ARM says they do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.shared import SHARED
from tests.simulator.core.direct import Direct
from tests.simulator.core.routing import Response

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
ADMIN = "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8"
SOMEBODY = "06651546-4121-4ccd-a25d-13fe0422467e"
EXCHANGES = SHARED / "data" / "exchanges"

recorded = pytest.mark.skipif(not EXCHANGES.is_dir(), reason="the folder of recorded exchanges is absent")


def exchange(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EXCHANGES / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def assign(azure: Direct, role: str, name: str = "", scope: str = "", **more: Any) -> Response:
    scope = scope or azure.cluster.id
    url = (
        f"{scope}/providers/Microsoft.Authorization/roleAssignments/{name or azure.world.guid()}?api-version=2022-04-01"
    )
    definition = f"/subscriptions/{azure.world.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    properties = {"roleDefinitionId": definition, "principalId": SOMEBODY, "principalType": "User", **more}
    return azure.put(url, {"properties": properties})


def test_a_granted_role_takes_effect_for_the_one_it_was_granted_to() -> None:
    azure = Direct("healthy")
    somebody = azure.signed_in_as(SOMEBODY)
    assert somebody.run().status == 403
    assert assign(azure, ADMIN).status == 201
    assert somebody.run().status == 202


def test_assigned_to_finds_the_grants_at_and_above_the_scope() -> None:
    azure = Direct("healthy")
    assign(azure, ADMIN)
    assign(azure, READER, scope=f"/subscriptions/{azure.world.subscription}")
    url = f"{azure.cluster.id}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01"
    found = azure.get(f"{url}&$filter=atScope() and assignedTo('{SOMEBODY}')").body["value"]
    assert {item["properties"]["roleDefinitionId"].rpartition("/")[2] for item in found} == {ADMIN, READER}


def test_a_role_takes_effect_only_when_it_has_propagated() -> None:
    azure = Direct({"access": {"assignments": ["User Access Administrator"], "propagation": 300}})
    caller = azure.world.caller
    assert assign(azure, ADMIN, principalId=caller.object_id, principalType=caller.kind).status == 201
    assert azure.run().status == 403
    azure.world.advance(301)
    assert azure.run().status == 202


def test_the_same_grant_under_another_name_is_a_conflict_that_names_the_first() -> None:
    azure = Direct("healthy")
    first = assign(azure, READER).body["name"]
    again = assign(azure, READER)
    assert again.status == 409
    assert again.body["error"]["code"] == "RoleAssignmentExists"
    assert first.replace("-", "") in again.body["error"]["message"]


def test_the_same_name_and_grant_is_idempotent() -> None:
    azure = Direct("healthy")
    name = assign(azure, READER).body["name"]
    assert assign(azure, READER, name).status == 200


def test_the_same_name_for_another_role_is_refused() -> None:
    azure = Direct("healthy")
    name = assign(azure, READER).body["name"]
    assert assign(azure, ADMIN, name).body["error"]["code"] == "RoleAssignmentUpdateNotPermitted"


def test_a_principal_that_nobody_knows_needs_its_type() -> None:
    azure = Direct("healthy")
    assert assign(azure, READER, principalType=None).body["error"]["code"] == "PrincipalNotFound"


def test_a_wrong_type_of_principal_is_refused() -> None:
    azure = Direct("healthy")
    refusal = assign(azure, READER, principalId=azure.world.caller.object_id, principalType="Group")
    assert refusal.body["error"]["code"] == "UnmatchedPrincipalType"


def test_a_delegated_administrator_assigns_only_the_roles_of_the_condition() -> None:
    condition = (
        f"@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{READER}}}"
    )
    delegated = {"role": "Role Based Access Control Administrator", "condition": condition}
    azure = Direct({"access": {"assignments": [delegated]}})
    refusal = assign(azure, ADMIN)
    assert refusal.status == 403
    assert (
        "does not have authorization or an ABAC condition not fulfilled to perform" in refusal.body["error"]["message"]
    )
    assert assign(azure, READER).status == 201


def test_a_custom_role_takes_the_right_at_every_assignable_scope() -> None:
    azure = Direct({"access": {"assignments": [{"role": "Owner", "scope": "resourceGroup"}]}})
    scope = azure.cluster.id.partition("/providers/")[0]
    url = f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{azure.world.guid()}?api-version=2022-04-01"
    role = {"roleName": "Invoker", "permissions": [{"actions": ["*/read"]}], "assignableScopes": [scope]}
    assert azure.put(url, {"properties": role}).status == 201
    wider = {**role, "roleName": "Wide", "assignableScopes": [scope.partition("/resourceGroups")[0]]}
    assert azure.put(url, {"properties": wider}).body["error"]["code"] == "LinkedAuthorizationFailed"


def test_activating_an_eligible_role_lets_the_command_run() -> None:
    azure = Direct("role-eligible")
    provider = f"{azure.cluster.id}/providers/Microsoft.Authorization"
    listed = azure.get(f"{provider}/roleEligibilityScheduleInstances?api-version=2020-10-01&$filter=asTarget()")
    [eligible] = listed.body["value"]
    assert azure.run().status == 403
    wanted = {key: eligible["properties"][key] for key in ("roleDefinitionId", "principalId")}
    url = f"{provider}/roleAssignmentScheduleRequests/{azure.world.guid()}?api-version=2020-10-01"
    assert azure.put(url, {"properties": {**wanted, "requestType": "SelfActivate"}}).status == 201
    assert azure.run().status == 202


def test_permissions_may_be_refused_while_commands_run() -> None:
    azure = Direct("permissions-refused")
    url = f"{azure.cluster.id}/providers/Microsoft.Authorization/permissions?api-version=2022-05-01-preview"
    assert azure.get(url).status == 403
    assert azure.run().status == 202


def test_older_permission_lists_leave_out_data_actions_and_conditions() -> None:
    azure = Direct("healthy")
    url = f"{azure.cluster.id}/providers/Microsoft.Authorization/permissions?api-version="
    assert set(azure.get(url + "2015-07-01").body["value"][0]) == {"actions", "notActions"}
    assert "condition" in azure.get(url + "2022-05-01-preview").body["value"][0]


@recorded
def test_role_assignments_have_the_recorded_keys_in_the_recorded_order() -> None:
    azure, real = Direct("healthy"), exchange("ra-201-create")["response"]["body"]
    created = assign(azure, READER).body
    assert list(created) == list(real)
    assert list(created["properties"]) == list(real["properties"])
    assert created["properties"]["createdBy"] is None
    shown = azure.get(f"{created['id']}?api-version=2022-04-01").body
    assert shown["properties"]["createdBy"] == azure.world.caller.object_id


@recorded
def test_role_definitions_are_listed_by_name_without_case_like_the_recorded_ones() -> None:
    azure, real = Direct("healthy"), exchange("rd-list-rolename")["response"]["body"]
    url = f"{azure.cluster.id}/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName%20eq%20%27reader%27"
    [reader], [real_reader] = azure.get(url).body["value"], real["value"]
    assert list(reader) == list(real_reader)
    assert list(reader["properties"]) == list(real_reader["properties"])
    assert reader["properties"]["permissions"] == real_reader["properties"]["permissions"]


@recorded
def test_the_directory_answers_with_what_az_reads() -> None:
    azure, real = Direct("healthy"), exchange("graph-getByIds")["response"]["body"]
    found = azure.ask("POST", "/msgraph/v1.0/directoryObjects/getByIds", {"ids": [azure.world.caller.object_id]}).body
    assert list(found) == list(real)
    assert found["value"][0]["@odata.type"] == real["value"][0]["@odata.type"]
    assert set(found["value"][0]) <= set(real["value"][0])
