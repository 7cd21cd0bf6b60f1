"""How every reader looks something up: a refusal or an absence becomes an item that says so."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.evidence.background import begin
from azext_aksinvokefix.lifecycle import Item

_WORKERS = 16
_FORBIDDEN = 403

T = TypeVar("T")
R = TypeVar("R")


def read(source: str, needs: tuple[str, ...], fetch: Callable[[], Any]) -> Item:
    """The value of ``fetch``; what ARM answers instead of it becomes the reason why it is unread.

    ``needs`` are the actions whose absence a refusal means; another failure needs no right, but another try.
    """
    try:
        return Item(value=fetch(), source=source)
    except ArmError as error:
        return refused(source, needs, error)


def is_unknown_version(error: ArmError) -> bool:
    """Whether the api-version was refused, so that an older one may be asked for."""
    return error.code in api_versions.UNKNOWN


def refused(source: str, needs: tuple[str, ...], error: ArmError) -> Item:
    """The item for something that ARM did not give."""
    return Item(source=source, unread=error.text or "no answer", needs=needs if error.status == _FORBIDDEN else ())


def concurrently(work: Callable[[T], R], arguments: Iterable[T], workers: int = _WORKERS) -> list[R]:
    """The results of ``work`` in the order of its arguments, at the cost of about one round trip."""
    todo = list(arguments)
    if len(todo) < 2:
        return [work(argument) for argument in todo]
    results: dict[int, R] = {}
    numbers = iter(range(len(todo)))
    lock = threading.Lock()

    def take() -> int | None:
        with lock:
            return next(numbers, None)

    def drain() -> None:
        while (number := take()) is not None:
            results[number] = work(todo[number])

    for helper in [begin(drain) for _ in range(min(workers, len(todo)))]:
        helper.result()
    return [results[number] for number in range(len(todo))]
