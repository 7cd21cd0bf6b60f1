"""`run --ids`: the clusters at the same time, each one's output by itself, and the order that of the ids."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.azure import Azure, Result
from tests.simulator.core.world import World

SLOW_FIRST: dict[str, Any] = {
    "clusters": [{"name": "c1", "startSeconds": 0.4}, {"name": "c2"}, {"name": "c3", "resourceGroup": "rg2"}],
}


def ids(world: World) -> list[str]:
    return [cluster.id for cluster in world.clusters.values()]


def fleet(azure: Azure, world: World, *words: str, **options: Any) -> Result:
    return azure.invoke_fix("run", "--ids", *ids(world), *words, **options)


def told(result: Result) -> list[str]:
    return [line for line in result.err.splitlines() if "Command id:" not in line]


@pytest.mark.smoke
def test_each_clusters_output_follows_its_label_in_the_order_of_the_ids(azure: Azure) -> None:
    world = azure.load({**SLOW_FIRST, "clusters": [{**each} for each in SLOW_FIRST["clusters"]]})
    result = fleet(azure, world, "-c", "echo a; echo b")
    assert (result.rc, result.out) == (0, "a\nb\n" * 3)
    assert told(result) == ["==> c1 (rg1) exit 0", "==> c2 (rg1) exit 0", "==> c3 (rg2) exit 0"]


def test_one_clusters_failure_stops_no_other_and_the_first_by_id_is_the_exit_code(azure: Azure) -> None:
    clusters = [{"name": "c1"}, {"name": "c2", "power": "Stopped"}, {"name": "c3", "startSeconds": 0.2}]
    world = azure.load({"clusters": clusters})
    result = fleet(azure, world, "-c", "kubectl get ns default -o name", "--on-failure", "none")
    assert (result.rc, result.out) == (125, "namespace/default\n" * 2)
    labels = [line for line in told(result) if line.startswith("==>")]
    assert labels == ["==> c1 (rg1) exit 0", "==> c2 (rg1) exit 125", "==> c3 (rg1) exit 0"]
    assert (
        told(result).index(labels[1])
        < next(number for number, line in enumerate(told(result)) if "did not run" in line)
        < told(result).index(labels[2])
    )


def test_objects_come_in_the_order_of_the_ids_with_the_clusters_id(azure: Azure) -> None:
    world = azure.load(SLOW_FIRST)
    found = fleet(azure, world, "-c", "true", "-c", "exit 3", "-o", "json", "--on-failure", "none")
    assert [each["clusterId"] for each in found.json()] == ids(world)
    assert [step["exitCode"] for each in found.json() for step in each["steps"]] == [0, 3] * 3
    assert found.rc == 3


def test_a_single_id_is_a_single_cluster(azure: Azure) -> None:
    world = azure.load({})
    result = azure.invoke_fix("run", "--ids", *ids(world), "-c", "echo a", "-o", "json")
    assert result.json()["logs"] == "a\n"
    assert "clusterId" not in result.json()


def test_a_cluster_that_does_not_exist_is_its_own_failure(azure: Azure) -> None:
    world = azure.load({})
    real = ids(world)[0]
    result = azure.invoke_fix("run", "--ids", real.replace("/c1", "/nix"), real, "-c", "echo a", "--on-failure", "none")
    assert (result.rc, result.out) == (3, "a\n")


def test_ten_clusters_take_about_as_long_as_one(azure: Azure) -> None:
    world = azure.load(
        {"clusters": [{"name": f"c{number}"} for number in range(10)], "commands": [{"duration": 3, "logs": "x\n"}]}
    )
    began = time.monotonic()
    result = fleet(azure, world, "-c", "x")
    assert result.out == "x\n" * 10
    assert time.monotonic() - began < 15


def test_each_cluster_brings_its_files_below_its_own_name(azure: Azure, tmp_path: Path) -> None:
    world = azure.load({"clusters": [{"name": "c1"}, {"name": "c2"}, {"name": "c1", "resourceGroup": "rg2"}]})
    result = fleet(azure, world, "-c", "echo here > f", "--fetch", "f=got/", "-o", "json", cwd=tmp_path)
    assert result.rc == 0
    landed = [each["fetched"][0]["local"] for each in result.json()]
    assert landed == ["got/c1/f", "got/c2/f", "got/c1-2/f"]
    assert [(tmp_path / path).read_text() for path in landed] == ["here\n"] * 3


def test_only_show_errors_is_silent_about_a_fleet(azure: Azure) -> None:
    world = azure.load(SLOW_FIRST)
    assert fleet(azure, world, "-c", "true", "--only-show-errors").err == ""


def test_a_table_has_a_row_a_cluster(azure: Azure) -> None:
    world = azure.load(SLOW_FIRST)
    rows = fleet(azure, world, "-c", "true", "-o", "table").out.splitlines()[2:]
    assert [row.split()[:3] for row in rows] == [
        ["c1", "succeeded", "0"],
        ["c2", "succeeded", "0"],
        ["c3", "succeeded", "0"],
    ]
