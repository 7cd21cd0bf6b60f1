"""Granting a role: the refusals on the way, and when the grant takes effect on which layer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.cluster import kubernetes
from tests.simulator.core.direct import Direct
from tests.simulator.core.routing import Response
from tests.simulator.core.specs import Needs
from tests.simulator.identity import tokens

PROVIDER = "/providers/Microsoft.Authorization"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
ADMIN = "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8"
RBAC_ADMIN = "3498e952-d568-435e-9b2c-8d77e338d7f7"
RBAC_READER = "7f6c6a51-bcf8-42ba-9220-52d62157d7db"
PIPELINE = {"name": "pipeline", "id": "0b1ec700-0000-4000-8000-00000000f1fe", "kind": "ServicePrincipal"}
PORTAL_CONDITION = """((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR (
 @Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {%s} AND
 @Request[Microsoft.Authorization/roleAssignments:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {'User'}))
AND ((!(ActionMatches{'Microsoft.Authorization/roleAssignments/delete'})) OR (
 @Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {%s}))"""


def world(principals: list[dict[str, Any]] | None = None, **access: Any) -> Direct:
    return Direct({"access": {"principals": principals or [], **access}})


def assign(azure: Direct, role: str = READER, scope: str = "", **more: Any) -> Response:
    scope, guid = scope or azure.cluster.id, azure.world.guid()
    definition = f"/subscriptions/{azure.world.subscription}{PROVIDER}/roleDefinitions/{role}"
    wanted = {"roleDefinitionId": definition, "principalId": PIPELINE["id"], "principalType": "ServicePrincipal"}
    properties = {key: value for key, value in {**wanted, **more}.items() if value is not None}
    return azure.put(f"{scope}{PROVIDER}/roleAssignments/{guid}?api-version=2022-04-01", {"properties": properties})


def take_away(azure: Direct, granted: Response) -> Response:
    return azure.ask("DELETE", f"{granted.body['id']}?api-version=2022-04-01")


def code(response: Response) -> str:
    return str(response.body["error"]["code"])


def define(azure: Direct, name: str = "Invoker", guid: str = "", **more: Any) -> Response:
    scope = f"/subscriptions/{azure.world.subscription}"
    role = {"roleName": name, "permissions": [{"actions": ["*/read"]}], "assignableScopes": [scope], **more}
    where = f"{scope}{PROVIDER}/roleDefinitions/{guid or azure.world.guid()}?api-version=2022-04-01"
    return azure.put(where, {"properties": role})


def listed(azure: Direct, wanted: str) -> Response:
    return azure.get(f"{azure.cluster.id}{PROVIDER}/roleAssignments?api-version=2022-04-01&$filter={wanted}")


def test_a_fresh_principal_is_not_found_for_a_while_without_a_type() -> None:
    azure = world([{**PIPELINE, "unseen": 2}])
    codes = [assign(azure, principalType=None) for _ in range(3)]
    assert [each.status for each in codes] == [400, 400, 201]
    assert code(codes[0]) == "PrincipalNotFound"
    assert "https://aka.ms/docs-principaltype" in codes[0].body["error"]["message"]


@pytest.mark.parametrize(("looked_up", "status"), [(False, 201), (True, 400)])
def test_a_fresh_principal_with_a_type_is_not_looked_up_unless_the_scenario_says_so(
    looked_up: bool, status: int
) -> None:
    azure = world([{**PIPELINE, "unseen": 1, "lookedUp": looked_up}])
    assert assign(azure).status == status


def test_old_sentences_name_neither_the_assignment_nor_the_way_out() -> None:
    azure = world([PIPELINE], texts="old")
    assign(azure)
    assert assign(azure).body["error"]["message"] == "The role assignment already exists."


def test_a_new_role_cannot_be_assigned_for_a_while() -> None:
    azure = world([PIPELINE], roleLag=2)
    guid = define(azure).body["name"]
    answers = [assign(azure, guid) for _ in range(3)]
    assert [each.status for each in answers] == [400, 400, 201]
    assert code(answers[0]) == "RoleDefinitionDoesNotExist"


def test_a_role_that_was_changed_is_not_new() -> None:
    azure = world([PIPELINE], custom=[{"name": "Invoker", "actions": ["*/read"], "id": ADMIN[:-1] + "0"}], roleLag=2)
    assert define(azure, guid=ADMIN[:-1] + "0").status == 201
    assert assign(azure, ADMIN[:-1] + "0").status == 201


@pytest.mark.parametrize(
    ("access", "expected"), [({"assignmentLimit": 1}, "RoleAssignmentLimitExceeded"), ({}, "RoleAssignmentExists")]
)
def test_a_second_grant_is_refused(access: dict[str, Any], expected: str) -> None:
    azure = world([PIPELINE], **access)
    assert expected in [code(each) for each in (assign(azure), assign(azure)) if each.status != 201]


def test_a_policy_may_deny_grants_of_some_roles() -> None:
    azure = world([PIPELINE], disallowed=[{"policy": "readers-only", "roles": [ADMIN]}])
    refusal = assign(azure, ADMIN)
    assert (refusal.status, code(refusal)) == (403, "RequestDisallowedByPolicy")
    assert "readers-only" in refusal.body["error"]["message"]
    assert assign(azure, READER).status == 201


def test_a_lock_stops_a_grant() -> None:
    azure = world([PIPELINE], locks=[{"name": "freeze", "level": "ReadOnly", "scope": "cluster"}])
    assert (assign(azure).status, code(assign(azure))) == (409, "ScopeLocked")


def test_a_body_that_says_nothing_is_refused() -> None:
    azure = world([PIPELINE])
    assert code(assign(azure, roleDefinitionId=None)) == "BadRequestFormat"


def test_the_conditions_of_the_portal_hold_for_writing_and_for_deleting() -> None:
    condition = PORTAL_CONDITION % (READER, ADMIN)
    delegated = {"role": "Role Based Access Control Administrator", "condition": condition}
    azure = world([PIPELINE, {"name": "Ada", "id": ADMIN}], assignments=[delegated])
    assert assign(azure).status == 403
    granted = assign(azure, principalId=ADMIN, principalType="User")
    assert granted.status == 201
    refusal = take_away(azure, granted)
    assert (refusal.status, "ABAC condition not fulfilled" in refusal.body["error"]["message"]) == (403, True)


def test_a_condition_may_say_what_is_not_allowed() -> None:
    clause = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAllValues:GuidNotEquals"
    delegated = {"role": "User Access Administrator", "condition": f"{clause} {{{ADMIN}}}"}
    azure = world([PIPELINE], assignments=[delegated])
    assert [assign(azure, role).status for role in (ADMIN, READER)] == [403, 201]


def test_a_grant_that_is_taken_away_has_its_effect_for_a_while() -> None:
    azure = world([PIPELINE], propagation=300)
    granted = assign(azure, ADMIN)
    pipeline = azure.signed_in_as(str(PIPELINE["id"]), "ServicePrincipal")
    azure.world.advance(301)
    assert pipeline.run().status == 202
    assert [take_away(azure, granted).status for _ in range(2)] == [200, 204]
    assert pipeline.run().status == 202
    azure.world.advance(301)
    assert pipeline.run().status == 403


def test_permissions_are_as_late_as_the_authorizer() -> None:
    azure = world([PIPELINE], propagation=300)
    pipeline = azure.signed_in_as(str(PIPELINE["id"]), "ServicePrincipal")
    url = f"{azure.cluster.id}{PROVIDER}/permissions?api-version=2022-05-01-preview"
    assign(azure, ADMIN)
    assert pipeline.get(url).status == 403
    azure.world.advance(301)
    assert len(pipeline.get(url).body["value"]) == 1


def test_a_nested_group_counts_for_its_members() -> None:
    groups: list[dict[str, Any]] = [
        PIPELINE,
        {"name": "inner", "kind": "Group", "members": ["pipeline"]},
        {"name": "outer", "kind": "Group", "members": ["inner"]},
    ]
    azure = world(groups, assignments=["Owner", {"role": ADMIN, "scope": "cluster", "principal": "outer"}])
    assert azure.signed_in_as(str(PIPELINE["id"]), "ServicePrincipal").run().status == 202
    found = listed(azure, f"atScope() and assignedTo('{PIPELINE['id']}')").body["value"]
    assert [item["properties"]["principalType"] for item in found] == ["Group"]


def test_assigned_to_takes_no_group_and_principal_id_no_company() -> None:
    group = {"name": "team", "kind": "Group", "id": PIPELINE["id"]}
    azure = world([group])
    assert listed(azure, f"atScope() and assignedTo('{PIPELINE['id']}')").status == 400
    assert code(listed(azure, f"atScope() and principalId eq '{PIPELINE['id']}'")) == "UnsupportedQuery"
    assert listed(azure, f"principalId eq '{PIPELINE['id']}'").status == 200


def test_two_custom_roles_cannot_have_one_name_nor_be_too_many() -> None:
    azure = world(custom=[{"name": "Invoker", "actions": []}], definitionLimit=2)
    assert code(define(azure, "invoker")) == "RoleDefinitionWithSameNameExists"
    assert define(azure, "Second").status == 201
    assert code(define(azure, "Third")) == "RoleDefinitionLimitExceeded"


def test_a_role_that_is_assigned_cannot_be_deleted() -> None:
    azure = world([PIPELINE])
    role = define(azure).body
    granted = assign(azure, role["name"])
    where = f"{role['id']}?api-version=2022-04-01"
    assert code(azure.ask("DELETE", where)) == "RoleDefinitionHasAssignments"
    take_away(azure, granted)
    assert [azure.ask("DELETE", where).status for _ in range(2)] == [200, 204]


def test_a_built_in_role_stays_as_it_is() -> None:
    assert define(world(), guid=READER).status == 403


def test_custom_roles_are_listed_by_type() -> None:
    azure = world(custom=[{"name": "Invoker", "actions": []}])
    url = f"{azure.cluster.id}{PROVIDER}/roleDefinitions?api-version=2022-04-01&$filter=type eq 'CustomRole'"
    assert [role["properties"]["roleName"] for role in azure.get(url).body["value"]] == ["Invoker"]


def may_list_nodes(azure: Direct) -> bool:
    """Whether the API server lets the caller do what ``kubectl get nodes`` does."""
    azure.world.settle()
    return kubernetes.denial(azure.world, azure.cluster, azure.world.caller, Needs("list", "nodes")) is None


@pytest.mark.parametrize(("role", "may"), [(RBAC_READER, False), (RBAC_ADMIN, True)])
def test_a_role_of_the_data_plane_decides_what_kubectl_may_do(role: str, may: bool) -> None:
    azure = Direct({"cluster": {"azureRbac": True}})
    assert not may_list_nodes(azure)
    assign(azure, role, principalId=azure.world.caller.object_id)
    assert may_list_nodes(azure) == may


def test_the_data_plane_has_a_delay_of_its_own() -> None:
    azure = Direct({"cluster": {"azureRbac": True}, "access": {"dataPropagation": 300}})
    assign(azure, RBAC_ADMIN, principalId=azure.world.caller.object_id)
    assert not may_list_nodes(azure)
    azure.world.advance(301)
    assert may_list_nodes(azure)


def test_a_grant_in_a_namespace_is_for_this_namespace() -> None:
    azure = Direct({"cluster": {"azureRbac": True}})
    assign(azure, RBAC_ADMIN, f"{azure.cluster.id}/namespaces/shop", principalId=azure.world.caller.object_id)
    assert not may_list_nodes(azure)


@pytest.mark.parametrize(
    "path",
    [
        "users?$filter=userPrincipalName eq 'ada@contoso.com'",
        "users/ada@contoso.com",
        "users/0b1ec700-0000-4000-8000-000000000ada",
        "servicePrincipals?$filter=servicePrincipalNames/any(c:c eq 'a991d000-0000-4000-8000-00000000000a')",
        "servicePrincipals?$filter=appId eq 'a991d000-0000-4000-8000-00000000000a'",
        "servicePrincipals?$filter=displayName eq 'pipeline'",
        "servicePrincipals?$filter=startswith(displayName,'pipe')",
        "servicePrincipals(appId='a991d000-0000-4000-8000-00000000000a')",
        f"servicePrincipals/{PIPELINE['id']}",
        f"directoryObjects/{PIPELINE['id']}",
        "groups?$filter=displayName eq 'team'",
    ],
)
def test_the_directory_finds_people_by_what_is_known_of_them(path: str) -> None:
    people = [
        {"name": "ada@contoso.com", "id": "0b1ec700-0000-4000-8000-000000000ada"},
        {**PIPELINE, "appId": "a991d000-0000-4000-8000-00000000000a"},
        {"name": "team", "kind": "Group"},
    ]
    answer = world(people).get(f"/msgraph/v1.0/{path}")
    assert answer.status == 200
    assert len(answer.body.get("value", [answer.body])) == 1
    assert world(people, graph="refused").get(f"/msgraph/v1.0/{path}").body["error"]["message"] == (
        "Insufficient privileges to complete the operation."
    )


@pytest.mark.parametrize(
    ("caller", "kind", "name"),
    [
        ({"claims": {"idtyp": None}}, "ServicePrincipal", "a991d000-0000-4000-8000-00000000c0de"),
        ({"kind": "User", "claims": {"idtyp": None}}, "User", "ada@contoso.com"),
        (
            {"kind": "User", "claims": {"upn": None, "unique_name": "live.com#ada@x.org", "idtyp": None}},
            "User",
            "live.com#ada@x.org",
        ),
    ],
)
def test_tokens_say_as_little_as_the_scenario_wants(caller: dict[str, Any], kind: str, name: str) -> None:
    azure = Direct({"caller": caller})
    claims = tokens.claims_of(tokens.issue(azure.world, "https://management.example.com"))
    assert claims is not None
    assert "idtyp" not in claims
    assert (tokens.caller_of(claims).kind, tokens.caller_of(claims).name) == (kind, name)


def test_somebody_else_may_grant_and_take_away_meanwhile() -> None:
    edit = {"after": "role-assignment-put", "delete": True}
    azure = Direct({"edits": [edit], "access": {"principals": [PIPELINE]}})
    granted = assign(azure)
    assert granted.status == 201
    assert code(azure.get(f"{granted.body['id']}?api-version=2022-04-01")) == "RoleAssignmentNotFound"
