"""Work beside other work, in threads that nobody waits for: one that hangs must not keep the program from ending."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def begin(work: Callable[[], T]) -> Future[T]:
    """Start ``work``. The threads of an executor would be joined when the program ends, however long they take."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Exception as error:  # noqa: BLE001  # pylint: disable=broad-exception-caught
            # It belongs to whoever asks for the result.
            future.set_exception(error)

    threading.Thread(target=run, name="evidence", daemon=True).start()
    return future
