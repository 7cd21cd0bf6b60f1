"""Which files an ignore file leaves out, by the rules of git.

Paths and patterns are matched segment by segment. A wildcard goes back to the last ``*`` alone, so a segment costs at
most its length times that of the pattern's, and both are bounded; nothing here is a regular expression.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

#: ``**`` as a whole segment: any number of folders.
_FOLDERS = "**"
_CLASSES: dict[str, Callable[[str], bool]] = {
    "alnum": str.isalnum,
    "alpha": str.isalpha,
    "blank": lambda character: character in " \t",
    "cntrl": lambda character: ord(character) < 32 or ord(character) == 127,
    "digit": str.isdigit,
    "graph": lambda character: character.isprintable() and character != " ",
    "lower": str.islower,
    "print": str.isprintable,
    "punct": lambda character: character.isprintable() and not character.isalnum() and character != " ",
    "space": str.isspace,
    "upper": str.isupper,
    "xdigit": lambda character: character in "0123456789abcdefABCDEF",
}


@dataclass(frozen=True)
class _Token:
    """One character of a segment: itself, any, or one of a set."""

    literal: str = ""
    any: bool = False
    inverted: bool = False
    members: tuple[tuple[str, str], ...] = ()
    classes: tuple[str, ...] = ()

    def fits(self, character: str) -> bool:
        if self.literal:
            return character == self.literal
        if self.any:
            return True
        found = any(first <= character <= last for first, last in self.members) or any(
            _CLASSES[name](character) for name in self.classes
        )
        return found != self.inverted


_STAR = _Token(literal="*", any=True)
#: A segment of a pattern: what it holds, or any number of folders.
_Segment = tuple[_Token, ...]


@dataclass(frozen=True)
class Pattern:
    """A line of an ignore file. ``literal`` is set where it names one file by its name alone."""

    segments: tuple[_Segment | None, ...]
    literal: str = ""
    negated: bool = False
    only_folders: bool = False
    by_name: bool = False


class _UnfitError(ValueError):
    """Git takes no notice of such a line."""


def parsed(line: str) -> Pattern | None:
    """A line of an ignore file; None when it says nothing."""
    body = _trimmed(line.rstrip("\r\n"))
    if not body or body.startswith("#"):
        return None
    negated = body.startswith("!")
    body = body[negated:]
    only_folders = body.endswith("/")
    body = body[: len(body) - only_folders]
    if not body or body == "/":
        return None
    by_name = "/" not in body
    body = body.removeprefix("/")
    try:
        segments = tuple(None if each == _FOLDERS else _segment(each) for each in body.split("/"))
    except _UnfitError:
        return None
    only = segments[0] if by_name else None
    literal = "".join(token.literal for token in only) if only and all(t.literal and not t.any for t in only) else ""
    return Pattern(_shortened(segments), literal, negated, only_folders, by_name and segments != (None,))


def _trimmed(line: str) -> str:
    """Without the spaces at its end, but for one behind a backslash."""
    end = len(line)
    while end and line[end - 1] == " ":
        end -= 1
    slashes = len(line[:end]) - len(line[:end].rstrip("\\"))
    return line[: end + 1] if slashes % 2 and end < len(line) else line[:end]


def _shortened(segments: tuple[_Segment | None, ...]) -> tuple[_Segment | None, ...]:
    """Two ``**`` in a row say no more than one."""
    return tuple(
        each for at, each in enumerate(segments) if each is not None or at == 0 or segments[at - 1] is not None
    )


def _segment(text: str) -> _Segment:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        character = text[at]
        if character == "*":
            if not tokens or tokens[-1] is not _STAR:
                tokens.append(_STAR)
            at += 1
        elif character == "?":
            tokens.append(_Token(any=True))
            at += 1
        elif character == "[":
            token, at = _set(text, at + 1)
            tokens.append(token)
        elif character == "\\":
            if at + 1 == len(text):
                raise _UnfitError
            tokens.append(_Token(literal=text[at + 1]))
            at += 2
        else:
            tokens.append(_Token(literal=character))
            at += 1
    return tuple(tokens)


def _set(text: str, at: int) -> tuple[_Token, int]:
    """A set of characters, whose opening bracket is before ``at``, and where it ends."""
    inverted = text[at : at + 1] in ("!", "^")
    at += inverted
    members: list[tuple[str, str]] = []
    classes: list[str] = []
    first = True
    while first or text[at : at + 1] != "]":
        first = False
        if text.startswith("[:", at) and (end := text.find(":]", at, at + 12)) > 0:
            name = text[at + 2 : end]
            if name not in _CLASSES:
                raise _UnfitError
            classes.append(name)
            at = end + 2
            continue
        low, at = _member(text, at)
        high = low
        if text[at : at + 1] == "-" and text[at + 1 : at + 2] not in ("]", ""):
            high, at = _member(text, at + 1)
        members.append((low, high))
    return _Token(inverted=inverted, members=tuple(members), classes=tuple(classes)), at + 1


def _member(text: str, at: int) -> tuple[str, int]:
    at += text[at : at + 1] == "\\"
    if at >= len(text):
        raise _UnfitError
    return text[at], at + 1


class SlowError(Exception):
    """The patterns take longer to match than anybody waits."""


class Rules:
    """The patterns of an ignore file; the last one that fits decides. ``patience`` is in seconds of matching."""

    def __init__(self, lines: Iterable[str], patience: float = 4.0) -> None:
        patterns = [pattern for line in lines if (pattern := parsed(line))]
        self._patience = patience
        self._named: dict[str, list[tuple[int, Pattern]]] = {}
        self._others: list[tuple[int, Pattern]] = []
        for place, pattern in reversed(list(enumerate(patterns))):
            if pattern.literal:
                self._named.setdefault(pattern.literal, []).append((place, pattern))
            else:
                self._others.append((place, pattern))

    @property
    def wildcards(self) -> int:
        """How many patterns have to be tried on each path; the others are looked up."""
        return len(self._others)

    def leaves_out(self, path: str, *, is_folder: bool) -> bool:
        """Whether a path below the folder of the ignore file is left out by a rule for itself; may raise SlowError.

        What lies in a folder that is left out is not asked for: git does not look there either.
        """
        began = time.monotonic()
        segments = path.split("/")
        named = self._last(self._named.get(segments[-1], ()), segments, is_folder, began)
        other = self._last(self._others, segments, is_folder, began)
        self._patience -= time.monotonic() - began
        place, pattern = max(named, other, key=lambda found: found[0])
        return place >= 0 and pattern is not None and not pattern.negated

    def _last(
        self, patterns: Iterable[tuple[int, Pattern]], segments: list[str], is_folder: bool, began: float
    ) -> tuple[int, Pattern | None]:
        for place, pattern in patterns:
            if (is_folder or not pattern.only_folders) and _fits(pattern, segments):
                return place, pattern
            if time.monotonic() - began > self._patience:
                raise SlowError
        return -1, None


def _fits(pattern: Pattern, segments: list[str]) -> bool:
    if pattern.by_name:
        only = pattern.segments[0]
        return only is not None and _segment_fits(only, segments[-1])
    return _path_fits(pattern.segments, segments)


def _path_fits(pattern: tuple[_Segment | None, ...], segments: list[str]) -> bool:
    """The same walk as in a segment, with ``**`` for ``*``; at the end it stands for one folder or file at least."""
    at = place = 0
    star, resume = -1, 0
    while at < len(segments):
        wanted = pattern[place] if place < len(pattern) else ()
        if place < len(pattern) and wanted is None:
            if place + 1 == len(pattern):
                return True
            star, resume = place, at
            place += 1
        elif wanted and _segment_fits(wanted, segments[at]):
            at, place = at + 1, place + 1
        elif star >= 0:
            resume += 1
            at, place = resume, star + 1
        else:
            return False
    return place == len(pattern)


def _segment_fits(pattern: _Segment, text: str) -> bool:
    at = place = 0
    star, resume = -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] is _STAR:
            star, resume = place, at
            place += 1
        elif place < len(pattern) and pattern[place].fits(text[at]):
            at, place = at + 1, place + 1
        elif star >= 0:
            resume += 1
            at, place = resume, star + 1
        else:
            return False
    while place < len(pattern) and pattern[place] is _STAR:
        place += 1
    return place == len(pattern)
