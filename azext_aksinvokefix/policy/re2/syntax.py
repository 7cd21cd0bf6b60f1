"""Reading RE2's syntax, as Go's ``regexp`` compiles it: what that refuses is refused here, and nothing is guessed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Union


class InvalidError(ValueError):
    """The expression does not compile there either."""


class UnsupportedError(ValueError):
    """Valid there perhaps, but not known here: whoever asks must say "unknown"."""


@dataclass(frozen=True)
class CharSet:
    """Which characters one place of the text may hold: ranges, Unicode categories, sets in it, all of it negated."""

    ranges: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()
    sets: tuple[CharSet, ...] = ()
    negated: bool = False
    folded: bool = False

    def has(self, character: str) -> bool:
        variants = _variants(character) if self.folded else (character,)
        return any(self._holds(variant) for variant in variants) is not self.negated

    def _holds(self, character: str) -> bool:
        if any(low <= character <= high for low, high in self.ranges):
            return True
        if self.categories and unicodedata.category(character).startswith(self.categories):
            return True
        return any(item.has(character) for item in self.sets)


@dataclass(frozen=True)
class Assertion:
    """A place without width: ``begin``, ``end``, ``line-begin``, ``line-end``, ``word``, ``not-word``."""

    what: str


@dataclass(frozen=True)
class Sequence:
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Group:
    index: int
    item: Node


@dataclass(frozen=True)
class Repeat:
    item: Node
    least: int
    most: int | None
    greedy: bool


Node = Union[CharSet, Assertion, Sequence, Choice, Group, Repeat]

_DEEPEST, _LONGEST, _MOST_REPEATS = 40, 4096, 1000
_FOLDED_INTO_ASCII = {"\u017f": "s", "\u212a": "k"}
_REPEAT = re.compile(r"\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}", re.ASCII)
_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_NAME = re.compile(r"\(\?P?<(\w+)>", re.ASCII)
_HEX = re.compile(r"x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,8})\})")
_OCTAL = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_PROPERTY = re.compile(r"([pP])(?:([A-Za-z])|\{(\^?)(\w+)\})")
_CONTROLS = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_DIGITS, _SPACES = (("0", "9"),), (("\t", "\n"), ("\f", "\r"), (" ", " "))
_WORDS = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
_PERL = {"d": _DIGITS, "s": _SPACES, "w": _WORDS}
_POSIX = {
    "alnum": (("0", "9"), ("A", "Z"), ("a", "z")),
    "alpha": (("A", "Z"), ("a", "z")),
    "ascii": (("\0", "\x7f"),),
    "blank": (("\t", "\t"), (" ", " ")),
    "cntrl": (("\0", "\x1f"), ("\x7f", "\x7f")),
    "digit": _DIGITS,
    "graph": (("!", "~"),),
    "lower": (("a", "z"),),
    "print": ((" ", "~"),),
    "punct": (("!", "/"), (":", "@"), ("[", "`"), ("{", "~")),
    "space": (("\t", "\r"), (" ", " ")),
    "upper": (("A", "Z"),),
    "word": _WORDS,
    "xdigit": (("0", "9"), ("A", "F"), ("a", "f")),
}
_CATEGORIES = frozenset(
    "C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs".split()
)


def is_word(character: str) -> bool:
    return any(low <= character <= high for low, high in _WORDS)


def _variants(character: str) -> tuple[str, ...]:
    ascii_form = _FOLDED_INTO_ASCII.get(character, character)
    return (character, ascii_form.lower(), ascii_form.upper()) if ascii_form.isascii() else (character,)


def parse(pattern: str) -> tuple[Node, int]:
    """The tree of an expression and how many groups it has. Raises InvalidError or UnsupportedError."""
    if len(pattern) > _LONGEST:
        raise UnsupportedError("the regular expression is too long")
    parser = _Parser(pattern)
    tree = parser.choice(0)
    if parser.at < len(pattern):
        raise InvalidError("unexpected )")
    return tree, parser.groups


class _Parser:  # pylint: disable=too-few-public-methods
    def __init__(self, pattern: str) -> None:
        self.pattern, self.at, self.groups = pattern, 0, 0
        self.names: set[str] = set()
        self.flags: frozenset[str] = frozenset()

    def choice(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise UnsupportedError("the regular expression is nested too deeply")
        flags = self.flags
        branches = [self._sequence(depth)]
        while self._next("|"):
            branches.append(self._sequence(depth))
        self.flags = flags
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _next(self, text: str) -> bool:
        if not self.pattern.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def _sequence(self, depth: int) -> Node:
        items: list[Node] = []
        repeated = False
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            bounds = self._bounds()
            if bounds:
                if repeated or not items:
                    raise InvalidError("nothing to repeat")
                items[-1] = self._repeat(items[-1], *bounds)
            else:
                items.extend(self._atoms(depth))
            repeated = bounds is not None
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _bounds(self) -> tuple[int, int | None] | None:
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self.pattern[self.at])
        if simple:
            self.at += 1
            return simple
        counted = _REPEAT.match(self.pattern, self.at)
        if not counted:
            return None
        self.at = counted.end()
        least = int(counted[1])
        most = (int(counted[3]) if counted[3] else None) if counted[2] else least
        if most is not None and most < least:
            raise InvalidError("invalid repeat count")
        return least, most

    def _repeat(self, item: Node, least: int, most: int | None) -> Repeat:
        repeat = Repeat(item, least, most, self._next("?") is ("U" in self.flags))
        if _size(repeat) > _MOST_REPEATS:
            raise InvalidError("invalid repeat count")
        return repeat

    def _atoms(self, depth: int) -> list[Node]:
        """What stands here: one piece, or none (flags), or several (a quoted text)."""
        character = self.pattern[self.at]
        if character == "(":
            return self._group(depth)
        if character == "[":
            return [self._class()]
        if character == "\\":
            return self._escaped()
        self.at += 1
        if character == ".":
            return [CharSet(negated=True) if "s" in self.flags else CharSet((("\n", "\n"),), negated=True)]
        if character in "^$":
            line = "line-" if "m" in self.flags else ""
            return [Assertion(line + ("begin" if character == "^" else "end"))]
        return [self._literal(character)]

    def _literal(self, character: str) -> CharSet:
        return self._set(((character, character),))

    def _set(self, ranges: tuple[tuple[str, str], ...], *, negated: bool = False) -> CharSet:
        folded = "i" in self.flags
        if folded and any(not high.isascii() for _, high in ranges):
            raise UnsupportedError("the regular expression ignores the case of characters beyond ASCII")
        return CharSet(ranges, folded=folded, negated=negated)

    def _group(self, depth: int) -> list[Node]:
        flags = _FLAGS.match(self.pattern, self.at)
        if flags:
            return self._flagged(flags, depth)
        if not self.pattern.startswith("(?", self.at):
            self.at += 1
            return [self._capture(depth)]
        named = _NAME.match(self.pattern, self.at)
        if not named or named[1] in self.names:
            raise InvalidError("invalid or unsupported group")
        self.names.add(named[1])
        self.at = named.end()
        return [self._capture(depth)]

    def _capture(self, depth: int) -> Group:
        self.groups += 1
        index = self.groups
        return Group(index, self._closed(depth))

    def _closed(self, depth: int) -> Node:
        inner = self.choice(depth + 1)
        if not self._next(")"):
            raise InvalidError("missing )")
        return inner

    def _flagged(self, flags: re.Match[str], depth: int) -> list[Node]:
        if not flags[1] and not flags[2] and flags[3] == ")":
            raise UnsupportedError("a group without flags")
        self.at = flags.end()
        outer, self.flags = self.flags, (self.flags | set(flags[1])) - set(flags[2] or "")
        if flags[3] == ")":
            return []
        inner = self._closed(depth)
        self.flags = outer
        return [inner]

    def _escaped(self) -> list[Node]:
        self.at += 1
        if self._next("Q"):
            end = self.pattern.find("\\E", self.at)
            quoted = self.pattern[self.at : end if end >= 0 else None]
            self.at = end + 2 if end >= 0 else len(self.pattern)
            return [self._literal(character) for character in quoted]
        for letter, what in (("A", "begin"), ("z", "end"), ("b", "word"), ("B", "not-word")):
            if self._next(letter):
                return [Assertion(what)]
        known = self._perl_class()
        return [known or self._literal(self._escape())]

    def _perl_class(self) -> CharSet | None:
        """``\\d``, ``\\W``, ``\\pL`` and the like, after the backslash."""
        letter = self.pattern[self.at : self.at + 1]
        if letter and letter.lower() in _PERL:
            self.at += 1
            return self._set(_PERL[letter.lower()], negated=letter.isupper())
        found = _PROPERTY.match(self.pattern, self.at)
        if not found:
            if letter in ("p", "P"):
                raise InvalidError("invalid Unicode class")
            return None
        name = found[2] or found[4]
        if name not in _CATEGORIES or "i" in self.flags:
            raise UnsupportedError(f"the regular expression asks for the Unicode class {name}")
        self.at = found.end()
        return CharSet(categories=(name,), negated=(found[1] == "P") is not bool(found[3]))

    def _escape(self) -> str:
        """One escaped character, after the backslash."""
        character = self.pattern[self.at : self.at + 1]
        for expression in (_OCTAL, _HEX):
            found = expression.match(self.pattern, self.at)
            if found:
                self.at = found.end()
                code = int(found[0], 8) if expression is _OCTAL else int(found[1] or found[2], 16)
                if code > 0x10FFFF:  # noqa: PLR2004
                    raise InvalidError("invalid escape")
                return chr(code)
        self.at += 1
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character and character.isascii() and not character.isalnum():
            return character
        raise InvalidError("invalid escape")

    def _class(self) -> CharSet:
        self.at += 1
        negated, first = self._next("^"), True
        ranges: list[tuple[str, str]] = []
        sets: list[CharSet] = []
        while first or not self._next("]"):
            if self.at >= len(self.pattern):
                raise InvalidError("missing ]")
            first = False
            known = self._posix_class() or (self._perl_class() if self._next_is_class() else None)
            if known:
                sets.append(known)
            else:
                ranges.append(self._range())
        found = self._set(tuple(ranges))
        return CharSet(found.ranges, sets=tuple(sets), negated=negated, folded=found.folded)

    def _next_is_class(self) -> bool:
        following = self.pattern[self.at : self.at + 2]
        if following[:1] == "\\" and following[1:].lower() in (*_PERL, "p"):
            self.at += 1
            return True
        return False

    def _posix_class(self) -> CharSet | None:
        end = self.pattern.find(":]", self.at + 2) if self.pattern.startswith("[:", self.at) else -1
        if end < 0:
            return None
        name = self.pattern[self.at + 2 : end]
        if name.removeprefix("^") not in _POSIX:
            raise InvalidError("invalid character class")
        self.at = end + 2
        return self._set(_POSIX[name.removeprefix("^")], negated=name.startswith("^"))

    def _range(self) -> tuple[str, str]:
        low = high = self._member()
        following = self.pattern[self.at + 1 : self.at + 2]
        if self.pattern.startswith("-", self.at) and following not in ("", "]"):
            self.at += 1
            high = self._member()
        if low > high:
            raise InvalidError("invalid character range")
        return low, high

    def _member(self) -> str:
        if self._next("\\"):
            return self._escape()
        self.at += 1
        return self.pattern[self.at - 1 : self.at]


def _size(node: Node) -> int:
    """How often the innermost piece is repeated at most; RE2 allows a thousand."""
    if isinstance(node, Repeat):
        times = node.most if node.most is not None else node.least
        return max(times, 1) * _size(node.item)
    if isinstance(node, Group):
        return _size(node.item)
    if isinstance(node, (Sequence, Choice)):
        return max((_size(item) for item in node.items), default=1)
    return 1
