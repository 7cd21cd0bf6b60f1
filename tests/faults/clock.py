"""A clock that no command really waits for: a pause lets time pass at once, for a program of many threads as well.

It has to be installed before the package is imported, whose functions keep `time.sleep` as a default of theirs.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

_real_sleep, _real_monotonic, _real_time = time.sleep, time.monotonic, time.time
_real_wait = threading.Condition.wait

#: Seconds of real time between two looks at whether anybody else is at work, and so many looks are believed.
_QUIET, _LOOKS = 0.002, 2
#: The same for somebody who waits for another thread and has to notice that time passed meanwhile.
_LOOK = 0.005


class _Clock:
    running = False
    passed = 0.0
    #: How many requests are under way: a pause of one thread does not outrun the work of another.
    asking = 0
    lock = threading.Lock()


def is_late() -> bool:
    """Whether the package has been imported already."""
    return "azext_aksinvokefix.arm" in sys.modules


def install() -> None:
    """Put the clock in the place of the system's, of which it differs only once it is started."""
    if is_late():
        raise RuntimeError("the package was imported before the clock was installed")
    for name, ours in (("sleep", _sleep), ("monotonic", _monotonic), ("time", _time)):
        setattr(time, name, ours)
    queue.time = _monotonic  # type: ignore[attr-defined]
    setattr(threading.Condition, "wait", _wait)  # noqa: B010  mypy allows no method to be replaced


def start() -> None:
    """From now on nobody in this process waits."""
    _Clock.running = True


def passed() -> float:
    """The seconds that nobody waited for."""
    return _Clock.passed


@contextlib.contextmanager
def asking() -> Iterator[None]:
    """While a request is under way."""
    with _Clock.lock:
        _Clock.asking += 1
    try:
        yield
    finally:
        with _Clock.lock:
            _Clock.asking -= 1


def advance(seconds: float) -> None:
    """Let time pass."""
    _until(_Clock.passed + seconds)


def tick(seconds: float) -> None:
    """Let time pass, and whoever waits for this thread see it."""
    _let_others_work()
    advance(seconds)
    _real_sleep(1.5 * _LOOK)


def _let_others_work() -> None:
    """Return when nobody else in this process has anything to do but wait."""
    quiet = 0
    # The thread that is asked within a time limit and the one that waits for it are one piece of work.
    while threading.active_count() > 2 and quiet < _LOOKS:
        _real_sleep(_QUIET)
        quiet = 0 if _Clock.asking or _others_run() else quiet + 1


def _others_run() -> bool:
    """Whether another thread runs, or would if it had a processor."""
    own = str(threading.get_native_id())
    for task in os.listdir("/proc/self/task"):
        with (
            contextlib.suppress(OSError),
            open(f"/proc/self/task/{task}/stat", encoding="ascii", errors="replace") as file,
        ):
            if task != own and file.read().rpartition(")")[2].split()[0] == "R":
                return True
    return False


def _until(moment: float) -> None:
    # Of several threads that pause side by side, the time passes once.
    with _Clock.lock:
        _Clock.passed = max(_Clock.passed, moment)


def _sleep(seconds: float) -> None:
    if not _Clock.running:
        _real_sleep(seconds)
        return
    moment = _Clock.passed + max(seconds, 0.0)
    _let_others_work()
    _until(moment)


def _monotonic() -> float:
    return _real_monotonic() + _Clock.passed


def _time() -> float:
    return _real_time() + _Clock.passed


def _wait(self: Any, timeout: float | None = None) -> bool:
    """threading.Condition.wait, with a look at this clock every few milliseconds."""
    if timeout is None or not _Clock.running:
        return bool(_real_wait(self, timeout))
    end = _monotonic() + timeout
    waiter = threading.Lock()
    waiter.acquire()
    self._waiters.append(waiter)
    state = self._release_save()
    notified = False
    try:
        while not notified and (left := end - _monotonic()) > 0:
            notified = waiter.acquire(True, min(_LOOK, left))
        return notified
    finally:
        self._acquire_restore(state)
        if not notified:
            # Notified in the last moment: whoever waits looks again at what it waits for.
            with contextlib.suppress(ValueError):
                self._waiters.remove(waiter)
