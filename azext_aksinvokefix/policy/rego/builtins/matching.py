"""Regular expressions and globs, matched by the automaton of `policy.re2`: linear, and RE2's own syntax."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from azext_aksinvokefix.policy.re2 import expression as re2
from azext_aksinvokefix.policy.re2.syntax import Assertion, CharSet, Choice, Node, Repeat, Sequence
from azext_aksinvokefix.policy.rego.builtins.strings import parts_of, wild
from azext_aksinvokefix.policy.rego.builtins.table import NUMBER, OPEN, STRING, Builtin
from azext_aksinvokefix.policy.rego.errors import BuiltinError, RefusedError
from azext_aksinvokefix.policy.rego.values import Number, Text, Unknown, Value, fields_of

_MOST_FOUND, _LONGEST = 2000, 20_000


def _compiled(pattern: str) -> re2.Expression:
    try:
        return re2.compile(pattern)
    except re2.InvalidError:
        raise BuiltinError from None
    except re2.UnsupportedError as error:
        raise RefusedError(str(error)) from None


def _match(pattern: str, text: str) -> bool:
    return _compiled(pattern).matches(_short(text))


def _match_partly(pattern: Value, text: Value) -> Value:
    return _answered(_compiled(pattern), text) if isinstance(pattern, str) else OPEN


def _answered(expression: re2.Expression, text: Value) -> Value:
    """Whether the expression matches every text there may be, none, or some."""
    found = expression.outcomes(map(wild, parts_of(text)))
    return found == {True} if len(found) == 1 else Unknown(fields_of(text), "boolean")


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise RefusedError("it matches a string that is too long")
    return text


def _is_valid(pattern: str) -> bool:
    try:
        _compiled(pattern)
    except BuiltinError:
        return False
    return True


def _all_spans(pattern: str, text: str, most: Number) -> list[list[re2.Span]]:
    if not isinstance(most.value, int):
        raise BuiltinError
    expression = _compiled(pattern)
    if len(text) > _MOST_FOUND:
        raise RefusedError("it searches a string that is too long")
    return expression.find_all(text, most.value)


def _find(pattern: str, text: str, most: Number) -> Value:
    return tuple(_cut(text, spans[0]) for spans in _all_spans(pattern, text, most))


def _find_groups(pattern: str, text: str, most: Number) -> Value:
    return tuple(tuple(_cut(text, span) for span in spans) for spans in _all_spans(pattern, text, most))


def _cut(text: str, span: re2.Span) -> str:
    return text[span[0] : span[1]] if span else ""


def _split(pattern: str, text: str) -> Value:
    """As Go's Split: an empty match at the very end, and one at the very beginning, split nothing."""
    found = _all_spans(pattern, text, Number(-1))
    if pattern and not text:
        return ("",)
    pieces, begin, end = [], 0, 0
    for spans in found:
        first, last = spans[0] or (0, 0)
        if last == 0:
            continue
        end = first
        pieces.append(text[begin:end])
        begin = last
    if end != len(text):
        pieces.append(text[begin:])
    return tuple(pieces)


# Globs


def _glob(pattern: str, delimiters: Value, text: str) -> bool:
    return _glob_of(pattern, _separators(delimiters)).matches(_short(text))


def _glob_partly(pattern: Value, delimiters: Value, text: Value) -> Value:
    if not isinstance(pattern, str) or fields_of(delimiters) or not isinstance(text, (str, Text)):
        return OPEN
    return _answered(_glob_of(pattern, _separators(delimiters)), text)


def _separators(delimiters: Value) -> str:
    """None for null; the default for an empty list is a dot."""
    if delimiters is None:
        return ""
    if not all(isinstance(sign, str) and len(sign) == 1 for sign in delimiters):
        raise BuiltinError
    return "".join(delimiters) or "."


@lru_cache(maxsize=64)
def _glob_of(pattern: str, separators: str) -> re2.Expression:
    reader = _GlobReader(pattern, separators)
    try:
        return re2.whole(reader.read())
    except re2.UnsupportedError as error:
        raise RefusedError(str(error)) from None


class _GlobReader:  # pylint: disable=too-few-public-methods
    """The globs of github.com/gobwas/glob. What it reads in ways of its own is refused."""

    def __init__(self, pattern: str, separators: str) -> None:
        self._pattern, self._at = pattern, 0
        self._one = CharSet(tuple((sign, sign) for sign in separators), negated=True)

    def read(self) -> Node:
        return self._sequence(inside=False)

    def _sequence(self, *, inside: bool) -> Node:
        items: list[Node] = []
        while self._at < len(self._pattern):
            sign = self._pattern[self._at]
            if inside and sign in ",}":
                break
            self._at += 1
            items.append(self._item(sign, inside=inside))
        return Sequence(tuple(items))

    def _item(self, sign: str, *, inside: bool) -> Node:
        special: dict[str, Callable[[], Node]] = {"*": self._star, "?": lambda: self._one, "[": self._range}
        if sign in special:
            return special[sign]()
        if sign == "{":
            if inside:
                raise RefusedError("its glob nests alternatives")
            return self._alternatives()
        if sign == "\\":
            sign = self._pattern[self._at : self._at + 1]
            self._at += 1
        return CharSet(((sign, sign),)) if sign else Assertion("end")

    def _star(self) -> Node:
        if self._pattern.startswith("*", self._at):
            self._at += 1
            return Repeat(CharSet(negated=True), 0, None, greedy=True)
        return Repeat(self._one, 0, None, greedy=True)

    def _alternatives(self) -> Node:
        choices = [self._sequence(inside=True)]
        while self._pattern.startswith(",", self._at):
            self._at += 1
            choices.append(self._sequence(inside=True))
        if not self._pattern.startswith("}", self._at):
            raise RefusedError("its glob leaves alternatives open")
        self._at += 1
        return Choice(tuple(choices))

    def _range(self) -> Node:
        end = self._pattern.find("]", self._at)
        if end < 0:
            raise BuiltinError
        inner = self._pattern[self._at : end]
        self._at = end + 1
        negated = inner.startswith("!")
        signs = inner[1:] if negated else inner
        if "\\" in signs or "!" in signs or not signs:
            raise RefusedError("its glob has an unusual range")
        if signs[1:2] == "-":
            if len(signs) != 3 or signs[2] < signs[0]:  # noqa: PLR2004
                raise BuiltinError
            return CharSet(((signs[0], signs[2]),), negated=negated)
        return CharSet(tuple((sign, sign) for sign in signs), negated=negated)


_TWO = (STRING, STRING)
BUILTINS = {
    "regex.match": Builtin(_match, _TWO, "boolean", partly=_match_partly),
    "re_match": Builtin(_match, _TWO, "boolean", partly=_match_partly),
    "regex.is_valid": Builtin(_is_valid, _TWO[:1], "boolean", total=True),
    "regex.split": Builtin(_split, _TWO, "array"),
    "regex.find_n": Builtin(_find, (STRING, STRING, NUMBER), "array"),
    "regex.find_all_string_submatch_n": Builtin(_find_groups, (STRING, STRING, NUMBER), "array"),
    "glob.match": Builtin(_glob, (STRING, ("array", "null"), STRING), "boolean", partly=_glob_partly),
}
