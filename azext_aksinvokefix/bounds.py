"""No answer takes longer or grows larger than it may, whatever the other end does."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

_Found = TypeVar("_Found")

#: Seconds for a whole answer where nobody set a deadline. A timeout of the socket alone ends no answer that drips.
LONGEST_ANSWER = 300.0
#: The logs of a command end at 512 KiB and a page of a list at some MiB: no real answer comes near.
LARGEST_ANSWER = 32 * 1024 * 1024


class TooLongError(Exception):
    """It took longer than it may."""


class TooLargeError(Exception):
    """It is larger than it may be."""


def within(seconds: float, work: Callable[[], _Found]) -> _Found:
    """What ``work`` returns or raises; TooLongError when it takes longer.

    It runs in a thread that is left to itself then: a read that blocks in the system cannot be ended from outside.
    """
    ended: queue.Queue[tuple[bool, object]] = queue.Queue(1)

    def run() -> None:
        try:
            ended.put((True, work()))
        except BaseException as error:  # pylint: disable=broad-exception-caught  # handed to whoever waits
            ended.put((False, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        good, found = ended.get(timeout=seconds)
    except queue.Empty:
        raise TooLongError(f"No complete response arrived within {seconds:.0f} seconds.") from None
    if not good:
        raise found  # type: ignore[misc]
    return found  # type: ignore[return-value]


def whole(chunks: Iterable[bytes], most: int = LARGEST_ANSWER) -> bytes:
    """The chunks together; TooLargeError as soon as they are more than ``most`` bytes."""
    kept: list[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise TooLargeError(f"The response is larger than {most // 1024**2} MiB.")
        kept.append(chunk)
    return b"".join(kept)
