"""A command that did not run, or whose result is lost: the reason, the finding, the exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.azure import Azure, Result
from tests.e2e.run.test_run import CLUSTER, run
from tests.worlds.capacity import Scenario


def failed(azure: Azure, scenario: Scenario, *more: str, **options: Any) -> tuple[Result, Any]:
    azure.load(scenario)
    result = run(azure, "kubectl get pods", *more, "-o", "json", **options)
    return result, result.json()


SCENARIOS = [
    # scenario, outcome, stage, finding, exit code
    ("nodes-tainted", "notRun", "startup", "start-timeout", 125),
    ("nodes-full", "notRun", "scheduling", "nodes-full", 125),
    ("image-pull", "notRun", "startup", "image-pull-failed", 125),
    ("tunnel-broken", "notRun", "startup", "tunnel-broken", 125),
    ("cluster-stopped", "notRun", "cluster", "cluster-stopped", 125),
    ("run-command-disabled", "notRun", "cluster", "run-command-disabled", 125),
    ("cluster-provisioning", "notRun", "cluster", "cluster-not-ready", 125),
    ("api-server-unreachable", "notRun", "cluster", "api-server-unreachable", 125),
    ("result-not-found", "unknown", "result", "result-lost", 125),
    ("location-missing", "unknown", "result", "result-lost", 125),
    ("no-cluster-read", "notRun", "access", "arm-action-missing", 125),
    ("no-run-command", "notRun", "access", "arm-action-missing", 125),
    ("result-read-missing", "unknown", "access", "result-read-missing", 125),
    ("policy-gatekeeper", "notRun", "admission", "azure-policy-denied", 125),
    ("kubernetes-forbidden", "failed", "command", "kubernetes-forbidden", 1),
    ("kubernetes-forbidden-azure-rbac", "failed", "command", "kubernetes-forbidden-azure-rbac", 1),
]


@pytest.mark.parametrize(("scenario", "outcome", "stage", "finding", "rc"), SCENARIOS, ids=[s[0] for s in SCENARIOS])
def test_the_failure_has_its_stage_and_its_finding(
    azure: Azure, scenario: str, outcome: str, stage: str, finding: str, rc: int
) -> None:
    result, found = failed(azure, scenario)
    failure = found["failure"]
    assert (found["outcome"], failure["stage"], failure["finding"]) == (outcome, stage, finding)
    assert (result.rc, failure["source"]) == (rc, "run")


@pytest.mark.smoke
def test_the_reason_behind_ok_is_told(azure: Azure) -> None:
    result, found = failed(azure, "nodes-full")
    assert "nodes are available" in found["failure"]["message"]
    assert "nodes are available" in result.err
    assert "invalid status" not in result.err


def test_a_failure_without_a_reason_says_that_there_is_none(azure: Azure) -> None:
    result, found = failed(
        azure, {"surface": "failed", "results": {"reason": False}, "cluster": {"startup": "image-pull"}}
    )
    assert (found["failure"]["finding"], result.rc) == ("result-hidden", 125)


@pytest.mark.parametrize("state", ["Failed", "failed", "FAILED"])
def test_a_failed_state_is_known_in_any_case(azure: Azure, state: str) -> None:
    _, found = failed(
        azure, {"surface": "failed", "results": {"failedState": state}, "cluster": {"startup": "image-pull"}}
    )
    assert (found["outcome"], found["failure"]["finding"]) == ("notRun", "image-pull-failed")


@pytest.mark.parametrize("results", [{"pollBody": False}, {"runningState": "Accepted"}], ids=["no body", "odd state"])
def test_a_poll_that_says_little_is_waited_for(azure: Azure, results: dict[str, Any]) -> None:
    result, found = failed(azure, {"results": results, "commands": [{"match": "*", "logs": "x", "duration": 1}]})
    assert (result.rc, found["outcome"]) == (0, "succeeded")


@pytest.mark.smoke
@pytest.mark.parametrize(
    "where", [("-g", "rg1", "-n", "nope"), ("-g", "nope", "-n", "c1")], ids=["cluster", "resource group"]
)
def test_what_does_not_exist_exits_3(azure: Azure, where: tuple[str, ...]) -> None:
    result = azure.invoke_fix("run", *where, "-c", "x", "-o", "json")
    assert (result.rc, result.json()["failure"]["finding"]) == (3, "cluster-not-found")
    assert result.err.count("ERROR:") == 1


@pytest.mark.parametrize("subscription", ["11111111-1111-4111-8111-111111111111", "No Such Subscription"])
def test_a_subscription_that_does_not_exist_exits_3(azure: Azure, subscription: str) -> None:
    result = run(azure, "x", "--subscription", subscription)
    assert result.rc == 3
    assert result.err.count("ERROR:") == 1


def test_a_lost_result_of_an_unknown_id_is_unknown(azure: Azure) -> None:
    result = azure.invoke_fix("run", *CLUSTER, "-i", "f" * 32, "-o", "json")
    found = result.json()
    assert (result.rc, found["outcome"], found["failure"]["finding"]) == (125, "unknown", "result-lost")


def test_an_expired_sign_in_says_how_to_sign_in(azure: Azure) -> None:
    result, found = failed(azure, "sign-in-expired")
    assert (result.rc, found["failure"]["finding"]) == (125, "sign-in-expired")
    assert "az login" in result.err


def test_cloud_shell_is_named_as_the_cause(azure: Azure, tmp_path: Path) -> None:
    azure.load("cloud-shell")
    in_cloud_shell = {**azure.simulator.environment(tmp_path), "MSI_ENDPOINT": None, "MSI_SECRET": None}
    del in_cloud_shell["AZURE_EXTENSION_DIR"]
    for arguments in azure.simulator.registration():
        assert azure.az(*arguments, env=in_cloud_shell).rc == 0
    result, found = failed(azure, "cloud-shell", env=in_cloud_shell)
    assert (result.rc, found["failure"]["finding"]) == (125, "cloud-shell-token")
    assert "credential problem" not in result.err


def test_whoever_never_signed_in_is_told_so_and_not_that_the_sign_in_expired(azure: Azure, tmp_path: Path) -> None:
    nobody = {"AZURE_CONFIG_DIR": str(tmp_path)}
    result, found = failed(azure, {}, env=nobody)
    assert (result.rc, found["failure"]["finding"]) == (125, "sign-in-expired")
    assert "You are not signed in: Please run 'az login' to setup account." in result.err
    assert "Next: az login\n" in result.err
    looked = azure.invoke_fix("diagnose", "-g", "rg1", "-n", "c1", env=nobody)
    assert (looked.rc, "ERROR: You are not signed in" in looked.err, "70043" in looked.err) == (1, True, False)


def test_an_unreachable_azure_is_a_network_failure(azure: Azure) -> None:
    result = run(
        azure, "x", "-o", "json", env={"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "", "no_proxy": ""}, timeout=120
    )
    assert (result.rc, result.json()["failure"]["finding"]) == (125, "network-unreachable")


def test_an_untrusted_certificate_is_a_network_failure(azure: Azure, tmp_path: Path) -> None:
    import certifi

    result = run(azure, "x", "-o", "json", env={"REQUESTS_CA_BUNDLE": certifi.where()})
    assert (result.rc, result.json()["failure"]["finding"]) == (125, "network-unreachable")


@pytest.mark.parametrize("on_failure", ["none", "explain"])
def test_a_pipeline_is_led_to_the_page_of_the_finding_once(azure: Azure, on_failure: str) -> None:
    result, _ = failed(azure, "cluster-stopped", "--on-failure", on_failure)
    assert result.err.count("az aks invoke-fix explain --finding cluster-stopped") == 1, result
