"""A failure of an earlier run counts until the cluster shows otherwise, and never hides what is broken now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from azext_aksinvokefix import checks
from azext_aksinvokefix.catalog import FINDINGS
from azext_aksinvokefix.checks import remembered
from azext_aksinvokefix.failure.classify import classify
from azext_aksinvokefix.invoke import refusal
from azext_aksinvokefix.lifecycle import Evidence, Failure, Item, LoggedFailure

NOW = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
CLUSTER = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c"
POOL = {"name": "p", "osType": "Linux", "mode": "System", "count": 1, "vmSize": "Standard_DS2_v2",
        "powerState": {"code": "Running"}, "provisioningState": "Succeeded"}  # fmt: skip


def cluster(power: str = "Running") -> Item:
    properties = {"powerState": {"code": power}, "provisioningState": "Succeeded", "agentPoolProfiles": [POOL]}
    return Item(value={"id": CLUSTER, "properties": properties}, source="managedClusters")


def evidence(**items: Item) -> Evidence:
    return Evidence(CLUSTER, NOW, **items)


def failed(finding: str, text: str = "No.", minutes: int = 2) -> Failure:
    return remembered.at(refusal.failure_of(finding, text), NOW - timedelta(minutes=minutes))


def over(failure: Failure, found: Evidence) -> bool:
    errors = [each for each in checks.judge(None, found).findings if each.severity == "error"]
    return remembered.is_over(failure, found, tuple(errors))


def test_what_the_cluster_shows_to_be_repaired_is_over() -> None:
    assert over(failed("cluster-stopped"), evidence(cluster=cluster()))
    assert not over(failed("cluster-stopped"), evidence(cluster=cluster("Stopped")))


def test_what_could_not_be_looked_at_is_not_over() -> None:
    assert not over(failed("cluster-stopped"), evidence(cluster=Item(unread="No.")))


@pytest.mark.parametrize("finding", ["nodes-full", "quota-exceeded", "kyverno-denied", "image-pull-failed"])
def test_what_nothing_shows_from_here_stays(finding: str) -> None:
    assert not over(failed(finding), evidence(cluster=cluster(), assignments=Item(value=[])))


def test_a_policy_that_was_lifted_denies_until_that_has_reached_the_cluster() -> None:
    found = evidence(cluster=cluster(), assignments=Item(value=[]))
    assert not over(failed("azure-policy-denied", minutes=20), found)
    assert over(failed("azure-policy-denied", minutes=61), found)


def test_a_later_run_that_azure_took_settles_an_admission_and_no_later_stage() -> None:
    event = LoggedFailure("", NOW - timedelta(minutes=2), succeeded_since=True)
    found = evidence(cluster=cluster(), activity=Item(value=[event]))
    assert over(failed("kyverno-denied"), found) and not over(failed("nodes-full"), found)


def test_a_failure_of_this_moment_is_never_over() -> None:
    assert not remembered.is_over(refusal.failure_of("cluster-stopped", "No."), evidence(cluster=cluster()), ())


def test_what_broke_since_stands_beside_what_is_remembered() -> None:
    """A run of now proves that the cluster was up; one of an hour ago does not."""
    known, stopped = failed("nodes-full", minutes=60), evidence(cluster=cluster("Stopped"))
    assert "cluster-stopped" in [each.id for each in checks.judge(known, stopped).findings]
    of_now = replace(known, facts={})
    assert "cluster-stopped" not in [each.id for each in checks.judge(of_now, stopped).findings]


def test_what_is_remembered_is_likely_at_most_and_says_of_when_it_is() -> None:
    [found] = [each for each in checks.judge(failed("quota-exceeded"), evidence()).findings if each.severity == "error"]
    assert (found.id, found.confidence) == ("quota-exceeded", "likely")
    assert found.evidence[0].source == "your run of 2026-01-01 11:58 UTC"


def test_what_passes_by_and_what_is_the_commands_own_fault_is_not_kept() -> None:
    kept = {finding for finding in FINDINGS if remembered.is_worth_keeping(refusal.failure_of(finding, "x"))}
    assert {"nodes-full", "azure-policy-denied", "kubernetes-forbidden", "cluster-stopped"} <= kept
    assert not kept & {"command-failed", "throttled", "attachment-invalid", "network-unreachable", "result-lost"}


def test_every_finding_that_is_decided_names_evidence_that_exists() -> None:
    for finding, items in remembered._DECIDED_BY.items():
        assert finding in FINDINGS and all(hasattr(evidence(), name) for name in items)


_ANSWERS = {
    "cluster-not-found": "(ResourceNotFound) The Resource 'Microsoft.ContainerService/managedClusters/c' under "
    "resource group 'rg' was not found.",
    "arm-action-missing": "(AuthorizationFailed) The client 'x' with object id '0b1e0000-0000-4000-8000-000000000001' "
    "does not have authorization to perform action 'Microsoft.ContainerService/managedClusters/read' over scope "
    f"'{CLUSTER}' or the scope is invalid.",
    "sign-in-expired": "(ExpiredAuthenticationToken) The access token expiry UTC time is in the past.",
}


def told(source: str, then: str, now: str) -> dict[str, str]:
    """The findings and how sure they are, of a text and of what ARM answers to the request for the cluster."""
    failure = classify(_ANSWERS[then], source=source)
    if source == "run":
        failure = remembered.at(failure, NOW - timedelta(minutes=2))
    seen = Item(unread=_ANSWERS.get(now, "(InternalServerError) boom"), source="managedClusters")
    found = checks.run(failure, evidence(cluster=seen))
    return {each["id"]: each["confidence"] for each in found["findings"]}


@pytest.mark.parametrize("finding", _ANSWERS)
@pytest.mark.parametrize("source", ["run", "argument"])
def test_a_text_that_azure_says_again_is_confirmed(source: str, finding: str) -> None:
    assert told(source, finding, finding) == {finding: "confirmed"}


@pytest.mark.parametrize("now", ["arm-action-missing", "sign-in-expired"])
def test_a_cluster_that_was_not_found_is_not_blamed_once_azure_refuses_it_for_another_reason(now: str) -> None:
    assert told("run", "cluster-not-found", now) == {now: "confirmed"}


@pytest.mark.parametrize("finding", ["cluster-not-found", "arm-action-missing"])
def test_a_service_that_fails_neither_confirms_nor_overrules(finding: str) -> None:
    assert told("run", finding, "service-error") == {finding: "likely"}
    assert told("argument", finding, "service-error") == {finding: "likely"}


def test_a_text_about_another_action_is_not_confirmed_by_the_refusal_of_this_one() -> None:
    text = _ANSWERS["arm-action-missing"].replace("managedClusters/read'", "managedClusters/runCommand/action'")
    seen = Item(unread=_ANSWERS["arm-action-missing"], source="managedClusters")
    found = checks.run(classify(text, source="argument"), evidence(cluster=seen))
    (finding,) = found["findings"]
    assert (finding["id"], finding["confidence"]) == ("arm-action-missing", "likely")
