"""What a collection has at a key, where the collection or the key may be unknown."""

from __future__ import annotations

from collections.abc import Iterable

from azext_aksinvokefix.policy.rego.compare import same
from azext_aksinvokefix.policy.rego.solutions import Found
from azext_aksinvokefix.policy.rego.syntax import ARRAY, OBJECT, SET
from azext_aksinvokefix.policy.rego.values import (
    NONE,
    Fields,
    Maybe,
    Number,
    Object,
    OpenArray,
    Set,
    Unknown,
    Value,
    fields_of,
    kind_of,
    outside,
)


def at(value: Value, key: Value) -> list[Found]:
    """What a collection has at a key: nothing, one value, or the ones there may be with what that rests on."""
    if isinstance(value, Object) and not fields_of(key) and not any(map(fields_of, value.items)):
        if key not in value.items:
            return at(value.more, key) if value.more else []
        item = value.items[key]
        return [(item.value, item.fields) if isinstance(item, Maybe) else (item, NONE)]
    if isinstance(value, tuple) and isinstance(key, Number):
        index = key.value
        return [(value[index], NONE)] if isinstance(index, int) and 0 <= index < len(value) else []
    if isinstance(value, Unknown):
        return [(value.member(), value.fields)] if _may_have(value, key) else []
    if isinstance(value, Set):
        return _in_set(value, key)
    return _all_at(value, key)


def _may_have(value: Unknown, key: Value) -> bool:
    """Whether an unknown value can have something at a key of this type."""
    kind = kind_of(key)
    return value.kind in ("", SET) or kind == "" or (value.kind, kind) in ((ARRAY, "number"), (OBJECT, "string"))


def any_member(value: Value) -> Value:
    """A member of an array of which it is open what it holds."""
    return value.member() if isinstance(value, Unknown) else Unknown(fields_of(value) or outside("the order of a set"))


def _in_set(value: Set, key: Value) -> list[Found]:
    if not fields_of(key) and value.holds(key):
        return [(key, NONE)]
    rests = NONE
    for member, fields in value.entries():
        alike = same(member, key)
        if alike is True and not fields:
            return [(key, NONE)]
        if alike is not False:
            rests |= fields | (NONE if alike is True else alike)
    return [(key, rests)] if rests else []


def _all_at(value: Value, key: Value) -> list[Found]:
    """Every value that the key may lead to, the key or the place of the values being unknown."""
    if isinstance(value, OpenArray):
        fields = value.fields | fields_of(key) or outside("the order of a set")
        return [(item, fields) for item, _ in value.entries()] if kind_of(key) in ("", "number") else []
    if isinstance(value, tuple):
        entries: Iterable[tuple[Value, Value, Fields]] = ((Number(at), item, NONE) for at, item in enumerate(value))
    elif isinstance(value, Object):
        entries = value.entries()
    else:
        return []
    found = []
    for known, item, rests in entries:
        alike = same(known, key)
        if alike is not False:
            found.append((item, rests | (NONE if alike is True else alike)))
    return found
