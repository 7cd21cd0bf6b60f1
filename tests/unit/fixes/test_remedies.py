"""What the catalogue says that `repair` repairs, it has a step for, and the report offers it; and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from azext_aksinvokefix import catalog, diagnosis
from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.changes.apply import Wishes
from azext_aksinvokefix.fixes import remedies, repair
from azext_aksinvokefix.lifecycle import Diagnosis, Failure, Severity
from azext_aksinvokefix.report import text
from azext_aksinvokefix.report.blocks import blocks
from azext_aksinvokefix.report.headline import can_repair
from azext_aksinvokefix.report.lines import as_text
from tests.present import present
from tests.worlds.capacity import Scenario
from tests.worlds.roles import Roles, access

REPAIRED = sorted(each for each, entry in catalog.FINDINGS.items() if entry.repaired_by)

#: A simulated Azure in which the finding stands, and the text of the failure where it takes one.
SCENES: dict[str, tuple[Scenario, str | None]] = {
    "arm-action-missing": (access("Azure Kubernetes Service Cluster User Role"), None),
    "autoscaler-lagging": (
        {"pools": [{"name": "system", "taints": ["CriticalAddonsOnly=true:NoSchedule"]}, {"name": "user", "count": 0}]},
        "Normal  TriggeredScaleUp  pod triggered scale-up: [{aks-user-vmss 1->2 (max: 5)}]",
    ),
    "azure-policy-denied": ("policy-gatekeeper", None),
    "cluster-stopped": ("cluster-stopped", None),
    "kubernetes-forbidden-azure-rbac": ("kubernetes-forbidden-azure-rbac", "run"),
    "no-linux-nodes": ("no-linux-pool", None),
    "no-running-nodes": ("nothing-running", None),
    "nodes-full": (
        "nodes-full",
        "0/1 nodes are available: 1 Insufficient memory. preemption: 0/1 nodes are available.",
    ),
    "nodes-not-ready": ("nodes-not-ready", None),
    "nodes-tainted": ("nodes-tainted", None),
    "operation-in-progress": (
        {"cluster": {"provisioning": "Updating"}},
        "(OperationNotAllowed) Another operation (Updating) is in progress, please wait for it to finish.",
    ),
    "result-read-missing": (access("Azure Kubernetes Service Cluster Admin Role"), None),
    "run-command-disabled": ("run-command-disabled", None),
    "run-command-disabled-by-policy": ("policy-disable-run-command", None),
    "safeguards-denied": ("safeguards-enforced", None),
}


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[Roles, Failure | None, Diagnosis]]:
    """The world in which a finding stands, the failure that is known, and the diagnosis."""

    def look(finding: str) -> tuple[Roles, Failure | None, Diagnosis]:
        scenario, said = SCENES[finding]
        world = Roles(tmp_path, monkeypatch, scenario)
        known = None
        if said == "run":
            known = world.run("kubectl get nodes").failure
        elif said:
            known = texts.classify(said, source="argument")
        return world, known, diagnosis.diagnose(world.edge, world.id, known)

    return look


def test_there_is_a_scene_for_every_finding_that_repair_repairs() -> None:
    assert sorted(SCENES) == REPAIRED


def test_every_kind_of_repair_is_claimed_by_a_finding() -> None:
    assert {catalog.FINDINGS[each].repaired_by for each in REPAIRED} == set(catalog.entry.REPAIRS)


@pytest.mark.parametrize("finding", sorted(set(catalog.FINDINGS) - set(REPAIRED)))
def test_what_the_catalogue_leaves_to_a_person_has_no_remedy(finding: str) -> None:
    assert remedies.for_finding(finding) is None and catalog.detail(finding)["repairedBy"] == []


@pytest.mark.parametrize("finding", REPAIRED)
def test_what_is_claimed_is_planned_and_offered_by_the_report(
    seen: Callable[[str], tuple[Roles, Failure | None, Diagnosis]], finding: str
) -> None:
    world, known, found = seen(finding)
    assert (finding, "error") in [(each.id, each.severity) for each in found.findings], found.findings
    walk = repair.repair(world.session(), known, Wishes(what_if=True))
    [step] = [each for each in walk.steps if each.finding.id == finding]
    assert step.action == ("nothingToDo" if present(remedies.for_finding(finding)).waits else "planned"), step
    assert can_repair(found, blocks(found.findings))


@pytest.mark.parametrize("finding", REPAIRED)
def test_the_page_names_what_repairs(finding: str) -> None:
    page = catalog.page(finding)
    assert all(f"`az aks invoke-fix {each}`" in page for each in catalog.detail(finding)["repairedBy"])
    assert "`az aks invoke-fix repair`" in page


@pytest.mark.parametrize("finding", REPAIRED)
@pytest.mark.parametrize("severity", ["warning", "info"])
def test_what_is_merely_odd_is_not_offered_as_a_step(
    seen: Callable[[str], tuple[Roles, Failure | None, Diagnosis]], finding: str, severity: Severity
) -> None:
    _, _, found = seen(finding)
    calm = replace(found, findings=tuple(replace(each, severity=severity) for each in found.findings))
    assert not can_repair(calm, blocks(calm.findings)) and "Next: az aks invoke-fix repair" not in as_text(
        text.render(calm)
    )
