"""What a cluster wrote down tells the cause of a text that has many; without it the cause stays open and says why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.azure import Azure
from tests.e2e.diagnose.test_refusals import BROKEN, INSIDE, REFUSED
from tests.e2e.diagnosis import blamed, check_shape, diagnose, diagnosed_run, evidence, needs

FULL: dict[str, Any] = {"metrics": {"emits": []}, "pools": [{"free": {"cpu": "100m", "memory": "2Gi"}}]}
SITUATIONS: dict[str, dict[str, Any]] = {
    "data-collection-associations": {**FULL, "logs": {"by": "rule", "resourcePermissions": False}},
    "logs-workspace": {**FULL, "logs": {"resourcePermissions": False}},
    "detectors-list": FULL,
    "outbound-endpoints": {"cluster": {"startup": "image-pull"}},
}


@pytest.mark.parametrize("by", ["addon", "profile", "rule"])
def test_the_events_are_found_whichever_way_the_cluster_sends_them(azure: Azure, by: str) -> None:
    azure.load({**FULL, "logs": {"by": by, "resourcePermissions": False}})
    found = diagnosed_run(azure)
    assert (blamed(found), found["unknowns"]) == ("nodes-full confirmed", [])


def test_a_reader_of_the_cluster_alone_sees_its_events(azure: Azure) -> None:
    workspace = "/subscriptions/10905000-0000-4000-8000-00000000c0de/resourceGroups/x/providers/"
    workspace += "Microsoft.OperationalInsights/workspaces/w"
    elsewhere = [{"id": "10905000-0000-4000-8000-00000000c0de", "name": "Platform"}]
    azure.load({**FULL, "subscriptions": elsewhere, "logs": {"workspace": workspace}})
    assert blamed(diagnosed_run(azure)) == "nodes-full confirmed"


@pytest.mark.parametrize("source", INSIDE)
def test_a_refused_source_is_open_with_its_right_and_costs_nothing_else(azure: Azure, source: str) -> None:
    world = azure.load(SITUATIONS[source])
    for operation in (source, "logs-resource"):
        world.faults.add(operation, **REFUSED)
    found = diagnosed_run(azure)
    assert INSIDE[source] in needs(found, "startup")
    assert blamed(found) in ("start-timeout possible", "image-pull-failed confirmed")


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("operation", [*INSIDE, "logs-resource", "detector-get"])
def test_an_answer_that_is_none_proves_nothing(azure: Azure, operation: str, broken: str) -> None:
    world = azure.load({**FULL, "logs": {"by": "rule" if "data" in operation else "addon"}})
    world.faults.add(operation, **BROKEN[broken])
    found = diagnosed_run(azure)
    assert blamed(found) in ("start-timeout possible", "nodes-full confirmed")
    assert "crashed" not in str(found["unknowns"])


def test_a_diagnosis_minutes_later_finds_the_events_that_came_late(azure: Azure) -> None:
    world = azure.load("insights-empty")
    first = azure.invoke_fix("run", "-g", "rg1", "-n", "c1", "-c", "kubectl get nodes", "-o", "json").json()
    assert blamed(first["diagnosis"]) == "start-timeout possible"
    assert "minutes late" in str(first["diagnosis"]["unknowns"])
    world.advance(15 * 60)
    found = diagnose(azure)
    assert blamed(found) == "nodes-full confirmed"
    assert "KubeEvents" in evidence(found)


def test_the_hub_of_a_fleet_is_told_by_its_deny_assignment(azure: Azure) -> None:
    azure.load("fleet-hub")
    group = ("-g", "FL_rg1_fleet1_westus2", "-n", "hub")
    found = azure.invoke_fix("diagnose", *group, "-o", "json").json()
    check_shape(found)
    assert blamed(found) == "fleet-hub-cluster confirmed"
    assert "FLRG-DenyAssignments-" in evidence(found)
    repaired = azure.invoke_fix("repair", *group, "--what-if")
    assert "enable" not in repaired.out.lower()


def test_a_group_that_is_only_named_like_a_fleet_proves_nothing(azure: Azure) -> None:
    azure.load({"cluster": {"name": "hub", "resourceGroup": "FL_rg1_fleet1_westus2", "runCommand": False}})
    found = azure.invoke_fix("diagnose", "-g", "FL_rg1_fleet1_westus2", "-n", "hub", "-o", "json").json()
    assert blamed(found) == "run-command-disabled confirmed"
    assert blamed(found, "warning") == "fleet-hub-cluster possible"


def test_hostile_events_are_neutral_in_every_output(azure: Azure) -> None:
    azure.load("insights-hostile")
    for form in ((), ("--detail",), ("--ci", "github")):
        result = azure.invoke_fix("run", "-g", "rg1", "-n", "c1", "-c", "true", *form)
        assert "\x1b" not in result.out + result.err
        lines = (result.out + result.err).splitlines()
        assert not [line for line in lines if line.lstrip().startswith(("::set", "::error title=x", "##vso["))]
