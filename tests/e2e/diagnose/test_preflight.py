"""Before anything was run: what would break is found in what the service shows, and nothing is made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.azure import Azure
from tests.e2e.diagnosis import blamed, diagnose, evidence, needs, stages
from tests.simulator.core import scenario as scenarios

#: Scenario: stages, who is blamed, a datum.
BROKEN = {
    "cluster-token-refused": ("pfsssssss", "sign-in-expired confirmed", "AADSTS70043"),
    "sign-in-expired": ("pfsssssss", "sign-in-expired confirmed", "managedClusters: (ExpiredAuthenticationToken)"),
    "wrong-tenant": ("pfsssssss", "wrong-tenant confirmed", "(InvalidAuthenticationTokenTenant)"),
    "no-cluster-read": ("ppfssssss", "arm-action-missing confirmed", "no entry grants"),
    "no-run-command": ("ppfssssss", "arm-action-missing confirmed", "runCommand/action"),
    "cluster-user-role": ("ppfssssss", "arm-action-missing confirmed", "commandResults/read"),
    "result-read-missing": ("ppfssssss", "result-read-missing confirmed", "commandResults/read"),
    "role-eligible": (
        "ppfssssss",
        "role-not-activated confirmed",
        "eligible: Azure Kubernetes Service Contributor Role",
    ),
    "deny-assignment": ("ppfssssss", "arm-denied confirmed", "Run command is reserved for the platform team"),
    "read-only-lock": ("ppfssssss", "resource-locked likely", "change-freeze: ReadOnly"),
    "cluster-stopped": ("pppfsssss", "cluster-stopped confirmed", "powerState Stopped"),
    "cluster-provisioning": ("pppfsssss", "cluster-not-ready confirmed", "provisioningState Creating"),
    "run-command-disabled": ("pppfsssss", "run-command-disabled confirmed", "disableRunCommand true"),
    "policy-disable-run-command": ("pppfsssss", "run-command-disabled-by-policy confirmed", "deployifnotexists"),
    "policy-gatekeeper": ("ppppfssss", "azure-policy-denied likely", "pod-security: effect deny"),
    "policy-vap": ("ppppfssss", "azure-policy-denied likely", "no-token: effect deny"),
    "policy-blocked-wording": ("ppppfssss", "azure-policy-denied likely", "trusted-images: effect deny"),
    "policy-landing-zone": ("ppppfssss", "azure-policy-denied likely", '["kube-system"] (literal)'),
    "policy-many": ("ppppfssss", "azure-policy-denied likely", "pod-security: effect deny"),
    "policy-two-assignments": ("ppppfssss", "azure-policy-denied likely", "read-only-root-rg1: effect deny"),
    "policy-override-deny": ("ppppfssss", "azure-policy-denied likely", "deny (an override of the assignment)"),
    "policy-management-group": ("ppppfssss", "azure-policy-denied likely", "managementGroups/contoso"),
    "policy-not-scopes": ("ppppfssss", "azure-policy-denied likely", "no-escalation: effect deny"),
    "policy-no-namespace-parameter": ("ppppfssss", "azure-policy-denied likely", '["kube-system"] (literal)'),
    "policy-expired-exemption": ("ppppfssss", "azure-policy-denied likely", "Waiver expired"),
    "safeguards-enforced": ("ppppfssss", "safeguards-denied likely", "aks-deployment-safeguards-policy-assignment"),
    "nodes-tainted": ("pppppfsss", "nodes-tainted confirmed", "taints CriticalAddonsOnly=true:NoSchedule"),
    "pod-pending-for-ever": ("pppppfsss", "nodes-tainted confirmed", "taints CriticalAddonsOnly=true:NoSchedule"),
    "reason-missing": ("pppppfsss", "nodes-tainted confirmed", "taints CriticalAddonsOnly=true:NoSchedule"),
    "no-linux-pool": ("pppppfsss", "nodes-tainted confirmed, no-linux-nodes confirmed", "win: Windows, 2 node(s)"),
    "nothing-running": ("pppppfsss", "no-running-nodes confirmed, nodes-tainted confirmed", "user: Linux, 0 node(s)"),
    "nodes-not-ready": ("pppppfsss", "nodes-not-ready confirmed", "not ready: aks-nodepool1-"),
    "nodes-spot-only": ("pppppfsss", "nodes-tainted confirmed", "scalesetpriority=spot:NoSchedule"),
    "nodes-virtual-only": ("pppppfsss", "nodes-tainted confirmed", "taints CriticalAddonsOnly=true:NoSchedule"),
    "pool-stopped": (
        "pppppfsss",
        "no-running-nodes confirmed, nodes-tainted confirmed",
        "user: Linux, 0 node(s), stopped",
    ),
    "grant-delegated": ("ppfssssss", "arm-action-missing confirmed", "runCommand/action"),
    "grant-no-directory": ("ppfssssss", "arm-action-missing confirmed", "runCommand/action"),
    "grant-not-allowed": ("ppfssssss", "result-read-missing confirmed", "commandResults/read"),
    "grant-propagating": ("ppfssssss", "arm-action-missing confirmed", "runCommand/action"),
    "policy-custom-definition": ("ppppfssss", "azure-policy-denied likely", "K8sContosoReadOnlyRoot evaluated"),
    "policy-edited-meanwhile": ("ppppfssss", "azure-policy-denied likely", "pod-security: effect deny"),
    "policy-no-write": ("ppppfssss", "azure-policy-denied likely", "pod-security: effect deny"),
    "policy-second-write-fails": ("ppppfssss", "azure-policy-denied likely", "read-only-root: effect deny"),
    "policy-slow-sync": ("ppppfssss", "azure-policy-denied likely", "pod-security: effect deny"),
    "policy-write-answer-lost": ("ppppfssss", "azure-policy-denied likely", "pod-security: effect deny"),
    "safeguards-automatic": ("ppppfssss", "safeguards-denied likely", "aks-deployment-safeguards-policy-assignment"),
    "three-faults": (
        "ppfsffsss",
        "arm-action-missing confirmed, azure-policy-denied likely, nodes-tainted confirmed",
        "pod-security: effect deny",
    ),
}
#: Cloud Shell needs a sign-in of its own; the hub of a fleet has another name; leftovers show in the metrics; some only
#: warn; the others are open questions, below.
ELSEWHERE = {
    "cloud-shell",
    "fleet-hub",
    "leftover-pending",
    "leftover-pods",
    "pools-of-new-kinds",
    "permissions-refused",
    "nodes-arm-only",
    "operation-in-progress",
}
HEALTHY = sorted(set(scenarios.names()) - set(BROKEN) - ELSEWHERE)


@pytest.mark.parametrize("scenario", BROKEN)
def test_what_would_break_is_found_before_it_does(azure: Azure, scenario: str) -> None:
    line, who, datum = BROKEN[scenario]
    azure.load(scenario)
    found = diagnose(azure)
    assert (stages(found), blamed(found), found["verdict"], found["failure"]) == (line, who, "blocked", None)
    assert datum in evidence(found)


@pytest.mark.parametrize("scenario", HEALTHY)
def test_what_only_a_run_can_show_is_not_foretold(azure: Azure, scenario: str) -> None:
    azure.load(scenario)
    found = diagnose(azure)
    assert (stages(found), found["findings"], found["verdict"]) == ("pppppusss", [], "ready")


SYSTEM = {"name": "system", "taints": ["CriticalAddonsOnly=true:NoSchedule"]}
DENY = {"of": "readOnlyRootFilesystem", "name": "read-only-root", "effect": "Deny"}
WAIVER = {"assignment": "read-only-root", "expires": 9}
ROLE = "Azure Kubernetes Service Contributor Role"

#: Close to a finding and none: each is the negative case of a group.
FINE: dict[str, dict[str, Any]] = {
    "a taint that only prefers": {"pools": [{"taints": ["team=red:PreferNoSchedule"]}]},
    "a user pool beside a tainted one": {"pools": [SYSTEM, {"name": "user", "mode": "User"}]},
    "one of two pools stopped": {"pools": [{}, {"name": "user", "mode": "User", "power": "Stopped"}]},
    "Windows beside Linux": {"pools": [{}, {"name": "win", "mode": "User", "os": "Windows"}]},
    "a policy that audits": {"policy": {"assignments": [{**DENY, "effect": "Audit"}]}},
    "an exempt cluster": {"policy": {"assignments": [DENY], "exemptions": [WAIVER]}},
    "an excluded namespace": {"policy": {"assignments": [{**DENY, "exclude": ["aks-*"]}]}},
    "a denial elsewhere": {"policy": {"assignments": [{**DENY, "notScopes": ["cluster"]}]}},
    "a cluster without the add-on": {"policy": {"addon": False, "assignments": [DENY]}},
    "safeguards that warn": {"safeguards": {"level": "Warn", "systemExcludedNamespaces": ["kube-system"]}},
    "safeguards that leave the namespace out": {"safeguards": {"level": "Enforce"}},
    "a role that is enough": {"access": {"assignments": [{"role": ROLE, "scope": "cluster"}, "Monitoring Reader"]}},
    "a lock against deletion": {"access": {"locks": [{"name": "keep", "level": "CanNotDelete", "scope": "cluster"}]}},
    "an old failure with a success behind it": {
        "activity": {
            "events": [
                {"minutesAgo": 9, "code": "KubernetesPerformanceError", "message": "did not start within 30s"},
                {"minutesAgo": 5, "status": "Succeeded"},
            ]
        }
    },
}


@pytest.mark.parametrize("near", FINE)
def test_what_only_looks_like_trouble_is_none(azure: Azure, near: str) -> None:
    azure.load(FINE[near])
    found = diagnose(azure)
    assert (found["findings"], stages(found)[:2]) == ([], "pp")
    assert "f" not in stages(found)


#: Worth knowing, and no reason to stop: who is warned about, stages, scenario.
WARNED: list[tuple[str, str, dict[str, Any]]] = [
    ("operation-in-progress possible", "pppppusss", {"cluster": {"provisioning": "Updating"}}),
    ("cluster-not-ready possible", "pppppusss", {"cluster": {"provisioning": "Failed"}}),
    ("nodes-not-ready possible", "pppppusss", {"pools": [{"count": 2, "notReady": 1}]}),
]


@pytest.mark.parametrize(("who", "line", "scenario"), WARNED, ids=[each[0] for each in WARNED])
def test_what_may_break_is_a_warning(azure: Azure, who: str, line: str, scenario: dict[str, Any]) -> None:
    azure.load(scenario)
    found = diagnose(azure)
    assert (stages(found), blamed(found), blamed(found, "warning")) == (line, "", who)
    assert found["verdict"] == "degraded"


def test_command_pods_that_are_left_over_show_that_others_started(azure: Azure) -> None:
    azure.load("leftover-pods")
    found = diagnose(azure)
    assert (stages(found), found["findings"], found["verdict"]) == ("pppppppss", [], "ready")


def test_command_pods_that_still_wait_are_a_warning(azure: Azure) -> None:
    azure.load("leftover-pending")
    found = diagnose(azure)
    assert (blamed(found), blamed(found, "warning"), found["verdict"]) == ("", "nodes-full possible", "degraded")


def test_pools_of_which_nothing_is_known_are_no_pass(azure: Azure) -> None:
    azure.load("pools-of-new-kinds")
    found = diagnose(azure)
    assert (stages(found)[5], found["findings"], found["verdict"]) == ("u", [], "unknown")


def test_an_autoscaled_pool_without_a_node_comes_too_late(azure: Azure) -> None:
    empty = {"name": "user", "mode": "User", "count": 0, "autoscale": {"min": 0, "max": 3}}
    azure.load({"pools": [SYSTEM, empty]})
    found = diagnose(azure)
    assert blamed(found) == "no-running-nodes confirmed, nodes-tainted confirmed"
    assert blamed(found, "warning") == "autoscaler-lagging likely"


def test_permissions_that_may_not_be_asked_for_stay_unknown(azure: Azure) -> None:
    azure.load("permissions-refused")
    found = diagnose(azure)
    assert (stages(found)[2], found["findings"], found["verdict"]) == ("u", [], "unknown")
    assert needs(found, "access") == ["Microsoft.Authorization/permissions/read"]


def test_cloud_shell_is_recognized_before_a_command_fails(azure: Azure, tmp_path: Path) -> None:
    azure.load("cloud-shell")
    found = diagnose(azure.apart(tmp_path))
    assert (stages(found), blamed(found)) == ("pfsssssss", "cloud-shell-token confirmed")


def test_a_cluster_that_does_not_exist_is_told(azure: Azure) -> None:
    found = azure.invoke_fix("diagnose", "-g", "rg1", "-n", "nope", "-o", "json").json()
    assert (stages(found), blamed(found)) == ("ppfssssss", "cluster-not-found confirmed")
