"""SIGTERM, with which a pipeline is cancelled, ends a run as Ctrl-C does: with the way to resume it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

from azext_aksinvokefix.surface.exits import INTERRUPTED, TERMINATED


class TerminatedError(KeyboardInterrupt):
    """Raised where the program was when SIGTERM came."""


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """Turn SIGTERM into TerminatedError while the context is open, unless somebody else already handles it."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def notice_interrupt(noticed: threading.Event) -> None:
    """Set ``noticed`` when Ctrl-C is pressed, and go on as before."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        return

    def notice(number: int, frame: FrameType | None) -> None:
        noticed.set()
        before(number, frame)

    signal.signal(signal.SIGINT, notice)


def exit_code(interrupt: KeyboardInterrupt) -> int:
    """What a shell reports for a program that ended by this."""
    return TERMINATED if isinstance(interrupt, TerminatedError) else INTERRUPTED


def _terminate(*_: Any) -> None:
    raise TerminatedError
