"""``-o table`` of every command, as az asks for it: of one result, of one for each of several ``--ids``, of none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest

from azext_aksinvokefix import commands
from azext_aksinvokefix.lifecycle import STAGES
from tests.worlds.changes import CLUSTER

PASSED = [{"stage": stage, "outcome": "passed"} for stage in STAGES]
DIAGNOSIS = {"clusterId": CLUSTER, "stages": PASSED, "findings": []}
PLAN = {
    "whatIf": True,
    "changeId": None,
    "verified": None,
    "changes": [{"method": "PUT", "id": CLUSTER}, {"method": "DELETE", "id": CLUSTER}],
}
STEP = {"finding": "nodes-full", "stage": "scheduling", "action": "planned", "reason": ""}
RUN = {"outcome": "succeeded", "exitCode": 0, "commandId": "1", "failure": None}
RESULTS: dict[str, dict[str, Any]] = {
    "run": RUN,
    "diagnose": DIAGNOSIS,
    "exempt-policy": PLAN,
    "grant-role": PLAN,
    "add-capacity": PLAN,
    "undo": PLAN,
    "repair": {"diagnosis": DIAGNOSIS, "steps": [STEP]},
}


def transformers() -> dict[str, Callable[[Any], list[dict[str, Any]]]]:
    found: dict[str, Callable[[Any], list[dict[str, Any]]]] = {}

    class Loader:
        @contextmanager
        def command_group(self, _: str) -> Any:
            yield self

        def custom_command(self, name: str, _: str, table_transformer: Any) -> None:
            found[name] = table_transformer

    commands.load_command_table(Loader(), None)
    return found


@pytest.mark.parametrize("command", RESULTS)
def test_several_clusters_have_the_rows_of_each_in_the_order_of_the_ids(command: str) -> None:
    rows = transformers()[command]
    one = rows(RESULTS[command])
    several = [{name: cell for name, cell in row.items() if name != "Cluster"} for row in rows([RESULTS[command]] * 3)]
    assert one and several == one * 3


@pytest.mark.parametrize("command", ["run", "diagnose", "repair"])
def test_a_row_of_several_clusters_names_its_own_first(command: str) -> None:
    here, there = ({**RESULTS[command], "clusterId": f"{CLUSTER}-{name}"} for name in "ab")
    rows = transformers()[command]([here, there])
    assert {next(iter(row)) for row in rows} == {"Cluster"}
    assert list(dict.fromkeys(row["Cluster"] for row in rows)) == ["c-a", "c-b"]


def test_a_walk_of_several_clusters_is_named_by_its_diagnosis() -> None:
    walks = [{"diagnosis": diagnosis, "steps": [STEP]} for diagnosis in (DIAGNOSIS, None)]
    assert [row.get("Cluster") for row in transformers()["repair"](walks)] == ["c", None]


@pytest.mark.parametrize("command", sorted({*RESULTS, "history", "explain"}))
def test_nothing_is_a_table_without_rows(command: str) -> None:
    assert transformers()[command]([]) == []
