"""What cannot be read is said to be unknown, with the right that would lift it; everything else is judged as before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.azure import Azure
from tests.e2e.diagnosis import Diagnosis, blamed, diagnose, diagnosed_run, needs, stages

#: Each source, the stage that cannot do without it, and the right that reading it takes.
SOURCES = {
    "permissions-list": ("access", "Microsoft.Authorization/permissions/read"),
    "policy-assignments-list": ("admission", "Microsoft.Authorization/policyAssignments/read"),
    "metrics": ("scheduling", "Microsoft.Insights/metrics/read"),
}
#: What helps where it can be read, and is no loss where it cannot.
HELPERS = [
    "activity-list",
    "deny-assignments-list",
    "locks-list",
    "policy-exemptions-list",
    "policy-states-query",
    "safeguards-get",
    "resource-graph",
]
#: What a cluster wrote down: asked where a text leaves the cause open, with the right that it takes.
INSIDE = {
    "data-collection-associations": "Microsoft.Insights/dataCollectionRuleAssociations/read",
    "logs-workspace": "Microsoft.OperationalInsights/workspaces/query/read",
    "detectors-list": "Microsoft.ContainerService/managedClusters/detectors/read",
    "outbound-endpoints": "Microsoft.ContainerService/managedClusters/outboundNetworkDependenciesEndpoints/read",
}
EVERYTHING = ["cluster-get", *SOURCES, *HELPERS]

REFUSED: dict[str, Any] = {"status": 403, "code": "AuthorizationFailed", "message": "No."}
#: Answers that are none: what a proxy, a gateway or a service on a bad day sends.
BROKEN: dict[str, dict[str, Any]] = {
    "400": {"status": 400},
    "410 without a body": {"status": 410, "body": ""},
    "a web page": {"status": 403, "body": "<html><body>Sign in to the proxy</body></html>"},
    "an empty object": {"status": 200, "body": {}},
    "a bare list": {"status": 200, "body": []},
    "a number": {"status": 200, "body": 7},
    "nulls": {"status": 200, "body": {"value": None, "properties": None}},
    "nonsense": {"status": 200, "body": {"value": [None, 7, "x", [], {}, {"properties": 3}], "properties": []}},
}
#: Every source is asked, and nothing is wrong.
WATCHED = {"policy": {"assignments": [{"of": "restricted", "name": "pod-security", "effect": "Audit"}]}}


def with_fault(azure: Azure, fault: dict[str, Any], *operations: str, scenario: Any = None) -> Diagnosis:
    world = azure.load(scenario or WATCHED)
    for operation in operations:
        world.faults.add(operation, **fault)
    return diagnose(azure)


def outcomes(found: Diagnosis) -> dict[str, str]:
    return {each["stage"]: each["outcome"] for each in found["stages"]}


@pytest.mark.parametrize("source", SOURCES)
def test_a_refused_source_leaves_its_stage_open_and_the_others_alone(azure: Azure, source: str) -> None:
    stage, right = SOURCES[source]
    found = with_fault(azure, REFUSED, source)
    assert outcomes(found).pop(stage) == "unknown"
    assert needs(found, stage) == [right]
    # Whether a node has room no right would tell.
    assert [each["stage"] for each in found["unknowns"] if each["needs"]] == [stage]
    assert (found["findings"], found["verdict"]) == ([], "unknown")


@pytest.mark.parametrize("source", SOURCES)
def test_an_answer_of_a_wrong_shape_is_never_taken_for_health(azure: Azure, source: str) -> None:
    found = with_fault(azure, BROKEN["nonsense"], source)
    assert found["findings"] == []
    # A metric without a point says nothing by design: which of them a cluster has differs.
    assert found["verdict"] == ("ready" if source == "metrics" else "unknown")


@pytest.mark.parametrize("helper", HELPERS)
def test_a_refused_helper_is_no_loss(azure: Azure, helper: str) -> None:
    found = with_fault(azure, REFUSED, helper)
    assert (stages(found), found["findings"], found["verdict"]) == ("pppppusss", [], "ready")


@pytest.mark.parametrize("helper", HELPERS)
def test_a_helper_that_answers_nonsense_is_no_loss(azure: Azure, helper: str) -> None:
    found = with_fault(azure, BROKEN["nonsense"], helper)
    assert (stages(found), found["findings"], found["verdict"]) == ("pppppusss", [], "ready")


@pytest.mark.parametrize("how", BROKEN)
def test_a_service_that_answers_nothing_useful_proves_nothing(azure: Azure, how: str) -> None:
    found = with_fault(azure, BROKEN[how], *EVERYTHING)
    assert outcomes(found)["cluster"] == outcomes(found)["access"] == "unknown"
    assert (found["findings"], found["verdict"]) == ([], "unknown")


def test_a_service_that_finds_nothing_at_all_says_that_there_is_no_cluster(azure: Azure) -> None:
    found = with_fault(azure, {"status": 404, "code": "NotFound", "message": "Nothing here."}, *EVERYTHING)
    assert (stages(found), blamed(found)) == ("ppfssssss", "cluster-not-found confirmed")


@pytest.mark.parametrize("how", [{"status": 500}, {"reset": True}, {"truncate": 20}], ids=str)
def test_a_service_that_stumbles_once_is_asked_again(azure: Azure, how: dict[str, Any]) -> None:
    found = with_fault(azure, {**how, "times": 1}, *EVERYTHING)
    assert (stages(found), found["verdict"]) == ("pppppusss", "ready")


def test_a_service_that_stays_down_leaves_everything_open(azure: Azure) -> None:
    found = with_fault(azure, {"status": 500}, *EVERYTHING)
    assert [stage for stage, outcome in outcomes(found).items() if outcome == "passed"] == ["client", "sign-in"]
    assert (found["findings"], found["verdict"]) == ([], "unknown")
    assert not any(needs(found, stage) for stage in ("access", "cluster", "scheduling"))


def test_a_network_that_cuts_every_connection_is_to_blame(azure: Azure) -> None:
    found = with_fault(azure, {"reset": True}, *EVERYTHING)
    assert (stages(found), blamed(found)) == ("fssssssss", "network-unreachable confirmed")


def test_without_any_right_the_missing_rights_are_to_blame(azure: Azure) -> None:
    azure.load({"access": {"assignments": []}})
    found = diagnose(azure)
    assert blamed(found).startswith("arm-action-missing")
    assert found["verdict"] == "blocked"


def test_a_cluster_that_may_not_be_read_is_told_by_the_missing_right(azure: Azure) -> None:
    azure.load("no-cluster-read")
    found = diagnose(azure)
    assert "Microsoft.ContainerService/managedClusters/read" in found["findings"][0]["message"]
    assert (stages(found), blamed(found)) == ("ppfssssss", "arm-action-missing confirmed")


def test_exemptions_that_may_not_be_read_make_a_denial_only_possible(azure: Azure) -> None:
    found = with_fault(azure, REFUSED, "policy-exemptions-list", scenario="policy-expired-exemption")
    assert (blamed(found), blamed(found, "warning")) == ("", "azure-policy-denied possible")
    assert "Microsoft.Authorization/policyExemptions/read" in needs(found, "admission")


def test_a_denial_is_reported_even_where_no_policy_may_be_read(azure: Azure) -> None:
    world = azure.load("policy-gatekeeper")
    world.faults.add("policy-assignments-list", **REFUSED)
    found = diagnosed_run(azure)
    assert (stages(found)[4], blamed(found)) == ("f", "azure-policy-denied likely")
    assert "Microsoft.Authorization/policyAssignments/read" in needs(found, "admission")


def test_definitions_are_read_one_by_one_where_resource_graph_refuses(azure: Azure) -> None:
    world = azure.load("policy-custom-definition")
    world.faults.add("resource-graph", **REFUSED)
    found = diagnosed_run(azure)
    assert blamed(found) == "azure-policy-denied confirmed"


def test_a_result_that_is_garbage_is_no_success(azure: Azure) -> None:
    azure.load({}).faults.add("command-result", status=200, body={"properties": 7})
    found = diagnose(azure, "--command-id", "f" * 32)
    assert found["verdict"] != "ready"
