"""How a diagnosis is printed and how it ends: a report for a person, an object for a pipe, 4 for a finding."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.azure import Azure, Result
from tests.e2e.diagnosis import CLUSTER
from tests.worlds.capacity import Scenario

ERROR, HEALTHY = "nodes-tainted", "healthy"
WARNING = {"pools": [{"count": 2, "notReady": 1}]}
FORMATS = ["json", "jsonc", "yaml", "table", "tsv", "none"]


def diagnosed(azure: Azure, scenario: Scenario, *more: str, **options: Any) -> Result:
    azure.load(scenario)
    return azure.invoke_fix("diagnose", *CLUSTER, *more, **options)


#: --fail-on, and the exit codes for an error, a warning and neither.
FAIL_ON = [("error", (4, 0, 0)), ("warning", (4, 4, 0)), ("never", (0, 0, 0))]


@pytest.mark.parametrize(("level", "codes"), FAIL_ON, ids=[level for level, _ in FAIL_ON])
def test_the_exit_code_says_whether_a_finding_of_that_severity_stands(
    azure: Azure, level: str, codes: tuple[int, int, int]
) -> None:
    ended = [diagnosed(azure, scenario, "--fail-on", level, "-o", "none") for scenario in (ERROR, WARNING, HEALTHY)]
    assert tuple(result.rc for result in ended) == codes


@pytest.mark.smoke
@pytest.mark.parametrize("output", FORMATS)
def test_the_exit_code_holds_for_every_format(azure: Azure, output: str) -> None:
    result = diagnosed(azure, ERROR, "--fail-on", "error", "-o", output)
    assert (result.rc, bool(result.out)) == (4, output != "none")


@pytest.mark.parametrize("query", ["verdict", "nothing", "findings[].id"])
def test_the_exit_code_holds_for_every_query(azure: Azure, query: str) -> None:
    assert diagnosed(azure, ERROR, "--fail-on", "error", "--query", query, "-o", "tsv").rc == 4


def test_without_fail_on_a_diagnosis_is_a_success(azure: Azure) -> None:
    assert diagnosed(azure, ERROR, "-o", "none").rc == 0


@pytest.mark.smoke
def test_a_table_has_a_row_for_every_finding_and_every_other_stage(azure: Azure) -> None:
    result = diagnosed(azure, "no-linux-pool", "-o", "table")
    heading, rule, *rows = result.out.splitlines()
    assert heading.split()[:3] == ["Stage", "Outcome", "Finding"]
    assert set(rule) == {"-", " "}
    assert [row.split()[0] for row in rows].count("scheduling") == 2
    assert len(rows) == 10
    assert any("nodes-tainted" in row and "az aks invoke-fix add-capacity" in row for row in rows)


def test_tsv_and_query_give_words_for_a_script(azure: Azure) -> None:
    result = diagnosed(azure, ERROR, "--query", "[verdict, findings[0].id]", "-o", "tsv")
    assert result.out.split() == ["blocked", "nodes-tainted"]


@pytest.mark.smoke
def test_a_pipe_gets_the_object(azure: Azure) -> None:
    result = diagnosed(azure, ERROR)
    assert result.json()["findings"][0]["id"] == "nodes-tainted"
    assert result.err == ""


@pytest.mark.smoke
def test_a_terminal_gets_the_report(azure: Azure) -> None:
    result = diagnosed(azure, ERROR, tty=True)
    lines = result.out.splitlines()
    assert lines[0] == "1 problem: nodes · can be fixed here" and "✗ scheduling" in lines[1]
    assert "az aks nodepool add" not in result.out and "az aks invoke-fix add-capacity" in result.out
    assert lines[-1].startswith("Next: az aks invoke-fix repair ")


@pytest.mark.parametrize("flag", ["--detail", "--verbose"])
def test_a_report_in_detail_has_the_evidence_and_the_stock_commands(azure: Azure, flag: str) -> None:
    result = diagnosed(azure, ERROR, flag, tty=True)
    assert "az aks nodepool add" in result.out and "agentPoolProfiles: " in result.out


@pytest.mark.smoke
def test_a_terminal_shows_colour_unless_it_or_its_user_wants_none(azure: Azure) -> None:
    colour = {"AZURE_CORE_NO_COLOR": None, "TERM": "xterm"}
    assert "\x1b[91m✗ scheduling" in diagnosed(azure, ERROR, tty=True, env=colour).out
    for plain in ({"TERM": "dumb"}, {"NO_COLOR": "1"}, {"AZURE_CORE_NO_COLOR": "true"}):
        assert "\x1b" not in diagnosed(azure, ERROR, tty=True, env={**colour, **plain}).out
    assert "\x1b" not in diagnosed(azure, ERROR, env=colour).out


def test_a_terminal_that_asks_for_nothing_gets_no_object(azure: Azure) -> None:
    result = diagnosed(azure, ERROR, tty=True)
    assert "✗ scheduling" in result.out
    assert '"findings"' not in result.out


def test_a_terminal_that_asks_for_a_format_gets_the_object(azure: Azure) -> None:
    result = diagnosed(azure, ERROR, "-o", "json", tty=True)
    assert result.json()["verdict"] == "blocked"


def test_a_report_exits_like_an_object(azure: Azure) -> None:
    assert diagnosed(azure, ERROR, "--fail-on", "error", tty=True).rc == 4


def test_a_healthy_cluster_is_ready_at_a_terminal(azure: Azure) -> None:
    result = diagnosed(azure, HEALTHY, tty=True)
    assert "Ready" in result.out
    assert "✗" not in result.out


def test_what_could_not_be_looked_at_stands_in_the_report_with_its_right(azure: Azure) -> None:
    result = diagnosed(azure, "permissions-refused", tty=True)
    assert "? access" in result.out
    assert "Microsoft.Authorization/permissions/read" in result.out


def test_only_show_errors_prints_the_object_alone(azure: Azure) -> None:
    result = diagnosed(azure, ERROR, "--only-show-errors")
    assert (result.json()["verdict"], result.err) == ("blocked", "")


def test_several_clusters_are_diagnosed_by_id(azure: Azure) -> None:
    stopped = {"name": "c2", "power": "Stopped"}
    world = azure.load({"clusters": [{"name": "c1"}, stopped]})
    ids = [cluster.id for cluster in world.clusters.values()]
    result = azure.invoke_fix("diagnose", "--ids", *ids, "--fail-on", "error", "-o", "json")
    verdicts = {found["clusterId"].rpartition("/")[2]: found["verdict"] for found in result.json()}
    assert (verdicts, result.rc) == ({"c1": "ready", "c2": "blocked"}, 4)


def test_ctrl_c_ends_it_with_a_word_and_the_exit_code_of_an_interrupt(azure: Azure) -> None:
    azure.load("network-slow")
    result = azure.invoke_fix(
        "diagnose", "-g", "rg1", "-n", "c1", "--fresh", tty=True, interrupt_after="Checking every stage"
    )
    assert result.rc == 130
    assert "Interrupted. Nothing was changed: a diagnosis only reads." in result.err
