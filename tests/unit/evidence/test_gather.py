"""Readers do not wait for each other and do not pull each other down."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NoReturn

from azext_aksinvokefix.evidence.gather import gather
from azext_aksinvokefix.evidence.reading import concurrently
from azext_aksinvokefix.lifecycle import Item

ROOT = Path(__file__).parents[3]


def soon() -> float:
    return time.monotonic() + 30


def test_readers_run_side_by_side() -> None:
    meeting = threading.Barrier(3, timeout=20)
    items = gather({name: lambda: Item(value=meeting.wait() >= 0) for name in "abc"}, soon())
    assert [item.value for item in items.values()] == [True] * 3


def test_a_crash_is_an_item_that_says_so_and_the_others_stand() -> None:
    def crash() -> NoReturn:
        raise ValueError("odd shape")

    items = gather({"a": crash, "b": lambda: Item(value=1)}, soon())
    assert items["a"].unread == "reading it crashed: ValueError: odd shape"
    assert items["b"].value == 1


def test_one_reader_can_give_several_items() -> None:
    items = gather({"policy": lambda: {"assignments": Item(value=[]), "safeguards": Item(unread="403")}}, soon())
    assert sorted(items) == ["assignments", "safeguards"]


def test_a_late_reader_does_not_hold_up_the_rest() -> None:
    release = threading.Event()
    items = gather({"late": lambda: Item(value=release.wait()), "b": lambda: Item(value=1)}, time.monotonic() + 0.2)
    release.set()
    assert items["late"].unread == "no answer within the time allowed"
    assert items["b"].value == 1


def test_a_reader_that_hangs_does_not_keep_the_program_from_ending() -> None:
    program = (
        "import threading, time\n"
        "from azext_aksinvokefix.evidence.gather import gather\n"
        "from azext_aksinvokefix.evidence.reading import concurrently\n"
        "hang = threading.Event().wait\n"
        "gather({'a': hang, 'b': lambda: concurrently(lambda _: hang(), [1, 2])}, time.monotonic() + 0.1)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=30, check=False)
    assert ended.returncode == 0


def test_results_come_in_the_order_of_their_arguments() -> None:
    assert concurrently(lambda number: number * 2, range(100)) == list(range(0, 200, 2))
