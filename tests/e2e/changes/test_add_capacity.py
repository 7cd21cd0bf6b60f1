"""`add-capacity` with the real `az`: a run fails, the node comes, the run works, and undo makes it fail again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.azure import Azure, Result
from tests.e2e.diagnosis import CLUSTER

LATER = 3600
CRITICAL = "CriticalAddonsOnly=true:NoSchedule"
SYSTEM = {"name": "system", "taints": [CRITICAL]}
FULL = {"cpu": "100m", "memory": "200Mi"}


def run(azure: Azure, *more: str) -> Result:
    return azure.invoke_fix("run", *CLUSTER, "-c", "kubectl get nodes", "--on-failure", "none", *more)


def add_capacity(azure: Azure, *more: str, **options: Any) -> Result:
    return azure.invoke_fix("add-capacity", *CLUSTER, *more, "-o", "json", **options)


def undo(azure: Azure) -> Result:
    return azure.invoke_fix("undo", "--yes", "-o", "json")


#: What is broken, and how the failure comes to be known.
BROKEN: list[tuple[str, str | dict[str, Any]]] = [
    ("every node is tainted", "nodes-tainted"),
    ("the nodes are full", "nodes-full"),
    ("only Windows takes workloads", "no-linux-pool"),
    ("nothing runs", "nothing-running"),
    ("the user pool is empty", {"pools": [SYSTEM, {"name": "user", "mode": "User", "count": 0}]}),
    ("the autoscaler is at its bound", {"pools": [{"free": FULL, "autoscale": {"min": 1, "max": 1}}]}),
    ("the autoscaler is slow", "autoscaler-lagging"),
    ("the nodes are down", "nodes-not-ready"),
]


@pytest.mark.parametrize("scenario", [row[1] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_run_that_failed_works_after_it_and_fails_again_after_undo(
    azure: Azure, scenario: str | dict[str, Any]
) -> None:
    world = azure.load(scenario)
    failed = run(azure)
    assert failed.rc == 125, str(failed)
    made = add_capacity(azure, "--yes", "--error", failed.err)
    assert made.rc == 0, str(made)
    plan = made.json()
    assert plan["verified"] is True and len(plan["changes"]) == 1, str(made)
    world.advance(LATER)
    works = run(azure)
    assert works.rc == 0, str(works)
    back = undo(azure)
    assert back.rc == 0 and back.json()["verified"] is True, str(back)
    world.advance(LATER)
    if scenario != "autoscaler-lagging":
        assert run(azure).rc == 125
