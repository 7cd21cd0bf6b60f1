"""What a diagnosis costs the service. That it only reads, and reads nothing twice, every test of a diagnosis checks."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from azext_aksinvokefix import api_versions
from tests.e2e.azure import Azure
from tests.e2e.diagnosis import QUERIES, check_requests, diagnose, diagnosed_run

ASKED = ("--error", "(KubernetesPerformanceError) the container did not start within 30s on your cluster")


def asked(azure: Azure, scenario: Any, *more: str) -> list[str]:
    """The operations that a diagnosis calls, without the sign-in."""
    world = azure.load(scenario)
    diagnose(azure, *more)
    return [each.operation for each in world.requests if each.operation != "token"]


def many(assignments: int) -> dict[str, Any]:
    deny = {"of": "restricted", "name": "pod-security", "effect": "Deny"}
    return {"policy": {"assignments": [deny], "many": assignments - 1}}


def test_a_preflight_asks_a_score_of_questions(azure: Azure) -> None:
    assert len(asked(azure, "healthy")) <= 16


def test_a_thousand_assignments_cost_only_the_pages_of_their_list(azure: Azure) -> None:
    few, more = asked(azure, many(1)), asked(azure, many(1000))
    for operation in set(few) | set(more):
        extra = more.count(operation) - few.count(operation)
        assert extra <= (1 if operation in ("policy-assignments-list", *QUERIES) else 0), operation


def test_twenty_pools_cost_nothing(azure: Azure) -> None:
    pools = [{"name": f"pool{number}", "mode": "User"} for number in range(20)]
    assert sorted(asked(azure, {"pools": [{}, *pools]})) == sorted(asked(azure, "healthy"))


@pytest.mark.parametrize(
    ("text", "never"),
    [
        ("/bin/sh: mytool: command not found", {"cluster-get", "metrics", "policy-assignments-list"}),
        (
            "(ScopeLocked) the following scope(s) are locked: '/subscriptions/x'",
            {"metrics", "policy-assignments-list"},
        ),
        ("0/1 nodes are available: 1 Insufficient cpu.", {"policy-assignments-list", "locks-list"}),
        ("PowerState=Stopped prevents RunCommand: ManagedCluster", {"metrics", "locks-list", "deny-assignments-list"}),
    ],
    ids=["command", "access", "scheduling", "cluster"],
)
def test_a_text_that_names_the_stage_saves_questions_about_others(azure: Azure, text: str, never: set[str]) -> None:
    assert not never & set(asked(azure, "healthy", "--error", text))


def test_a_run_that_failed_runs_nothing_more(azure: Azure) -> None:
    world = azure.load("nodes-tainted")
    diagnosed_run(azure)
    operations = [each.operation for each in world.requests]
    assert operations.count("run-command") == 1
    check_requests(world, operations.index("run-command") + 1)


@pytest.mark.parametrize("scenario", ["nodes-tainted", "cluster-stopped"])
def test_a_failed_run_reads_the_cluster_once_for_its_token_and_once_for_its_diagnosis(
    azure: Azure, scenario: str
) -> None:
    """Before the command at the version that every cloud knows, after it at the newest one: never more than that."""
    world = azure.load(scenario)
    diagnosed_run(azure)
    reads = [each for each in world.requests if each.operation in ("cluster-get", "run-command")]
    versions = [dict(parse_qsl(urlsplit(each.url).query))["api-version"] for each in reads if each.method == "GET"]
    assert [each.operation for each in reads] == ["cluster-get", "run-command", "cluster-get"]
    assert versions == [api_versions.CLUSTER, api_versions.CLUSTER_READS[0]]


def test_a_diagnosis_changes_nothing_in_the_cluster(azure: Azure) -> None:
    world = azure.load("nodes-tainted")
    before = azure.az("aks", "show", "-g", "rg1", "-n", "c1").json()
    diagnose(azure, *ASKED)
    assert azure.az("aks", "show", "-g", "rg1", "-n", "c1").json() == before
    assert world.executions("kubectl get nodes") == 0


def signs_with_one_token(world: Any) -> bool:
    """One is asked for; the oldest CLI asks for another that nobody uses when it makes its credential."""
    asked = sum(each.operation == "token" for each in world.requests)
    used = {each.request_headers["authorization"] for each in world.requests if "authorization" in each.request_headers}
    return asked <= 2 and len(used) == 1


@pytest.mark.smoke
def test_all_requests_of_a_diagnosis_are_signed_with_one_token(azure: Azure) -> None:
    world = azure.load("healthy")
    diagnose(azure)
    assert signs_with_one_token(world)


@pytest.mark.smoke
def test_a_run_that_failed_and_its_diagnosis_share_one_token(azure: Azure) -> None:
    world = azure.load("nodes-tainted")
    diagnosed_run(azure)
    assert signs_with_one_token(world)
