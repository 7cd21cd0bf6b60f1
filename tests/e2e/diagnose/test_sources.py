"""Where a diagnosis takes the failure from: a text, a command id, the Activity Log, or nothing at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.azure import Azure
from tests.e2e.diagnosis import CLUSTER, blamed, diagnose, evidence, stages

STOPPED = "(BadRequest) ManagedCluster is in a state preventing RunCommand feature: PowerState=Stopped"


def stock(azure: Azure) -> str:
    """What `az aks command invoke` prints when it fails."""
    result = azure.az("aks", "command", "invoke", *CLUSTER, "-c", "kubectl get nodes", may_crash=True)
    assert result.rc != 0, str(result)
    return result.err


def submitted(azure: Azure) -> str:
    """The id of a command that nobody waits for."""
    return azure.invoke_fix("run", *CLUSTER, "-c", "kubectl get nodes", "--no-wait").out.strip()


def finished(azure: Azure) -> str:
    """The id of a command that ended."""
    result = azure.invoke_fix("run", *CLUSTER, "-c", "true", "--on-failure", "none", "-o", "json")
    return str(result.json()["commandId"])


def test_a_text_is_judged_together_with_the_cluster(azure: Azure) -> None:
    azure.load("cluster-stopped")
    found = diagnose(azure, "--error", STOPPED)
    assert (found["failure"]["source"], found["failure"]["finding"]) == ("argument", "cluster-stopped")
    assert (stages(found), blamed(found)) == ("pppfsssss", "cluster-stopped confirmed")


def test_a_text_about_what_is_over_blames_nothing(azure: Azure) -> None:
    found = diagnose(azure, "--error", STOPPED)
    assert (blamed(found), blamed(found, "warning")) == ("", "cluster-stopped possible")
    assert found["verdict"] == "degraded"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_text_may_be_in_a_file_of_any_encoding(azure: Azure, tmp_path: Path, encoding: str) -> None:
    azure.load("cluster-stopped")
    (tmp_path / "pipeline.log").write_bytes(f"déploiement\r\n{STOPPED}\r\n".encode(encoding))
    found = diagnose(azure, "--error-file", str(tmp_path / "pipeline.log"))
    assert (found["failure"]["source"], blamed(found)) == ("argument", "cluster-stopped confirmed")


def test_a_text_may_come_through_a_pipe(azure: Azure) -> None:
    azure.load("cluster-stopped")
    found = diagnose(azure, "--error-file", "-", input=STOPPED)
    assert (found["failure"]["source"], blamed(found)) == ("argument", "cluster-stopped confirmed")


#: What stock az prints leads to the same cause as a run of our own.
STOCK = [
    ("cluster-stopped", "cluster-stopped confirmed"),
    ("run-command-disabled", "run-command-disabled confirmed"),
    ("no-run-command", "arm-action-missing confirmed"),
    ("result-read-missing", "result-read-missing confirmed"),
    ("read-only-lock", "resource-locked confirmed"),
    ("policy-gatekeeper", "azure-policy-denied confirmed"),
    ("policy-vap", "azure-policy-denied confirmed, azure-policy-denied likely"),
    ("policy-blocked-wording", "azure-policy-denied confirmed"),
    ("kyverno", "kyverno-denied likely"),
    ("nodes-tainted", "nodes-tainted confirmed"),
    ("nodes-not-ready", "nodes-not-ready confirmed"),
    ("nodes-full", "result-hidden possible"),
    ("tunnel-broken", "tunnel-broken likely"),
    ("service-error", "service-error likely"),
    ("sign-in-expired", "sign-in-expired confirmed"),
]


@pytest.mark.parametrize(("scenario", "who"), STOCK, ids=[each[0] for each in STOCK])
def test_what_stock_az_prints_leads_to_the_cause(azure: Azure, scenario: str, who: str) -> None:
    azure.load(scenario)
    found = diagnose(azure, "--error-file", "-", input=stock(azure))
    assert (blamed(found), found["failure"]["source"]) == (who, "argument")


def test_a_command_id_of_a_failed_run_gives_the_reason(azure: Azure) -> None:
    azure.load("nodes-full")
    found = diagnose(azure, "--command-id", finished(azure))
    assert (found["failure"]["source"], stages(found)) == ("commandId", "pppppfsss")
    assert blamed(found) == "nodes-full confirmed"
    assert "Insufficient cpu" in evidence(found)


def test_a_command_id_of_a_running_command_is_still_running(azure: Azure) -> None:
    azure.load("command-slow")
    found = diagnose(azure, "--command-id", submitted(azure))
    assert (found["failure"]["finding"], found["failure"]["source"]) == ("still-running", "commandId")
    assert (blamed(found), blamed(found, "warning")) == ("", "still-running confirmed")


def test_a_command_that_no_node_takes_is_running_for_a_reason(azure: Azure) -> None:
    azure.load("pod-pending-for-ever")
    found = diagnose(azure, "--command-id", submitted(azure))
    assert (found["failure"]["finding"], blamed(found)) == ("still-running", "nodes-tainted confirmed")


def test_a_command_id_of_a_success_is_no_failure(azure: Azure) -> None:
    found = diagnose(azure, "--command-id", finished(azure))
    assert (found["failure"], found["findings"], stages(found)) == (None, [], "ppppppppp")


def test_a_command_id_of_a_success_may_have_lost_output(azure: Azure) -> None:
    azure.load("output-truncated")
    found = diagnose(azure, "--command-id", finished(azure))
    assert (blamed(found), blamed(found, "warning")) == ("", "output-truncated confirmed")


def test_a_command_id_tells_a_bad_exit_code(azure: Azure) -> None:
    azure.load("command-exits-1")
    found = diagnose(azure, "--command-id", finished(azure))
    assert (stages(found), blamed(found)) == ("pppppppfs", "command-failed confirmed")
    assert "exitCode 1" in evidence(found)


def test_a_command_id_that_nobody_knows_is_lost(azure: Azure) -> None:
    found = diagnose(azure, "--command-id", "f" * 32)
    assert (found["failure"]["source"], blamed(found)) == ("commandId", "result-lost possible")


def test_a_command_id_whose_result_is_refused_tells_the_missing_right(azure: Azure) -> None:
    azure.load("result-read-missing")
    found = diagnose(azure, "--command-id", "f" * 32)
    assert (found["failure"]["source"], blamed(found)) == ("commandId", "result-read-missing confirmed")


def test_a_command_id_may_be_a_whole_url(azure: Azure) -> None:
    azure.load("command-exits-1")
    command_id = finished(azure)
    where = next(iter(azure.simulator.world.clusters.values())).id
    found = diagnose(azure, "--command-id", f"{where}/commandResults/{command_id}?api-version=2024-02-01")
    assert blamed(found) == "command-failed confirmed"


def _event(**event: Any) -> dict[str, Any]:
    return {"activity": {"events": [{"minutesAgo": 7} | event]}}


#: What the Activity Log holds of the latest failed run command: code, message, who is blamed.
LOGGED = [
    ("TooManyRequests", "The request is being throttled.", "throttled confirmed"),
    ("InternalServerError", "The server encountered an unexpected condition.", "service-error confirmed"),
    ("OperationNotAllowed", "Another operation is in progress.", "operation-in-progress confirmed"),
    ("KubernetesPerformanceError", "The container did not start within 30s on your cluster.", "start-timeout possible"),
]


@pytest.mark.parametrize(("code", "message", "who"), LOGGED, ids=[each[0] for each in LOGGED])
def test_the_latest_failure_is_found_in_the_activity_log(azure: Azure, code: str, message: str, who: str) -> None:
    azure.load(_event(code=code, message=message))
    found = diagnose(azure)
    assert (found["failure"]["source"], blamed(found)) == ("activityLog", who)
    assert f"Activity Log: ({code}) {message}" in evidence(found)


def test_a_client_without_a_cluster_token_is_found_in_the_activity_log(azure: Azure) -> None:
    """`az rest` is what a template or script does: it sends no token of the user."""
    world = azure.load("healthy-entra")
    where = next(iter(world.clusters.values())).id
    bare = azure.az(
        "rest", "--method", "post", "--url", f"{where}/runCommand?api-version=2024-02-01", "--body", '{"command": "x"}'
    )
    assert "MissingAADClusterToken" in bare.err
    found = diagnose(azure)
    assert (stages(found), blamed(found)) == ("pfsssssss", "cluster-token-missing confirmed")


def test_a_refused_run_is_found_in_the_activity_log(azure: Azure) -> None:
    azure.load("kyverno")
    stock(azure)
    found = diagnose(azure)
    assert (found["failure"]["source"], blamed(found)) == ("activityLog", "kyverno-denied confirmed")


def test_a_failure_of_last_month_is_no_failure(azure: Azure) -> None:
    azure.load(_event(minutesAgo=45000, code="TooManyRequests", message="The request is being throttled."))
    assert diagnose(azure)["failure"] is None


def test_a_diagnosis_starts_from_the_last_run_that_failed_here_and_says_so(azure: Azure) -> None:
    azure.load("nodes-full")
    assert azure.invoke_fix("run", *CLUSTER, "-c", "kubectl get nodes", "--on-failure", "none").rc == 125
    seen = azure.invoke_fix("diagnose", *CLUSTER, "--fail-on", "error", "-o", "json")
    assert seen.rc == 4 and "Starting from your run of less than a minute ago" in seen.err, str(seen)
    [found] = [each for each in seen.json()["findings"] if each["severity"] == "error"]
    assert found["id"] == "nodes-full" and any("your run of" in each["source"] for each in found["evidence"])
    fresh = azure.invoke_fix("diagnose", *CLUSTER, "--fresh", "-o", "json")
    assert fresh.json()["failure"] is None and "your run" not in fresh.err, str(fresh)


def test_what_was_repaired_since_the_last_run_is_not_blamed(azure: Azure) -> None:
    azure.load("cluster-stopped")
    assert azure.invoke_fix("run", *CLUSTER, "-c", "kubectl get nodes", "--on-failure", "none").rc == 125
    azure.load({})
    seen = azure.invoke_fix("diagnose", *CLUSTER, "-o", "json")
    assert seen.json()["verdict"] == "ready" and seen.json()["findings"] == [], str(seen)
    assert "no longer shows" in seen.err


def test_a_run_that_works_forgets_the_one_that_failed(azure: Azure) -> None:
    azure.load("quota")
    assert azure.invoke_fix("run", *CLUSTER, "-c", "x", "--on-failure", "none").rc == 125
    azure.load({})
    assert azure.invoke_fix("run", *CLUSTER, "-c", "kubectl get nodes").rc == 0
    seen = azure.invoke_fix("diagnose", *CLUSTER, "-o", "json")
    assert seen.json()["verdict"] == "ready" and "your run" not in seen.err.lower(), str(seen)


def test_a_damaged_memory_costs_a_warning(azure: Azure) -> None:
    azure.load("quota")
    assert azure.invoke_fix("run", *CLUSTER, "-c", "x", "--on-failure", "none").rc == 125
    [file] = (azure.config_dir / "aks-invoke-fix" / "failed").iterdir()
    file.write_text("{")
    azure.load({})
    seen = azure.invoke_fix("diagnose", *CLUSTER, "-o", "json")
    assert seen.rc == 0 and "WARNING: The last run of this cluster cannot be read" in seen.err, str(seen)
