"""The log records of the whole process, redacted while a command of ours works.

The CLI logs request bodies in clear with ``--debug``; the body of runCommand holds the user's cluster token. Without
it the same records are made, some thirty a request, and nobody reads them: a record is redacted when it is read.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any


@contextlib.contextmanager
def redacted() -> Iterator[None]:
    """Redact every log record while the context is open, whichever logger or handler it goes through."""
    with _logs.lock:
        _logs.users += 1
        if _logs.users == 1:
            _logs.make = logging.getLogRecordFactory()
            logging.setLogRecordFactory(_make_redacted)
    try:
        yield
    finally:
        with _logs.lock:
            _logs.users -= 1
            if _logs.users == 0:
                logging.setLogRecordFactory(_logs.make)


class _Logs:  # pylint: disable=too-few-public-methods
    """Several clusters are worked on at once: the first one begins the redaction, the last one ends it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.make: Callable[..., logging.LogRecord] = logging.LogRecord


_logs = _Logs()


class _Message:  # pylint: disable=too-few-public-methods
    """The message of a record, which is made and redacted when somebody reads it."""

    def __init__(self, record: logging.LogRecord) -> None:
        self._msg, self._args = record.msg, record.args
        self._text: str | None = None

    def __str__(self) -> str:
        if self._text is None:
            self._text = _clean(self._plain())
        return self._text

    __repr__ = __str__

    def _plain(self) -> str:
        try:
            return str(self._msg) % self._args if self._args else str(self._msg)
        except (TypeError, ValueError, KeyError):
            # Arguments that do not fit: a library's mistake, which logging itself would only complain about.
            return f"{self._msg} {self._args}"


def _make_redacted(*args: Any, **kwargs: Any) -> logging.LogRecord:
    record = _logs.make(*args, **kwargs)
    record.msg, record.args = _Message(record), ()
    if record.exc_info and record.exc_info[1]:
        # A formatter takes this text where there is one, and else makes its own from the exception.
        record.exc_text = _clean(logging.Formatter().formatException(record.exc_info))
    if record.stack_info:
        record.stack_info = _clean(record.stack_info)
    return record


def _clean(text: str) -> str:
    # What redacts takes longer to import than a first request to be sent.
    from azext_aksinvokefix.redact import redact

    return redact(text)
