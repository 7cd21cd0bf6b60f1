"""`scan` in the real CLI: scopes, formats, exit codes, and what a user is told when something is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.azure import Azure

SHOP = "50000000-0000-4000-8000-0000000005b0"
BROKEN = {
    "subscriptions": [{"id": SHOP, "name": "Shop", "groups": ["retail", "contoso"]}],
    "clusters": [{"name": "c1"}, {"name": "c2", "power": "Stopped"}, {"name": "s1", "subscription": SHOP}],
    "access": {"assignments": ["Owner", {"role": "Owner", "scope": f"/subscriptions/{SHOP}"}]},
}
ACCEPTED = "- {finding: cluster-stopped, cluster: c2, until: 2999-01-01, reason: asleep}\n"


def scanned(azure: Azure, *more: str, rc: int = 0) -> Any:
    result = azure.invoke_fix("scan", *more, "-o", "json")
    assert result.rc == rc, str(result)
    return result.json()


@pytest.mark.smoke
def test_the_current_subscription_is_scanned_and_nothing_is_written(azure: Azure) -> None:
    world = azure.load(BROKEN)
    found = scanned(azure)
    assert {one["name"]: one["verdict"] for one in found["clusters"]} == {"c1": "ready", "c2": "blocked"}
    sent = {each.operation for each in world.requests} - {"token"}
    assert sent == {"resource-graph", "permissions-list"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--subscriptions", "a", "--all-subscriptions"), "Give one of --subscriptions"),
        (("--management-groups", "a", "--subscriptions", "b"), "Give one of --subscriptions"),
        (("-g", "rg", "--all-subscriptions"), "belongs to one subscription"),
        (("-g", "rg", "--management-groups", "a"), "belongs to one subscription"),
        (("-g", "rg", "--subscriptions", "a", "b"), "belongs to one subscription"),
        (("-g", ""), "belongs to one subscription"),
        (("--management-groups", "a/b"), "contains a slash"),
        (("--verify", "some"), "some"),
        (("--fail-on", "info"), "info"),
    ],
)
def test_usage_errors_exit_2(azure: Azure, arguments: tuple[str, ...], says: str) -> None:
    result = azure.invoke_fix("scan", *arguments)
    assert result.rc == 2
    assert says in result.err


def test_an_unknown_subscription_exits_3_with_its_name(azure: Azure) -> None:
    result = azure.invoke_fix("scan", "--subscriptions", "Nowhere")
    assert result.rc == 3
    assert "Nowhere" in result.err and "az account list" in result.err


def test_an_unknown_management_group_exits_3_with_its_name(azure: Azure) -> None:
    result = azure.invoke_fix("scan", "--management-groups", "nowhere")
    assert result.rc == 3
    assert "There is no management group nowhere" in result.err


def test_without_any_right_it_exits_1_and_says_what_is_missing(azure: Azure) -> None:
    azure.load({"access": {"assignments": []}})
    result = azure.invoke_fix("scan")
    assert result.rc == 1
    assert "Microsoft.ResourceGraph/resources/read" in result.err


def test_every_subscription_can_be_scanned_and_named_by_its_name(azure: Azure, tmp_path: Path) -> None:
    azure.load(BROKEN)
    client = azure.apart(tmp_path)
    assert {one["name"] for one in scanned(client, "--all-subscriptions")["clusters"]} == {"c1", "c2", "s1"}
    found = scanned(client, "--subscriptions", "Shop")
    assert [one["name"] for one in found["clusters"]] == ["s1"]
    assert found["scope"]["subscriptions"] == [SHOP]


def test_a_finding_that_stands_fails_a_pipeline_and_an_accepted_one_does_not(azure: Azure, tmp_path: Path) -> None:
    azure.load(BROKEN)
    scanned(azure, "--fail-on", "error", rc=4)
    file = tmp_path / "accepted.yaml"
    file.write_text(ACCEPTED, encoding="utf-8")
    found = scanned(azure, "--fail-on", "error", "--accepted", str(file))
    assert found["summary"]["blocked"] == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [("- {finding: x}\n", "line 1: "), ("[", "line "), (ACCEPTED + "- nodes-full\n", "line 2: expected an entry")],
)
def test_a_malformed_file_is_refused_before_anything_is_sent(
    azure: Azure, tmp_path: Path, content: str, says: str
) -> None:
    file = tmp_path / "accepted.yaml"
    file.write_text(content, encoding="utf-8")
    world = azure.load(BROKEN)
    result = azure.invoke_fix("scan", "--accepted", str(file))
    assert result.rc == 1
    assert says in result.err
    assert world.requests == []


def test_a_file_that_is_not_there_is_an_error(azure: Azure, tmp_path: Path) -> None:
    result = azure.invoke_fix("scan", "--accepted", str(tmp_path / "none.yaml"))
    assert result.rc == 1
    assert "cannot be read" in result.err


def test_the_table_has_a_row_a_cluster(azure: Azure) -> None:
    azure.load(BROKEN)
    lines = azure.invoke_fix("scan", "--who", "-o", "table").out.splitlines()
    assert lines[0].split() == [
        *("Name", "ResourceGroup", "Verdict", "Stage", "Finding", "Principals", "AsClusterAdmin"),
    ]
    assert lines[2].split()[:5] == ["c2", "rg1", "blocked", "cluster", "cluster-stopped"]


def test_a_person_gets_a_report(azure: Azure) -> None:
    azure.load(BROKEN)
    shown = azure.invoke_fix("scan", tty=True).out
    assert "2 clusters: 1 blocked, 1 ready." in shown
    assert "az aks invoke-fix repair -g rg1 -n c2 --subscription" in shown


def test_the_broken_ones_can_be_diagnosed(azure: Azure) -> None:
    world = azure.load(BROKEN)
    found = scanned(azure, "--verify", "broken")
    outcomes = {one["name"]: {each["stage"]: each["outcome"] for each in one["stages"]} for one in found["clusters"]}
    assert outcomes["c1"]["access"] == "skipped"
    assert outcomes["c2"]["access"] == "passed"
    assert sum(each.operation == "cluster-get" for each in world.requests) == 1
