"""A line on a terminal that says which stage the command is in and for how long; nothing anywhere else."""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
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
        # What is written while the line is held may log something itself.
        self._lock = threading.RLock()

    @contextlib.contextmanager
    def shown(self) -> Iterator[Progress]:
        """Draw the line while the context is open, and leave no trace of it."""
        if not self._enabled:
            yield self
            return
        done = threading.Event()
        thread = threading.Thread(target=self._draw, args=(done, time.monotonic()), daemon=True)
        with self._log_lines_alone():
            thread.start()
            try:
                yield self
            finally:
                done.set()
                thread.join()
                self._write(_CLEAR)

    @contextlib.contextmanager
    def _log_lines_alone(self) -> Iterator[None]:
        """Clear the line before each line that somebody logs to the same terminal, which would else be glued to it."""
        handlers = [each for each in _handlers() if getattr(each, "stream", None) is self._stream]
        for handler in handlers:
            handler.emit = functools.partial(self._emit, handler.emit)  # type: ignore[method-assign]
        try:
            yield
        finally:
            for handler in handlers:
                del handler.emit

    def _emit(self, emit: Callable[[logging.LogRecord], None], record: logging.LogRecord) -> None:
        with self.held():
            emit(record)

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


def _handlers() -> list[logging.Handler]:
    """Every handler of every logger, each once."""
    loggers = [logging.getLogger(), *logging.Logger.manager.loggerDict.values()]
    found = [handler for each in loggers if isinstance(each, logging.Logger) for handler in each.handlers]
    return list({id(handler): handler for handler in found}.values())
