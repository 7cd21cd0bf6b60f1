"""Starting a stopped cluster and switching run command on: what is sent, that it works, that it can be taken back."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from azext_aksinvokefix.changes import apply, undo
from azext_aksinvokefix.changes.apply import ApplyOptions, Outcome
from azext_aksinvokefix.changes.plan import Plan, RefusedError
from azext_aksinvokefix.fixes import cluster_state
from tests.worlds.capacity import Cloud, Scenario

BY_POLICY = "policy-disable-run-command"
CONSENT = ("--mode exemption",)


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario], Cloud]:
    return lambda scenario: Cloud(tmp_path, monkeypatch, scenario)


def carry_out(azure: Cloud, plan: Plan, *flags: str) -> Outcome:
    return apply.carry_out(azure.session(), plan, ApplyOptions(yes=True, flags=flags))


def take_back(azure: Cloud) -> Outcome:
    session = azure.session()
    return carry_out(azure, undo.plan(session.arm, undo.chosen(session.journal, None)))


def test_a_stopped_cluster_starts_and_undo_stops_it(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud({"cluster": {"power": "Stopped"}, "operationSeconds": 60})
    assert not azure.run_works()
    outcome = carry_out(azure, cluster_state.plan_start(azure.session()))
    assert outcome.document["verified"] is True
    assert azure.run_works()
    assert take_back(azure).document["verified"] is True
    assert azure.written == ["POST start", "POST stop"]
    assert not azure.run_works()


def test_a_running_cluster_is_not_started(cloud: Callable[[Scenario], Cloud]) -> None:
    plan = cluster_state.plan_start(cloud({}).session())
    assert plan.changes == () and plan.notes


def test_enabling_run_command_changes_nothing_else(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud("run-command-disabled")
    before = copy.deepcopy(azure.direct.cluster.resource)
    plan = cluster_state.plan_enable_run_command(azure.session())
    outcome = carry_out(azure, plan)
    assert outcome.document["verified"] is True
    assert azure.run_works()
    after = azure.direct.cluster.resource
    before["properties"].pop("apiServerAccessProfile")
    after["properties"].pop("apiServerAccessProfile", None)
    assert after == before


def test_everything_that_was_read_is_sent_back_but_what_the_service_sets(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud("run-command-disabled")
    azure.direct.cluster.properties["windowsProfile"] = {"adminUsername": "a", "enableCSIProxy": True}
    azure.direct.cluster.properties["someFutureProfile"] = {"mode": "New"}
    azure.direct.cluster.properties["addonProfiles"] = {"azurepolicy": {"enabled": True, "identity": {"clientId": "x"}}}
    (change,) = cluster_state.plan_enable_run_command(azure.session()).changes
    body = change.after["properties"]
    assert body["apiServerAccessProfile"] == {"disableRunCommand": False}
    assert body["windowsProfile"] == {"adminUsername": "a", "enableCSIProxy": True}
    assert body["someFutureProfile"] == {"mode": "New"}
    assert not {"provisioningState", "powerState", "fqdn", "currentKubernetesVersion"} & set(body)
    (pool,) = body["agentPoolProfiles"]
    assert pool["name"] == "nodepool1" and pool["powerState"] == {"code": "Running"}
    assert not {"provisioningState", "nodeImageVersion", "currentOrchestratorVersion"} & set(pool)
    assert body["addonProfiles"] == {"azurepolicy": {"enabled": True}}


def test_undo_switches_run_command_off_again(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud("run-command-disabled")
    carry_out(azure, cluster_state.plan_enable_run_command(azure.session()))
    assert take_back(azure).document["verified"] is True
    assert not azure.run_works()


def test_enabled_is_enough(cloud: Callable[[Scenario], Cloud]) -> None:
    plan = cluster_state.plan_enable_run_command(cloud({}).session())
    assert plan.changes == () and plan.notes


def test_a_policy_that_would_switch_it_off_again_is_dealt_with_first(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(BY_POLICY)
    azure.world.advance(60)
    plan = cluster_state.plan_enable_run_command(azure.session())
    exemption, enable = plan.changes
    assert "/policyExemptions/" in exemption.id and enable.id == azure.id
    assert exemption.after["properties"]["exemptionCategory"] == "Waiver"
    assert exemption.after["properties"]["expiresOn"]
    assert "Microsoft.Authorization/policyAssignments/exempt/action" in plan.actions
    assert plan.stock[0].startswith("az policy exemption create")
    assert carry_out(azure, plan, *CONSENT).document["verified"] is True
    azure.world.advance(3600)
    assert azure.run_works()


def test_yes_alone_does_not_agree_to_the_exemption(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud(BY_POLICY)
    azure.world.advance(60)
    with pytest.raises(RefusedError):
        carry_out(azure, cluster_state.plan_enable_run_command(azure.session()))
    assert azure.written == []


def busy(cloud: Callable[[Scenario], Cloud]) -> Cloud:
    azure = cloud({"cluster": {"power": "Stopped"}, "operationSeconds": 60})
    azure.direct.ask("POST", f"{azure.id}/start?api-version=2024-09-01")
    return azure


def test_waiting_ends_with_the_operation_and_tells_of_it_once(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = busy(cloud)
    plan = cluster_state.plan_wait(azure.session())
    assert plan.changes == () and plan.notes == ("The operation that was in progress is done.",)
    assert [line for line in azure.console.lines if "changes nothing" in line] == [
        "Waiting until it is done (this changes nothing): the cluster is Starting."
    ]
    assert azure.run_works()


def test_a_look_at_the_plan_does_not_wait(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = busy(cloud)
    (note,) = cluster_state.plan_wait(azure.session(), wait=False).notes
    assert note == "Waits for the operation in progress: the cluster is Starting."
    assert not azure.run_works()


def test_waiting_is_given_up_when_its_time_is_over(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = busy(cloud)
    with pytest.raises(RefusedError, match="after 10 seconds, still not done: the cluster is Starting") as refused:
        cluster_state.plan_wait(azure.session(), patience=10.0)
    assert "az aks operation-abort" in refused.value.advice


def test_what_is_in_progress_is_waited_for(cloud: Callable[[Scenario], Cloud]) -> None:
    azure = cloud({"cluster": {"power": "Stopped"}, "operationSeconds": 60})
    carry_out(azure, cluster_state.plan_start(azure.session()))
    azure.direct.ask("POST", f"{azure.id}/stop?api-version=2024-09-01")
    plan = cluster_state.plan_start(azure.session())
    assert len(plan.changes) == 1
    assert "Waiting: the cluster is Stopping" in azure.console.lines
