"""What a text told and what the cluster is now can be of different moments."""

from __future__ import annotations

import pytest

from azext_aksinvokefix import checks
from azext_aksinvokefix.lifecycle import NOT_ASKED, Item
from tests.data.evidence import (
    CALLER,
    ENTRA,
    HIDDEN,
    LOST,
    OTHER,
    READ,
    RESULT,
    RUN,
    START_TIMEOUT,
    TENANT,
    cluster,
    commands,
    entry,
    failure,
    healthy,
    ids,
    only,
    outcomes,
    permissions,
    refused,
    signin,
    unread,
    with_cluster,
)

GONE = "(ResourceGroupNotFound) Resource group 'rg9' could not be found."
EXPIRED = "AADSTS70043: The refresh token has expired or is invalid due to sign-in frequency checks."


@pytest.mark.parametrize("text", [START_TIMEOUT, HIDDEN, LOST])
def test_a_cluster_that_is_down_by_now_explains_a_text_of_many_causes(text: str) -> None:
    diagnosis = checks.run(failure(text), with_cluster(powerState={"code": "Stopped"}))
    assert ids(diagnosis) == ["cluster-stopped"]


def test_run_command_that_was_disabled_since_does_not() -> None:
    diagnosis = checks.run(failure(START_TIMEOUT), with_cluster(apiServerAccessProfile={"disableRunCommand": True}))
    assert ids(diagnosis) == ["start-timeout"]


@pytest.mark.parametrize("code", ["Deallocated", "Hibernating"])
def test_a_power_state_nobody_documented_is_a_doubt(code: str) -> None:
    diagnosis = checks.run(None, with_cluster(powerState={"code": code}))
    found = only(diagnosis, "cluster-not-ready")
    assert (found["confidence"], diagnosis["verdict"]) == ("possible", "degraded")
    assert code in found["message"]


def test_what_was_not_looked_at_after_a_text_that_is_over_is_no_open_question() -> None:
    on = {"addonProfiles": {"azurepolicy": {"enabled": True}}}
    diagnosis = checks.run(failure(GONE), healthy(cluster=Item(value=cluster(**on)), assignments=NOT_ASKED))
    assert (outcomes(diagnosis)["admission"], diagnosis["unknowns"]) == ("skipped", [])


def test_a_refusal_of_another_principal_whose_roles_cannot_be_read_rests_on_its_text() -> None:
    diagnosis = checks.run(failure(refused(RUN, object_id=OTHER)), healthy(permissions=unread("no", "x/read")))
    found = only(diagnosis, "arm-action-missing")
    assert found["confidence"] == "likely" and f"The principal {OTHER}" in found["message"]
    assert f"--assignee-object-id {OTHER} --assignee-principal-type User" in commands(found)[0]
    assert all(CALLER not in line for line in commands(found))


def test_a_grant_to_another_principal_may_be_on_its_way() -> None:
    held = permissions(entry(READ, RUN, RESULT), object_id=OTHER, is_self=False)
    found = only(checks.run(failure(refused(RUN, object_id=OTHER)), healthy(permissions=held)), "arm-action-missing")
    assert (found["confidence"], commands(found)) == ("possible", [])


def test_a_principal_of_unknown_type_is_assigned_without_one() -> None:
    nobody = permissions(object_id=OTHER, is_self=False)
    found = only(checks.run(None, healthy(permissions=nobody)), "arm-action-missing")
    assert all("--assignee-principal-type" not in line for line in commands(found))


def test_obstacles_that_were_asked_for_and_not_read_are_open_questions() -> None:
    locks = unread("(AuthorizationFailed) no", "Microsoft.Authorization/locks/read")
    diagnosis = checks.run(failure("(ScopeLocked) The scope '/x' cannot perform write operation"), healthy(locks=locks))
    assert [question["needs"] for question in diagnosis["unknowns"]] == [["Microsoft.Authorization/locks/read"]]


@pytest.mark.parametrize(
    ("kind", "line"),
    [("managedIdentity", "az login --identity"), ("user", f"az login --tenant {TENANT}")],
)
def test_an_account_signs_in_the_way_it_does(kind: str, line: str) -> None:
    found = only(checks.run(failure(EXPIRED), healthy(signin=signin(kind=kind))), "sign-in-expired")
    assert commands(found) == [line]


def test_a_managed_identity_is_not_told_to_sign_in_to_a_tenant_that_it_is_in() -> None:
    entra = Item(value=cluster(aadProfile=ENTRA))
    text = failure("error: You must be logged in to the server (Unauthorized)")
    found = only(
        checks.run(text, healthy(cluster=entra, signin=signin(kind="managedIdentity"))), "kubernetes-unauthorized"
    )
    assert commands(found) == ["az login --identity"]


def test_a_result_that_stays_open_is_lost_even_though_it_came() -> None:
    result = Item(value={"properties": {"provisioningState": "Canceled"}})
    assert ids(checks.run(failure(LOST, source="commandId"), healthy(result=result))) == ["result-lost"]
    assert ids(checks.run(failure(LOST), healthy(result=result))) == []
