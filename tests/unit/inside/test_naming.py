"""A pool called by an ordinary word is named only where a text surely means it."""

from __future__ import annotations

import pytest

from azext_aksinvokefix.inside import naming
from azext_aksinvokefix.inside.detectors import Insight

#: Words that pools are called by, and that such texts use for other things.
COMMON = ("system", "user", "agent", "default", "pool", "node", "nodes", "linux", "memory")


@pytest.mark.parametrize("pool", COMMON)
@pytest.mark.parametrize(
    "said",
    [
        "{} components are not ready",
        "The {} node pool has three nodes that are not ready",
        "node pool {} pods are evicted",
        "Node pools: {} pods wait on several of them",
        "Nodes of the {} mode agent pools are under pressure",
        "The '{}' component and another node pool are not ready",
        "{}: the node pools are full",
        "kube-{} on aks-other-123-vmss000000",
        "aks-{}1-123-vmss000000 is down",
        "Backend pool: {}",
        "node pool {}-extra",
        "node pool: '{}-extra'",
        "node pool: other, {}-extra",
    ],
)
def test_an_ordinary_word_names_no_pool(pool: str, said: str) -> None:
    assert not naming.names_pool(said.format(pool).casefold(), pool)


@pytest.mark.parametrize("pool", [*COMMON, "np1", "1a"])
@pytest.mark.parametrize(
    "said",
    [
        "Node pool: {}",
        "Node pool: **{}**",
        "agentPoolName={}",
        "Agent pool name: `{}`.",
        "Node pools (np7, {}) are full",
        "Nodepools: np7 and {}",
        "Nodepools: np7, and {}; others are fine",
        "The node pool '{}' is full",
        'The "{}" node pool is full',
        "Agent-pool `{}` failed to scale",
        "Pool: {}",
        "aks-{}-12345678-vmss000003 is not ready",
    ],
)
def test_a_name_that_is_set_off_names_its_pool(pool: str, said: str) -> None:
    assert naming.names_pool(said.format(pool).casefold(), pool)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("node pool np1 is full", True),
        ("np1 node pool is full", True),
        ("pool np1 is full", True),
        ("node pool np10 is full", False),
        ("node pool snp1 is full", False),
        ("np1 is full", False),
        ("nothing", False),
        ("", False),
    ],
)
def test_a_name_with_a_digit_is_no_word_of_a_sentence(said: str, named: bool) -> None:
    assert naming.names_pool(said, "np1") is named


def test_a_number_is_no_name_by_itself() -> None:
    assert not naming.names_pool("node pool 3 of 5", "3")


@pytest.mark.parametrize(
    ("said", "named"), [("Node aks-np1-123-vmss000000 is down", True), ("aks-np1-123-vmss0000001", False)]
)
def test_a_node_is_named_by_its_own_name(said: str, named: bool) -> None:
    assert Insight("d", "nodes", True, said).names(["aks-np1-123-vmss000000"], []) is named


def test_a_detail_is_read_by_itself() -> None:
    assert Insight("d", "nodes", True, "Not ready", ("Node pool: system", "Since: 10:00")).names([], ["system"])
    assert not Insight("d", "nodes", True, "Look at the node pool:", ("system", "x")).names([], ["system"])
