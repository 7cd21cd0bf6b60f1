"""Several readers at once, each item fetched at most once, within one deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from typing import Any

from azext_aksinvokefix.evidence.background import begin
from azext_aksinvokefix.lifecycle import Item

#: A reader gives one item, or several under their names in the evidence.
Reader = Callable[[], "Item | Mapping[str, Item]"]


def gather(
    readers: Mapping[str, Reader], deadline: float, meanwhile: Callable[[], object] = lambda: None
) -> dict[str, Item]:
    """Run ``readers`` side by side until ``deadline``, a ``time.monotonic`` value, and ``meanwhile`` here.

    A reader that crashes or is late gives an item that says so; the others are not touched by it.
    """
    futures = {name: begin(reader) for name, reader in readers.items()}
    meanwhile()
    wait(futures.values(), timeout=max(deadline - time.monotonic(), 0.0))
    items: dict[str, Item] = {}
    for name, future in futures.items():
        found = _outcome(future)
        items.update({name: found} if isinstance(found, Item) else found)
    return items


def _outcome(future: Future[Any]) -> Item | Mapping[str, Item]:
    if not future.done():
        return Item(unread="no answer within the time allowed")
    crash = future.exception()
    if crash is not None:
        return Item(unread=f"reading it crashed: {type(crash).__name__}: {crash}")
    found: Item | Mapping[str, Item] = future.result()
    return found
