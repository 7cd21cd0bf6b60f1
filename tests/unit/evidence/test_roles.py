"""Role definitions and assignments as they are read: at the scope first, and only what was asked for."""

from __future__ import annotations

import pytest

from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.evidence import roles
from tests.data.evidence import CALLER, CLUSTER_ID, OTHER, SUBSCRIPTION

GUID = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
AT_SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{GUID}"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"
DEFINITION = {
    "id": AT_SUBSCRIPTION,
    "properties": {"roleName": "Reader", "type": "BuiltInRole", "permissions": [{"actions": ["*/read"]}]},
}


class Arm:
    """Answers by path; a number is the status of a refusal."""

    def __init__(self, answers, values=()):
        self.answers, self.values, self.asked = answers, values, []

    def get(self, path, api_version, **params):
        self.asked.append(path)
        answer = self.answers.get(path, 404)
        if isinstance(answer, int):
            raise ArmError(answer, "No", "No.")
        return answer

    def pages(self, path, api_version, **params):
        return list(self.values)


@pytest.mark.parametrize("refusal", [403, 404])
def test_a_definition_that_the_cluster_does_not_show_is_asked_for_at_the_subscription(refusal):
    here = f"{CLUSTER_ID}/providers/Microsoft.Authorization/roleDefinitions/{GUID}"
    arm = Arm({here: refusal, AT_SUBSCRIPTION: DEFINITION})
    role = roles.read_role(arm, CLUSTER_ID, GUID).value
    assert (role.guid, role.name, role.is_custom) == (GUID, "Reader", False)
    assert arm.asked == [here, AT_SUBSCRIPTION]


def test_a_definition_that_is_nowhere_is_none_and_a_refused_one_unread():
    assert roles.read_role(Arm({}), CLUSTER_ID, GUID).value is None
    here = f"{CLUSTER_ID}/providers/Microsoft.Authorization/roleDefinitions/{GUID}"
    assert not roles.read_role(Arm({here: 403, AT_SUBSCRIPTION: 403}), CLUSTER_ID, GUID).known


@pytest.mark.parametrize(
    "properties",
    [None, {}, {"roleName": "Reader"}, {"roleName": "Reader", "permissions": [7]}, {"permissions": [{"actions": []}]}],
)
def test_what_is_no_definition_is_unread_and_no_role_that_allows_nothing(properties):
    assert not roles.read_role(Arm({AT_SUBSCRIPTION: {"id": "x", "properties": properties}}), SCOPE, GUID).known


def test_a_service_that_passes_over_the_filter_changes_nothing():
    custom = {"id": "x/1", "properties": {"roleName": "Ours", "type": "CustomRole", "permissions": []}}
    arm = Arm({}, [DEFINITION, custom])
    assert [role.name for role in roles.read_custom_roles(arm, CLUSTER_ID).value] == ["Ours"]
    assert [role.name for role in roles.read_roles_named(arm, CLUSTER_ID, "READER").value] == ["Reader"]


def test_only_the_assignments_of_the_principal_at_exactly_the_scope_count():
    def assignment(who, scope):
        return {"properties": {"principalId": who, "scope": scope}}

    mine = assignment(CALLER.upper(), CLUSTER_ID.replace("resourceGroups", "resourcegroups"))
    others = [assignment(OTHER, CLUSTER_ID), assignment(CALLER, f"/subscriptions/{SUBSCRIPTION}")]
    assert roles.read_assigned(Arm({}, [mine, *others]), CLUSTER_ID, CALLER).value == [mine]
