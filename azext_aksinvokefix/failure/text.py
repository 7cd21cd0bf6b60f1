"""A failure text in the form in which it is searched.

Terminals wrap lines in the middle of a word, pipelines put a time before every line, services put one JSON inside
another. All of that adds white space, prefixes and escapes and leaves the other characters alone, so texts are searched
without white space, and only what is shown again is read back with it.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property, lru_cache
from itertools import accumulate

from azext_aksinvokefix.failure.cleaning import cleaned
from azext_aksinvokefix.failure.pattern import Pattern

_LARGE = 128 * 1024
_BLOCK = 1024
_SAMPLE = 4096
_FEW = 16
_WHITE = " \n\t"

# What stands at the start of a line and is not part of the message. ``Warning: `` in this spelling is not here: the API
# server marks with it what it admitted nevertheless, while the CLI's own prefix is in capitals.
_PREFIXES = Pattern(
    r"(?m)^(?:[ \t]{0,64}(?=[\[\d#:EWIDs│┃╷╵|])(?:"
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[ ]?[+-]\d\d:?\d\d)?\]?(?=\s|$)"
    r"|\[\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\](?:[WEFi]?[ ]?:(?=\s))?"
    r"|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?=\s)"
    r"|\d\d[OE][+ ]"
    r"|##\[[a-z]{1,16}\]|::(?:error|warning|notice|debug)(?:[ ][^:\n]{0,200})?::"
    r"|\[(?i:stderr|stdout|error|warning|info|debug)\](?=[\s:])"
    r"|(?:ERROR|WARNING|INFO|DEBUG|stderr|stdout):(?=\s|$)"
    r"|[│┃╷╵|](?=\s|$)"
    r"))+[ \t]?"
)
_MAY_HAVE_PREFIX = Pattern(r"(?m)^[ \t]{0,64}[\[\d#:EWIDs│┃╷╵|]")
_ESCAPES = {'\\"': '"', "\\'": "'", "\\/": "/", "\\n": "\n", "\\r": "\n", "\\t": " "}
_UNICODE = Pattern(r"\\u([0-9a-fA-F]{4})")
_CUT_ESCAPE = Pattern(r"(\\u[0-9a-fA-F]{0,3})\n[ \t]{0,64}(?=[0-9a-fA-F])")
_ENTITIES = {"&quot;": '"', "&#34;": '"', "&#39;": "'", "&#x27;": "'", "&apos;": "'", "&lt;": "<", "&gt;": ">"}
# A word is looked for only where its parts occur: several hundred words share these, and a text may have a megabyte.
_PARTS = Pattern(
    "runcommand|managedcluster|invalidstatus|toolarge|authori|authentic|operation|resource|connect|disabled|blocked"
    "|available|timeout|running|failed|notfound|webhook|token|pull|init|server"
)
_CAPITALS = {capital: capital + 32 for capital in range(ord("A"), ord("Z") + 1)}
# Typographic quotes come from word processors and web pages, unusual spaces from copying out of a browser.
_TYPOGRAPHY = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\xa0": " ", "\u2007": " ", "\u202f": " "}


class Text:
    """``dense``: no white space, every quote ``'``. ``low``: the same in lower case, index by index."""

    def __init__(self, message: str) -> None:
        self.lines = _unescaped(_without_repeats(_without_prefixes(message)))
        dense = self.lines
        for white in _WHITE:
            dense = dense.replace(white, "")
        self.dense = dense.replace('"', "'").replace("`", "'")
        self._known: dict[str, bool] = {}
        low = self.dense.lower()
        # A few capitals become two characters in lower case; the indices must not drift.
        self.low = low if len(low) == len(self.dense) else self.dense.translate(_CAPITALS)
        self._letters = _few_letters(self.low)

    def has(self, *words: str) -> bool:
        """True when ``low`` holds every word."""
        return all(self._holds(word) for word in words)

    def any(self, *words: str) -> bool:
        """True when ``low`` holds one of the words."""
        return any(self._holds(word) for word in words)

    def _holds(self, word: str) -> bool:
        known = self._known.get(word)
        if known is None:
            known = (
                (self._letters is None or self._letters.issuperset(word))
                and all(self._holds(part) for part in _parts(word))
                and word in self.low
            )
            self._known[word] = known
        return known

    def written(self, start: int, stop: int) -> str:
        """``dense[start:stop]`` as it stood in the text, with the white space in it and before it."""
        return self.lines[slice(*self._span(start, stop))]

    def spaced(self, start: int, stop: int) -> str:
        """The same with the lines joined that a terminal broke, where that shows."""
        return self._unwrapped(*self._span(start, stop))

    def _span(self, start: int, stop: int) -> tuple[int, int]:
        begin = self._index(start - 1) + 1 if start else 0
        return begin, self._index(stop - 1) + 1 if stop > start else begin

    def starts_line(self, index: int) -> bool:
        """True when ``dense[index]`` is the first visible character of a line, list marks aside."""
        position = self._index(index)
        line = self.lines.rfind("\n", max(0, position - 64), position) + 1
        return (line > 0 or position < 64) and not self.lines[line:position].strip(" \t*-•")

    def _index(self, index: int) -> int:
        """Where ``dense[index]`` stands in ``lines``."""
        block = bisect_right(self._blocks, index) - 1
        return self._within(block * _BLOCK, index - self._blocks[block])

    def _within(self, start: int, index: int) -> int:
        for position in range(start, min(start + _BLOCK, len(self.lines))):
            if self.lines[position] not in _WHITE:
                if index == 0:
                    return position
                index -= 1
        return len(self.lines)

    @cached_property
    def _blocks(self) -> list[int]:
        """The index in ``dense`` at which every block of ``lines`` begins."""
        blocks = (self.lines[slice(start, start + _BLOCK)] for start in range(0, len(self.lines), _BLOCK))
        sizes = (len(block) - sum(block.count(white) for white in _WHITE) for block in blocks)
        return list(accumulate(sizes, initial=0))

    @cached_property
    def _width(self) -> int:
        return _wrap_width(self.lines.split("\n"))

    def _unwrapped(self, begin: int, end: int) -> str:
        part = self.lines[begin:end]
        if not self._width or "\n" not in part:
            return part
        pieces = part.split("\n")
        joined = pieces[0]
        length = begin - (self.lines.rfind("\n", 0, begin) + 1) + len(joined)
        for piece in pieces[1:]:
            joined += piece if length == self._width else "\n" + piece
            length = len(piece)
        return joined


def _few_letters(low: str) -> frozenset[str] | None:
    """The characters of a large text that repeats very few of them, which is where a search for words is slowest."""
    if len(low) < _LARGE or len(set(low[:_SAMPLE])) > _FEW:
        return None
    return frozenset(low)


@lru_cache(maxsize=1024)
def _parts(word: str) -> tuple[str, ...]:
    return tuple(part for part in _PARTS.findall(word) if part != word)


def _without_prefixes(message: str) -> str:
    if not message.isascii():
        for character, plain in _TYPOGRAPHY.items():
            message = message.replace(character, plain)
    if message[:2] in ("b'", 'b"') and message.endswith(message[1]):
        message = message[2:-1]
    if message.startswith("> "):
        message = message[2:].replace("\n> ", "\n").replace("\n>\n", "\n\n")
    return _PREFIXES.sub("", message) if _MAY_HAVE_PREFIX.search(message) else message


def _without_repeats(message: str) -> str:
    """A large text without the lines it already had: logs repeat themselves, and one occurrence tells all."""
    return message if len(message) < _LARGE else "\n".join(dict.fromkeys(message.split("\n")))


def _unescaped(message: str) -> str:
    """JSON's escapes undone however deeply they are nested; also in a text that is only a part of a JSON document."""
    if "&" in message:
        for entity, character in _ENTITIES.items():
            message = message.replace(entity, character)
        message = message.replace("&amp;", "&")
    if "\\" not in message:
        return message
    message = _CUT_ESCAPE.sub(r"\1", _rejoined(message).replace("\\\n", "\\"))
    while "\\\\" in message:
        message = message.replace("\\\\", "\\")
    # How a shell, and what traces one, writes a quote between quotes.
    message = message.replace("'\\''", "'")
    for escape, character in _ESCAPES.items():
        message = message.replace(escape, character)
    if "\\u" in message:
        message = _UNICODE.sub(lambda found: chr(int(found.group(1), 16)), message)
    return _without_prefixes(cleaned(message))


def _rejoined(message: str) -> str:
    """JSON strings hold no line ends, so the lines that a terminal broke in them can be joined without a doubt."""
    if '\\"' not in message and "\\n" not in message:
        return message
    lines = message.split("\n")
    width = _wrap_width(lines)
    return "".join(line if len(line) == width else line + "\n" for line in lines) if width else message


def _wrap_width(lines: list[str]) -> int:
    """The width at which a terminal broke the lines, or 0: several lines end at the same, longest length."""
    lengths = [len(line) for line in lines]
    longest = max(lengths)
    return longest if longest >= 40 and lengths.count(longest) > 1 else 0
