"""Run a program to its end: with pipes or under a terminal, with typed input, and with Ctrl-C at a given moment."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import tempfile
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.e2e.warm import Process, Warm

_ROWS, _COLUMNS = 40, 120


@dataclass(frozen=True)
class Ended:
    """How a program ended and what it wrote; a terminal's line ends are turned back into plain newlines."""

    rc: int
    out: str
    err: str


class OverdueError(AssertionError):
    """The program was still running when its time was over, and was killed."""


class _Reader(threading.Thread):
    """Collects what arrives on a file descriptor, so that a full pipe never blocks the program."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(daemon=True)
        self._descriptor = descriptor
        self._chunks: list[bytes] = []
        self.start()

    def run(self) -> None:
        # A pseudo-terminal whose other end is closed reports EIO, not an end of file.
        with contextlib.suppress(OSError):
            while chunk := os.read(self._descriptor, 65536):
                self._chunks.append(chunk)
        os.close(self._descriptor)

    def text(self) -> str:
        return b"".join(self._chunks).decode("utf-8", "backslashreplace")


def run(
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    cwd: str | None = None,
    typed: str | None = None,
    timeout: float = 60,
    tty: bool = False,
    interrupt_after: str | None = None,
    warm: Warm | None = None,
) -> Ended:
    """Run ``command``; send it SIGINT once ``interrupt_after`` stands in its standard error.

    ``typed`` is its standard input; without it, and without a terminal, that is empty. ``warm`` starts it where it can.
    Raises :class:`OverdueError`.
    """
    process, out, err = _start(command, env, cwd, typed or "", tty, warm)
    try:
        if interrupt_after is not None:
            _interrupt(process, err, interrupt_after, timeout)
        rc = process.wait(timeout)
    except subprocess.TimeoutExpired:
        raise OverdueError(f"{command} ran longer than {timeout} s\nout: {out.text()}\nerr: {err.text()}") from None
    finally:
        _end(process, out, err)
    ends = (out.text(), err.text())
    return Ended(rc, *(text.replace("\r\n", "\n") if tty else text for text in ends))


def _start(  # pylint: disable=too-many-arguments,too-many-positional-arguments
    command: Sequence[str], env: Mapping[str, str], cwd: str | None, typed: str, tty: bool, warm: Warm | None
) -> tuple[subprocess.Popen[bytes] | Process, _Reader, _Reader]:
    """Standard error gets a terminal of its own, so that a test can still tell the two streams apart."""
    out_ours, out_theirs = _terminal() if tty else os.pipe()
    err_ours, err_theirs = _terminal() if tty else os.pipe()
    with tempfile.TemporaryFile() as file:
        file.write(typed.encode())
        file.seek(0)
        stdin = out_theirs if tty else file.fileno()
        process: subprocess.Popen[bytes] | Process
        if warm is not None and warm.fits(env):
            process = warm.start(command[1:], env, cwd, (stdin, out_theirs, err_theirs))
        else:
            process = subprocess.Popen(
                command,
                env=env,
                cwd=cwd,
                stdin=stdin,
                stdout=out_theirs,
                stderr=err_theirs,
                start_new_session=True,
                preexec_fn=heed_interrupts,  # noqa: PLW1509  it takes no lock
            )
    os.close(out_theirs)
    os.close(err_theirs)
    if tty:
        os.write(out_ours, typed.encode())
    return process, _Reader(out_ours), _Reader(err_ours)


def heed_interrupts() -> None:
    """Ctrl-C works even where the tests themselves were started in the background, which makes a shell ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _terminal() -> tuple[int, int]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    return ours, theirs


def _interrupt(process: subprocess.Popen[bytes] | Process, err: _Reader, text: str, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while text not in err.text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"{text!r} never appeared in standard error:\n{err.text()}")
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)


def _end(process: subprocess.Popen[bytes] | Process, *readers: _Reader) -> None:
    """Leave nothing behind, children included, and wait for the last output."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for reader in readers:
        reader.join(5)
