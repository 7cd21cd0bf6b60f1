"""A run that failed is diagnosed: the true cause is blamed, with the datum that proves it, and nothing else."""

from __future__ import annotations

import random
from pathlib import Path

import certifi
import pytest

from tests.e2e.azure import Azure
from tests.e2e.diagnosis import blamed, diagnosed_run, evidence, stages

#: The tables of this folder are read by test_diagnose_coverage: scenario, stages, who is blamed, a datum.
CASES = [
    ("cluster-token-refused", "pfsssssss", "sign-in-expired confirmed", "signed-in account … AADSTS70043"),
    ("sign-in-expired", "pfsssssss", "sign-in-expired confirmed", "this run … (ExpiredAuthenticationToken)"),
    ("wrong-tenant", "pfsssssss", "wrong-tenant confirmed", "this run … (InvalidAuthenticationTokenTenant)"),
    ("no-cluster-read", "ppfssssss", "arm-action-missing confirmed", "permissions … managedClusters/read"),
    ("no-run-command", "ppfssssss", "arm-action-missing confirmed", "permissions … runCommand/action"),
    ("cluster-user-role", "ppfssssss", "arm-action-missing confirmed", "permissions … commandResults/read"),
    ("result-read-missing", "ppfssssss", "result-read-missing confirmed", "permissions … commandResults/read"),
    ("role-eligible", "ppfssssss", "role-not-activated confirmed", "roleEligibilityScheduleInstances … Contributor"),
    ("deny-assignment", "ppfssssss", "arm-denied confirmed", "denyAssignments … reserved for the platform team"),
    ("read-only-lock", "ppfssssss", "resource-locked confirmed", "locks … change-freeze: ReadOnly"),
    ("cluster-stopped", "pppfsssss", "cluster-stopped confirmed", "managedClusters … powerState Stopped"),
    ("cluster-provisioning", "pppfsssss", "cluster-not-ready confirmed", "managedClusters … Creating"),
    ("run-command-disabled", "pppfsssss", "run-command-disabled confirmed", "apiServerAccessProfile … true"),
    (
        "policy-disable-run-command",
        "pppfsssss",
        "run-command-disabled-by-policy confirmed",
        "policyAssignments … /no-run-c",
    ),
    ("api-server-unreachable", "pppfsssss", "api-server-unreachable confirmed", "this run … TLS handshake timeout"),
    ("api-server-guarded", "pppfsssss", "api-server-guarded confirmed", "this run … too many requests"),
    ("policy-gatekeeper", "ppppfssss", "azure-policy-denied confirmed", "policyAssignments/pod-security … deny"),
    ("policy-vap", "ppppfssss", "azure-policy-denied confirmed, azure-policy-denied likely", "/no-token … deny"),
    ("policy-blocked-wording", "ppppfssss", "azure-policy-denied confirmed", "/trusted-images … deny"),
    ("policy-two-assignments", "ppppfssss", "azure-policy-denied confirmed", "/read-only-root-rg1 … deny"),
    ("policy-override-deny", "ppppfssss", "azure-policy-denied confirmed", "/pod-security … an override"),
    ("policy-custom-definition", "ppppfssss", "azure-policy-denied confirmed", "/no-writable … ignoredNamespaces"),
    ("policy-management-group", "ppppfssss", "azure-policy-denied confirmed", "/managementGroups/contoso … deny"),
    ("policy-not-scopes", "ppppfssss", "azure-policy-denied confirmed", "/no-escalation … deny"),
    ("policy-no-namespace-parameter", "ppppfssss", "azure-policy-denied confirmed", "/platform-fixed … (literal)"),
    ("policy-expired-exemption", "ppppfssss", "azure-policy-denied confirmed", "/policyExemptions/ … Waiver expired"),
    ("policy-excluded-syncing", "ppppfssss", "azure-policy-denied likely", "/pod-security … aks-command"),
    ("policy-exempt-syncing", "ppppfssss", "azure-policy-denied likely", "/policyExemptions/ … Waiver in force"),
    ("safeguards-enforced", "ppppfssss", "safeguards-denied confirmed", "aks-deployment-safeguards … deny"),
    ("gatekeeper-self", "ppppfssss", "gatekeeper-denied confirmed", "this run … psp-readonlyrootfilesystem"),
    ("managed-vap", "ppppfssss", "managed-policy-denied confirmed", "this run … aks-managed-baseline-capabilities"),
    ("defender-image", "ppppfssss", "defender-denied confirmed", "this run … defender-admission-controller"),
    ("defender-vap", "ppppfssss", "defender-denied confirmed", "this run … misconfiguration-policy"),
    ("kyverno", "ppppfssss", "kyverno-denied confirmed", "this run … disallow-privilege-escalation"),
    ("pod-security", "ppppfssss", "pod-security-denied confirmed", "this run … restricted:latest"),
    ("webhook-other", "ppppfssss", "webhook-denied confirmed", "this run … pod-gate.platform.contoso.com"),
    ("webhook-down", "ppppfssss", "webhook-unreachable confirmed", "this run … linkerd-proxy-injector"),
    ("leftover-pods", "ppppfssss", "quota-exceeded confirmed", "this run … count/pods=20"),
    ("leftover-pending", "ppppfssss", "quota-exceeded confirmed", "this run … pods=3"),
    ("quota", "ppppfssss", "quota-exceeded confirmed", "this run … exceeded quota: namespace-quota"),
    ("nodes-tainted", "pppppfsss", "nodes-tainted confirmed", "agentPoolProfiles … CriticalAddonsOnly=true:NoSchedule"),
    ("reason-missing", "pppppfsss", "nodes-tainted confirmed", "agentPoolProfiles … CriticalAddonsOnly"),
    ("nodes-full", "pppppfsss", "nodes-full confirmed", "this run … Insufficient cpu"),
    ("insights-no-room", "pppppfsss", "nodes-full confirmed", "KubeEvents: … Insufficient cpu"),
    ("pools-of-new-kinds", "pppppfsss", "nodes-tainted confirmed", "KubeEvents: … kubernetes.azure.com/mode: gateway"),
    (
        "no-linux-pool",
        "pppppfsss",
        "nodes-tainted confirmed, no-linux-nodes confirmed",
        "agentPoolProfiles … win: Windows",
    ),
    (
        "nothing-running",
        "pppppfsss",
        "no-running-nodes confirmed, nodes-tainted confirmed",
        "agentPoolProfiles … user: Linux, 0",
    ),
    ("nodes-not-ready", "pppppfsss", "nodes-not-ready confirmed", "platform metrics … vmss000000 (NotReady)"),
    ("autoscaler-lagging", "pppppfsss", "autoscaler-lagging likely, nodes-full likely", "platform metrics … 1 unsched"),
    ("image-pull", "ppppppfss", "image-pull-failed confirmed", "networkProfile … outboundType loadBalancer"),
    ("insights-image-pull", "ppppppfss", "image-pull-failed confirmed", "KubeEvents: … i/o timeout"),
    ("isolated-cluster", "ppppppfss", "image-pull-failed confirmed", "KubeEvents: … contosocache.azurecr.io"),
    ("insights-empty", "pppppufss", "start-timeout possible", "this run … did not start within 30s"),
    ("insights-refused", "pppppufss", "start-timeout possible", "this run … did not start within 30s"),
    ("insights-other-pod", "pppppufss", "start-timeout possible", "KubeEvents: … Insufficient memory"),
    ("detector-node", "pppppufss", "start-timeout possible", "detectors/nodes-not-ready-alerts … vmss000000"),
    ("init-failed", "pppppufss", "start-timeout possible", "platform metrics … pending in aks-command: command-"),
    ("start-slow", "pppppufss", "start-timeout possible", "platform metrics … pending in aks-command: command-"),
    ("tunnel-broken", "ppppppfss", "tunnel-broken confirmed", "this run … error dialing backend"),
    ("kubernetes-forbidden", "pppppppfs", "kubernetes-forbidden confirmed", "aadProfile … enableAzureRBAC false"),
    (
        "kubernetes-forbidden-azure-rbac",
        "pppppppfs",
        "kubernetes-forbidden-azure-rbac confirmed",
        "aadProfile … RBAC true",
    ),
    ("kubernetes-unauthorized", "pppppppfs", "kubernetes-unauthorized confirmed", "aadProfile … tenantID 7e4a4700"),
    ("command-exits-1", "pppppppfs", "command-failed confirmed", "this run … have a resource type"),
    ("result-lost", "pppppuuuf", "result-lost possible", "this run … 404"),
    ("location-missing", "pppppuuuf", "result-lost possible", "this run … did not say where its result will be"),
    ("service-error", "pppppuuuf", "result-lost possible", "this run … (InternalServerError)"),
]


@pytest.mark.parametrize(("scenario", "line", "who", "datum"), CASES, ids=[case[0] for case in CASES])
def test_the_cause_is_blamed_and_nothing_else(azure: Azure, scenario: str, line: str, who: str, datum: str) -> None:
    azure.load(scenario)
    found = diagnosed_run(azure)
    assert (stages(found), blamed(found), found["verdict"]) == (line, who, "blocked")
    assert any(all(part in shown for part in datum.split(" … ")) for shown in evidence(found).splitlines())


def _prints(logs: str, code: int = 1) -> dict[str, object]:
    return {"commands": [{"match": "*", "logs": logs, "exitCode": code}]}


_GATEKEEPER = (
    'Error from server (Forbidden): error when creating "app.yaml": admission webhook "validation.gatekeeper.sh" '
    "denied the request: [azurepolicy-k8sazurev3readonlyrootfilesyst-6a1cf2d9c1a3b0f8e7d2] only read-only root "
    "filesystem container is allowed: web\n"
)

#: What the command itself prints; its output is all there is to judge by.
OUTPUTS = [
    ("command-not-found confirmed", "/bin/sh: 1: terraform: command not found\n", 127),
    ("file-not-attached confirmed", 'error: the path "app.yaml" does not exist\n', 1),
    ("command-interactive confirmed", "Unable to use a TTY - input is not a terminal or the right kind of file\n", 1),
    ("command-denied-by-policy confirmed", _GATEKEEPER, 1),
    ("command-failed confirmed", "Error: INSTALLATION FAILED: timed out waiting for the condition\n", 1),
    ("command-failed confirmed", "", 3),
]


@pytest.mark.parametrize(("who", "logs", "code"), OUTPUTS, ids=[f"{each[0].split()[0]} {each[2]}" for each in OUTPUTS])
def test_the_output_of_a_command_tells_why_it_failed(azure: Azure, who: str, logs: str, code: int) -> None:
    azure.load(_prints(logs, code))
    found = diagnosed_run(azure)
    assert (stages(found), blamed(found)) == ("pppppppfs", who)


def _answer(**how: object) -> dict[str, object]:
    return {"faults": [{"operation": "run-command", **how}]}


_BUSY = _answer(status=409, code="OperationNotAllowed", message="Another operation (upgrade) is in progress.")
_ODD = _answer(status=400, code="Fizz", message="The buzz is off.")
_NO_REASON = {"surface": "failed", "results": {"reason": False}, "cluster": {"startup": "image-pull"}}
_INIT = {"surface": "failed", "cluster": {"entra": True, "startup": "init-failed"}}

#: What no file is worth: small variations of a cluster or of one answer.
VARIANTS = [
    ("operation-in-progress confirmed", "pppfsssss", _BUSY),
    ("init-failed confirmed", "ppppppfss", _INIT),
    ("result-hidden possible", "pppppuuuf", _NO_REASON),
    ("unrecognized possible", "pppppuuus", _ODD),
]


@pytest.mark.parametrize(("who", "line", "scenario"), VARIANTS, ids=[each[0].split()[0] for each in VARIANTS])
def test_a_variation_is_told_apart(azure: Azure, who: str, line: str, scenario: dict[str, object]) -> None:
    azure.load(scenario)
    found = diagnosed_run(azure)
    assert (stages(found), blamed(found)) == (line, who)


def test_a_cluster_that_does_not_exist_is_the_only_finding(azure: Azure) -> None:
    result = azure.invoke_fix("run", "-g", "rg1", "-n", "nope", "-c", "x", "-o", "json")
    found = result.json()["diagnosis"]
    assert (stages(found), blamed(found)) == ("ppfssssss", "cluster-not-found confirmed")


def test_attachments_that_the_service_refuses_are_to_blame(azure: Azure, tmp_path: Path) -> None:
    azure.load("body-too-large")
    (tmp_path / "noise.bin").write_bytes(random.Random(0).randbytes(60_000))
    found = diagnosed_run(azure, "ls", "-f", str(tmp_path / "noise.bin"))
    assert (stages(found), blamed(found)) == ("fssssssss", "attachment-too-large confirmed")


def test_cloud_shells_own_sign_in_is_to_blame(azure: Azure, tmp_path: Path) -> None:
    azure.load("cloud-shell")
    found = diagnosed_run(azure.apart(tmp_path))
    assert (stages(found), blamed(found)) == ("pfsssssss", "cloud-shell-token confirmed")


def test_a_network_without_a_way_out_is_to_blame(azure: Azure) -> None:
    found = diagnosed_run(azure, env={"REQUESTS_CA_BUNDLE": certifi.where()})
    assert (stages(found)[0], blamed(found)) == ("f", "network-unreachable confirmed")
