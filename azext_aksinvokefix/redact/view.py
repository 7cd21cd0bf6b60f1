"""A text as its reader would see it: with the escapes of JSON, HTML and URLs undone, however deeply they are nested.

Rules look at a view; what they find is brought back to the text as it came. A quote that was escaped keeps its depth,
so that the end of a string is not taken for a quote inside it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

#: Where a secret begins, where it ends, and what kind of placeholder it gets.
Span = tuple[int, int, str]

_BACKSLASHES = r"\\+(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\"'/nrt])?"
_ENTITIES = r"&(?:amp;){0,3}(?:quot|apos|amp|lt|gt|nbsp|#\d{1,5}|#[xX][0-9a-fA-F]{1,4});"
_PERCENT = r"%(?:25){0,3}[0-9A-Fa-f]{2}"
_ESCAPE = re.compile(f"{_BACKSLASHES}|{_ENTITIES}")
_ANY_ESCAPE = re.compile(f"{_BACKSLASHES}|{_ENTITIES}|{_PERCENT}")
#: A sign, a quote, a white space or a dash that a URL cannot hold: the text around it was put into one.
_PERCENT_SIGN = re.compile(r"%(?:25){0,3}(?:3[ADad]|2[02]|0[AaDd])")
_HEAD = 512
_LETTERS = {"n": "\n", "r": "\n", "t": "\t"}
_WORDS = {"quot": '"', "apos": "'", "amp": "&", "lt": "<", "gt": ">", "nbsp": " "}


@dataclass(frozen=True)
class View:
    """``depths`` of the escaped quotes by their index; ``_starts`` and ``_origins`` join the view to the text."""

    text: str
    depths: Mapping[int, int] = field(default_factory=dict)
    _starts: tuple[int, ...] = (0,)
    _origins: tuple[int, ...] = (0,)
    _runs: dict[re.Pattern[str], tuple[int, int]] = field(default_factory=dict)

    @cached_property
    def folded(self) -> str:
        """The text in lower case, index by index."""
        return self.text.encode("latin-1", "replace").lower().decode("latin-1")

    def origin(self, index: int) -> int:
        """The place in the text of a place in the view."""
        piece = bisect_right(self._starts, index) - 1
        return self._origins[piece] + index - self._starts[piece]

    def end_of(self, pattern: re.Pattern[str], at: int) -> int:
        """Where a run that ``pattern`` describes ends. Whoever asks from inside of the same run is told at once: what
        looks at every name in a long line must not walk to its end for each of them."""
        begin, end = self._runs.get(pattern, (0, -1))
        if not begin <= at <= end:
            found = pattern.match(self.text, at)
            end = found.end() if found else at
            self._runs[pattern] = (at, end)
        return end

    def head(self, first: int, last: int) -> str:
        """As much of a value as tells what it is."""
        return self.text[first : min(last, first + _HEAD)]

    def depth(self, index: int) -> int:
        return self.depths.get(index, 0)


def views(text: str) -> Iterator[View]:
    """The text as a reader of JSON and HTML sees it; where it holds signs that a URL cannot, also as a URL's."""
    if "\\" in text or ("&" in text and ";" in text):
        yield _unescaped(text, _ESCAPE)
    else:
        yield View(text)
    if "%" in text and _PERCENT_SIGN.search(text):
        yield _unescaped(text, _ANY_ESCAPE)


def decoded(secret: str) -> str:
    """A secret as it is outside of any document, which is what tells whether two are the same."""
    return _unescaped(secret, _ANY_ESCAPE).text


def _unescaped(text: str, escapes: re.Pattern[str]) -> View:
    parts: list[str] = []
    depths: dict[int, int] = {}
    starts, origins = [0], [0]
    position = length = 0
    for found in escapes.finditer(text):
        character, depth = _character(found.group())
        length += found.start() - position
        if depth and character[-1:] in ('"', "'"):
            depths[length + len(character) - 1] = depth
        parts += (text[position : found.start()], character)
        starts += (length, length + len(character))
        origins += (found.start(), found.end())
        length += len(character)
        position = found.end()
    parts.append(text[position:])
    # An escape of several characters stands for one: what ends inside of it ends behind it.
    return View("".join(parts), depths, tuple(starts), tuple(origins))


def _character(escape: str) -> tuple[str, int]:
    """What an escape stands for, and how deep it is nested."""
    if escape[0] == "\\":
        return _behind_backslashes(escape)
    if escape[0] == "&":
        body = escape.replace("amp;", "") if escape.strip("&") != "amp;" else escape
        return _entity(body.strip("&;") or "amp"), escape.count("amp;") + 1
    digits = escape[-2:]
    return _printable(int(digits, 16)), escape.count("25") + 1


def _behind_backslashes(escape: str) -> tuple[str, int]:
    body = escape.lstrip("\\")
    count = len(escape) - len(body)
    if not body:
        return "\\" * ((count + 1) // 2), 0
    if body[0] in "ux":
        return _printable(int(body[1:], 16)), count
    if body in ('"', "'"):
        # Half of the backslashes are escaped ones at each level; the quote is as deep as it is itself escaped.
        depth = 0
        while count % 2:
            depth, count = depth + 1, count // 2
        return body, depth
    return _LETTERS.get(body, body), count


def _entity(name: str) -> str:
    if name[0] != "#":
        return _WORDS[name]
    return _printable(int(name[2:], 16) if name[1] in "xX" else int(name[1:]))


def _printable(code: int) -> str:
    """A character that some text may hold; anything else is as good as a letter to a rule."""
    return chr(code) if 32 <= code < 127 or code in (9, 10) else "\n" if code == 13 else "x"
