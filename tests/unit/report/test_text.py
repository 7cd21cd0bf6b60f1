"""The report a person reads: whole, copyable, and unable to drive a terminal."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import Any

import pytest

from azext_aksinvokefix.lifecycle import (
    STAGES,
    Datum,
    Diagnosis,
    Finding,
    Fix,
    Item,
    Stage,
    StageReport,
    Subject,
    Unknown,
    Verdict,
)
from azext_aksinvokefix.report import table, text
from azext_aksinvokefix.report.lines import as_text
from azext_aksinvokefix.rights.permissions import Entry, Held
from tests.present import present

SUBSCRIPTION = "5ca1ab1e-0000-4000-8000-00000000c0de"
CLUSTER = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1/providers/Microsoft.ContainerService/managedClusters/c1"
AT = f"-g rg1 -n c1 --subscription {SUBSCRIPTION}"
OURS = f"az aks invoke-fix add-capacity {AT} --method scale --nodepool-name pool"
STOCK = "az aks nodepool scale -g rg1 --cluster-name c1 --name pool --node-count 2 --subscription " + SUBSCRIPTION
REPAIR = f"az aks invoke-fix repair {AT}"
WRITE = "Microsoft.ContainerService/managedClusters/agentPools/write"
SCALE = Fix("add-capacity", "reviewed", "Scale the pool 'pool' to 2 nodes.", OURS, (WRITE,), STOCK)
FULL = Finding(
    "nodes-full",
    "scheduling",
    "error",
    "confirmed",
    "No node has room",
    "No node has 200m CPU left.",
    (Datum("this run", "0/1 nodes are available: 1 Insufficient cpu."),),
    (SCALE,),
)
ASSIGNMENT = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/policyAssignments/pods"


def held(*actions: str) -> Item:
    return Item(value=Held((Entry(actions),)), source="permissions")


def diagnosis(
    *findings: Finding, failed: Stage | None = "scheduling", verdict: Verdict = "blocked", **more: Any
) -> Diagnosis:
    reports = tuple(StageReport(stage, "failed" if stage == failed else "passed") for stage in STAGES)
    made = {"correlation_id": "c0ffee", "unknowns": (), **more}
    return Diagnosis(CLUSTER, verdict, None, reports, tuple(findings), **made)


def rule(name: str, why: str = "it may run as root", **changes: Any) -> Finding:
    subject = Subject(ASSIGNMENT, "Pod rules", f"subscription {SUBSCRIPTION}", name, why)
    fix = Fix(
        "exempt-policy", "reviewed", "Exclude it.", "az aks invoke-fix exempt-policy -g rg1 -n c1", ("a/b/write",)
    )
    finding = Finding("azure-policy-denied", "admission", "error", "likely", "Azure Policy denies the pod", "Denied.")
    return replace(finding, subject=subject, fixes=(fix,), **changes)


def shown(found: Diagnosis, **how: Any) -> str:
    return as_text(text.render(found, **{"unicode": False, **how}))


def test_the_whole_report_reads_from_the_verdict_to_the_next_command() -> None:
    unknown = Unknown("access", "locks", "(AuthorizationFailed) no", ("a/b/read",))
    expected = f"""\
        1 problem: nodes - can be fixed here
        + client  + sign-in  + access  + cluster  + admission  x scheduling  + startup  + command  + result

        x scheduling  No node has room                                                            nodes-full
          No node has 200m CPU left.
          Fix: Scale the pool 'pool' to 2 nodes. Can be undone. You have the permission.
            {OURS}

        Not checked:
          access: locks: (AuthorizationFailed) no
            Needs a/b/read.

        Evidence and other fixes: --detail. About a finding: az aks invoke-fix explain --finding ID
        Next: {REPAIR}
        """
    assert shown(diagnosis(FULL, unknowns=(unknown,), held=held("*"))) == textwrap.dedent(expected)


@pytest.mark.parametrize(("known", "short", "more"), [(5, 5, False), (6, 5, True)])
def test_of_many_unknowns_the_first_are_told_and_with_details_all(known: int, short: int, more: bool) -> None:
    unknowns = tuple(Unknown("access", f"thing {number}", "(AuthorizationFailed) no", ()) for number in range(known))
    found = diagnosis(FULL, unknowns=unknowns)
    assert (shown(found).count("access: thing"), "and 1 more" in shown(found)) == (short, more)
    assert (shown(found, detail=True).count("access: thing"), "more" in shown(found, detail=True)) == (known, False)


def test_a_refusal_is_told_by_what_it_takes_and_not_by_whom_azure_refused() -> None:
    why = "(AuthorizationFailed) The client 'a' with object id 'b' does not have authorization to perform action"
    found = diagnosis(FULL, unknowns=(Unknown("access", "the deny assignments", why, ("a/b/read",)),))
    assert "  access: the deny assignments: (AuthorizationFailed)\n    Needs a/b/read.\n" in shown(found)
    assert why in " ".join(shown(found, detail=True).split())


def test_details_hold_the_evidence_every_fix_and_the_stock_commands() -> None:
    by_hand = Fix("manual", "manual", "Or ask somebody.")
    detailed = shown(diagnosis(replace(FULL, fixes=(SCALE, by_hand))), detail=True)
    expected = f"""\
          No node has 200m CPU left.
            - this run: 0/1 nodes are available: 1 Insufficient cpu.
          Fix (asks first, can be undone): Scale the pool 'pool' to 2 nodes.
              {OURS}
            Without this extension:
              {STOCK}
            needs {WRITE}
          Fix (by hand): Or ask somebody.
          More: az aks invoke-fix explain --finding nodes-full

        Correlation id, for Azure support: c0ffee
        Next: {REPAIR}
        """
    assert detailed.endswith(textwrap.dedent(expected).replace("\n", "\n"))
    short = shown(diagnosis(replace(FULL, fixes=(SCALE, by_hand))))
    assert not any(part in short for part in ("this run", STOCK, "Or ask", "c0ffee"))


def test_the_last_line_is_the_next_command() -> None:
    for found in (diagnosis(FULL), diagnosis(FULL, verdict="degraded"), diagnosis(failed=None, verdict="ready")):
        assert shown(found).splitlines()[-1].partition(": ")[2].startswith("az aks invoke-fix ")


@pytest.mark.parametrize("width", [40, 60, 100])
def test_a_command_is_never_wrapped(width: int) -> None:
    assert any(line.strip() == OURS for line in shown(diagnosis(FULL), width=width).splitlines())


@pytest.mark.parametrize("width", [20, 40, 60, 80])
def test_the_stage_line_breaks_between_stages(width: int) -> None:
    whole = "+ client  + sign-in  + access  + cluster  + admission  x scheduling  + startup  + command  + result"
    top = shown(diagnosis(FULL), width=width).split("\n\n")[0].splitlines()
    stages = [line for line in top if line[:2] in ("+ ", "x ")]
    assert "  ".join(stages) == whole and all(len(line) <= width for line in stages)


@pytest.mark.parametrize("held_actions", [("*",), (), None])
@pytest.mark.parametrize("words", [5, 500])
def test_a_finding_takes_six_lines_at_most(words: int, held_actions: tuple[str, ...] | None) -> None:
    wordy = replace(FULL, message="word " * words, fixes=(replace(SCALE, description="deed " * words),))
    known = held(*held_actions) if held_actions is not None else Item(unread="no")
    block = shown(diagnosis(wordy, held=known)).split("\n\n")[1]
    assert len(block.splitlines()) <= 6


@pytest.mark.parametrize("held_actions", [("*",), (), None])
@pytest.mark.parametrize("rules", [1, 2, 3, 9])
@pytest.mark.parametrize("words", [1, 60])
def test_a_policy_takes_six_lines_at_most_however_many_rules_deny(
    rules: int, words: int, held_actions: tuple[str, ...] | None
) -> None:
    wordy = [
        replace(each, fixes=(replace(each.fixes[0], description="deed " * words),))
        for each in (rule(f"Rule{number}", "why " * words) for number in range(rules))
    ]
    known = held(*held_actions) if held_actions is not None else Item(unread="no")
    block = shown(diagnosis(*wordy, held=known)).split("\n\n")[1]
    assert len(block.splitlines()) <= 6
    named = block.count("Rule")
    assert named == rules or rules == 1 or f"and {rules - named} more" in block


def test_rules_for_which_there_is_no_room_are_named_together() -> None:
    rules = [rule(name) for name in ("NoRoot", "NoHost", "NoCaps", "NoSysctls")]
    rows = "  NoRoot  it may run as root\n  NoHost  it may run as root\n  and 2 more: NoCaps, NoSysctls\n"
    assert rows in shown(diagnosis(*rules))


def test_a_fix_that_mends_two_findings_is_written_out_once() -> None:
    tainted = replace(FULL, id="nodes-tainted", title="Every node has a taint")
    report = shown(diagnosis(FULL, tainted))
    assert report.count(OURS) == 1 and report.count("Fix: the same as above.") == 1
    other = replace(tainted, fixes=(replace(SCALE, command=f"{OURS}2"),))
    assert "the same as above" not in shown(diagnosis(FULL, other))
    assert "the same as above" not in shown(diagnosis(FULL, tainted), detail=True)


def test_rules_of_one_assignment_are_one_problem_with_a_row_each_and_one_fix() -> None:
    found = diagnosis(rule("NoRoot"), rule("NoHost", "it uses the host", severity="warning"), rule("NoCaps"))
    report = shown(found)
    assert report.startswith("1 problem: policy")
    assert report.count("Pod rules") == report.count("Fix:") == report.count("exempt-policy") == 1
    assert "  NoRoot  it may run as root\n  NoHost  maybe: it uses the host\n  NoCaps  it may run as root\n" in report


def test_two_assignments_are_two_problems() -> None:
    other = rule("NoRoot")
    other = replace(other, subject=replace(present(other.subject), id=ASSIGNMENT + "2", name="Others"))
    assert shown(diagnosis(rule("NoRoot"), other)).startswith("2 problems: policy")


def test_a_right_that_is_lacking_is_said_with_who_has_it_and_a_plan_is_what_comes_next() -> None:
    report = shown(diagnosis(FULL, held=held("*/read")))
    assert "You lack managedClusters/agentPools/write. Owner or Contributor has it." in " ".join(report.split())
    assert "you lack a permission to fix it" in report.splitlines()[0]
    assert report.splitlines()[-1] == f"Plan to hand over: {OURS} --what-if"
    assert REPAIR not in report


def test_a_right_that_is_held_at_the_cluster_does_not_show_that_it_is_held_above_it() -> None:
    report = shown(diagnosis(rule("NoRoot"), held=held("*")))
    assert "Needs b/write at the subscription." in report and "You have" not in report


@pytest.mark.parametrize(("above", "words"), [(("*",), "You have the permission."), (("*/read",), "You lack b/write.")])
def test_a_right_at_the_scope_of_the_assignment_is_compared_with_what_is_held_there(
    above: tuple[str, ...], words: str
) -> None:
    scope = f"/subscriptions/{SUBSCRIPTION}"
    found = diagnosis(rule("NoRoot"), held=held("*"), elsewhere={scope.lower(): held(*above)})
    assert words in shown(found)
    assert ("you lack a permission" in shown(found)) == words.startswith("You lack")


def test_what_is_held_at_the_cluster_says_nothing_of_another_resource() -> None:
    registry = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg2/providers/Microsoft.ContainerRegistry/registries/r"
    pull = replace(FULL, fixes=(Fix("command", "reviewed", "Let it pull.", "az role", ("a/b/write",), at=registry),))
    assert "Needs b/write at registries r." in shown(diagnosis(pull, held=held("*")))
    assert "Needs b/write at registries r." in shown(diagnosis(pull, held=held("*/read")))
    known = {registry.lower(): held("*")}
    assert "You have the permission." in shown(diagnosis(pull, held=held("*/read"), elsewhere=known))


def test_an_exemption_is_made_at_the_cluster_whatever_is_held_above_it() -> None:
    write = "Microsoft.Authorization/policyExemptions/write"
    exempting = rule("NoRoot")
    exempting = replace(exempting, fixes=(replace(exempting.fixes[0], requires=(write,)),))
    elsewhere = {f"/subscriptions/{SUBSCRIPTION}": held("*/read")}
    assert "You have the permission." in shown(diagnosis(exempting, held=held("*"), elsewhere=elsewhere))


def test_a_right_of_which_nothing_is_known_is_named() -> None:
    assert "Needs managedClusters/agentPools/write." in shown(diagnosis(FULL))


def test_only_what_a_plan_can_repair_is_offered_step_by_step() -> None:
    by_hand = Fix("manual", "manual", "Ask.")
    assert REPAIR not in shown(diagnosis(replace(FULL, fixes=(by_hand,))))
    assert REPAIR not in shown(diagnosis(replace(FULL, id="quota-exceeded")))
    assert REPAIR not in shown(diagnosis(replace(FULL, severity="warning"), verdict="degraded"))
    assert REPAIR not in shown(replace(diagnosis(FULL), cluster_id=None))


@pytest.mark.parametrize("found", ["cluster-stopped", "run-command-disabled", "nodes-not-ready"])
def test_what_repair_has_a_step_for_is_offered_whatever_the_kind_of_its_fixes(found: str) -> None:
    assert REPAIR in shown(diagnosis(replace(FULL, id=found, fixes=(replace(SCALE, kind="command"),))))


def test_without_a_cluster_what_comes_next_is_what_can_be_pasted() -> None:
    login = Fix("command", "safe", "Sign in.", "az login")
    found = replace(diagnosis(replace(FULL, id="sign-in-expired", fixes=(login,))), cluster_id=None)
    assert shown(found).splitlines()[-1] == "Next: az login"
    by_hand = replace(diagnosis(replace(FULL, fixes=(Fix("manual", "manual", "Ask."),))), cluster_id=None)
    assert shown(by_hand).splitlines()[-1] == "Read more: az aks invoke-fix explain --finding nodes-full"


@pytest.mark.parametrize(("stage", "words"), [("command", "run command works"), ("result", "the command was accepted")])
def test_run_command_is_not_called_blocked_where_it_is_the_command_that_fails(stage: Stage, words: str) -> None:
    assert words in shown(diagnosis(replace(FULL, id="x", stage=stage), failed=stage)).splitlines()[0]


def test_a_text_that_nothing_explains_is_no_problem_that_was_found() -> None:
    assert shown(diagnosis(replace(FULL, id="unrecognized"))).startswith("Unknown: nothing that was checked explains")


def test_ready_counts_what_was_not_checked() -> None:
    reports = tuple(StageReport(stage, "passed" if stage != "result" else "skipped") for stage in STAGES)
    ready = replace(diagnosis(verdict="ready", failed=None), reports=reports)
    assert shown(ready).startswith("Ready: all checks passed (1 of 9 stages not checked).")


def test_a_step_of_a_repair_names_what_is_wrong_once_and_nothing_else() -> None:
    other = replace(FULL, id="nodes-tainted", message="Another thing.")
    step = as_text(text.render_step(diagnosis(FULL, other), "nodes-full", unicode=False))
    expected = """\
        + client  + sign-in  + access  + cluster  + admission  x scheduling  + startup  + command  + result

        x scheduling  No node has room                                                            nodes-full
          No node has 200m CPU left.
          More: az aks invoke-fix explain --finding nodes-full
        """
    assert step == textwrap.dedent(expected)


def test_a_step_that_nobody_can_plan_shows_every_fix_with_its_command() -> None:
    two = replace(FULL, fixes=(Fix("manual", "manual", "Ask whoever may."), SCALE))
    step = as_text(text.render_step(diagnosis(two), "nodes-full", with_fixes=True))
    assert "Ask whoever may." in step and f"      {STOCK}\n" in step
    assert STOCK not in as_text(text.render_step(diagnosis(two), "nodes-full"))


@pytest.mark.parametrize("detail", [False, True])
def test_hostile_text_cannot_drive_the_terminal(detail: bool) -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202edenied"
    fix = replace(SCALE, command=hostile, description=hostile, stock_command=hostile)
    data = (Datum(hostile, hostile),)
    bad = replace(FULL, title=hostile, message=hostile, fixes=(fix,), evidence=data)
    policy = rule(hostile, hostile)
    policy = replace(policy, subject=replace(present(policy.subject), name=hostile, place=hostile))
    unknown = Unknown("access", hostile, hostile)
    report = shown(diagnosis(bad, policy, unknowns=(unknown,)), detail=detail)
    assert not any(character != "\n" and (ord(character) < 32 or 0x7F <= ord(character) < 0xA0) for character in report)
    assert "\u202e" not in report


def test_a_message_without_end_is_cut_and_says_so() -> None:
    endless = diagnosis(replace(FULL, message="word " * 5000))
    assert "..." in shown(endless) and len(shown(endless)) < 2000
    assert "more characters)" in shown(endless, detail=True)


def test_what_a_finding_says_already_is_not_listed_as_not_checked() -> None:
    doubtful = replace(FULL, severity="warning", message="Maybe: the label is not known.")
    assert "Not checked" not in shown(
        diagnosis(doubtful, unknowns=(Unknown("admission", "x", "the label is not known"),))
    )


def test_a_table_has_a_row_for_each_stage_and_each_finding() -> None:
    rows = table.table(diagnosis(FULL, replace(FULL, id="nodes-tainted")).to_json())
    assert len(rows) == len(STAGES) + 1
    assert [row["Finding"] for row in rows if row["Outcome"] == "failed"] == ["nodes-full", "nodes-tainted"]
    assert all(set(row) == set(rows[0]) for row in rows)
