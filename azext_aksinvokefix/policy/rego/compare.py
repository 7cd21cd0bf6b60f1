"""Equality and order of values that may be unknown. An answer is True, False, or the fields it rests on."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Union

from azext_aksinvokefix.policy.rego.errors import RefusedError
from azext_aksinvokefix.policy.rego.values import (
    NONE,
    Fields,
    Hole,
    Maybe,
    Number,
    Object,
    Set,
    Text,
    Unknown,
    Value,
    fields_of,
    kind_of,
)

Answer = Union[bool, Fields]
_RANKS = ("null", "boolean", "number", "string", "array", "object", "set")


def both(first: Answer, second: Answer) -> Answer:
    if first is False or second is False:
        return False
    if first is True:
        return second
    return first if second is True else first | second


def same(left: Value, right: Value) -> Answer:  # pylint: disable=too-many-return-statements
    fields = fields_of(left) | fields_of(right)
    if not fields:
        return bool(left == right)
    # The same unknown value, not another reading of it: see `values.renewed`.
    if left is right or (isinstance(left, Text) and left == right):
        return True
    kinds = kind_of(left), kind_of(right)
    if "" not in kinds and kinds[0] != kinds[1]:
        return False
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return False if _apart(left, right) else fields
    if kinds[0] == "string":
        return _same_text(left, right, fields)
    if kinds[0] == "object":
        return _same_object(left, right)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return _same_array(left, right)
    return _same_members(left, right, fields)


def _apart(left: Value, right: Value) -> bool:
    """Whether the bounds of numbers alone keep two values apart."""
    (low, high), (other_low, other_high) = bounds(left), bounds(right)
    return (high is not None and other_low is not None and high < other_low) or (
        low is not None and other_high is not None and other_high < low
    )


def bounds(value: Value) -> tuple[int | None, int | None]:
    """Whole numbers that a number lies between, as far as is known."""
    if isinstance(value, Unknown):
        return value.least, value.most
    if isinstance(value, Number) and isinstance(value.value, int):
        return value.value, value.value
    return None, None


def _same_text(left: Value, right: Value, fields: Fields) -> Answer:
    return fields if may_be(_parts(left), _parts(right)) else False


def _parts(value: Value) -> tuple[str | Hole, ...]:
    return value.parts if isinstance(value, Text) else (value,)


def may_be(left: tuple[str | Hole, ...], right: tuple[str | Hole, ...]) -> bool:
    """Whether two texts can be equal: by what they begin with, what they end with, and their lengths."""
    if not (_may_begin_alike(left, right) and _may_begin_alike(_reversed(left), _reversed(right))):
        return False
    (low, high), (other_low, other_high) = length_bounds(left), length_bounds(right)
    return (high is None or other_low <= high) and (other_high is None or low <= other_high)


def length_bounds(parts: tuple[str | Hole, ...]) -> tuple[int, int | None]:
    low, high = 0, 0
    unbounded = False
    for part in parts:
        low += len(part) if isinstance(part, str) else part.least
        if isinstance(part, Hole) and part.most is None:
            unbounded = True
        else:
            high += len(part) if isinstance(part, str) else part.most or 0
    return low, None if unbounded else high


def _reversed(parts: tuple[str | Hole, ...]) -> tuple[str | Hole, ...]:
    return tuple(part[::-1] if isinstance(part, str) else part for part in reversed(parts))


def _may_begin_alike(left: tuple[str | Hole, ...], right: tuple[str | Hole, ...]) -> bool:
    first, second = _begin(left), _begin(right)
    shared = min(len(first), len(second))
    if first[:shared] != second[:shared]:
        return False
    return _hole_may_go_on(left, first, second) and _hole_may_go_on(right, second, first)


def _hole_may_go_on(parts: tuple[str | Hole, ...], begin: str, other: str) -> bool:
    """Whether the hole behind a text's beginning can hold the character that the other text has there."""
    hole = parts[1 if begin else 0] if len(parts) > (1 if begin else 0) else None
    following = other[len(begin) : len(begin) + 1]
    return not (isinstance(hole, Hole) and hole.alphabet and hole.least and following) or following in hole.alphabet


def _begin(parts: tuple[str | Hole, ...]) -> str:
    return parts[0] if parts and isinstance(parts[0], str) else ""


def _same_array(left: tuple[Value, ...], right: tuple[Value, ...]) -> Answer:
    if len(left) != len(right):
        return False
    answer: Answer = True
    for first, second in zip(left, right):
        answer = both(answer, same(first, second))
        if answer is False:
            break
    return answer


def _same_object(left: Object, right: Object) -> Answer:
    if not left.settled or not right.settled:
        return left.fields | right.fields
    answer: Answer = True
    for key in dict.fromkeys((*left.items, *right.items)):
        answer = both(answer, _same_entry(left.items.get(key, _ABSENT), right.items.get(key, _ABSENT)))
        if answer is False:
            break
    return answer


_ABSENT = object()


def _same_entry(left: Value, right: Value) -> Answer:
    if left is right:
        return True
    open_ends = [item.fields for item in (left, right) if isinstance(item, Maybe)]
    maybe = NONE.union(*open_ends)
    left, right = (item.value if isinstance(item, Maybe) else item for item in (left, right))
    if left is _ABSENT or right is _ABSENT:
        return maybe or False
    answer = same(left, right)
    # Two that differ are still the same where both are absent.
    if not maybe or (answer is False and len(open_ends) == 1):
        return answer
    return maybe if isinstance(answer, bool) else maybe | answer


def _same_members(left: Value, right: Value, fields: Fields) -> Answer:
    """Sets, and arrays with open members: equal only where nothing is open, different where a member has no twin."""
    for one, other in ((left, right), (right, left)):
        members = one if isinstance(one, tuple) else one.sure
        if any(all(same(member, twin) is False for twin in _all_members(other)) for member in members):
            return False
    return fields


def _all_members(value: Value) -> list[Value]:
    return list(value) if isinstance(value, tuple) else [member for member, _ in value.entries()]


def order(left: Value, right: Value) -> int | Fields:
    """-1, 0 or 1 as OPA orders values, types first; or the fields that the order rests on."""
    kinds = kind_of(left), kind_of(right)
    if "" not in kinds and kinds[0] != kinds[1]:
        return -1 if _RANKS.index(kinds[0]) < _RANKS.index(kinds[1]) else 1
    fields = fields_of(left) | fields_of(right)
    if fields:
        return _bounded_order(left, right) or fields
    return _known_order(left, right)


def _bounded_order(left: Value, right: Value) -> int:
    if kind_of(left) != "number" or kind_of(right) != "number":
        return 0
    (low, high), (other_low, other_high) = bounds(left), bounds(right)
    if high is not None and other_low is not None and high < other_low:
        return -1
    return 1 if low is not None and other_high is not None and other_high < low else 0


def compare_known(left: Value, right: Value) -> int:
    """The order of two values of which all is known."""
    found = order(left, right)
    if not isinstance(found, int):
        raise RefusedError("the order of unknown values")
    return found


def _known_order(left: Value, right: Value) -> int:
    if left is None:
        return 0
    if isinstance(left, Number):
        left, right = left.value, right.value
    if isinstance(left, tuple):
        return _order_lists(list(left), list(right))
    if isinstance(left, Object):
        keys, other_keys = sorted_values(left.items), sorted_values(right.items)
        return _order_lists(
            [part for key in keys for part in (key, left.items[key])],
            [part for key in other_keys for part in (key, right.items[key])],
        )
    if isinstance(left, Set):
        return _order_lists(sorted_values(left.sure), sorted_values(right.sure))
    return int(left > right) - int(left < right)


def _order_lists(left: list[Value], right: list[Value]) -> int:
    for first, second in zip(left, right):
        found = compare_known(first, second)
        if found:
            return found
    return (len(left) > len(right)) - (len(left) < len(right))


def sorted_values(values: object) -> list[Value]:
    return sorted(values, key=cmp_to_key(compare_known))  # type: ignore[call-overload, no-any-return]


def at_least_different(values: tuple[Value, ...]) -> int:
    """How many different values there are at least among some that may be equal."""
    if not any(map(fields_of, values)):
        return len(set(values))
    distinct: list[Value] = []
    for value in values:
        if all(same(value, other) is False for other in distinct):
            distinct.append(value)
    return len(distinct)
