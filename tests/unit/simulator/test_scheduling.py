"""The scheduler takes and refuses like kube-scheduler, word by word."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.aks.clusters import Cluster
from tests.simulator.cluster import scheduling
from tests.simulator.core import app

SYSTEM = {"taints": ["CriticalAddonsOnly=true:NoSchedule"]}


def cluster(*pools: dict[str, Any], **more: str) -> Cluster:
    world = app.new_world({"cluster": {"pools": list(pools), **more}})
    return next(iter(world.clusters.values()))


def message(*pools: dict[str, Any]) -> str:
    return scheduling.unschedulable(scheduling.nodes(cluster(*pools)))


def placed(*pools: dict[str, Any], **more: Any) -> str | None:
    node = scheduling.place(scheduling.nodes(cluster(*pools, **more)))
    return node.pool if node else None


def test_the_recorded_message_comes_out_word_by_word() -> None:
    pools: list[dict[str, Any]] = [
        {**SYSTEM, "count": 2},
        {"name": "user", "mode": "User", "taints": ["agentpool=user:NoSchedule"]},
    ]
    assert message(*pools) == (
        "0/3 nodes are available: 1 node(s) had untolerated taint {agentpool: user}, 2 node(s) had untolerated taint "
        "{CriticalAddonsOnly: true}. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    )


@pytest.mark.parametrize(
    ("pool", "reason"),
    [
        ({"free": {"cpu": "199m", "memory": "500Mi"}}, "1 Insufficient cpu."),
        ({"free": {"cpu": "200m", "memory": "499Mi"}}, "1 Insufficient memory."),
        ({"free": {"cpu": "0", "memory": "0Mi"}}, "1 Insufficient cpu, 1 Insufficient memory."),
        ({"os": "Windows"}, "1 node(s) didn't match Pod's node affinity/selector."),
        ({"notReady": 1}, "1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }."),
    ],
    ids=["cpu", "memory", "both", "windows", "not ready"],
)
def test_each_refusal_has_its_words(pool: dict[str, Any], reason: str) -> None:
    assert message(pool).startswith(f"0/1 nodes are available: {reason} preemption: ")


@pytest.mark.parametrize(
    "pool",
    [{"count": 0}, {"power": "Stopped"}],
    ids=["scaled to zero", "stopped pool"],
)
def test_without_nodes_there_is_nothing_to_choose(pool: dict[str, Any]) -> None:
    assert message(pool) == "no nodes available to schedule pods"


def test_a_stopped_cluster_has_no_nodes() -> None:
    assert scheduling.nodes(cluster({}, power="Stopped")) == []


def test_exactly_enough_is_enough() -> None:
    assert placed({"free": {"cpu": "200m", "memory": "500Mi"}}) == "nodepool1"


def test_a_taint_that_only_prefers_does_not_keep_the_pod_away() -> None:
    assert placed({"taints": ["sku=gpu:PreferNoSchedule"]}) == "nodepool1"


def test_the_pod_goes_to_the_only_pool_that_takes_it() -> None:
    assert placed(SYSTEM, {"name": "win", "os": "Windows"}, {"name": "user", "mode": "User"}) == "user"
