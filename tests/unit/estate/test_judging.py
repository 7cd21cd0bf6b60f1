"""Rows of any shape: a verdict, never a crash, and never ``ready`` for what was not seen."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix.estate.accepted import Accepted
from azext_aksinvokefix.estate.inventory import Inventory
from azext_aksinvokefix.estate.judging import Judge, unseen
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.policy import effect
from tests.worlds.estate import SIGN_IN

NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c1"
POOL = {"name": "p", "count": 1, "osType": "Linux", "mode": "System", "vmSize": "Standard_DS2_v2"}
GOOD: dict[str, Any] = {
    "id": ID,
    "name": "c1",
    "properties": {
        "provisioningState": "Succeeded",
        "powerState": {"code": "Running"},
        "agentPoolProfiles": [POOL],
    },
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def judge() -> Judge:
    nothing = Item(value=[])
    inventory = Inventory(
        groups={"s": ()},
        names={},
        policies=effect.evaluate(nothing, {}, nothing, NOW),
        seen_at=frozenset({"/subscriptions/s"}),
        inside=frozenset(),
    )
    return Judge(inventory, Accepted(), SIGN_IN, NOW, lambda _: None)


def test_a_whole_row_is_judged() -> None:
    assert judge().cluster(GOOD)["verdict"] == "ready"


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": 7}, {"id": "c1"}, {"id": ["a"]}, {"name": "c1"}])
def test_a_row_without_a_cluster_s_id_is_a_gap(row: dict[str, Any]) -> None:
    assert unseen(row) is not None


@pytest.mark.parametrize("properties", [None, {}, [], "x", 7])
def test_a_row_without_properties_is_not_ready(properties: Any) -> None:
    found = judge().cluster({**GOOD, "properties": properties})
    assert found["verdict"] == "unknown"
    assert found["unknowns"]


@pytest.mark.parametrize("pools", [None, [], {}, "x", [None], [7]])
def test_a_row_without_pools_is_not_ready(pools: Any) -> None:
    row = {**GOOD, "properties": {**GOOD["properties"], "agentPoolProfiles": pools}}
    assert judge().cluster(row)["verdict"] == "unknown"


@given(
    name=st.sampled_from(["id", "name", "location", "resourceGroup", "sku", "properties"]),
    inner=st.sampled_from(["", "powerState", "agentPoolProfiles", "addonProfiles", "apiServerAccessProfile"]),
    odd=JSON,
)
def test_any_part_may_be_anything(name: str, inner: str, odd: Any) -> None:
    row: dict[str, Any] = {**GOOD, name: odd}
    if name == "properties" and inner:
        row = {**GOOD, "properties": {**GOOD["properties"], inner: odd}}
    if unseen(row) is None:
        json.dumps(judge().cluster(row))
