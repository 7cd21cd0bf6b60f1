"""A taint goes only when it is named, and never one that AKS relies on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.nodes.pool_changes import is_system
from tests.worlds.capacity import CRITICAL, SYSTEM, Cloud

GPU, TEAM = "sku=gpu:NoSchedule", "team=a:NoExecute"
SOFT = "color=red:PreferNoSchedule"


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Cloud]:
    def load(*taints: str, **more: Any) -> Cloud:
        batch = {"name": "batch", "mode": "User", "taints": list(taints), **more}
        return Cloud(tmp_path, monkeypatch, {"pools": [SYSTEM, batch]})

    return load


def test_no_taint_is_removed_unasked(cloud: Callable[..., Cloud]) -> None:
    plan = cloud(GPU).plan()
    assert "nodeTaints" not in str([change.settings for change in plan.changes])
    assert f"--remove-taint {GPU}" in " ".join(plan.notes)


@pytest.mark.parametrize("named", [GPU, GPU.upper(), "sku=gpu", "sku"])
def test_the_named_taint_is_removed_and_what_it_kept_out_is_said(cloud: Callable[..., Cloud], named: str) -> None:
    azure = cloud(GPU, SOFT)
    plan = azure.plan(remove_taint=(named,))
    (change,) = plan.changes
    assert change.after["properties"]["nodeTaints"] == [SOFT]
    assert any("toleration" in warning for warning in plan.warnings)


def test_removing_the_last_taint_lets_a_command_run_and_undo_puts_it_back(cloud: Callable[..., Cloud]) -> None:
    from azext_aksinvokefix.changes import undo

    azure = cloud(GPU)
    assert not azure.run_works()
    outcome = azure.carry_out(azure.plan(remove_taint=(GPU,)))
    assert outcome.document["verified"] is True
    assert azure.run_works()
    session = azure.session()
    back = azure.carry_out(undo.plan(session.arm, undo.chosen(session.journal, None)))
    assert back.document["verified"] is True
    assert azure.pool("batch")["nodeTaints"] == [GPU]
    assert not azure.run_works()


def test_a_second_run_says_that_the_taint_is_gone(cloud: Callable[..., Cloud]) -> None:
    azure = cloud(GPU)
    azure.carry_out(azure.plan(remove_taint=(GPU,)))
    assert "Already" in azure.plan(remove_taint=(GPU,)).notes[0]


def test_every_taint_that_keeps_the_pod_away_has_to_be_named(cloud: Callable[..., Cloud]) -> None:
    with pytest.raises(RefusedError) as refused:
        cloud(GPU, TEAM).plan(remove_taint=(GPU,))
    assert TEAM in refused.value.message
    assert len(cloud(GPU, TEAM).plan(remove_taint=(GPU, TEAM)).changes) == 1


SYSTEM_TAINTS = [
    CRITICAL,
    "criticaladdonsonly=true:NoSchedule",
    "kubernetes.azure.com/scalesetpriority=spot:NoSchedule",
    "kubernetes.azure.com/mode=gateway:NoSchedule",
    "node.kubernetes.io/not-ready:NoExecute",
    "virtual-kubelet.io/provider=azure:NoSchedule",
]


@pytest.mark.parametrize("taint", SYSTEM_TAINTS)
def test_a_taint_of_the_system_stays(cloud: Callable[..., Cloud], taint: str) -> None:
    assert is_system(taint)
    with pytest.raises(RefusedError) as refused:
        cloud(GPU).plan(remove_taint=(taint,))
    assert "AKS" in refused.value.message


@pytest.mark.parametrize("taint", [GPU, TEAM, "azure.com/x=y:NoSchedule"])
def test_a_taint_of_the_owner_is_none_of_the_system(taint: str) -> None:
    assert not is_system(taint)


def test_a_taint_of_a_pool_that_has_one_of_the_system_as_well_does_not_help(cloud: Callable[..., Cloud]) -> None:
    with pytest.raises(RefusedError):
        cloud(GPU, "kubernetes.azure.com/scalesetpriority=spot:NoSchedule").plan(remove_taint=(GPU,))


def test_a_taint_that_no_pool_has_is_refused_with_those_there_are(cloud: Callable[..., Cloud]) -> None:
    with pytest.raises(RefusedError) as refused:
        cloud(GPU).plan(remove_taint=("gone=1:NoSchedule",))
    assert GPU in refused.value.advice


def test_without_a_name_the_method_lists_the_taints(cloud: Callable[..., Cloud]) -> None:
    with pytest.raises(RefusedError) as refused:
        cloud(GPU).plan(method="remove-taint")
    assert GPU in refused.value.advice
