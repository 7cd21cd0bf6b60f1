"""What is remembered of a failed run: private, bounded, for a day, and worth nothing where it is damaged."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix.checks import remembered
from azext_aksinvokefix.invoke import refusal
from azext_aksinvokefix.lifecycle import Diagnosis, Failure
from azext_aksinvokefix.surface.memory.last_run import DamagedError, LastRun, age, told
from tests.present import present

CLUSTER = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c"
NOW = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
FULL = refusal.from_text("Unschedulable - 0/1 nodes are available: 1 Insufficient cpu.")


@pytest.fixture
def memory(tmp_path: Path) -> LastRun:
    return LastRun(tmp_path, CLUSTER)


def test_a_failure_is_recalled_with_its_finding_its_facts_and_its_moment(memory: LastRun) -> None:
    memory.keep(FULL, "0a", NOW)
    found = present(memory.recall(NOW + timedelta(minutes=2)))
    assert (
        (found.finding, found.facts["reasons"])
        == (FULL.finding, FULL.facts["reasons"])
        == ("nodes-full", {"Insufficient cpu": 1})
    )
    assert remembered.moment_of(found) == NOW


@pytest.mark.parametrize(
    "failure", [refusal.failure_of("sign-in-expired", "whatever"), refusal.failure_of("quota-exceeded", "x", "C")]
)
def test_what_its_text_does_not_say_again_is_called_what_it_was_called(memory: LastRun, failure: Failure) -> None:
    memory.keep(failure, None, NOW)
    assert present(memory.recall(NOW)).finding == failure.finding


def test_another_cluster_is_not_told_and_names_may_differ_in_case(memory: LastRun, tmp_path: Path) -> None:
    memory.keep(FULL, "0a", NOW)
    assert LastRun(tmp_path, CLUSTER.upper()).recall(NOW) is not None
    assert LastRun(tmp_path, CLUSTER + "2").recall(NOW) is None


def test_after_a_day_nothing_is_left_of_it(memory: LastRun) -> None:
    memory.keep(FULL, "0a", NOW)
    assert memory.recall(NOW + timedelta(hours=24)) is not None and memory.path.exists()
    assert memory.recall(NOW + timedelta(hours=25)) is None and not memory.path.exists()


@pytest.mark.parametrize(("hours", "known"), [(0, True), (24, True), (25, False), (-1, False)])
def test_it_is_kept_for_a_day_and_nothing_of_the_future_is_believed(memory: LastRun, hours: int, known: bool) -> None:
    memory.keep(FULL, "0a", NOW)
    assert (memory.recall(NOW + timedelta(hours=hours)) is not None) is known


def test_the_file_is_private_bounded_and_holds_no_secret(memory: LastRun) -> None:
    secret = "Bearer abcdefghijklmnopqrstuvwxyz"
    memory.keep(refusal.failure_of("nodes-full", f"{secret} \x1b[2J " + "x" * 10**6), "0a", NOW)
    content = memory.path.read_text()
    assert stat.S_IMODE(memory.path.stat().st_mode) == 0o600 and len(content) < 20_000
    assert "abcdefghijklmnop" not in content and "\\u001b" not in content
    assert [each.name for each in memory.path.parent.iterdir()] == [memory.path.name]


def test_a_run_that_worked_forgets_what_failed_before_it_began_and_nothing_newer(memory: LastRun) -> None:
    memory.keep(FULL, "0a", NOW)
    memory.forget(NOW - timedelta(minutes=1))
    assert memory.recall(NOW) is not None
    memory.forget(NOW + timedelta(minutes=1))
    assert memory.recall(NOW) is None


def kept(**more: Any) -> str:
    return json.dumps({"schemaVersion": 1, "clusterId": CLUSTER, "time": NOW.isoformat(), "commandId": None,
                       "finding": "nodes-full", "code": None, "text": "x", **more})  # fmt: skip


@pytest.mark.parametrize(
    "content",
    ["", "null", "[]", "[" * 99_999, kept()[:-5], kept(schemaVersion=2), kept(time="soon"), kept(time=None),
     kept(finding="no-such"), kept(finding=[]), kept(clusterId="/other"), " " * 10**6],
)  # fmt: skip
def test_a_damaged_file_is_told_apart_and_the_next_failure_replaces_it(memory: LastRun, content: str) -> None:
    memory.path.parent.mkdir(parents=True)
    memory.path.write_text(content)
    with pytest.raises(DamagedError):
        memory.recall(NOW)
    memory.forget(NOW)
    memory.keep(FULL, "0a", NOW)
    assert present(memory.recall(NOW)).finding == "nodes-full"


@given(st.binary(max_size=200))
def test_no_content_whatever_crashes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    memory = LastRun(tmp_path_factory.mktemp("memory"), CLUSTER)
    memory.path.parent.mkdir(parents=True, exist_ok=True)
    memory.path.write_bytes(content)
    with pytest.raises(DamagedError):
        memory.recall(NOW)


def test_where_nothing_can_be_written_nothing_is_lost_but_the_memory(tmp_path: Path) -> None:
    (tmp_path / "aks-invoke-fix").write_text("a file in the way")
    memory = LastRun(tmp_path, CLUSTER)
    memory.keep(FULL, "0a", NOW)
    with pytest.raises(DamagedError):
        memory.recall(NOW)


def test_old_files_and_more_than_a_bounded_number_go_away(memory: LastRun) -> None:
    memory.path.parent.mkdir(parents=True)
    for number in range(250):
        (memory.path.parent / f"{number}.json").write_text("{}")
    old = memory.path.parent / "old.json"
    old.write_text("{}")
    os.utime(old, (0, 0))
    memory.keep(FULL, "0a", NOW)
    assert not old.exists() and len(list(memory.path.parent.iterdir())) <= 201


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "less than a minute ago"),
        (60, "1 minute ago"),
        (150, "2 minutes ago"),
        (3700, "1 hour ago"),
        (9000, "2 hours ago"),
    ],
)
def test_how_long_ago_is_said_as_a_person_says_it(seconds: int, words: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), NOW) == words


def test_whether_a_diagnosis_started_from_the_run_is_said() -> None:
    failure = remembered.at(FULL, datetime.now(timezone.utc) - timedelta(minutes=2))
    found = Diagnosis(None, "blocked", failure, (), (), ())
    assert told(failure, found).startswith("Starting from your run of 2 minutes ago: No node")
    assert "no longer shows" in told(failure, replace(found, failure=None))
