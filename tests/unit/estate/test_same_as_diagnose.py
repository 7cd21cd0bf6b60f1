"""`scan` and a preflight `diagnose` of the same cluster agree about cluster, admission and scheduling."""

from __future__ import annotations

from typing import Any

import pytest

from azext_aksinvokefix import diagnosis
from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.lifecycle import NOT_ASKED, Item
from tests.simulator.core import scenario
from tests.worlds.estate import EstateWorld

_JUDGED = ("cluster", "admission", "scheduling")
#: What only `diagnose` reads: the resource that steers Deployment Safeguards is in no table of Resource Graph.
_STEERED = "safeguards-denied"


def _preflight(world: EstateWorld, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A diagnosis that starts from no failure, and that sees of the nodes what Resource Graph shows: their pools."""
    monkeypatch.setattr(diagnosis, "read_activity", lambda *_: Item(value=[]))
    monkeypatch.setattr(diagnosis, "read_metrics", lambda *_: NOT_ASKED)
    return diagnosis.diagnose(world.edge, world.direct.cluster.id).to_json()


def _told(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a finding says and how sure it is, in no order: lists of Azure Resource Manager have none."""
    members = ("id", "stage", "severity", "confidence", "title", "message", "evidence")
    told = [{name: one[name] for name in members} for one in findings if one["stage"] in _JUDGED]
    return sorted(told, key=str)


@pytest.mark.parametrize("name", scenario.names())
def test_both_find_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = EstateWorld(name)
    theirs = _told(_preflight(world, monkeypatch)["findings"])
    try:
        scanned = world.scan()
    except ArmError:
        assert not theirs, "diagnose saw something where Resource Graph refused"
        return
    cluster = next(one for one in scanned["clusters"] if one["name"] == world.direct.cluster.name)
    ours = _told(cluster["findings"])
    if any(one["id"] == _STEERED for one in theirs):
        assert any("Safeguards" in one["what"] for one in cluster["unknowns"])
        assert cluster["verdict"] != "ready"
        theirs = [one for one in theirs if one["id"] != _STEERED]
    assert ours == theirs
