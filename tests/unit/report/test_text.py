"""The report a person reads: whole, copyable, and unable to drive a terminal."""

import textwrap

import pytest

from azext_aksinvokefix.report.text import render, render_step, table

STAGES = ("client", "sign-in", "access", "cluster", "admission", "scheduling", "startup", "command", "result")
SCALE = "az aks nodepool scale -g rg1 --cluster-name c1 --name pool --node-count 2 " + "--subscription " + "5" * 36

CLUSTER = "/subscriptions/s/resourceGroups/rg1/providers/Microsoft.ContainerService/managedClusters/c1"
GUIDED = "az aks invoke-fix repair -g rg1 -n c1 --subscription s"


def fix(command=SCALE):
    return {
        "kind": "add-capacity",
        "safety": "reviewed",
        "description": "Scale the pool.",
        "command": command,
        "stockCommand": None,
        "requires": ["Microsoft.ContainerService/managedClusters/agentPools/write"],
    }


def finding(**changes):
    return {
        "id": "nodes-full",
        "stage": "scheduling",
        "severity": "error",
        "confidence": "confirmed",
        "title": "No node has room",
        "message": "No node has 200m CPU left.",
        "evidence": [{"source": "this run", "detail": "0/1 nodes are available: 1 Insufficient cpu."}],
        "fixes": [fix()],
        "documentation": "",
        **changes,
    }


def diagnosis(*findings, failed="scheduling", verdict="blocked", unknowns=()):
    outcomes = ["failed" if stage == failed else "passed" for stage in STAGES]
    return {
        "clusterId": CLUSTER,
        "verdict": verdict,
        "stages": [{"stage": stage, "outcome": outcome} for stage, outcome in zip(STAGES, outcomes)],
        "findings": list(findings),
        "unknowns": list(unknowns),
        "correlationId": "c0ffee",
    }


def test_the_whole_report_reads_from_the_stage_to_the_fix():
    unknown = {"stage": "access", "what": "locks", "why": "(AuthorizationFailed) no", "needs": ["a/b/read"]}
    expected = f"""\
        + client  + sign-in  + access  + cluster  + admission  x scheduling  + startup  + command  + result

        Blocked: an invoke fails until this is fixed.

        error: No node has room (nodes-full, confirmed)
          No node has 200m CPU left.
            - this run: 0/1 nodes are available: 1 Insufficient cpu.
          Fix (reviewed): Scale the pool.
              {SCALE}
            needs Microsoft.ContainerService/managedClusters/agentPools/write
          More: az aks invoke-fix explain --finding nodes-full

        Step by step, each change shown first and taken back with `undo`:
          {GUIDED}

        Could not be looked at:
          access: locks: (AuthorizationFailed) no
            needs a/b/read

        Correlation id: c0ffee
        """
    assert render(diagnosis(finding(), unknowns=[unknown]), unicode=False) == textwrap.dedent(expected)


def test_a_command_is_never_wrapped():
    assert any(line.strip() == SCALE for line in render(diagnosis(finding()), width=40).splitlines())


def test_a_fix_that_several_findings_share_is_written_out_once():
    text = render(diagnosis(finding(), finding(id="nodes-tainted")))
    assert text.count(SCALE) == 1
    assert "the same command as above" in text


def test_only_what_a_plan_can_repair_is_offered_step_by_step():
    by_hand = {**fix(), "kind": "manual"}
    assert GUIDED not in render(diagnosis(finding(fixes=[by_hand])))
    assert GUIDED not in render(diagnosis(finding(id="quota-exceeded")))
    assert GUIDED not in render(diagnosis(finding(severity="warning")))
    assert GUIDED not in render({**diagnosis(finding()), "clusterId": None})


@pytest.mark.parametrize("found", ["cluster-stopped", "run-command-disabled", "nodes-not-ready"])
def test_what_repair_has_a_step_for_is_offered_whatever_the_kind_of_its_fixes(found):
    assert GUIDED in render(diagnosis(finding(id=found, fixes=[{**fix(), "kind": "command"}])))


def test_the_stock_command_stands_below_ours_and_is_said_to_need_no_extension():
    text = render(
        diagnosis(finding(fixes=[{**fix("az aks invoke-fix add-capacity -g g -n c"), "stockCommand": SCALE}]))
    )
    own = text.index("      az aks invoke-fix add-capacity -g g -n c\n")
    assert text.index(f"    Without this extension:\n      {SCALE}\n") > own
    assert "Without this extension" not in render(diagnosis(finding()))


def test_a_stock_command_of_its_own_is_shown_although_our_command_is_the_same():
    one, two = ({**fix("az aks invoke-fix repair"), "stockCommand": f"az {name}"} for name in ("one", "two"))
    text = render(diagnosis(finding(fixes=[one, two])))
    assert text.count("az aks invoke-fix repair\n") == 1 and "      az one\n" in text and "      az two\n" in text


def test_a_step_of_a_repair_names_what_is_wrong_once_and_nothing_else():
    other = finding(id="nodes-tainted", message="Another thing.")
    text = render_step(diagnosis(finding(), finding(), other), "nodes-full", unicode=False)
    expected = """\
        + client  + sign-in  + access  + cluster  + admission  x scheduling  + startup  + command  + result

        error: No node has room (nodes-full, confirmed)
          No node has 200m CPU left.
          More: az aks invoke-fix explain --finding nodes-full
        """
    assert text == textwrap.dedent(expected)


def test_hostile_text_cannot_drive_the_terminal():
    hostile = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202edenied"
    text = render(diagnosis(finding(title=hostile, message=hostile, fixes=[fix(hostile)])))
    assert not any(character != "\n" and (ord(character) < 32 or 0x7F <= ord(character) < 0xA0) for character in text)
    assert "\u202e" not in text


def test_a_message_without_end_is_cut_and_says_so():
    assert "more characters)" in render(diagnosis(finding(message="word " * 5000)))


def test_a_table_has_a_row_for_each_stage_and_each_finding():
    rows = table(diagnosis(finding(), finding(id="nodes-tainted")))
    assert len(rows) == len(STAGES) + 1
    assert [row["Finding"] for row in rows if row["Outcome"] == "failed"] == ["nodes-full", "nodes-tainted"]
    assert all(set(row) == set(rows[0]) for row in rows)


def test_the_page_of_a_finding_is_named_once():
    report = render(diagnosis(finding(), finding(message="Nor has another.")))
    assert report.count("explain --finding nodes-full") == 1


def test_a_step_that_nobody_can_plan_shows_every_fix_with_its_command():
    two = finding(fixes=[{**fix(), "command": None, "description": "Ask whoever may."}, fix()])
    step = render_step(diagnosis(two), "nodes-full", with_fixes=True)
    assert "Ask whoever may." in step and f"      {SCALE}\n" in step
    assert SCALE not in render_step(diagnosis(two), "nodes-full")
