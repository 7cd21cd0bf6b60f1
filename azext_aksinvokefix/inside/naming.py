"""Whether a text names a node or a node pool of this cluster.

A node has a name of its own kind. A pool may be called `system`, `user`, `agent` or `default`, which such texts are
full of: it is named only where the text speaks of pools right there and sets the name off from its other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Where a text speaks of node pools; what it says of them stands on either side.
_POOL = re.compile(r"(?:^|(?<![a-z0-9])(?:node|agent)[ _-]?)pools?(?:[ _-]?names?)?(?![a-z0-9])")
#: What opens a list of names behind the word: `node pool: np1`, `agentpool=np1`, `node pools (np1, np2)`.
_OPENED = re.compile(r"\s{0,4}[:=(\[]\s{0,4}")
_NAME = r"([\"'`*]{0,2})([a-z0-9]{1,40})([\"'`*]{0,2})(?![a-z0-9-])"
_FIRST = re.compile(_NAME)
_NEXT = re.compile(r"\s{0,4}(?:,\s{0,4}(?:and\s{1,4})?|;\s{0,4}|\s{1,4}and\s{1,4})" + _NAME)
#: What may follow a name of a list: another word would make it a part of a sentence.
_ENDED = re.compile(r"\s{0,4}(?:[,;.)\]]|$|and\s)")
_BEHIND = re.compile(r"\s{1,4}" + _NAME)
_BEFORE = re.compile(r"(?<![a-z0-9-])([\"'`*]{0,2})([a-z0-9]{1,40})([\"'`*]{0,2})\s{1,4}$")
#: How many characters before the word are looked at: a name, its quotes, and the space between.
_AROUND = 50


def has_word(said: str, word: str) -> bool:
    """Whether a name stands in a text by itself: `node-1` is not in `node-10`."""
    at = said.find(word)
    while at >= 0:
        before, after = said[at - 1 : at], said[at + len(word) : at + len(word) + 1]
        if not before.isalnum() and not after.isalnum():
            return True
        at = said.find(word, at + 1)
    return False


def names_pool(said: str, pool: str) -> bool:
    """Whether a text in lower case is surely about a node pool: it names it as a pool, or one of its nodes."""
    return _names_node_of(said, pool) or pool in _pools(said)


def _names_node_of(said: str, pool: str) -> bool:
    """Nodes and scale sets of a Linux pool are called `aks-<pool>-<digits>`."""
    return re.search(rf"(?<![a-z0-9])aks-{re.escape(pool)}-[0-9]", said) is not None


def _pools(said: str) -> Iterator[str]:
    """What the text calls a pool."""
    for found in _POOL.finditer(said):
        yield from _listed(said, found.end())
        beside = (
            _BEHIND.match(said, found.end()),
            _BEFORE.search(said[max(0, found.start() - _AROUND) : found.start()]),
        )
        yield from (match[2] for match in beside if match and _is_set_off(match))


def _listed(said: str, at: int) -> Iterator[str]:
    opened = _OPENED.match(said, at)
    name = _FIRST.match(said, opened.end()) if opened else None
    while name is not None:
        if _is_set_off(name) or _ENDED.match(said, name.end()):
            yield name[2]
        name = _NEXT.match(said, name.end())


def _is_set_off(name: re.Match[str]) -> bool:
    """In quotes; or with a digit beside its letters, which no word of a sentence has."""
    before, word, after = name.groups()
    if before or after:
        return before == after
    return any(sign.isdigit() for sign in word) and not word.isdigit()
