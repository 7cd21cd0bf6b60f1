"""The log records of the whole process, redacted while a command of ours works.

The CLI logs request bodies in clear with ``--debug``; the body of runCommand holds the user's cluster token.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@contextlib.contextmanager
def redacted(clean: Callable[[str], str]) -> Iterator[None]:
    """Every log record through ``clean`` while the context is open, whichever logger or handler it goes through."""
    with _logs.lock:
        _logs.users += 1
        if _logs.users == 1:
            _logs.clean = clean
            _logs.make = logging.getLogRecordFactory()
            logging.setLogRecordFactory(_make_redacted)
    try:
        yield
    finally:
        with _logs.lock:
            _logs.users -= 1
            if _logs.users == 0:
                logging.setLogRecordFactory(_logs.make)


@dataclass
class _Logs:
    """Several clusters are worked on at once: the first one begins the redaction, the last one ends it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    make: Callable[..., logging.LogRecord] = logging.LogRecord
    clean: Callable[[str], str] = str


_logs = _Logs()


def _make_redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = _logs.make(*args, **kwargs)
    record.msg, record.args = _logs.clean(_text_of(record)), ()
    if record.exc_info and record.exc_info[1]:
        # A formatter takes this text where there is one, and else makes its own from the exception.
        record.exc_text = _logs.clean(logging.Formatter().formatException(record.exc_info))
    if record.stack_info:
        record.stack_info = _logs.clean(record.stack_info)
    return record


def _text_of(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        # Arguments that do not fit their format: a library's mistake, which logging itself would only complain about.
        return f"{record.msg} {record.args}"
