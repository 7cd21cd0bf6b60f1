"""A scan as a person reads it, and as a table."""

from __future__ import annotations

from typing import Any

from azext_aksinvokefix.estate.accepted import read
from azext_aksinvokefix.report.scan import render, table
from tests.worlds.estate import EstateWorld

STOPPED = {"clusters": [{"name": f"c{number}", "power": "Stopped"} for number in range(5)] + [{"name": "fine"}]}


def test_the_summary_comes_first_and_counts_every_verdict() -> None:
    assert render(EstateWorld(STOPPED).scan()).splitlines()[0] == "6 clusters: 5 blocked, 1 ready."


def test_the_ready_ones_are_only_counted() -> None:
    assert "fine" not in render(EstateWorld(STOPPED).scan())


def test_each_finding_names_its_clusters_and_how_to_fix_them() -> None:
    shown = render(EstateWorld(STOPPED).scan())
    assert "error: The cluster is stopped (cluster-stopped): 5 clusters\n  c0, c1, c2, c3, c4\n" in shown
    assert "      az aks invoke-fix repair -g rg1 -n c0 --subscription 5ca1ab1e-0000-4000-8000-00000000c0de\n" in shown
    assert "2 more, one per cluster" in shown


def test_one_command_that_fixes_all_is_shown_once() -> None:
    deny = {"of": "readOnlyRootFilesystem", "name": "ro", "title": "Read-only root", "effect": "Deny"}
    clusters = [{"name": f"c{number}", "azurePolicy": True} for number in range(40)]
    shown = render(EstateWorld({"clusters": clusters, "policy": {"assignments": [deny]}}).scan())
    assert "Fix for all 40:" in shown
    assert shown.count("az aks invoke-fix exempt-policy -g rg1 -n c0 ") == shown.count(" exempt-policy ") == 1
    assert "… and 28 more" in shown


def test_only_ascii_is_shown_where_the_terminal_has_no_more() -> None:
    assert render(EstateWorld(STOPPED).scan(), unicode=False).isascii()


def test_lines_but_commands_keep_the_width() -> None:
    lines = render(EstateWorld(STOPPED).scan(who=True), width=60).splitlines()
    assert [line for line in lines if len(line) > 60 and " az " not in line and "(cluster-stopped" not in line] == []


def test_what_is_not_known_is_listed_with_the_right_that_is_missing() -> None:
    scenario = {"clusters": [{"azurePolicy": True}], "graph": {"refused": ["policyresources"]}}
    shown = render(EstateWorld(scenario).scan())
    assert "Not checked:" in shown
    assert "Unknown for individual clusters:" in shown
    assert "needs Microsoft.Authorization/policyAssignments/read" in shown


def test_accepted_findings_are_counted_apart() -> None:
    world = EstateWorld(STOPPED)
    content = "- {finding: cluster-stopped, cluster: c1, until: 2999-01-01, reason: asleep}\n"
    shown = render(world.scan(accepted=read(content, world.now.date())))
    assert "(cluster-stopped): 4 clusters, 1 accepted\n  c0, c2, c3, c4\n" in shown


def test_an_empty_answer_is_not_praised() -> None:
    assert "Resource Graph shows only what you are allowed to read" in render(EstateWorld({"clusters": []}).scan())


def test_the_table_has_a_row_a_cluster() -> None:
    rows = table(EstateWorld(STOPPED).scan())
    assert rows[0] == {
        "Name": "c0",
        "ResourceGroup": "rg1",
        "Verdict": "blocked",
        "Stage": "cluster",
        "Finding": "cluster-stopped",
    }
    assert rows[-1] == {"Name": "fine", "ResourceGroup": "rg1", "Verdict": "ready", "Stage": "", "Finding": ""}


def test_the_table_tells_who_where_it_was_asked() -> None:
    (row,) = table(EstateWorld("healthy").scan(who=True))
    assert {name: row[name] for name in ("Principals", "AsClusterAdmin")} == {
        "Principals": "1",
        "AsClusterAdmin": "True",
    }


def test_a_hostile_name_cannot_write_to_the_terminal() -> None:
    found: dict[str, Any] = EstateWorld(STOPPED).scan()
    assert "\x1b" not in render(found)
    world = EstateWorld({"clusters": [{"name": "c\x1b[31m1", "power": "Stopped"}]})
    assert "\x1b" not in render(world.scan())
