"""Two processes that append at once write whole lines, and have turns at a target, on Windows as well.

Windows is stood in for at the boundary of its module: what is called, where in the file, and that it keeps others out.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.records import lock
from azext_aksinvokefix.changes.records.journal import Journal

LK_UNLCK, LK_LOCK = 0, 1


class Msvcrt(SimpleNamespace):
    """The module, with one lock for the byte that is locked. ``refuses`` is the error of a lock that is not had."""

    def __init__(self, refuses: int | None = None) -> None:
        super().__init__(LK_LOCK=LK_LOCK, LK_UNLCK=LK_UNLCK, refuses=refuses, calls=[], byte=threading.Lock())

    def locking(self, file: int, mode: int, count: int) -> None:
        place = os.lseek(file, 0, os.SEEK_CUR)
        self.calls.append((mode, place, count))
        if mode == LK_LOCK:
            if self.refuses:
                raise OSError(self.refuses, os.strerror(self.refuses))
            assert self.byte.acquire(timeout=10)
        else:
            self.byte.release()


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Msvcrt]:
    def stand_in(**more: int) -> Msvcrt:
        module = Msvcrt(**more)
        monkeypatch.setitem(sys.modules, "fcntl", None)
        monkeypatch.setitem(sys.modules, "msvcrt", module)
        return module

    return stand_in


@pytest.fixture
def file(tmp_path: Path) -> Iterator[int]:
    handle = os.open(tmp_path / "f", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    yield handle
    os.close(handle)


def test_on_windows_one_byte_behind_the_journal_is_locked_and_let_go(windows: Callable[..., Msvcrt], file: int) -> None:
    module = windows()
    with lock.held(file):
        assert module.byte.locked()
        os.write(file, b"x")
    assert not module.byte.locked()
    (_, place, count), (mode, again, _) = module.calls
    assert (mode, count) == (LK_UNLCK, 1) and place == again > 2**30 and os.fstat(file).st_size == 1


def test_the_lock_is_let_go_when_writing_fails(windows: Callable[..., Msvcrt], file: int) -> None:
    module = windows()
    with pytest.raises(ZeroDivisionError), lock.held(file):
        raise ZeroDivisionError
    assert not module.byte.locked()


def test_where_another_process_does_not_let_go_nothing_is_written(
    windows: Callable[..., Msvcrt], tmp_path: Path
) -> None:
    windows(refuses=errno.EDEADLK)
    journal = Journal(tmp_path)
    with pytest.raises(RefusedError, match="cannot be written"):
        journal.append({"changeId": "a", "changes": []})
    assert journal.path.read_bytes() == b""


def test_a_file_system_without_locks_is_written_all_the_same(windows: Callable[..., Msvcrt], tmp_path: Path) -> None:
    windows(refuses=errno.ENOSYS)
    Journal(tmp_path).append({"changeId": "a", "changes": []})
    assert json.loads(Journal(tmp_path).path.read_text())["changeId"] == "a"


@pytest.mark.parametrize("system", ["windows", "posix"])
def test_nobody_writes_while_another_one_holds_the_lock(
    windows: Callable[..., Msvcrt], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    if system == "windows":
        windows()
    inside, together, write = threading.Semaphore(1), [], os.write

    def watched(handle: int, data: bytes) -> int:
        if not inside.acquire(blocking=False):
            together.append(data)
        written = write(handle, data)
        threading.Event().wait(0.002)
        inside.release()
        return written

    monkeypatch.setattr(os, "write", watched)
    journal = Journal(tmp_path)

    def append(number: int) -> None:
        journal.append({"changeId": str(number), "changes": [], "note": "x" * 5000})

    threads = [threading.Thread(target=append, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [json.loads(line)["changeId"] for line in journal.path.read_text().splitlines()]
    assert together == [] and sorted(lines, key=int) == [str(number) for number in range(12)]


@pytest.mark.parametrize("system", ["windows", "posix"])
def test_a_target_is_one_runs_at_a_time_however_its_id_is_spelt(
    windows: Callable[..., Msvcrt], tmp_path: Path, system: str
) -> None:
    if system == "windows":
        windows()
    inside, together = threading.Semaphore(1), []

    def write(number: int) -> None:
        # A run has a journal of its own.
        with Journal(tmp_path).turn(("/SUB/A", "/sub/a")[number % 2], lambda: None):
            together.append(not inside.acquire(blocking=False))
            threading.Event().wait(0.002)
            inside.release()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [False] * 12


def test_two_targets_do_not_wait_for_one_another(tmp_path: Path) -> None:
    told: list[str] = []
    with Journal(tmp_path).turn("/a", lambda: told.append("a")), Journal(tmp_path).turn("/b", lambda: told.append("b")):
        assert told == []


def test_the_turn_ends_with_an_error_and_who_waits_is_told(tmp_path: Path) -> None:
    waits, ended = threading.Event(), threading.Event()

    def second() -> None:
        with Journal(tmp_path).turn("/a", waits.set):
            ended.set()

    with pytest.raises(ZeroDivisionError), Journal(tmp_path).turn("/a", lambda: None):
        thread = threading.Thread(target=second, daemon=True)
        thread.start()
        assert waits.wait(10) and not ended.is_set()
        raise ZeroDivisionError
    assert ended.wait(10)


def test_without_a_place_for_the_lock_there_is_a_turn_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "aks-invoke-fix").write_text("")
    with Journal(tmp_path).turn("/a", lambda: None):
        pass
    assert (tmp_path / "aks-invoke-fix").read_text() == ""


def test_only_the_owner_may_look_at_what_is_locked(tmp_path: Path) -> None:
    with Journal(tmp_path).turn("/a", lambda: None):
        (held,) = (tmp_path / "aks-invoke-fix" / "turns").iterdir()
    assert (held.stat().st_mode & 0o777, held.parent.stat().st_mode & 0o777) == (0o600, 0o700)
