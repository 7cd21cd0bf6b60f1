"""Keeping other runs on this machine out: of a file while a line is appended, of a target while it is written."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

#: Windows locks bytes. This one lies where no journal has any, so that nobody who reads is kept out.
_BYTE = 0x7FFFFFFE


@contextlib.contextmanager
def turn(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of a file that is there for nothing else; ``waiting`` is told when somebody else has it.

    Where there can be no such file or no lock it goes on without: whoever writes looks at the target first.
    """
    with contextlib.ExitStack() as until_done:
        with contextlib.suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
            until_done.callback(os.close, file)
            until_done.enter_context(held(file, waiting))
        yield


@contextlib.contextmanager
def held(file: int, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock of an open file, on systems and file systems that have locks.

    ``waiting`` is told before it is waited for, but on Windows. Raises OSError where another process does not let go of
    it in ten seconds (Windows alone gives up).
    """
    try:
        import fcntl
    except ImportError:
        with _held_on_windows(file):
            yield
        return
    # Some network file systems have no locks. Closing the file ends it.
    with contextlib.suppress(OSError):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
    yield


@contextlib.contextmanager
def _held_on_windows(file: int) -> Iterator[None]:
    import msvcrt  # pylint: disable=import-error

    def lock(mode: int) -> None:
        os.lseek(file, _BYTE, os.SEEK_SET)
        msvcrt.locking(file, mode, 1)  # type: ignore[attr-defined]

    try:
        lock(msvcrt.LK_LOCK)  # type: ignore[attr-defined]
    except OSError as error:
        if error.errno in (errno.EDEADLK, errno.EACCES):
            raise
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            lock(msvcrt.LK_UNLCK)  # type: ignore[attr-defined]
