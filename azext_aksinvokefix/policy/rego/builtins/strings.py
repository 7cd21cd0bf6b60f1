"""Strings, of which parts may be unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fractions import Fraction

from azext_aksinvokefix.policy.re2 import expression
from azext_aksinvokefix.policy.rego.builtins.table import ANY, MEMBERS, NUMBER, OPEN, STRING, Builtin
from azext_aksinvokefix.policy.rego.compare import length_bounds, may_be, sorted_values
from azext_aksinvokefix.policy.rego.errors import BuiltinError, RefusedError
from azext_aksinvokefix.policy.rego.values import NONE, Hole, Number, Set, Text, Unknown, Value, fields_of, text_of

_SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f"
)
_SPACES += "\u205f\u3000"
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_LONGEST_NUMBER, _LARGEST, _LONGEST, _LONGEST_PART = 60, Fraction(1 << 1024), 200_000, 500


def parts_of(value: Value) -> tuple[str | Hole, ...]:
    return value.parts if isinstance(value, Text) else (value,)


def maybe(*values: Value) -> Unknown:
    return Unknown(NONE.union(*map(fields_of, values)), "boolean")


# What texts hold


def starts_with(text: Value, prefix: Value) -> Value:
    if isinstance(text, str) and isinstance(prefix, str):
        return text.startswith(prefix)
    known = parts_of(text)[0]
    if isinstance(prefix, str) and isinstance(known, str) and known.startswith(prefix):
        return True
    anything = Hole(NONE)
    return maybe(text, prefix) if may_be(parts_of(text), (*parts_of(prefix), anything)) else False


def ends_with(text: Value, suffix: Value) -> Value:
    if isinstance(text, str) and isinstance(suffix, str):
        return text.endswith(suffix)
    known = parts_of(text)[-1]
    if isinstance(suffix, str) and isinstance(known, str) and known.endswith(suffix):
        return True
    if isinstance(suffix, str) and not _may_end(parts_of(text), suffix):
        return False
    anything = Hole(NONE)
    return maybe(text, suffix) if may_be(parts_of(text), (anything, *parts_of(suffix))) else False


def _may_end(parts: tuple[str | Hole, ...], suffix: str) -> bool:
    """Whether a text can end so, its last hole holding only its alphabet."""
    last = parts[-1]
    if isinstance(last, str) or not last.alphabet or not last.least:
        return True
    return not suffix or suffix[-1] in last.alphabet


def contains(text: Value, part: Value) -> Value:
    if isinstance(text, str) and isinstance(part, str):
        return part in text
    if not isinstance(part, str):
        return maybe(text, part)
    if any(isinstance(known, str) and part in known for known in parts_of(text)):
        return True
    return maybe(text) if _may_contain(parts_of(text), part) else False


def _may_contain(parts: tuple[str | Hole, ...], part: str) -> bool:
    """Whether a text can hold a part."""
    if any(isinstance(hole, Hole) and not hole.alphabet for hole in parts) or len(part) > _LONGEST_PART:
        return True
    return True in expression.literal(part).outcomes(map(wild, parts))


def _hole_may_hold(parts: tuple[str | Hole, ...], part: str) -> bool:
    """Whether an unknown part of a text can have a share in a part: the known ones count by their edges alone."""
    edge = len(part) - 1
    segments: list[list[str | Hole]] = [[]]
    for known in parts:
        if isinstance(known, str) and len(known) > 2 * edge:
            segments[-1].append(known[:edge])
            segments.append([known[len(known) - edge :]])
        else:
            segments[-1].append(known)
    return any(_may_contain(tuple(segment), part) for segment in segments)


def wild(part: str | Hole) -> str | expression.Wild:
    return expression.Wild(part.alphabet, part.least, part.most) if isinstance(part, Hole) else part


def _counted(text: Value) -> Value:
    low, high = length_bounds(parts_of(text))
    if low == high:
        return Number(low)
    return Unknown(text.fields, "number", low, high)


# Texts made of texts


def _mapped(change: Callable[[str], str], alphabet: Callable[[str], str]) -> Builtin:
    """A function of each character by itself."""

    def partly(text: Value) -> Value:
        return text_of(_changed(part, change, alphabet) for part in parts_of(text))

    return Builtin(change, (STRING,), "string", total=True, partly=partly)


def _changed(part: str | Hole, change: Callable[[str], str], alphabet: Callable[[str], str]) -> str | Hole:
    if isinstance(part, str):
        return change(part)
    return Hole(part.fields, part.label, alphabet(part.alphabet), part.least, part.most)


def _case(change: Callable[[str], str]) -> Callable[[str], str]:
    """Go changes each character by itself: those that would become several stay."""

    def changed(text: str) -> str:
        if text.isascii():
            return change(text)
        return "".join(change(sign) if len(change(sign)) == 1 else sign for sign in text)

    return changed


def split(text: Value, separator: str) -> Value:
    if not separator:
        return tuple(text)
    return tuple(text.split(separator))


def _split_partly(text: Value, separator: Value) -> Value:
    """The pieces, where no hole can hold the separator."""
    if not isinstance(separator, str) or not separator or _hole_may_hold(parts_of(text), separator):
        return OPEN
    pieces: list[list[str | Hole]] = [[]]
    for part in parts_of(text):
        first, *rest = part.split(separator) if isinstance(part, str) else [part]
        pieces[-1].append(first)
        pieces.extend([piece] for piece in rest)
    return tuple(text_of(piece) for piece in pieces)


def concat(separator: str, members: Value) -> str:
    found = list(members) if isinstance(members, tuple) else sorted_values(members.sure)
    if not all(isinstance(item, str) for item in found):
        raise BuiltinError
    return _bounded(separator.join(found))


def _concat_partly(separator: Value, members: Value) -> Value:
    """Of an array: the known parts stay; a set with unknown members has no known order."""
    if not isinstance(members, tuple) or not all(isinstance(item, (str, Text)) for item in members):
        return OPEN
    joined: list[str | Hole] = []
    for at, item in enumerate(members):
        joined.extend((*parts_of(separator), *parts_of(item)) if at else parts_of(item))
    return text_of(joined)


def _bounded(text: str) -> str:
    if len(text) > _LONGEST:
        raise RefusedError("its strings grow too long")
    return text


def _replace(text: str, old: str, new: str) -> str:
    if len(text) * max(len(new), 1) > _LONGEST * 10:
        raise RefusedError("its strings grow too long")
    return _bounded(text.replace(old, new))


def _replace_partly(text: Value, old: Value, new: Value) -> Value:
    if not isinstance(old, str) or not old or _hole_may_hold(parts_of(text), old):
        return OPEN
    joined: list[str | Hole] = []
    for part in parts_of(text):
        if isinstance(part, Hole):
            joined.append(part)
            continue
        for at, piece in enumerate(part.split(old)):
            joined.extend((*parts_of(new), piece) if at else (piece,))
    return text_of(joined)


def _trim_prefix(text: Value, prefix: Value) -> Value:
    begins = starts_with(text, prefix)
    if begins is False:
        return text
    if begins is True and isinstance(prefix, str):
        first, *rest = parts_of(text)
        return text_of((str(first)[len(prefix) :], *rest))
    return OPEN


def _trim_suffix(text: Value, suffix: Value) -> Value:
    ends = ends_with(text, suffix)
    if ends is False:
        return text
    if ends is True and isinstance(suffix, str):
        *rest, last = parts_of(text)
        return text_of((*rest, str(last)[: len(str(last)) - len(suffix)]))
    return OPEN


def _substring(text: str, start: Number, length: Number) -> str:
    first, most = _whole(start), _whole(length)
    if first < 0:
        raise BuiltinError
    return text[first:] if most < 0 else text[first : first + most]


def _substring_partly(text: Value, start: Value, length: Value) -> Value:
    """A piece of the known beginning."""
    if not isinstance(text, Text) or not isinstance(start, Number) or not isinstance(length, Number):
        return OPEN
    first, most, known = _whole(start), _whole(length), text.parts[0]
    if first < 0:
        raise BuiltinError
    if not isinstance(known, str) or first > len(known):
        return OPEN
    if most < 0:
        return text_of((known[first:], *text.parts[1:]))
    return known[first : first + most] if first + most <= len(known) else OPEN


def _whole(number: Number) -> int:
    if not isinstance(number.value, int):
        raise BuiltinError
    return number.value


def _index_of(text: str, part: str) -> Number:
    if not part:
        raise BuiltinError
    return Number(text.find(part))


def _index_of_partly(text: Value, part: Value) -> Value:
    if part == "":
        raise BuiltinError
    holds = contains(text, part)
    if holds is False:
        return Number(-1)
    known = parts_of(text)[0]
    found = known.find(part) if isinstance(known, str) and isinstance(part, str) else -1
    return Number(found) if found >= 0 else OPEN


def _to_number(value: Value) -> Number:
    if value is None or isinstance(value, bool):
        return Number(int(bool(value)))
    if isinstance(value, Number):
        return value
    if not _NUMBER.fullmatch(value):
        if re.search(r"0[xX]|_", value):
            raise RefusedError("it reads a number that is not decimal")
        raise BuiltinError
    if len(value) > _LONGEST_NUMBER or len(value.lower().partition("e")[2]) > 4:  # noqa: PLR2004
        raise RefusedError("it reads a number that is too long")
    found = Fraction(value)
    if abs(found) >= _LARGEST:
        raise BuiltinError
    return Number(found)


def _texts(value: Value) -> list[Value]:
    """The strings of a string, an array or a set."""
    found = [value] if isinstance(value, (str, Text)) else value if isinstance(value, tuple) else value.sure
    if not all(isinstance(item, (str, Text)) for item in found):
        raise BuiltinError
    return list(found)


def _any_pair(test: Callable[[Value, Value], Value]) -> Builtin:
    def function(texts: Value, others: Value) -> Value:
        answers = [test(text, other) for text in _texts(texts) for other in _texts(others)]
        if any(answer is True for answer in answers):
            return True
        unknown = [answer for answer in answers if answer is not False]
        return maybe(*unknown) if unknown else False

    def partly(texts: Value, others: Value) -> Value:
        if any(isinstance(value, Set) and value.maybe for value in (texts, others)):
            return OPEN
        readable = all(_is_texts(value) for value in (texts, others))
        return function(texts, others) if readable else OPEN

    kinds = ("string", *MEMBERS)
    return Builtin(function, (kinds, kinds), "boolean", partly=partly)


def _is_texts(value: Value) -> bool:
    members: Iterable[Value] = value if isinstance(value, tuple) else value.sure if isinstance(value, Set) else ()
    return isinstance(value, (str, Text)) or (
        isinstance(value, (tuple, Set)) and all(isinstance(item, (str, Text)) for item in members)
    )


def count_text(text: str) -> Number:
    return Number(len(text))


count_partly = _counted
_TWO = (STRING, STRING)
BUILTINS = {
    "startswith": Builtin(starts_with, _TWO, "boolean", total=True, partly=starts_with),
    "endswith": Builtin(ends_with, _TWO, "boolean", total=True, partly=ends_with),
    "contains": Builtin(contains, _TWO, "boolean", total=True, partly=contains),
    "lower": _mapped(_case(str.lower), str.lower),
    "upper": _mapped(_case(str.upper), str.upper),
    "split": Builtin(split, _TWO, "array", total=True, partly=_split_partly),
    "concat": Builtin(concat, (STRING, MEMBERS), "string", partly=_concat_partly),
    "replace": Builtin(_replace, (STRING, STRING, STRING), "string", total=True, partly=_replace_partly),
    "trim": Builtin(lambda text, signs: text.strip(signs), _TWO, "string", total=True),
    "trim_left": Builtin(lambda text, signs: text.lstrip(signs), _TWO, "string", total=True),
    "trim_right": Builtin(lambda text, signs: text.rstrip(signs), _TWO, "string", total=True),
    "trim_space": Builtin(lambda text: text.strip(_SPACES), (STRING,), "string", total=True),
    "trim_prefix": Builtin(_trim_prefix, _TWO, "string", total=True, partly=_trim_prefix),
    "trim_suffix": Builtin(_trim_suffix, _TWO, "string", total=True, partly=_trim_suffix),
    "substring": Builtin(_substring, (STRING, NUMBER, NUMBER), "string", partly=_substring_partly),
    "indexof": Builtin(_index_of, _TWO, "number", partly=_index_of_partly),
    "strings.count": Builtin(lambda text, part: Number(_occurrences(text, part)), _TWO, "number", total=True),
    "strings.reverse": Builtin(lambda text: text[::-1], (STRING,), "string", total=True),
    "strings.any_prefix_match": _any_pair(starts_with),
    "strings.any_suffix_match": _any_pair(ends_with),
    "to_number": Builtin(_to_number, (("null", "boolean", "number", "string"),), "number"),
}


def _occurrences(text: str, part: str) -> int:
    return text.count(part)


__all__ = ["ANY", "BUILTINS"]
