"""add-capacity does nothing where there is room, asks the cluster where nobody can tell, and never pays twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix.arm import Arm
from azext_aksinvokefix.changes import send
from azext_aksinvokefix.changes.plan import Change, RefusedError
from azext_aksinvokefix.fixes.add_capacity import earlier
from tests.data.evidence import FULL as FULL_TEXT
from tests.data.evidence import START_TIMEOUT, TAINTED, failure
from tests.simulator.core.specs import Free
from tests.worlds.capacity import FULL, SYSTEM, Cloud, Scenario

BUSY = {"pools": [{"free": FULL}]}
DENIED = "(AuthorizationFailed) no"


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario], Cloud]:
    return lambda scenario: Cloud(tmp_path, monkeypatch, scenario)


@pytest.mark.parametrize("options", [{}, {"what_if": True}, {"yes": True}, {"ask": True}])
def test_a_healthy_cluster_needs_nothing(cloud: Callable[[Scenario], Cloud], options: dict[str, bool]) -> None:
    azure = cloud({})
    plan = azure.plan(**options)
    assert plan.changes == ()
    assert plan.notes
    assert azure.written == []


def test_without_changes_the_outcome_is_verified(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud({})
    outcome = azure.carry_out(azure.plan())
    assert (outcome.failed, outcome.document["changes"], outcome.document["verified"]) == (False, [], True)


@pytest.mark.parametrize(("options", "probes"), [({"what_if": True}, 0), ({}, 0), ({"yes": True}, 1)])
def test_the_cluster_is_asked_only_with_consent(
    cloud: Callable[[Scenario], Cloud], options: dict[str, bool], probes: int
) -> None:
    azure = cloud({})
    azure.plan(**options)
    assert azure.edge.probes == probes


def test_on_a_terminal_the_question_comes_first(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud({})
    azure.console.can_ask, azure.console.answers = True, [True]
    azure.plan(ask=True)
    assert azure.edge.probes == 1
    assert "`true`" in azure.console.asked[0]


def test_without_a_text_full_nodes_are_found_by_asking_the_cluster(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud({**BUSY, "surface": "failed"})
    (change,) = azure.plan(yes=True).changes
    assert change.settings == (("properties", "count"),)


def test_without_a_text_the_activity_log_tells_of_a_pod_that_did_not_start(cloud: Callable[[Scenario], Cloud]) -> None:
    code, _, message = START_TIMEOUT.partition(") ")
    event = {"minutesAgo": 5, "code": code.strip("("), "message": message}
    plan = cloud({**BUSY, "activity": {"events": [event]}}).plan(what_if=True)
    assert len(plan.changes) == 1
    assert "not certain" in " ".join(plan.warnings)


def test_taints_named_by_an_older_text_are_settled_by_the_pools_of_today(cloud: Callable[[Scenario], Cloud]) -> None:
    assert cloud({}).plan(failure=failure(TAINTED)).changes == ()


def test_a_failure_of_another_kind_is_not_answered_with_nodes(cloud: Callable[[Scenario], Cloud]) -> None:
    plan = cloud({}).plan(failure=failure('admission webhook "validation.gatekeeper.sh" denied the request: x'))
    assert plan.changes == ()
    assert "do not fix this failure" in plan.notes[0]


def test_a_way_that_is_named_needs_no_reason(cloud: Callable[[Scenario], Cloud]) -> None:
    assert len(cloud({}).plan(method="scale").changes) == 1


def test_a_second_run_says_already_and_writes_nothing(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(BUSY)
    azure.carry_out(azure.plan(failure=failure(FULL_TEXT)))
    again = azure.plan(failure=failure(FULL_TEXT))
    assert again.changes == ()
    assert "Already" in again.notes[0]
    assert azure.pool()["count"] == 2


@pytest.mark.parametrize("options", [{"method": "scale"}, {"method": "add-pool"}])
def test_the_same_way_is_not_taken_twice_in_a_row(cloud: Callable[[Scenario], Cloud], options: dict[str, str]) -> None:
    azure = cloud({})
    azure.carry_out(azure.plan(**options))
    assert azure.plan(**options).changes == ()


def test_another_way_is_taken_after_the_first(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud({})
    azure.carry_out(azure.plan(method="scale"))
    assert len(azure.plan(method="add-pool").changes) == 1


def test_the_scheduler_s_word_after_the_change_counts(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(BUSY)
    azure.carry_out(azure.plan(failure=failure(FULL_TEXT)))
    assert len(azure.plan(failure=failure(FULL_TEXT, source="run")).changes) == 1
    assert azure.plan(failure=failure(START_TIMEOUT, source="run")).changes == ()


def test_a_change_that_was_taken_back_does_not_count(cloud: Callable[[Scenario], Cloud]) -> None:
    from azext_aksinvokefix.changes import undo

    azure = cloud(BUSY)
    azure.carry_out(azure.plan(failure=failure(FULL_TEXT)))
    session = azure.session()
    azure.carry_out(undo.plan(session.arm, undo.chosen(session.journal, None)))
    assert len(azure.plan(failure=failure(FULL_TEXT)).changes) == 1


@pytest.mark.parametrize("state", ["Failed", "Canceled", "Cancelled"])
def test_a_change_whose_operation_did_not_end_well_does_not_count(
    cloud: Callable[[Scenario], Cloud], monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    azure = cloud({})
    azure.carry_out(azure.plan(method="add-pool"))
    read = send.read

    def read_broken(arm: Arm, change: Change) -> dict[str, Any]:
        document = read(arm, change)
        return {**document, "properties": {**document["properties"], "provisioningState": state}}

    assert earlier.latest(azure.session()) is not None
    monkeypatch.setattr(send, "read", read_broken)
    assert earlier.latest(azure.session()) is None


def test_an_operation_in_progress_is_waited_for_and_then_there_is_room(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud({**BUSY, "operationSeconds": 120})
    azure.carry_out(azure.plan(failure=failure(FULL_TEXT)), follow=False)
    assert azure.pool()["provisioningState"] == "Scaling"
    again = azure.plan(failure=failure(FULL_TEXT))
    assert again.changes == ()
    assert azure.pool()["provisioningState"] == "Succeeded"
    assert "Waiting: node pool 'nodepool1' is Scaling" in azure.console.lines


def test_with_no_wait_our_own_operation_is_told_and_left(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud({**BUSY, "operationSeconds": 120})
    azure.carry_out(azure.plan(failure=failure(FULL_TEXT)), follow=False)
    again = azure.plan(failure=failure(FULL_TEXT), no_wait=True)
    assert again.changes == ()
    assert "In progress" in again.notes[0]
    assert azure.pool()["provisioningState"] == "Scaling"


def test_with_no_wait_somebody_else_s_operation_refuses(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud({"pools": [SYSTEM], "cluster": {"provisioning": "Updating"}})
    with pytest.raises(RefusedError) as refused:
        azure.plan(no_wait=True)
    assert "the cluster is Updating" in refused.value.message


def test_an_operation_that_never_ends_is_not_waited_for_for_ever(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud({"pools": [SYSTEM], "cluster": {"provisioning": "Updating"}})
    with pytest.raises(RefusedError) as refused:
        azure.plan()
    assert "operation-abort" in refused.value.advice


def test_what_if_waits_for_nothing_and_says_what_goes_on(cloud: Callable[[Scenario], Cloud]) -> None:
    plan = cloud({"pools": [SYSTEM], "cluster": {"provisioning": "Updating"}}).plan(what_if=True)
    assert len(plan.changes) == 1
    assert any("the cluster is Updating" in warning for warning in plan.warnings)


QUOTA = [{"of": "pool-put", "status": "Failed", "times": 1}]


def test_an_operation_that_fails_can_be_taken_back_and_is_not_taken_for_room(
    cloud: Callable[[Scenario], Cloud],
) -> None:
    from azext_aksinvokefix.changes import undo
    from azext_aksinvokefix.changes.apply import ApplyOptions, carry_out
    from azext_aksinvokefix.fixes.add_capacity.errors import EXPLANATIONS

    azure = cloud({**BUSY, "operations": QUOTA})
    plan = azure.plan(failure=failure(FULL_TEXT))
    outcome = carry_out(azure.session(), plan, ApplyOptions(yes=True), explanations=EXPLANATIONS)
    assert outcome.failed
    assert any("quota" in line for line in azure.console.lines)
    assert azure.pool()["provisioningState"] == "Failed"
    assert azure.plan(failure=failure(FULL_TEXT)).changes[0].id.endswith("/agentPools/invoke")
    session = azure.session()
    azure.carry_out(undo.plan(session.arm, undo.chosen(session.journal, None)))
    assert azure.pool()["count"] == 1


def test_a_pool_that_could_not_be_made_is_mended_before_another_is_added(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud({"pools": [SYSTEM], "operations": QUOTA})
    azure.carry_out(azure.plan())
    assert azure.pool("invoke")["provisioningState"] == "Failed"
    with pytest.raises(RefusedError) as refused:
        azure.plan()
    assert "az aks nodepool delete" in refused.value.advice and "undo" in refused.value.advice


def test_where_nodes_are_made_automatically_waiting_may_be_all(cloud: Callable[[Scenario], Cloud]) -> None:
    plan = cloud({"cluster": {"automatic": True}, "pools": [SYSTEM]}).plan(what_if=True)
    assert any("auto-provisioning" in warning for warning in plan.warnings)


def test_a_cluster_that_shows_no_pools_is_told_to_wait_for_its_nodes(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud({"cluster": {"automatic": True}})
    azure.direct.cluster.properties["agentPoolProfiles"] = []
    with pytest.raises(RefusedError) as refused:
        azure.plan(method="add-pool")
    assert "auto-provisioning" in refused.value.advice


@pytest.mark.parametrize(("seconds", "failed"), [(20, False), (600, True)])
def test_an_operation_that_somebody_starts_meanwhile_is_waited_for_a_while(
    cloud: Callable[[Scenario], Cloud], seconds: int, failed: bool
) -> None:
    from azext_aksinvokefix.changes.apply import ApplyOptions, carry_out
    from azext_aksinvokefix.fixes.add_capacity.errors import EXPLANATIONS

    azure = cloud({"pools": [{"free": FULL}, SYSTEM], "operationSeconds": seconds})
    plan = azure.plan(failure=failure(FULL_TEXT))
    theirs = azure.direct.get(f"{azure.id}/agentPools/system?api-version=2024-09-01").body
    theirs["properties"]["count"] = 2
    assert azure.direct.put(f"{azure.id}/agentPools/system?api-version=2024-09-01", theirs).status == 200
    outcome = carry_out(azure.session(), plan, ApplyOptions(yes=True), explanations=EXPLANATIONS)
    assert outcome.failed is failed
    assert azure.pool()["count"] == 2 - failed
    assert not failed or any("in progress" in line for line in azure.console.lines)


def test_where_the_first_change_did_not_help_the_scheduler_s_word_leads_to_another(
    cloud: Callable[[Scenario], Cloud], monkeypatch: pytest.MonkeyPatch
) -> None:
    azure = cloud({**BUSY, "surface": "failed"})
    azure.carry_out(azure.plan(failure=failure(FULL_TEXT)))
    monkeypatch.setattr("tests.simulator.cluster.scheduling._NEW", Free(**FULL))
    again = azure.plan(failure=failure(FULL_TEXT), yes=True)
    assert azure.edge.probes == 1
    assert len(again.changes) == 1
