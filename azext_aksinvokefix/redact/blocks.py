"""Private keys in armour, also those of which the beginning or the end is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from azext_aksinvokefix.redact.view import Span

_GAP = r"(?:[ +_\n]|%20)"
_KIND = rf"(?:[A-Z0-9]{{1,12}}{_GAP}){{0,4}}PRIVATE{_GAP}KEY(?:{_GAP}BLOCK)?"
_BEGIN = re.compile(rf"-{{3,5}} ?BEGIN{_GAP}{_KIND} ?(?:-{{1,5}})?")
_END = re.compile(rf"-{{3,5}} ?END{_GAP}{_KIND} ?(?:-{{1,5}})?")
_PUTTY = re.compile(r"Private-Lines: \d{1,4}\s(?:[A-Za-z0-9+/=]{1,80}\s?)+")
#: A line of a key, counted from its end; what is not in base64 is none.
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\\")
_SHORTEST_LINE = 16


def blocks(text: str) -> Iterator[Span]:
    """From the beginning of a key to its end; without an end to that of the text."""
    if "PRIVATE" in text:
        yield from _armoured(text)
    if "Private-Lines" in text:
        yield from ((found.start(), found.end(), "key") for found in _PUTTY.finditer(text))


def _armoured(text: str) -> Iterator[Span]:
    position = 0
    begin, end = _BEGIN.search(text), _END.search(text)
    while begin or end:
        if end and (begin is None or end.start() < begin.start()):
            yield _cut_begin(text, position, end.start()), end.end(), "key"
            position = end.end()
            end = _END.search(text, position)
            continue
        position = end.end() if end else len(text)
        yield begin.start() if begin else 0, position, "key"
        begin = _BEGIN.search(text, position)
        end = _END.search(text, position) if end else None


def _cut_begin(text: str, least: int, at: int) -> int:
    """Where the lines before an end begin."""
    begin = at
    while True:
        last = begin
        while last > least and text[last - 1].isspace():
            last -= 1
        first = last
        while first > least and text[first - 1] in _BASE64:
            first -= 1
        is_line = last - first >= _SHORTEST_LINE or (first < last and (begin == at or first == 0))
        if first == last or not is_line:
            return begin
        begin = first
