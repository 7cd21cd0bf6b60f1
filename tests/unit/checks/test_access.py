"""Stage access: what is missing, whose it is, and what the least repair is."""

from __future__ import annotations

import json
import shlex

import pytest

from azext_aksinvokefix import checks
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.rights import roles
from tests.data.evidence import (
    AT,
    CALLER,
    ENTRA,
    OTHER,
    READ,
    RESULT,
    RUN,
    SUBSCRIPTION,
    cluster,
    commands,
    eligible,
    entry,
    failure,
    healthy,
    ids,
    only,
    outcomes,
    permissions,
    refused,
    sign_in,
    stock_commands,
    unread,
)

PERMISSIONS_READ = "Microsoft.Authorization/permissions/read"


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ((READ, RUN, RESULT), None),
        ((READ, RUN), "result-read-missing"),
        ((READ, RESULT), "arm-action-missing"),
        ((RUN, RESULT), "arm-action-missing"),
        ((RUN,), "arm-action-missing"),
        ((), "arm-action-missing"),
        (("*",), None),
        (("*/read",), "arm-action-missing"),
    ],
)
def test_the_finding_by_what_is_held(held: tuple[str, ...], expected: str | None) -> None:
    diagnosis = checks.run(None, healthy(permissions=permissions(entry(*held))))
    assert ids(diagnosis) == ([expected] if expected else [])
    assert outcomes(diagnosis)["access"] == ("failed" if expected else "passed")


def test_every_missing_action_is_named() -> None:
    found = only(checks.run(None, healthy(permissions=permissions())), "arm-action-missing")
    assert all(action in found["message"] for action in (READ, RUN, RESULT))


def test_a_refusal_to_list_permissions_is_no_lack_of_them() -> None:
    diagnosis = checks.run(None, healthy(permissions=unread("(AuthorizationFailed) no", PERMISSIONS_READ)))
    assert outcomes(diagnosis)["access"] == "unknown"
    assert diagnosis["verdict"] == "unknown"
    assert diagnosis["findings"] == []
    assert diagnosis["unknowns"][0]["needs"] == [PERMISSIONS_READ]


def test_a_conditional_grant_is_neither_granted_nor_missing() -> None:
    conditional = entry(RUN, condition="@Resource[x] StringEquals 'y'")
    diagnosis = checks.run(None, healthy(permissions=permissions(entry(READ, RESULT), conditional)))
    assert outcomes(diagnosis)["access"] == "unknown"
    assert diagnosis["findings"] == []


def test_a_refused_action_that_is_held_under_a_condition_is_granted_or_its_condition_mended() -> None:
    held = permissions(entry(READ, RESULT), entry(RUN, condition="@Resource[x] StringEquals 'y'"))
    found = only(checks.run(failure(refused(RUN)), healthy(permissions=held)), "arm-action-missing")
    assert found["confidence"] == "likely" and "condition" in found["message"]
    assert [fix["kind"] for fix in found["fixes"]] == ["manual", "grant-role", "grant-role"]


def test_a_condition_on_what_was_not_refused_is_not_blamed_for_the_refusal() -> None:
    held = permissions(entry(READ, RUN), entry(RESULT, condition="@Resource[x] StringEquals 'y'"))
    found = only(checks.run(failure(refused(RUN)), healthy(permissions=held)), "arm-action-missing")
    assert found["confidence"] == "possible" and "condition" not in found["message"]


def test_a_right_that_no_invoke_needs_is_not_granted_with_those_that_it_does() -> None:
    credential = "Microsoft.ContainerService/managedClusters/listClusterUserCredential/action"
    held = permissions(entry(READ, RUN, RESULT))
    found = only(checks.run(failure(refused(credential)), healthy(permissions=held)), "arm-action-missing")
    assert credential in found["message"] and "does not need" in found["message"]
    assert [fix["kind"] for fix in found["fixes"]] == ["manual"]


def test_without_permissions_and_without_the_name_of_an_action_no_grant_is_guessed() -> None:
    unnamed = failure("(AuthorizationFailed) The client does not have authorization to perform action.")
    diagnosis = checks.run(unnamed, healthy(permissions=unread()))
    assert not any(fix["kind"] == "grant-role" for found in diagnosis["findings"] for fix in found["fixes"])


def test_a_data_action_of_the_same_name_grants_nothing() -> None:
    data_only = entry("Microsoft.Authorization/*/read", dataActions=["Microsoft.ContainerService/managedClusters/*"])
    assert "arm-action-missing" in ids(checks.run(None, healthy(permissions=permissions(data_only))))


def test_a_role_that_could_not_be_read_may_hold_what_is_missing() -> None:
    partly = permissions(entry(READ), incomplete="(AuthorizationFailed) no", is_self=False)
    diagnosis = checks.run(None, healthy(permissions=partly))
    assert outcomes(diagnosis)["access"] == "unknown"
    assert "Microsoft.Authorization/roleDefinitions/read" in diagnosis["unknowns"][0]["needs"]


def test_a_refused_text_and_the_permissions_confirm_each_other() -> None:
    found = only(checks.run(failure(refused(RUN)), healthy(permissions=permissions(entry(READ)))), "arm-action-missing")
    assert found["confidence"] == "confirmed"
    assert {datum["source"] for datum in found["evidence"]} == {"error text", "permissions"}


def test_a_refusal_that_the_permissions_do_not_explain_gets_no_assignment() -> None:
    found = only(checks.run(failure(refused(RUN)), healthy()), "arm-action-missing")
    assert found["confidence"] == "possible"
    assert not any(fix["kind"] == "grant-role" for fix in found["fixes"])


def test_a_refusal_of_another_principal_is_looked_at_as_that_principal() -> None:
    found = only(checks.run(failure(refused(RUN, object_id=OTHER)), healthy()), "arm-action-missing")
    assert not any(fix["kind"] == "grant-role" for fix in found["fixes"])
    assert any(f"--principal {OTHER}" in line for line in commands(found))


def test_the_object_id_is_compared_in_any_case() -> None:
    found = only(
        checks.run(failure(refused(RUN, object_id=CALLER.upper())), healthy(permissions=permissions(entry(READ)))),
        "arm-action-missing",
    )
    assert found["confidence"] == "confirmed"


def test_a_text_alone_asks_for_the_result_too_which_comes_next() -> None:
    found = only(checks.run(failure(refused(RUN)), healthy(permissions=unread())), "arm-action-missing")
    assert found["confidence"] == "likely"
    assert roles.READER in stock_commands(found)[0]
    assert all("--error" in line and "AuthorizationFailed" in line for line in commands(found))


def test_a_missing_result_right_takes_reader() -> None:
    found = only(checks.run(None, healthy(permissions=permissions(entry(READ, RUN)))), "result-read-missing")
    (line,) = stock_commands(found)
    assert roles.READER in line
    whom = f"--assignee-object-id {CALLER} --assignee-principal-type User"
    assert commands(found) == [f"az aks invoke-fix grant-role {AT} {whom}"]


def test_the_custom_role_s_json_survives_the_shell() -> None:
    found = only(checks.run(None, healthy(permissions=permissions())), "arm-action-missing")
    define = shlex.split(stock_commands(found)[1].split(" && ")[0])
    assert "--allow-custom-role" in commands(found)[1]
    definition = json.loads(define[define.index("--role-definition") + 1])
    assert definition["Actions"] == [READ, RUN, RESULT]
    assert definition["AssignableScopes"] == [f"/subscriptions/{SUBSCRIPTION}"]


def test_on_an_entra_cluster_with_local_accounts_the_admin_role_comes_with_a_warning() -> None:
    entra = Item(value=cluster(aadProfile=ENTRA))
    warned = only(checks.run(None, healthy(cluster=entra, permissions=permissions())), "arm-action-missing")
    plain = only(checks.run(None, healthy(permissions=permissions())), "arm-action-missing")
    assert "Note that" in warned["fixes"][0]["description"] and "Note that" not in plain["fixes"][0]["description"]


def test_another_principal_is_given_the_role_as_what_it_is() -> None:
    others = permissions(object_id=OTHER, is_self=False, principal_type="ServicePrincipal")
    found = only(checks.run(None, healthy(permissions=others)), "arm-action-missing")
    assert f"--assignee-object-id {OTHER} --assignee-principal-type ServicePrincipal" in commands(found)[0]


def test_what_the_caller_may_not_read_is_no_gap_of_another_principal() -> None:
    others = permissions(entry(READ, RUN, RESULT), object_id=OTHER, is_self=False)
    diagnosis = checks.run(None, healthy(cluster=unread(refused(READ), READ), permissions=others))
    assert outcomes(diagnosis)["access"] == "passed"
    assert outcomes(diagnosis)["cluster"] == "unknown"


def test_a_service_principal_s_own_type_is_known_from_its_sign_in() -> None:
    app = sign_in(kind="servicePrincipal")
    found = only(checks.run(None, healthy(sign_in=app, permissions=permissions())), "arm-action-missing")
    assert "--assignee-principal-type ServicePrincipal" in commands(found)[0]


def test_an_eligible_role_is_to_be_activated_and_not_duplicated() -> None:
    diagnosis = checks.run(None, healthy(permissions=permissions(entry(READ)), eligible=eligible(RUN, RESULT)))
    assert ids(diagnosis) == ["role-not-activated"]
    assert not any(fix["kind"] == "grant-role" for fix in diagnosis["findings"][0]["fixes"])


def test_an_eligible_role_that_covers_half_the_gap_is_no_way_out() -> None:
    diagnosis = checks.run(None, healthy(permissions=permissions(entry(READ)), eligible=eligible(RUN)))
    assert ids(diagnosis) == ["arm-action-missing"]


def test_a_deny_assignment_for_a_group_is_only_possible() -> None:
    deny = {
        "properties": {
            "denyAssignmentName": "d",
            "scope": f"/subscriptions/{SUBSCRIPTION}",
            "permissions": [{"actions": ["*"], "notActions": ["*/read"]}],
            "principals": [{"id": OTHER, "type": "Group"}],
        }
    }
    found = only(checks.run(None, healthy(denies=Item(value=[deny]))), "arm-denied")
    assert (found["confidence"], found["severity"]) == ("possible", "warning")


def test_a_cluster_that_exists_after_all_is_only_a_warning() -> None:
    text = failure("(ResourceGroupNotFound) Resource group 'rg9' could not be found.")
    diagnosis = checks.run(text, healthy())
    assert only(diagnosis, "cluster-not-found")["severity"] == "warning"
