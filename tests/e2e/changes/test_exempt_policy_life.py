"""`exempt-policy` as a user meets it: looked at, agreed to, waited for, refused, and never done by half unsaid."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from tests.e2e.azure import Azure
from tests.e2e.diagnosis import CLUSTER
from tests.e2e.exempting import COMMAND, LATER, READ_ONLY, allow, assignment, exempt, run, undo, written

ONE: dict[str, Any] = {"policy": {"assignments": [READ_ONLY]}}
FIXED: dict[str, Any] = {
    "name": "fixed",
    "parameters": {"effect": {"type": "String", "defaultValue": "Audit"}},
    "references": [["root", "readOnlyRootFilesystem", None, "effect", None, {"excludedNamespaces": ["kube-system"]}]],
}
WRITE = "Microsoft.Authorization/policyAssignments/write"


def test_what_if_shows_requests_and_undo_and_sends_and_runs_nothing(azure: Azure) -> None:
    world = azure.load(ONE)
    looked = exempt(azure, "--what-if")
    plan = looked.json()
    (change,), (back,) = plan["changes"], plan["undo"]
    assert looked.rc == 0 and plan["whatIf"] is True and plan["changeId"] is None
    assert (change["method"], change["apiVersion"]) == (back["method"], back["apiVersion"]) == ("PUT", "2025-11-01")
    assert "excludedNamespaces" not in change["before"]["properties"]["parameters"]
    assert change["after"]["properties"]["parameters"]["excludedNamespaces"]["value"][-1] == COMMAND
    assert "excludedNamespaces" not in back["after"]["properties"]["parameters"]
    assert plan["requires"] == [WRITE]
    assert any("prediction" in warning for warning in plan["warnings"])
    assert written(world) == [] and world.executions("true") == 0


def test_what_if_is_a_page_for_a_person(azure: Azure) -> None:
    azure.load(ONE)
    page = azure.invoke_fix("exempt-policy", *CLUSTER, "--what-if", tty=True)
    assert page.rc == 0 and "+ aks-command" in page.out and "undo: az aks invoke-fix undo" in page.out, str(page)


def test_without_a_terminal_and_without_yes_it_refuses(azure: Azure) -> None:
    world = azure.load(ONE)
    refused = exempt(azure, "--error", run(azure).err)
    assert refused.rc == 1 and "--yes" in refused.err and "--what-if" in refused.err, str(refused)
    assert written(world) == []


def test_without_any_denial_and_without_a_yes_nothing_is_run(azure: Azure) -> None:
    world = azure.load(ONE)
    refused = exempt(azure)
    assert refused.rc == 1 and "--error" in refused.err, str(refused)
    assert world.executions("true") == 0 and not [x for x in world.requests if x.operation == "run-command"]


def test_at_a_terminal_the_probe_the_reach_and_the_change_are_asked_for(azure: Azure) -> None:
    world = azure.load(ONE)
    made = azure.invoke_fix("exempt-policy", *CLUSTER, tty=True, input="y\ny\ny\n")
    assert made.rc == 0, str(made)
    probe, reach, change = (made.err.index(words) for words in ("`true`", "Continue?", "Make this change?"))
    assert probe < reach < change
    assert made.err.index("+ aks-command") < reach
    assert len(written(world)) == 1


@pytest.mark.parametrize("answers", ["n\n", "y\nn\n", "y\ny\nn\n", "\n"])
def test_any_no_at_the_terminal_changes_nothing(azure: Azure, answers: str) -> None:
    world = azure.load(ONE)
    assert azure.invoke_fix("exempt-policy", *CLUSTER, tty=True, input=answers).rc == 1
    assert written(world) == []


def test_a_second_run_says_already_and_writes_nothing(azure: Azure) -> None:
    world = azure.load({"policy": {"assignments": [READ_ONLY], "syncDelay": 1200}})
    denied = run(azure).err
    assert exempt(azure, "--error", denied, "--yes").rc == 0
    before = written(world)
    again = exempt(azure, "--yes", "--error", denied)
    assert again.rc == 0 and again.json()["changes"] == [], str(again)
    assert any("already" in note and "has not reached the cluster yet" in note for note in again.json()["notes"])
    assert written(world) == before


def test_a_pod_that_is_let_in_needs_nothing(azure: Azure) -> None:
    world = azure.load({})
    done = exempt(azure, "--yes")
    assert done.rc == 0 and done.json()["changes"] == [] and world.executions("true") == 1, str(done)


def test_wait_ends_when_the_cluster_lets_the_pod_in(azure: Azure) -> None:
    world = azure.load("policy-slow-sync")
    made = exempt(azure, "--error", run(azure).err, "--yes", "--wait", timeout=120)
    assert made.rc == 0 and made.json()["verified"] is True, str(made)
    assert world.executions("true") == 1
    assert run(azure).rc == 0


def test_wait_has_an_end(azure: Azure) -> None:
    azure.load({"policy": {"assignments": [READ_ONLY], "syncDelay": 9999}})
    made = exempt(azure, "--error", run(azure).err, "--yes", "--wait", "--timeout", "3", timeout=120)
    assert made.rc == 1 and made.json()["verified"] is False, str(made)
    assert made.json()["changes"][0]["state"] == "done"


def test_an_exemption_is_offered_with_a_line_that_works_and_never_made_by_yes(azure: Azure) -> None:
    world = azure.load("policy-no-namespace-parameter")
    denied = run(azure).err
    world.advance(60)
    refused = exempt(azure, "--error", denied, "--yes")
    assert refused.rc == 1 and "cannot be excluded" in refused.err, str(refused)
    assert written(world) == []
    offered = refused.err[refused.err.index("az aks invoke-fix") :].splitlines()[0]
    words = shlex.split(offered)
    assert words[-2:] == ["--mode", "exemption"]
    made = azure.az(*words[1:], "--yes", "-o", "json")
    assert made.rc == 0, str(made)
    world.advance(LATER)
    assert run(azure).rc == 0


def test_a_plan_of_two_kinds_is_not_made_by_half(azure: Azure) -> None:
    stuck = {"of": "fixed", "name": "fixed", "effect": "Deny"}
    world = azure.load({"policy": {"initiatives": [FIXED], "assignments": [READ_ONLY, stuck]}})
    denied = run(azure).err
    refused = exempt(azure, "--error", denied, "--yes")
    assert refused.rc == 1 and written(world) == [], str(refused)
    agreed = azure.invoke_fix("exempt-policy", *CLUSTER, "--error", denied, tty=True, input="y\ny\ny\n")
    assert agreed.rc == 0, str(agreed)
    assert written(world) == ["PUT policy-assignment-put", "PUT policy-exemption-put"]
    world.advance(LATER)
    assert run(azure).rc == 0
    undo(azure)
    assert written(world)[2:] == ["DELETE policy-exemption-delete", "PUT policy-assignment-put"]
    world.advance(LATER)
    assert run(azure).rc == 125


TERMS = [((), 30 * 24, "Waiver"), (("--expires-in", "12h", "--category", "Mitigated"), 12, "Mitigated")]


@pytest.mark.parametrize(("more", "hours", "category"), TERMS)
def test_an_exemption_ends_when_it_was_told_to(azure: Azure, more: tuple[str, ...], hours: int, category: str) -> None:
    world = azure.load(ONE)
    made = exempt(azure, "--error", run(azure).err, "--mode", "exemption", "--yes", *more)
    assert made.rc == 0, str(made)
    assert made.json()["changes"][0]["after"]["properties"]["exemptionCategory"] == category
    world.advance(hours * 3600 - 600)
    assert run(azure).rc == 0
    world.advance(1200)
    assert run(azure).rc == 125


def test_never_has_to_be_said(azure: Azure) -> None:
    azure.load(ONE)
    plan = exempt(azure, "--what-if", "--mode", "exemption", "--expires-in", "never").json()
    assert "expiresOn" not in plan["changes"][0]["after"]["properties"]


@pytest.mark.parametrize("term", ["30", "0d", "d", "-1d", "soon", "1y"])
def test_a_term_that_is_none_is_a_usage_error(azure: Azure, term: str) -> None:
    azure.load(ONE)
    assert exempt(azure, "--what-if", f"--expires-in={term}").rc == 2


def test_a_management_group_needs_wide_scope_beside_yes(azure: Azure) -> None:
    above = {"access": {"assignments": ["Owner", {"role": "Owner", "scope": "managementGroup"}]}}
    world = azure.load({"policy": {"assignments": [{**READ_ONLY, "scope": "managementGroup"}]}, **above})
    refused = exempt(azure, "--yes", "--error", run(azure).err)
    assert refused.rc == 1 and "--wide-scope" in refused.err and "management group contoso" in refused.err, str(refused)
    assert written(world) == []


#: Who asks, and what they may do.
POWERLESS = ["policy-no-write", "policy-management-group", {**ONE, "access": allow()}]


@pytest.mark.parametrize("scenario", POWERLESS, ids=["Contributor", "Reader above", "no policy rights"])
def test_who_may_not_gets_a_text_for_somebody_who_may(azure: Azure, scenario: str | dict[str, Any]) -> None:
    world = azure.load(scenario)
    denied = run(azure).err
    refused = exempt(azure, "--yes", "--error", denied, "--wide-scope")
    assert refused.rc == 1 and WRITE in refused.err, str(refused)
    assert "Resource Policy Contributor" in refused.err and "az policy assignment update" in refused.err
    assert written(world) == []
    looked = exempt(azure, "--what-if", "--error", denied).json()
    assert looked["requires"] == [WRITE] and "az policy assignment update" in looked["handover"]


def test_who_does_not_even_see_the_management_group_gets_the_text_too(azure: Azure) -> None:
    world = azure.load({"policy": {"assignments": [{**READ_ONLY, "scope": "managementGroup"}]}})
    refused = exempt(azure, "--yes", "--error", run(azure).err, "--wide-scope")
    assert refused.rc == 1 and "az policy assignment update" in refused.err, str(refused)
    assert written(world) == []


def test_who_may_only_exempt_is_offered_that(azure: Azure) -> None:
    exempts = ("Microsoft.Authorization/policyAssignments/exempt/action", "Microsoft.Authorization/policyExemptions/*")
    world = azure.load({**ONE, "access": allow(*exempts)})
    denied = run(azure).err
    refused = exempt(azure, "--yes", "--error", denied)
    assert refused.rc == 1 and "--mode exemption" in refused.err and "every namespace" in refused.err, str(refused)
    made = exempt(azure, "--yes", "--error", denied, "--mode", "exemption")
    assert made.rc == 0 and written(world) == ["PUT policy-exemption-put"], str(made)


def test_what_somebody_else_writes_between_plan_and_write_survives(azure: Azure) -> None:
    world = azure.load("policy-edited-meanwhile")
    denied = run(azure).err
    refused = exempt(azure, "--yes", "--error", denied)
    listed = assignment(world, "pod-security")["properties"]["parameters"]["excludedNamespaces"]["value"]
    assert refused.rc == 1 and listed == ["kube-system", "shop", "theirs"], str(refused)
    assert exempt(azure, "--yes", "--error", denied).rc == 0
    listed = assignment(world, "pod-security")["properties"]["parameters"]["excludedNamespaces"]["value"]
    assert listed == ["kube-system", "shop", "theirs", COMMAND]


def test_what_somebody_else_wrote_since_is_not_undone(azure: Azure) -> None:
    world = azure.load(ONE)
    exempt(azure, "--yes", "--error", run(azure).err)
    found = next(iter(world.state["policy"]["model"].arm.assignments.values()))
    found["properties"]["description"] = "theirs"
    refused = azure.invoke_fix("undo", "--yes")
    assert refused.rc == 1 and "omeone else" in refused.err, str(refused)
    kept = assignment(world)["properties"]
    assert kept["description"] == "theirs" and COMMAND in kept["parameters"]["excludedNamespaces"]["value"]


def test_a_plan_that_dies_half_way_says_what_was_done_and_that_is_taken_back(azure: Azure) -> None:
    second = {"of": "automountToken", "name": "no-token", "title": "No token", "effect": "Deny"}
    fault = {"operation": "policy-assignment-put", "of": "no-token", "status": 409, "code": "Conflict"}
    world = azure.load({"policy": {"assignments": [READ_ONLY, second]}, "faults": [fault]})
    made = exempt(azure, "--yes", "--error", run(azure).err)
    assert made.rc == 1, str(made)
    assert [change["state"] for change in made.json()["changes"]] == ["done", "failed"]
    assert "done: Exclude" in made.err and "failed: Exclude" in made.err and "undo --change-id" in made.err
    assert azure.invoke_fix("history", "-o", "json").json()[0]["state"] == "partial"
    back = undo(azure)
    assert [change["id"].rpartition("/")[2] for change in back["changes"]] == ["read-only-root"]
    assert "excludedNamespaces" not in assignment(world)["properties"]["parameters"]


def test_a_write_whose_answer_is_lost_is_looked_at_and_not_repeated(azure: Azure) -> None:
    world = azure.load("policy-write-answer-lost")
    made = exempt(azure, "--yes", "--error", run(azure).err)
    assert made.rc == 0 and made.json()["verified"] is True, str(made)
    assert len(written(world)) == 1
    undo(azure)
    world.advance(LATER)
    assert run(azure).rc == 125


OTHERS = ["gatekeeper-self", "managed-vap", "defender-vap", "defender-image", "kyverno", "pod-security"]


@pytest.mark.parametrize("scenario", OTHERS)
def test_what_is_not_azure_policys_is_refused_with_who_can(azure: Azure, scenario: str) -> None:
    world = azure.load(scenario)
    refused = exempt(azure, "--yes", "--mode", "exemption", "--error", run(azure).err)
    assert refused.rc == 1 and "no Azure Policy change fixes this" in refused.err, str(refused)
    assert written(world) == []


def test_an_assignment_kept_as_code_brings_the_change_for_its_source(azure: Azure) -> None:
    azure.load({"policy": {"assignments": [{**READ_ONLY, "metadata": {"assignedBy": "Terraform"}}]}})
    page = azure.invoke_fix("exempt-policy", *CLUSTER, "--what-if", tty=True)
    assert "parameters = jsonencode({" in page.out and "Terraform" in page.out, str(page)


def test_a_cluster_or_an_assignment_that_does_not_exist_is_exit_3(azure: Azure) -> None:
    azure.load(ONE)
    assert azure.invoke_fix("exempt-policy", "-g", "rg1", "-n", "other", "--what-if").rc == 3
    assert exempt(azure, "--what-if", "--policy-assignment", "other").rc == 3


def test_no_terminal_escape_of_a_name_reaches_the_terminal(azure: Azure) -> None:
    azure.load({"policy": {"assignments": [{**READ_ONLY, "title": "a\x1b[31mb\nc"}]}})
    page = azure.invoke_fix("exempt-policy", *CLUSTER, "--what-if", tty=True)
    assert page.rc == 0 and "\x1b[31mb" not in page.out + page.err, str(page)


def test_the_journal_holds_the_document_and_no_token(azure: Azure) -> None:
    azure.load(ONE)
    made = exempt(azure, "--yes", "--error", run(azure).err).json()
    lines = (azure.config_dir / "aks-invoke-fix" / "journal.jsonl").read_text().splitlines()
    kept = [json.loads(line) for line in lines]
    last = [line for line in kept if line["changeId"] == made["changeId"]][-1]
    assert last["state"] == "applied" and last["changes"][0]["before"]["name"] == "read-only-root"
