"""Keeping other processes out of a file while a line is appended to it."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

#: Windows locks bytes. This one lies where no journal has any, so that nobody who reads is kept out.
_BYTE = 0x7FFFFFFE


@contextlib.contextmanager
def held(file: int) -> Iterator[None]:
    """Hold the lock of an open file, on systems and file systems that have locks.

    Raises OSError where another process does not let go of it in ten seconds (Windows alone gives up).
    """
    try:
        import fcntl
    except ImportError:
        with _held_on_windows(file):
            yield
        return
    # Some network file systems have no locks. Closing the file ends it.
    with contextlib.suppress(OSError):
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
