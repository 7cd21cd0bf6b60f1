"""Role definitions and assignments as they are read: at the scope first, and only what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.evidence import roles
from tests.data.evidence import CALLER, CLUSTER_ID, OTHER, SUBSCRIPTION

GUID = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
AT_SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{GUID}"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"
DEFINITION = {
    "id": AT_SUBSCRIPTION,
    "properties": {"roleName": "Reader", "type": "BuiltInRole", "permissions": [{"actions": ["*/read"]}]},
}


class Answers(Arm):
    """Answers by path; a number is the status of a refusal."""

    def __init__(self, answers: dict[str, Any], values: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(None, "https://management.azure.com")
        self.answers, self.values = answers, values
        self.asked: list[str] = []

    def get(self, path: str, api_version: str | None = None, **params: str) -> Any:
        self.asked.append(path)
        answer = self.answers.get(path, 404)
        if isinstance(answer, int):
            raise ArmError(answer, "No", "No.")
        return answer

    def pages(self, path: str, api_version: str | None = None, **params: str) -> list[dict[str, Any]]:
        return list(self.values)


@pytest.mark.parametrize("refusal", [403, 404])
def test_a_definition_that_the_cluster_does_not_show_is_asked_for_at_the_subscription(refusal: int) -> None:
    here = f"{CLUSTER_ID}/providers/Microsoft.Authorization/roleDefinitions/{GUID}"
    arm = Answers({here: refusal, AT_SUBSCRIPTION: DEFINITION})
    role = roles.read_role(arm, CLUSTER_ID, GUID).value
    assert (role.guid, role.name, role.is_custom) == (GUID, "Reader", False)
    assert arm.asked == [here, AT_SUBSCRIPTION]


def test_a_definition_that_is_nowhere_is_none_and_a_refused_one_unread() -> None:
    assert roles.read_role(Answers({}), CLUSTER_ID, GUID).value is None
    here = f"{CLUSTER_ID}/providers/Microsoft.Authorization/roleDefinitions/{GUID}"
    assert not roles.read_role(Answers({here: 403, AT_SUBSCRIPTION: 403}), CLUSTER_ID, GUID).known


@pytest.mark.parametrize(
    "properties",
    [None, {}, {"roleName": "Reader"}, {"roleName": "Reader", "permissions": [7]}, {"permissions": [{"actions": []}]}],
)
def test_what_is_no_definition_is_unread_and_no_role_that_allows_nothing(properties: dict[str, Any] | None) -> None:
    assert not roles.read_role(Answers({AT_SUBSCRIPTION: {"id": "x", "properties": properties}}), SCOPE, GUID).known


def test_a_service_that_passes_over_the_filter_changes_nothing() -> None:
    custom = {"id": "x/1", "properties": {"roleName": "Ours", "type": "CustomRole", "permissions": []}}
    arm = Answers({}, [DEFINITION, custom])
    assert [role.name for role in roles.read_custom_roles(arm, CLUSTER_ID).value] == ["Ours"]
    assert [role.name for role in roles.read_roles_named(arm, CLUSTER_ID, "READER").value] == ["Reader"]


def test_only_the_assignments_of_the_principal_at_exactly_the_scope_count() -> None:
    def assignment(who: str, scope: str) -> dict[str, Any]:
        return {"properties": {"principalId": who, "scope": scope}}

    mine = assignment(CALLER.upper(), CLUSTER_ID.replace("resourceGroups", "resourcegroups"))
    others = [assignment(OTHER, CLUSTER_ID), assignment(CALLER, f"/subscriptions/{SUBSCRIPTION}")]
    assert roles.read_assigned(Answers({}, [mine, *others]), CLUSTER_ID, CALLER).value == [mine]
