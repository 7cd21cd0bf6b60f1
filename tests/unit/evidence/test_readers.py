"""What the readers make of ARM's answers, refusals among them. ARM is faked at its boundary."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix import shapes
from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.evidence.access import (
    read_denies,
    read_eligible,
    read_locks,
    read_permissions,
    read_principal,
)
from azext_aksinvokefix.evidence.activity import failures, read_activity
from azext_aksinvokefix.evidence.cluster import read_cluster, read_result
from azext_aksinvokefix.evidence.sign_in import account, claims, read_signin
from tests.data.evidence import (
    CALLER,
    CLUSTER_ID,
    COMMAND,
    NOW,
    OTHER,
    READ,
    RESULT,
    RUN,
    SUBSCRIPTION,
    TENANT,
    FakeArm,
    cluster,
    error,
    jwt,
)

AUTHORIZATION = f"{CLUSTER_ID}/providers/Microsoft.Authorization"
ASSIGNMENTS = f"{AUTHORIZATION}/roleAssignments"
READER = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7"
RUNNER = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/00000001"
ACTIVITY = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management/values"


def definition(name: str, *actions: str, **more: Any) -> dict[str, Any]:
    return {"properties": {"roleName": name, "permissions": [{"actions": list(actions), **more}]}}


def assigned(role: str, scope: str = CLUSTER_ID, principal: str = OTHER, **more: str) -> dict[str, Any]:
    return {"properties": {"roleDefinitionId": role, "scope": scope, "principalId": principal, **more}}


def test_the_cluster_is_given_as_it_came() -> None:
    arm = FakeArm({CLUSTER_ID: cluster()})
    assert read_cluster(arm, CLUSTER_ID).value == cluster()
    assert arm.asked == [(CLUSTER_ID, "2026-06-01", {})]


def test_a_cloud_that_lags_behind_is_asked_at_a_version_that_it_knows() -> None:
    unknown = error(400, "NoRegisteredProviderFound")

    class Lagging(FakeArm):
        def get(self, path: str, api_version: str | None = None, **params: str) -> Any:
            found = super().get(path, api_version, **params)
            if api_version != "2024-02-01":
                raise unknown
            return found

    arm = Lagging({CLUSTER_ID: cluster()})
    assert read_cluster(arm, CLUSTER_ID).value == cluster()
    assert [version for _, version, _ in arm.asked] == ["2026-06-01", "2025-07-01", "2024-02-01"]


def test_a_refusal_is_no_reason_to_ask_at_another_version() -> None:
    arm = FakeArm({CLUSTER_ID: error(403, "AuthorizationFailed")})
    assert not read_cluster(arm, CLUSTER_ID).known
    assert len(arm.asked) == 1


@pytest.mark.parametrize(("status", "needs"), [(403, (READ,)), (401, ()), (404, ()), (500, ()), (429, ()), (None, ())])
def test_only_a_refusal_asks_for_a_right(status: int | None, needs: tuple[str, ...]) -> None:
    item = read_cluster(FakeArm({CLUSTER_ID: error(status, "Code")}), CLUSTER_ID)
    assert not item.known
    assert item.needs == needs
    assert str(item.unread).startswith("(Code) no")


def test_a_command_id_cannot_lead_elsewhere() -> None:
    arm = FakeArm({})
    read_result(arm, CLUSTER_ID, "../../agentPools/x?y=1")
    (path,) = arm.paths()
    assert path.startswith(f"{CLUSTER_ID}/commandResults/") and path.count("/") == CLUSTER_ID.count("/") + 2


def test_a_result_that_may_not_be_read_names_its_right() -> None:
    path = f"{CLUSTER_ID}/commandResults/{COMMAND}"
    assert read_result(FakeArm({path: error(403)}), CLUSTER_ID, COMMAND).needs == (RESULT,)


def test_permissions_keep_their_entries_apart() -> None:
    page = {"value": [{"actions": ["*"], "notActions": ["x/*"]}, {"actions": [RUN], "condition": "c"}]}
    item = read_permissions(FakeArm({f"{AUTHORIZATION}/permissions": page}), CLUSTER_ID, CALLER)
    assert [entry.not_actions for entry in item.value.entries] == [("x/*",), ()]
    assert item.value.entries[1].condition == "c"
    assert item.value.is_self and item.value.object_id == CALLER


def test_each_role_of_another_principal_is_read_once_and_at_once() -> None:
    arm = FakeArm(
        {
            ASSIGNMENTS: {
                "value": [
                    assigned(READER),
                    assigned(READER.upper()),
                    assigned(RUNNER, condition="c", principalType="ServicePrincipal"),
                ]
            },
            READER: definition("Reader", "*/read"),
            RUNNER: definition("Runner", RUN),
        }
    )
    value = read_principal(arm, CLUSTER_ID, OTHER).value
    assert [entry.actions for entry in value.entries] == [("*/read",), ("*/read",), (RUN,)]
    assert [entry.condition for entry in value.entries] == ["", "", "c"]
    assert len(arm.asked) == 3
    assert not value.is_self and not value.incomplete


def test_the_filter_for_another_principal_is_quoted() -> None:
    arm = FakeArm({ASSIGNMENTS: {"value": []}})
    read_principal(arm, CLUSTER_ID, "x') or true or ('")
    assert arm.asked[0][2]["$filter"] == "atScope() and assignedTo('x'') or true or (''')"


def test_a_group_is_asked_for_as_a_principal_and_what_lies_below_is_dropped() -> None:
    above = f"/subscriptions/{SUBSCRIPTION}"
    found = [
        assigned(READER, scope=above),
        assigned(RUNNER, scope=f"{CLUSTER_ID}/namespaces/x"),
        assigned(RUNNER, scope=f"{above}/resourceGroups/rg12"),
        assigned(READER, scope="/providers/Microsoft.Management/managementGroups/root"),
    ]

    def answer(params: dict[str, str]) -> dict[str, Any] | ArmError:
        return {"value": found} if "principalId eq" in params["$filter"] else error(400, "BadRequest")

    arm = FakeArm({ASSIGNMENTS: answer, READER: definition("Reader", "*/read")})
    value = read_principal(arm, CLUSTER_ID, OTHER).value
    assert [entry.actions for entry in value.entries] == [("*/read",), ("*/read",)]
    assert RUNNER not in arm.paths()


def test_a_role_that_cannot_be_read_makes_the_answer_incomplete() -> None:
    arm = FakeArm(
        {ASSIGNMENTS: {"value": [assigned(READER), assigned(RUNNER)]}, READER: definition("Reader", "*/read")}
    )
    value = read_principal(arm, CLUSTER_ID, OTHER).value
    assert value.incomplete == "(NotFound) nothing there"
    assert len(value.entries) == 1


@pytest.mark.parametrize("status", [403, 404])
def test_a_role_is_asked_for_at_the_cluster_where_the_subscription_refuses(status: int) -> None:
    instance = {"properties": {"roleDefinitionId": RUNNER, "scope": CLUSTER_ID}}
    found = {f"{AUTHORIZATION}/roleEligibilityScheduleInstances": {"value": [instance]}, RUNNER: error(status)}
    arm = FakeArm({**found, f"{AUTHORIZATION}/roleDefinitions/00000001": definition("Runner", RUN)})
    (role,) = read_eligible(arm, CLUSTER_ID).value
    assert (role.name, role.entries[0].actions) == ("Runner", (RUN,))


def test_eligible_roles_come_with_what_they_grant() -> None:
    instance = {"properties": {"roleDefinitionId": RUNNER, "scope": CLUSTER_ID}}
    path = f"{AUTHORIZATION}/roleEligibilityScheduleInstances"
    arm = FakeArm({path: {"value": [instance]}, RUNNER: definition("Runner", RUN)})
    (role,) = read_eligible(arm, CLUSTER_ID).value
    assert (role.name, role.entries[0].actions) == ("Runner", (RUN,))
    assert arm.asked[0][2] == {"$filter": "asTarget()"}


def test_deny_assignments_are_asked_for_at_and_above_the_cluster() -> None:
    arm = FakeArm({f"{AUTHORIZATION}/denyAssignments": {"value": [{"name": "d"}]}})
    assert read_denies(arm, CLUSTER_ID).value == [{"name": "d"}]


def test_locks_of_all_levels_are_read_once_each() -> None:
    group = CLUSTER_ID.split("/providers/")[0]
    lock = {"id": f"{group}/providers/Microsoft.Authorization/locks/a"}
    again = {"id": lock["id"].upper()}
    arm = FakeArm(
        {
            f"{AUTHORIZATION}/locks": {"value": [lock]},
            f"{group}/providers/Microsoft.Authorization/locks": {"value": [again]},
            f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/locks": error(403),
        }
    )
    assert len(read_locks(arm, CLUSTER_ID).value) == 1


def test_locks_that_nobody_may_list_are_unread() -> None:
    arm = FakeArm({})
    assert read_locks(arm, CLUSTER_ID).unread


def event(status: str, minutes: int = 0, operation: str = RUN, **more: Any) -> dict[str, Any]:
    return {
        "operationName": {"value": operation},
        "status": {"value": status},
        "eventTimestamp": (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.1234567Z"),
        "caller": "user@contoso.com",
        "correlationId": f"{minutes}",
        **more,
    }


def message(text: str) -> dict[str, Any]:
    return {"properties": {"statusMessage": text}}


def test_failed_runs_are_listed_newest_first_with_the_error_of_either_shape() -> None:
    arm_shape = json.dumps({"error": {"code": "A", "message": "first"}})
    flat = json.dumps({"code": "B", "message": "second", "subcode": "C"})
    found = failures(
        [
            event("Failed", 9, **message(flat)),
            event("Started", 5),
            event("Failed", 5, operation=RUN.lower(), **message(arm_shape)),
            event("Failed", 1, operation="Microsoft.ContainerService/managedClusters/write"),
            event("Failed", 7, **message("prose")),
        ]
    )
    assert [each.text for each in found] == ["(A) first", "prose", "(B) second"]
    assert [each.succeeded_since for each in found] == [False] * 3


def test_a_later_success_is_told() -> None:
    (found,) = failures([event("Failed", 9), event("Succeeded", 2)])
    assert found.succeeded_since is True


def test_the_activity_log_is_asked_for_this_cluster_only() -> None:
    arm = FakeArm({ACTIVITY: {"value": [event("Failed", 1)]}})
    item = read_activity(arm, CLUSTER_ID.replace("c1", "it's"), NOW, timedelta(days=1))
    assert len(item.value) == 1
    asked = arm.asked[0][2]["$filter"]
    assert asked.endswith("managedClusters/it''s'") and "eventTimestamp ge '2026-02-28T12:00:00Z'" in asked


def test_an_activity_log_that_may_not_be_read_names_its_right() -> None:
    item = read_activity(FakeArm({ACTIVITY: error(403)}), CLUSTER_ID, NOW)
    assert item.needs == ("Microsoft.Insights/eventtypes/values/read",)


_ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(_ANYTHING), _ANYTHING)
def test_events_of_any_shape_are_read_without_an_error(events: list[Any], status: Any) -> None:
    failures([*events, event("Failed", properties={"statusMessage": status}, claims=status, subStatus=status)])


@pytest.mark.parametrize(
    ("token", "options", "kind", "principal_type"),
    [
        (jwt(oid=CALLER, tid=TENANT, upn="u@c", scp="x"), {}, "user", "User"),
        (jwt(oid=CALLER, idtyp="user", appid="a", scp="x"), {}, "user", "User"),
        (jwt(oid=CALLER, idtyp="app", appid="a"), {}, "servicePrincipal", "ServicePrincipal"),
        (jwt(oid=CALLER, appid="a"), {}, "servicePrincipal", "ServicePrincipal"),
        (jwt(oid=CALLER, idtyp="app", xms_mirid="/s"), {}, "managedIdentity", "ServicePrincipal"),
        (jwt(oid=CALLER), {"name": "systemAssignedIdentity"}, "managedIdentity", "ServicePrincipal"),
        (jwt(oid=CALLER, upn="u@c"), {"cloud_shell": True}, "cloudShell", "User"),
    ],
)
def test_who_is_signed_in_is_told_from_the_token(
    token: str, options: dict[str, Any], kind: str, principal_type: str
) -> None:
    value = read_signin(token=token, **options).value
    assert (value.kind, value.principal_type, value.object_id) == (kind, principal_type, CALLER)


@given(st.text() | st.text("ab.=-_", max_size=20))
def test_a_token_that_is_none_has_no_claims(token: str) -> None:
    assert isinstance(claims(token), dict)


@pytest.mark.parametrize(
    ("token", "name", "known"),
    [
        (jwt(oid=CALLER, upn="ada@contoso.com"), "profile", (CALLER, "ada@contoso.com")),
        (jwt(oid=CALLER, appid="app"), "profile", (CALLER, "profile")),
        (jwt(oid=CALLER, appid="app"), None, (CALLER, "app")),
        (None, "profile", (None, "profile")),
        ("no token", None, (None, None)),
    ],
)
def test_the_account_of_a_change_is_told_from_the_token_and_else_from_the_profile(
    token: str | None, name: str | None, known: tuple[str | None, str | None]
) -> None:
    assert tuple(account(token, name).values()) == known


def test_without_a_token_the_error_is_what_is_known() -> None:
    value = read_signin(token=None, error="AADSTS1: no").value
    assert value.object_id == "" and value.error == "AADSTS1: no"


@pytest.mark.parametrize(
    ("scope", "reaches"),
    [
        ("/", True),
        (f"/subscriptions/{SUBSCRIPTION}", True),
        (f"/subscriptions/{SUBSCRIPTION.upper()}/RESOURCEGROUPS/RG1", True),
        (CLUSTER_ID + "/", True),
        ("/providers/Microsoft.Management/managementGroups/m", True),
        (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg", False),
        (f"{CLUSTER_ID}/agentPools/x", False),
        (None, False),
    ],
)
def test_what_reaches_the_cluster(scope: str | None, reaches: bool) -> None:
    assert shapes.at_or_above(scope, CLUSTER_ID) is reaches


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-01T12:00:00Z", NOW),
        ("2026-03-01T12:00:00.0000000Z", NOW),
        ("2026-03-01T13:00:00+01:00", NOW),
        ("2026-03-01T12:00:00.5Z", NOW + timedelta(seconds=0.5)),
        ("2026-03-01T12:00:00", NOW),
        ("soon", None),
        (None, None),
    ],
)
def test_times_as_azure_writes_them(written: str | None, read: datetime | None) -> None:
    assert shapes.time(written) == read


@given(st.text())
def test_a_time_of_any_text_is_one_or_none(written: str) -> None:
    shapes.time(written)
