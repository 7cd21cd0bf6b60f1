"""A line on a terminal that says which stage the command is in and for how long; nothing anywhere else."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from typing import TextIO

_FRAMES = "|/-\\"
_INTERVAL = 0.1
_CLEAR = "\r\x1b[K"


class Progress:
    """What is shown while something is waited for. ``stage`` may be set from the working thread at any time."""

    def __init__(self, stream: TextIO, enabled: bool) -> None:
        self.stage = ""
        self._stream = stream
        self._enabled = enabled
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def shown(self) -> Iterator[Progress]:
        """Draw the line while the context is open, and leave no trace of it."""
        if not self._enabled:
            yield self
            return
        done = threading.Event()
        thread = threading.Thread(target=self._draw, args=(done, time.monotonic()), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            done.set()
            thread.join()
            self._write(_CLEAR)

    def say(self, line: str) -> None:
        """Print a whole line above the progress line."""
        self._write((_CLEAR if self._enabled else "") + line + "\n")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep the line away while something else is written or read at the terminal."""
        if self._enabled:
            self._write(_CLEAR)
        with self._lock:
            yield

    def _draw(self, done: threading.Event, began: float) -> None:
        for frame in itertools.cycle(_FRAMES):
            if done.wait(_INTERVAL):
                return
            minutes, seconds = divmod(int(time.monotonic() - began), 60)
            self._write(f"{_CLEAR}{frame} {self.stage} {minutes:02d}:{seconds:02d}")

    def _write(self, text: str) -> None:
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()
