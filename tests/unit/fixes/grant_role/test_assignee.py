"""For whom grant-role grants: by the token without a directory, by a name with one, and never for somebody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.changes.plan import Plan, RefusedError
from azext_aksinvokefix.evidence import directory
from azext_aksinvokefix.rights import roles
from tests.worlds.capacity import Scenario
from tests.worlds.roles import RUN, Roles, access, roles_of

GROUP = "6a0d2c11-9a36-4f2f-8d6d-7a0e6c1f0001"
PIPELINE = "6a0d2c11-9a36-4f2f-8d6d-7a0e6c1f0002"
APPLICATION = "6a0d2c11-9a36-4f2f-8d6d-7a0e6c1f0003"
ADA = "6a0d2c11-9a36-4f2f-8d6d-7a0e6c1f0004"
PEOPLE = [
    {"name": "Platform", "kind": "Group", "id": GROUP, "members": ["ada@contoso.com"]},
    {"name": "pipeline", "kind": "ServicePrincipal", "id": PIPELINE, "appId": APPLICATION},
    {"name": "ada@contoso.com", "id": ADA},
]


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario], Roles]:
    return lambda scenario: Roles(tmp_path, monkeypatch, scenario)


def given(plan: Plan) -> tuple[str, str]:
    properties = plan.changes[0].after["properties"]
    return properties["principalId"], properties["principalType"]


@pytest.mark.parametrize(
    ("assignee", "expected"),
    [
        ("ada@contoso.com", (ADA, "User")),
        ("pipeline", (PIPELINE, "ServicePrincipal")),
        (APPLICATION, (PIPELINE, "ServicePrincipal")),
        (PIPELINE, (PIPELINE, "ServicePrincipal")),
        ("Platform", (GROUP, "Group")),
        (GROUP, (GROUP, "Group")),
    ],
)
def test_a_name_or_an_id_means_who_the_directory_says(
    azure: Callable[[Scenario], Roles], assignee: str, expected: tuple[str, str]
) -> None:
    assert given(azure(access(principals=PEOPLE)).grant(assignee=assignee)) == expected


def test_an_object_id_with_its_type_takes_no_directory(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access(principals=PEOPLE, graph="refused"))
    plan = cloud.grant(object_id=PIPELINE, principal_type="ServicePrincipal")
    assert given(plan) == (PIPELINE, "ServicePrincipal")


def test_the_caller_takes_no_directory_either(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access(graph="refused"))
    assert given(cloud.grant()) == (cloud.world.caller.object_id, "ServicePrincipal")


def test_the_type_of_an_object_id_is_looked_up_when_it_is_not_said(azure: Callable[[Scenario], Roles]) -> None:
    assert given(azure(access(principals=PEOPLE)).grant(object_id=GROUP)) == (GROUP, "Group")


@pytest.mark.parametrize("options", [{"assignee": "pipeline"}, {"object_id": PIPELINE}])
def test_a_directory_that_refuses_is_said_with_the_way_around_it(
    azure: Callable[[Scenario], Roles], options: dict[str, str]
) -> None:
    with pytest.raises(RefusedError) as refused:
        azure(access(principals=PEOPLE, graph="refused")).grant(**options)
    assert "Insufficient privileges" in refused.value.message
    assert "--assignee-principal-type" in refused.value.advice


def test_nobody_is_not_found(azure: Callable[[Scenario], Roles]) -> None:
    with pytest.raises(RefusedError) as refused:
        azure(access()).grant(assignee="nobody@contoso.com")
    assert refused.value.is_missing


def test_several_objects_of_one_name_are_listed_instead_of_chosen_from() -> None:
    def graph(method: str, path: str, body: Any = None, **params: str) -> dict[str, Any]:
        found = {"groups": [{"id": "1", "displayName": "Ops"}, {"id": "2", "displayName": "Ops"}]}
        return {"value": found.get(path, [])}

    assert [one.id for one in directory.by_name(graph, "Ops")] == ["1", "2"]


def test_a_quote_in_a_name_stays_inside_of_the_filter() -> None:
    asked = []

    def graph(method: str, path: str, body: Any = None, **params: str) -> dict[str, Any]:
        asked.append(params["$filter"])
        return {"value": []}

    directory.by_name(graph, "o'neil@contoso.com")
    assert asked[0] == "userPrincipalName eq 'o''neil@contoso.com'"


def test_a_group_gets_what_the_group_lacks(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access({"role": "Reader", "principal": "Platform"}, principals=PEOPLE))
    assert roles_of(cloud.grant(assignee="Platform")) == [roles.CLUSTER_ADMIN]


def test_what_somebody_has_by_a_group_is_not_granted_once_more(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access({"role": "Contributor", "principal": "Platform"}, principals=PEOPLE))
    assert cloud.grant(assignee="ada@contoso.com").changes == ()
    assert cloud.grant(assignee="pipeline").changes


def test_a_text_about_somebody_else_is_not_repaired_for_the_caller(azure: Callable[[Scenario], Roles]) -> None:
    said = texts.classify(
        f"(AuthorizationFailed) The client 'x' with object id '{PIPELINE}' does not have authorization to perform "
        f"action '{RUN}' over scope '/subscriptions/s' or the scope is invalid.",
        source="argument",
    )
    cloud = azure(access(principals=PEOPLE))
    with pytest.raises(RefusedError) as refused:
        cloud.grant(said)
    assert f"--assignee-object-id {PIPELINE}" in refused.value.advice
    assert given(cloud.grant(said, object_id=PIPELINE, principal_type="ServicePrincipal"))[0] == PIPELINE


def test_a_service_principal_that_is_not_known_yet_is_waited_for(azure: Callable[[Scenario], Roles]) -> None:
    people = [{"name": "fresh", "kind": "ServicePrincipal", "id": PIPELINE, "unseen": 3, "lookedUp": True}]
    cloud = azure(access(principals=people))
    outcome = cloud.carry_out(cloud.grant(object_id=PIPELINE, principal_type="ServicePrincipal"))
    assert (outcome.failed, outcome.document["verified"]) == (False, True)


def test_a_wrong_type_is_explained_and_nothing_is_left_behind(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access(principals=PEOPLE))
    outcome = cloud.carry_out(cloud.grant(object_id=PIPELINE, principal_type="User"))
    assert outcome.failed
    assert "--assignee-principal-type" in json.dumps(cloud.console.lines)
    assert cloud.grant(object_id=PIPELINE, principal_type="ServicePrincipal").changes


@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        ({"upn": None, "unique_name": "live.com#ada@outlook.com", "email": "ada@outlook.com"}, "User"),
        ({"idtyp": None, "upn": "ada@contoso.com", "scp": "user_impersonation"}, "User"),
    ],
)
def test_a_guest_and_a_token_without_a_type_are_users(
    azure: Callable[[Scenario], Roles], claims: dict[str, Any], kind: str
) -> None:
    caller = {"kind": "User", "name": "ada@contoso.com", "claims": claims}
    cloud = azure(access("Reader", caller=caller, graph="refused"))
    assert given(cloud.grant()) == (cloud.world.caller.object_id, kind)


def test_a_second_run_for_somebody_else_says_already(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access("Reader", principals=PEOPLE))
    cloud.carry_out(cloud.grant(assignee="Platform"))
    plan = cloud.grant(assignee="Platform")
    assert plan.changes == () and "already" in plan.notes[0] and "propagat" in plan.notes[1]


def test_the_role_itself_answers_for_a_list_that_lags(
    azure: Callable[[Scenario], Roles], monkeypatch: pytest.MonkeyPatch
) -> None:
    from azext_aksinvokefix.fixes.grant_role import look as role_scene
    from azext_aksinvokefix.lifecycle import Item

    cloud = azure(access("Reader", propagation=600))
    cloud.carry_out(cloud.grant())
    monkeypatch.setattr(role_scene, "read_assigned", lambda *_: Item(value=[]))
    plan = cloud.grant()
    assert plan.changes == () and "propagating" in plan.notes[0]


def test_assignments_answer_for_permissions_that_may_not_be_asked_for(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure({"access": {"permissionsApi": "refused"}})
    assert cloud.grant().changes == ()


@pytest.mark.parametrize("name", ["ada@contoso.com", "pipeline", APPLICATION])
@pytest.mark.parametrize("odd", [{}, {"id": None, "displayName": "pipeline"}, {"id": 7}, {"id": ""}, "text", None])
def test_an_entry_of_the_directory_without_an_id_is_nobody(name: str, odd: Any) -> None:
    """What is asked about the empty id is answered about somebody else, who may well have every right."""

    def graph(method: str, path: str, body: Any, **query: str) -> Any:
        return {"value": [odd]}

    assert directory.by_name(graph, name) == []
    assert directory.by_id(graph, APPLICATION) is None
