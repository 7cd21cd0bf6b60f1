"""Rego values of which parts may be unknown.

Known values are None, bool, Number, str, tuple (array), Object and Set. Unknown ones are Text (a string of which parts
are known) and Unknown. An object may hold a value ``Maybe``: it is there or not. A Set or an Array may have members of
which it is open whether they belong (``maybe``). ``Fields`` are the names of the unknown fields that something rests
on; an answer that rests on none is sure.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from azext_aksinvokefix.policy.rego.errors import RefusedError

Value = Any
Fields = frozenset[str]
NONE: Fields = frozenset()
_DEEPEST = 40
_OUTSIDE = "outside: "


def outside(what: str) -> Fields:
    """What a template looks at beyond the pod and its parameters, among the fields: nothing is known of it."""
    return frozenset({_OUTSIDE + what})


def parted(fields: Fields) -> tuple[list[str], list[str]]:
    """The fields of the pod, and what lies outside of it."""
    beyond = sorted(name for name in fields if name.startswith(_OUTSIDE))
    return sorted(fields.difference(beyond)), [name[len(_OUTSIDE) :] for name in beyond]


class Number:
    """An exact number; not a Python number, for which True is 1."""

    __slots__ = ("value",)

    def __init__(self, value: int | Fraction) -> None:
        self.value = value if isinstance(value, int) or value.denominator != 1 else int(value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Number) and self.value == other.value

    def __hash__(self) -> int:
        return hash(("number", self.value))

    def __repr__(self) -> str:
        return f"Number({self.value})"


@dataclass(frozen=True, eq=False)
class Unknown:
    """A value that is there and not known. ``kind``: its type, "" for any; of a number also its bounds.

    ``item``: what each member of an unknown array or object looks like, however many there are.
    """

    fields: Fields
    kind: str = ""
    least: int | None = None
    most: int | None = None
    item: Value = None

    def member(self) -> Value:
        """One of its members, a new one at every reading."""
        return Unknown(self.fields) if self.item is None else renewed(self.item)

    def key(self) -> Value:
        if self.kind == "object":
            return any_text(self.fields)
        return Unknown(self.fields, "number" if self.kind == "array" else "")


@dataclass(frozen=True, eq=False)
class Hole:
    """An unknown part of a text: ``least`` to ``most`` characters of an alphabet ("": any)."""

    fields: Fields
    label: str = "…"
    alphabet: str = ""
    least: int = 0
    most: int | None = None


class Text:
    """A string of known parts and holes, of which at least one is a hole."""

    __slots__ = ("parts",)

    def __init__(self, parts: Iterable[str | Hole]) -> None:
        joined: list[str | Hole] = []
        for part in parts:
            if isinstance(part, str) and joined and isinstance(joined[-1], str):
                joined[-1] += part
            elif part != "":
                joined.append(part)
        self.parts = tuple(joined)

    @property
    def fields(self) -> Fields:
        return NONE.union(*(part.fields for part in self.parts if isinstance(part, Hole)))

    def __str__(self) -> str:
        return "".join(part if isinstance(part, str) else part.label for part in self.parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)


def text_of(parts: Iterable[str | Hole]) -> str | Text:
    found = Text(parts)
    if any(isinstance(part, Hole) for part in found.parts):
        return found
    return str(found)


def any_text(fields: Fields) -> Text:
    return Text((Hole(fields),))


@dataclass(frozen=True)
class Maybe:
    """In an object: a value that is there or not."""

    value: Value
    fields: Fields


class Object:
    """``items`` by key; with ``more``, an unknown object, any number of other keys besides."""

    __slots__ = ("_fields", "_hash", "items", "more")

    def __init__(self, items: Mapping[Value, Value], more: Unknown | None = None) -> None:
        self.items = dict(items)
        self.more = more
        self._hash: int | None = None
        self._fields: Fields | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Object) and self.items == other.items and self.more is other.more

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.items.items()))
        return self._hash

    @property
    def fields(self) -> Fields:
        if self._fields is None:
            self._fields = NONE.union(*map(fields_of, self.items), *map(fields_of, self.items.values()))
            self._fields |= self.more.fields if self.more else NONE
        return self._fields

    @property
    def settled(self) -> bool:
        """Whether its keys are known, though some may be absent."""
        return self.more is None and not any(map(fields_of, self.items))

    def entries(self) -> Iterator[tuple[Value, Value, Fields]]:
        """Key, value and what it rests on that it is there."""
        for key, value in self.items.items():
            if isinstance(value, Maybe):
                yield key, value.value, value.fields
            else:
                yield key, value, NONE
        if self.more:
            yield self.more.key(), self.more.member(), self.more.fields


class _Members:
    """``sure`` members in their order, and those that may belong with what it rests on."""

    __slots__ = ("_fields", "maybe", "sure")
    kind = ""

    def __init__(self, sure: Iterable[Value] = (), maybe: Iterable[tuple[Value, Fields]] = ()) -> None:
        self.sure: tuple[Value, ...] = tuple(sure)
        self.maybe: tuple[tuple[Value, Fields], ...] = tuple(maybe)
        self._fields: Fields | None = None

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, _Members) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return self.sure, self.maybe

    @property
    def fields(self) -> Fields:
        if self._fields is None:
            members = map(fields_of, (*self.sure, *(value for value, _ in self.maybe)))
            self._fields = NONE.union(*members, *(fields for _, fields in self.maybe))
        return self._fields

    def entries(self) -> Iterator[tuple[Value, Fields]]:
        """Members and what it rests on that they belong. Each reading of an open one may be another value."""
        for value in self.sure:
            yield value, NONE
        for value, fields in self.maybe:
            yield renewed(value), fields


class Set(_Members):
    __slots__ = ("_index",)
    kind = "set"

    def __init__(self, sure: Iterable[Value] = (), maybe: Iterable[tuple[Value, Fields]] = ()) -> None:
        index = dict.fromkeys(sure)
        super().__init__(index, dict.fromkeys(pair for pair in maybe if pair[0] not in index))
        self._index = frozenset(index)

    def _key(self) -> tuple[Any, ...]:
        return self._index, frozenset(self.maybe)

    def holds(self, value: Value) -> bool:
        return value in self._index


class OpenArray(_Members):
    """An array of which it is open which members it has; one that is settled is a tuple."""

    __slots__ = ()
    kind = "array"


def fields_of(value: Value) -> Fields:
    """What a value rests on, all the way down; nothing for a known one."""
    if value is None or isinstance(value, (str, bool, Number)):
        return NONE
    if isinstance(value, tuple):
        return NONE.union(*map(fields_of, value))
    if isinstance(value, Maybe):
        return value.fields | fields_of(value.value)
    found: Fields = value.fields
    return found


def kind_of(value: Value) -> str:
    """The name of a value's type as OPA has it, or "" where that is not known."""
    if value is None:
        return "null"
    if isinstance(value, Unknown):
        return value.kind
    for kind, types in _KINDS:
        if isinstance(value, types):
            return kind
    raise RefusedError("a value of no known type")


_KINDS: tuple[tuple[str, Any], ...] = (
    ("string", (str, Text)),
    ("boolean", bool),
    ("number", Number),
    ("array", (tuple, OpenArray)),
    ("object", Object),
    ("set", Set),
)


def renewed(value: Value) -> Value:  # pylint: disable=too-many-return-statements
    """The same value with unknown parts of its own: two readings of it need not be equal."""
    if not fields_of(value):
        return value
    if isinstance(value, Unknown):
        return replace(value)
    if isinstance(value, Text):
        return Text(replace(part) if isinstance(part, Hole) else part for part in value.parts)
    if isinstance(value, tuple):
        return tuple(map(renewed, value))
    if isinstance(value, Maybe):
        return Maybe(renewed(value.value), value.fields)
    if isinstance(value, Object):
        more = renewed(value.more) if value.more else None
        return Object({renewed(key): renewed(item) for key, item in value.items.items()}, more)
    return type(value)(map(renewed, value.sure), ((renewed(item), fields) for item, fields in value.maybe))


def of_json(data: Any, depth: int = 0) -> Value:
    """A value of parsed JSON or YAML; values of this module in it stay what they are."""
    if depth > _DEEPEST:
        raise RefusedError("its parameters are nested too deeply")
    if isinstance(data, Mapping):
        return Object({str(key): of_json(item, depth + 1) for key, item in data.items()})
    if isinstance(data, (list, tuple)):
        return tuple(of_json(item, depth + 1) for item in data)
    if isinstance(data, Maybe):
        return Maybe(of_json(data.value, depth + 1), data.fields)
    if isinstance(data, float):
        return _of_float(data)
    if isinstance(data, int) and not isinstance(data, bool):
        return Number(data)
    if data is None or isinstance(data, (str, bool, Number, Unknown, Text, Object, Set, OpenArray)):
        return data
    raise RefusedError(f"its parameters contain a value of type {type(data).__name__}")


def _of_float(data: float) -> Number:
    if not math.isfinite(data):
        raise RefusedError("its parameters contain an invalid number")
    return Number(Fraction(Decimal(repr(data))))
