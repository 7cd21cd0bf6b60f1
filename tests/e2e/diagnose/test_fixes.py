"""A command that a finding proposes works when it is pasted into a shell: afterwards the run passes.

That holds for our own, which is journalled and can be taken back, and for the stock one beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.azure import Azure
from tests.e2e.diagnosis import CLUSTER, Diagnosis, blamed, diagnose, diagnosed_run

#: Longer than any policy needs to reach the cluster, and any new node to be there.
LATER = 3600

SYSTEM = {"name": "system", "taints": ["CriticalAddonsOnly=true:NoSchedule"]}
TAINTED = {"name": "batch", "mode": "User", "taints": ["sku=gpu:NoSchedule"]}
EMPTY = {"name": "user", "mode": "User", "count": 0}
FULL = {"free": {"cpu": "100m", "memory": "200Mi"}, "autoscale": {"min": 1, "max": 3, "seconds": 1}}


def paste(azure: Azure, command: str, folder: Path | None = None) -> None:
    """Run a line as a person would, in a shell that finds `az`. Ours asks, which nobody answers here: ``--yes``."""
    ended = azure.shell(f"{command} --yes" if command.startswith(_OURS) else command, folder)
    assert ended.rc == 0, str(ended)


_OURS = tuple(f"az aks invoke-fix {verb} " for verb in ("exempt-policy", "grant-role", "add-capacity", "repair"))


def proposed(found: Diagnosis, wanted: str, member: str = "stockCommand") -> list[str]:
    """The distinct commands of the fixes of all findings whose stock command holds ``wanted``: the stock ones, or ours
    by ``member``."""
    fixes = [fix for finding in found["findings"] for fix in finding["fixes"]]
    known = {_stock(fix): fix["command"] if member == "command" else _stock(fix) for fix in fixes}
    chosen = [line for stock, line in known.items() if wanted in stock]
    assert chosen, f"{wanted!r} is in none of {list(known)}"
    return list(dict.fromkeys(chosen))


def _stock(fix: Diagnosis) -> str:
    """What works without this extension; a fix of which there is no command of ours has but one."""
    line: str = fix["stockCommand"] or fix["command"] or ""
    return line


def fix(azure: Azure, found: Diagnosis, wanted: str, member: str = "stockCommand") -> None:
    for command in proposed(found, wanted, member):
        paste(azure, command)
    azure.simulator.world.advance(LATER)


def passes(azure: Azure) -> bool:
    result = azure.invoke_fix("run", *CLUSTER, "-c", "kubectl get nodes", "--on-failure", "none")
    return result.rc == 0


#: What is broken, and words of the commands that mend it.
MENDED: list[tuple[str, str | dict[str, Any], str]] = [
    ("a new pool beside a tainted one", "nodes-tainted", "nodepool add"),
    ("a new pool beside Windows", "no-linux-pool", "nodepool add"),
    ("a new pool beside nodes that are down", "nodes-not-ready", "nodepool add"),
    ("taints taken from a user pool", {"pools": [SYSTEM, TAINTED]}, "--node-taints"),
    ("a pool started", "nothing-running", "nodepool start"),
    ("a pool scaled from nothing", {"pools": [SYSTEM, EMPTY]}, "nodepool scale"),
    ("a full pool scaled", "nodes-full", "nodepool scale"),
    ("the autoscaler's bounds raised", {"pools": [FULL]}, "--update-cluster-autoscaler"),
    ("the cluster started", "cluster-stopped", "az aks start"),
    ("run command enabled", "run-command-disabled", "--enable-run-command"),
    ("the namespace excluded", "policy-gatekeeper", "az policy assignment update"),
    ("the namespace excluded from two policies", "policy-vap", "az policy assignment update"),
    ("the namespace excluded at two scopes", "policy-two-assignments", "az policy assignment update"),
    ("the namespace excluded, overrides kept", "policy-override-deny", "az policy assignment update"),
    ("the namespace excluded in a custom policy", "policy-custom-definition", "ignoredNamespaces"),
    ("the namespace excluded, the kind hidden", "policy-blocked-wording", "az policy assignment update"),
    ("exemptions where nothing can be excluded", "policy-no-namespace-parameter", "az policy exemption create"),
    ("the namespace excluded from safeguards", "safeguards-enforced", "az aks safeguards update"),
    ("the lock removed", "read-only-lock", "az lock delete"),
    ("a role in the cluster", "kubernetes-forbidden-azure-rbac", "az role assignment create"),
]


@pytest.mark.parametrize(("scenario", "wanted"), [row[1:] for row in MENDED], ids=[row[0] for row in MENDED])
def test_the_fix_lets_the_next_run_pass(azure: Azure, scenario: str | dict[str, Any], wanted: str) -> None:
    azure.load(scenario)
    fix(azure, diagnosed_run(azure), wanted)
    assert passes(azure)


#: What has a command of ours: all but what only its owner should take away, and what is no setting of the cluster.
_STOCK_ALONE = ("az lock delete",)
OURS = [row for row in MENDED if row[2] not in _STOCK_ALONE]


@pytest.mark.parametrize(("scenario", "wanted"), [row[1:] for row in OURS], ids=[row[0] for row in OURS])
def test_our_own_command_of_the_fix_does_it_too_and_undo_takes_it_back(
    azure: Azure, scenario: str | dict[str, Any], wanted: str
) -> None:
    azure.load(scenario)
    (azure.config_dir / "aks-invoke-fix" / "journal.jsonl").unlink(missing_ok=True)
    found = diagnosed_run(azure)
    for command in proposed(found, wanted, "command"):
        assert command.startswith(_OURS), command
    fix(azure, found, wanted, "command")
    assert passes(azure)
    journalled = [row for row in azure.invoke_fix("history", "-o", "json").json() if row["state"] == "applied"]
    assert journalled and all(row["documents"] for row in journalled)
    for row in journalled:
        assert azure.invoke_fix("undo", "--change-id", row["changeId"], "--yes").rc == 0


@pytest.mark.parametrize("scenario", ["policy-many", "policy-expired-exemption", "policy-not-scopes"])
def test_the_fix_of_a_preflight_leaves_nothing_to_blame(azure: Azure, scenario: str) -> None:
    azure.load(scenario)
    fix(azure, diagnose(azure), "az policy assignment update")
    assert blamed(diagnose(azure)) == ""


def test_a_policy_that_switches_run_command_off_is_dealt_with_first(azure: Azure) -> None:
    azure.load("policy-disable-run-command")
    found = diagnosed_run(azure)
    fix(azure, found, "az policy exemption create")
    fix(azure, found, "--enable-run-command")
    assert passes(azure)


@pytest.mark.parametrize("scenario", ["policy-excluded-syncing", "policy-exempt-syncing", "autoscaler-lagging"])
def test_where_the_advice_is_to_wait_waiting_is_enough(azure: Azure, scenario: str) -> None:
    world = azure.load(scenario)
    found = diagnosed_run(azure)
    assert any("ait" in fix["description"] for finding in found["findings"] for fix in finding["fixes"])
    world.advance(LATER)
    assert passes(azure)


_DEFINE = ["Microsoft.Authorization/roleDefinitions/read", "Microsoft.Authorization/roleDefinitions/write"]
_ASSIGN = ["Microsoft.Authorization/roleAssignments/read", "Microsoft.Authorization/roleAssignments/write"]
ASSIGNER = {"name": "Assigns roles", "actions": _ASSIGN}
DEFINER = {"name": "Defines roles", "actions": [*_ASSIGN, *_DEFINE]}
USER, ADMIN = "Azure Kubernetes Service Cluster User Role", "Azure Kubernetes Service Cluster Admin Role"


def _may_grant(role: str, grants: dict[str, Any]) -> dict[str, Any]:
    return {"access": {"custom": [grants], "assignments": [role, grants["name"]]}}


#: What the caller has, what lets them grant the rest, and which of the proposals that is: first the one that needs no
#: role to be created.
GRANTED = [
    ("Reader", ASSIGNER, 0),
    (USER, ASSIGNER, 0),
    (ADMIN, ASSIGNER, 0),
    ("Reader", DEFINER, 1),
    (USER, DEFINER, 1),
]
_STARTS = ("az role assignment create", "az role definition create")


@pytest.mark.parametrize("member", ["command", "stockCommand"])
@pytest.mark.parametrize(("role", "grants", "place"), GRANTED, ids=[f"{row[0]}, {row[1]['name']}" for row in GRANTED])
def test_a_grant_is_one_that_the_caller_can_make(
    azure: Azure, role: str, grants: dict[str, Any], place: int, member: str
) -> None:
    azure.load(_may_grant(role, grants))
    [finding] = [each for each in diagnose(azure)["findings"] if each["stage"] == "access"]
    fix = finding["fixes"][place]
    assert fix["stockCommand"].startswith(_STARTS[place]) and fix["command"].startswith("az aks invoke-fix grant-role")
    paste(azure, fix[member])
    assert passes(azure)


@pytest.mark.parametrize("member", ["command", "stockCommand"])
def test_a_grant_gives_no_more_than_invoke_needs(azure: Azure, member: str) -> None:
    azure.load(_may_grant(USER, DEFINER))
    paste(azure, diagnose(azure)["findings"][0]["fixes"][0][member])
    refused = azure.az("aks", "stop", *CLUSTER)
    assert "AuthorizationFailed" in refused.err


def test_an_update_of_an_assignment_keeps_all_else(azure: Azure) -> None:
    azure.load("policy-override-deny")

    def properties() -> dict[str, Any]:
        shown = azure.az("policy", "assignment", "show", "--name", "pod-security").json()
        return {name: shown[name] for name in ("overrides", "displayName", "policyDefinitionId", "parameters")}

    before = properties()
    fix(azure, diagnose(azure), "az policy assignment update")
    after = properties()
    excluded = after["parameters"].pop("excludedNamespaces")["value"]
    before["parameters"].pop("excludedNamespaces", None)
    assert after == before
    assert {"kube-system", "gatekeeper-system", "aks-command"} <= set(excluded)


#: Names that a shell would take for something else.
HOSTILE = ["it's $(touch pwned)", "a;touch pwned", "`touch pwned`", "two  words"]


@pytest.mark.parametrize("member", ["command", "stockCommand"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_only_a_name_to_the_shell(azure: Azure, tmp_path: Path, name: str, member: str) -> None:
    deny = {"of": "readOnlyRootFilesystem", "name": name, "title": name, "effect": "Deny"}
    azure.load({"policy": {"assignments": [deny]}})
    [command] = proposed(diagnose(azure), "az policy assignment update", member)
    paste(azure, command, tmp_path)
    assert not list(tmp_path.iterdir())
    assert passes(azure)
    assert blamed(diagnose(azure)) == ""
