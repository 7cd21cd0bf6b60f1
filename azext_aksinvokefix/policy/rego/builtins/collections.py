"""Arrays, sets, objects and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable

from azext_aksinvokefix.policy.rego.builtins.comparison import answered
from azext_aksinvokefix.policy.rego.builtins.strings import count_partly, count_text
from azext_aksinvokefix.policy.rego.builtins.table import ANY, ARRAY, MEMBERS, OBJECT, OPEN, SETS, STRING, Builtin
from azext_aksinvokefix.policy.rego.compare import at_least_different, same, sorted_values
from azext_aksinvokefix.policy.rego.errors import BuiltinError, RefusedError
from azext_aksinvokefix.policy.rego.values import (
    NONE,
    Fields,
    Maybe,
    Number,
    Object,
    OpenArray,
    Set,
    Text,
    Unknown,
    Value,
    any_text,
    fields_of,
    kind_of,
    of_json,
)

_MOST_MEMBERS = 20_000


def _count(value: Value) -> Number:
    if isinstance(value, str):
        return count_text(value)
    return Number(
        len(value) if isinstance(value, tuple) else len(value.items if isinstance(value, Object) else value.sure)
    )


def _count_partly(value: Value) -> Value:
    if isinstance(value, Text):
        return count_partly(value)
    if isinstance(value, tuple):
        return Number(len(value))
    least, most = _size(value)
    if least == most:
        return Number(least)
    return Unknown(value.fields, "number", least, most)


def _size(value: Value) -> tuple[int, int | None]:
    if isinstance(value, Object):
        sure = [key for key, item in value.items.items() if not isinstance(item, Maybe)]
        return at_least_different(tuple(sure)), None if value.more else len(value.items)
    if isinstance(value, Set):
        return at_least_different(value.sure), None if value.maybe else len(value.sure)
    if isinstance(value, OpenArray):
        return len(value.sure), None if value.maybe else len(value.sure)
    return 0, None


def _items(value: Value) -> list[tuple[Value, Fields]]:
    return [(item, NONE) for item in value] if isinstance(value, tuple) else list(value.entries())


def _any(members: Value) -> Value:
    fields = NONE
    for item, rests in _items(members):
        alike = same(item, True)
        if alike is True and not rests:
            return True
        if alike is not False:
            fields |= rests | (NONE if alike is True else alike)
    return answered(fields or False)


def _all(members: Value) -> Value:
    fields = NONE
    for item, rests in _items(members):
        alike = same(item, True)
        if alike is False and not rests:
            return False
        if alike is not True:
            fields |= rests | (NONE if alike is False else alike)
    return answered(fields or True)


def _of_members(function: object) -> Builtin:
    def partly(members: Value) -> Value:
        return OPEN if isinstance(members, Unknown) else function(members)  # type: ignore[operator]

    return Builtin(function, (MEMBERS,), "boolean", total=True, partly=partly)  # type: ignore[arg-type]


def _sort(members: Value) -> Value:
    return tuple(sorted_values(members if isinstance(members, tuple) else members.sure))


# Sets


def _union(left: Set, right: Set) -> Set:
    return Set(_few((*left.sure, *right.sure)), (*left.maybe, *right.maybe))


def _union_partly(left: Value, right: Value) -> Value:
    return _union(left, right) if isinstance(left, Set) and isinstance(right, Set) else OPEN


def _shared(left: Set, right: Set) -> Set:
    return Set(item for item in left.sure if right.holds(item))


def _shared_partly(left: Value, right: Value) -> Value:
    from azext_aksinvokefix.policy.rego.builtins.comparison import member

    if not isinstance(left, Set) or not isinstance(right, Set):
        return OPEN
    sure, maybe = [], []
    for item, fields in left.entries():
        held = member(item, right)
        rests = fields | (NONE if held is True else fields_of(held))
        if held is not False and rests:
            maybe.append((item, rests))
        elif held is True:
            sure.append(item)
    return Set(sure, maybe)


def _sets(members: Set) -> list[Set]:
    if not all(isinstance(item, Set) for item in members.sure):
        raise BuiltinError
    return list(members.sure)


def _union_of(members: Set) -> Set:
    return Set(item for inner in _sets(members) for item in inner.sure)


def _shared_of(members: Set) -> Set:
    first, *rest = _sets(members) or [Set()]
    return Set(item for item in first.sure if all(inner.holds(item) for inner in rest))


def _to_set(members: Value) -> Set:
    return Set(members) if isinstance(members, tuple) else members


def _few(items: tuple[Value, ...]) -> tuple[Value, ...]:
    if len(items) > _MOST_MEMBERS:
        raise RefusedError("its collections grow too large")
    return items


# Arrays


def _concat(left: Value, right: Value) -> Value:
    return _few((*left, *right))


def _concat_partly(left: Value, right: Value) -> Value:
    if isinstance(left, tuple) and isinstance(right, tuple):
        return _concat(left, right)
    if any(isinstance(side, Unknown) for side in (left, right)):
        return OPEN
    entries = [*_items(left), *_items(right)]
    return OpenArray(
        (item for item, rests in entries if not rests), ((item, rests) for item, rests in entries if rests)
    )


def _slice(array: Value, start: Number, stop: Number) -> Value:
    if not isinstance(start.value, int) or not isinstance(stop.value, int):
        raise BuiltinError
    return array[max(start.value, 0) : max(stop.value, 0)]


# Objects


def _get(found: Object, path: Value, default: Value) -> Value:
    at: Value = found
    for key in path if isinstance(path, tuple) else (path,):
        at = _child(at, key)
        if at is None:
            return default
        at = at[0]
    return at


def _child(value: Value, key: Value) -> tuple[Value] | None:
    if isinstance(value, Object):
        return (value.items[key],) if key in value.items else None
    if isinstance(value, tuple) and isinstance(key, Number) and isinstance(key.value, int):
        return (value[key.value],) if 0 <= key.value < len(value) else None
    return (key,) if isinstance(value, Set) and value.holds(key) else None


def _get_partly(found: Value, path: Value, default: Value) -> Value:
    """What is there, the default, or one of both where it is open whether it is there."""
    if not isinstance(found, Object) or fields_of(path):
        return OPEN
    at: Value = found
    rests: Fields = NONE
    for key in path if isinstance(path, tuple) else (path,):
        if isinstance(at, (Unknown, Set, OpenArray)) or (isinstance(at, Object) and not at.settled):
            return OPEN
        child = _child(at, key)
        if child is None:
            return default
        at = child[0]
        if isinstance(at, Maybe):
            at, rests = at.value, rests | at.fields
    if not rests or same(at, default) is True:
        return at
    kind = kind_of(at) if kind_of(at) == kind_of(default) else ""
    fields = rests | fields_of(at) | fields_of(default)
    return any_text(fields) if kind == "string" else Unknown(fields, kind)


def _keys(found: Object) -> Set:
    return Set(found.items)


def _keys_partly(found: Value) -> Value:
    if not isinstance(found, Object):
        return OPEN
    entries = list(found.entries())
    return Set((key for key, _, rests in entries if not rests), ((key, rests) for key, _, rests in entries if rests))


def _object_union(left: Object, right: Object) -> Object:
    merged = dict(left.items)
    for key, item in right.items.items():
        before = merged.get(key)
        both = isinstance(before, Object) and isinstance(item, Object)
        merged[key] = _object_union(before, item) if both else item  # type: ignore[arg-type]
    return Object(merged)


def _chosen(keys: Value) -> frozenset[Value]:
    if isinstance(keys, Object):
        return frozenset(keys.items)
    return frozenset(keys if isinstance(keys, tuple) else keys.sure)


def _without(found: Object, keys: Value) -> Object:
    chosen = _chosen(keys)
    return Object({key: item for key, item in found.items.items() if key not in chosen})


def _filter(found: Object, keys: Value) -> Object:
    chosen = _chosen(keys)
    return Object({key: item for key, item in found.items.items() if key in chosen})


# JSON


def _unmarshal(text: str) -> Value:
    try:
        return of_json(json.loads(text, parse_constant=_no_constant, parse_float=_exact))
    except (ValueError, RecursionError):
        raise BuiltinError from None


def _exact(text: str) -> Number:
    from azext_aksinvokefix.policy.rego.builtins.strings import BUILTINS as STRINGS

    found: Number = STRINGS["to_number"].function(text)
    return found


def _no_constant(_: str) -> Value:
    raise BuiltinError


def _is_json(text: str) -> bool:
    try:
        _unmarshal(text)
    except BuiltinError:
        return False
    return True


def _marshal(value: Value) -> str:
    from azext_aksinvokefix.policy.rego.builtins.formatting import number_text

    if isinstance(value, Number):
        return number_text(value)
    if isinstance(value, Object):
        keys = sorted_values(value.items)
        if not all(isinstance(key, str) for key in keys):
            raise RefusedError("it writes an object whose keys are not strings as JSON")
        return "{" + ",".join(f"{_marshal(key)}:{_marshal(value.items[key])}" for key in keys) + "}"
    if isinstance(value, (tuple, Set)):
        items: Iterable[Value] = value if isinstance(value, tuple) else sorted_values(value.sure)
        return "[" + ",".join(map(_marshal, items)) + "]"
    text = json.dumps(value, ensure_ascii=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


_CHOICE = (OBJECT, ("array", "set", "object"))
BUILTINS = {
    "count": Builtin(_count, (("array", "object", "set", "string"),), "number", total=True, partly=_count_partly),
    "any": _of_members(_any),
    "all": _of_members(_all),
    "sort": Builtin(_sort, (MEMBERS,), "array", total=True),
    "or": Builtin(_union, (SETS, SETS), "set", total=True, partly=_union_partly),
    "and": Builtin(_shared, (SETS, SETS), "set", total=True, partly=_shared_partly),
    "union": Builtin(_union_of, (SETS,), "set"),
    "intersection": Builtin(_shared_of, (SETS,), "set"),
    "cast_set": Builtin(_to_set, (MEMBERS,), "set", total=True),
    "array.concat": Builtin(_concat, (ARRAY, ARRAY), "array", total=True, partly=_concat_partly),
    "array.slice": Builtin(_slice, (ARRAY, ("number",), ("number",)), "array"),
    "array.reverse": Builtin(lambda array: array[::-1], (ARRAY,), "array", total=True),
    "object.get": Builtin(_get, (OBJECT, ANY, ANY), "", total=True, partly=_get_partly),
    "object.keys": Builtin(_keys, (OBJECT,), "set", total=True, partly=_keys_partly),
    "object.union": Builtin(_object_union, (OBJECT, OBJECT), "object", total=True),
    "object.remove": Builtin(_without, _CHOICE, "object", total=True),
    "object.filter": Builtin(_filter, _CHOICE, "object", total=True),
    "json.unmarshal": Builtin(_unmarshal, (STRING,), ""),
    "json.marshal": Builtin(_marshal, (ANY,), "string", total=True),
    "json.is_valid": Builtin(_is_json, (STRING,), "boolean", total=True),
}
