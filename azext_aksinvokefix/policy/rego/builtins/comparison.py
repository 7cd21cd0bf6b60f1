"""Comparisons, membership and types."""

from __future__ import annotations

from collections.abc import Callable

from azext_aksinvokefix.policy.rego.builtins.table import ANY, OPEN, Builtin
from azext_aksinvokefix.policy.rego.compare import Answer, bounds, order, same
from azext_aksinvokefix.policy.rego.lookup import at
from azext_aksinvokefix.policy.rego.values import NONE, Object, OpenArray, Set, Unknown, Value, fields_of, kind_of


def answered(answer: Answer) -> Value:
    return answer if isinstance(answer, bool) else Unknown(answer, "boolean")


def _equal(left: Value, right: Value) -> Value:
    return answered(same(left, right))


def _unequal(left: Value, right: Value) -> Value:
    answer = same(left, right)
    return answered(not answer if isinstance(answer, bool) else answer)


def _ordered(holds: Callable[[int], bool]) -> Builtin:
    def compare(left: Value, right: Value) -> Value:
        found = order(left, right)
        return holds(found) if isinstance(found, int) else Unknown(found, "boolean")

    return _of_two(compare)


def _at_bound(holds_equal: bool, sign: int) -> Builtin:
    """`<=` and `>=` can be sure where `<` and `>` are not: a count of at least 0 is never below it."""

    def compare(left: Value, right: Value) -> Value:
        found = order(left, right)
        if isinstance(found, int):
            return found == sign or (found == 0 and holds_equal)
        return _by_bounds(left, right, sign, found, holds_equal=holds_equal)

    return _of_two(compare)


def _by_bounds(left: Value, right: Value, sign: int, fields: frozenset[str], *, holds_equal: bool) -> Value:
    (low, high), (other_low, other_high) = bounds(left), bounds(right)
    least, most = (high, other_low) if sign < 0 else (other_high, low)
    if holds_equal and least is not None and most is not None and least <= most:
        return True
    over, under = (other_high, low) if sign < 0 else (high, other_low)
    if not holds_equal and over is not None and under is not None and over <= under:
        return False
    return Unknown(fields, "boolean")


def _of_two(function: Callable[[Value, Value], Value]) -> Builtin:
    return Builtin(function, (ANY, ANY), "boolean", total=True, partly=function)


def member(value: Value, domain: Value) -> Value:
    """`value in domain`: false where the domain is no collection."""
    if isinstance(domain, Unknown):
        return Unknown(domain.fields, "boolean") if domain.kind in ("", "array", "set", "object") else False
    if isinstance(domain, Set) and not fields_of(value) and domain.holds(value):
        return True
    fields = NONE
    for found, rests in _members(domain):
        alike = same(found, value)
        if alike is True and not rests:
            return True
        if alike is not False:
            fields |= rests | (NONE if alike is True else alike)
    return answered(fields or False)


def _members(domain: Value) -> list[tuple[Value, frozenset[str]]]:
    if isinstance(domain, tuple):
        return [(item, NONE) for item in domain]
    if isinstance(domain, Object):
        return [(item, fields) for _, item, fields in domain.entries()]
    return list(domain.entries()) if isinstance(domain, (Set, OpenArray)) else []


def _member_with_key(key: Value, value: Value, domain: Value) -> Value:
    fields = NONE
    for found, rests in at(domain, key):
        alike = same(found, value)
        if alike is True and not rests:
            return True
        if alike is not False:
            fields |= rests | (NONE if alike is True else alike)
    return answered(fields or False)


def _is(kind: str) -> Builtin:
    def function(value: Value) -> bool:
        return kind_of(value) == kind

    def partly(value: Value) -> Value:
        return kind_of(value) == kind if kind_of(value) else OPEN

    return Builtin(function, (ANY,), "boolean", total=True, partly=partly)


def _type_name(value: Value) -> Value:
    return kind_of(value) or OPEN


BUILTINS = {
    "equal": _of_two(_equal),
    "neq": _of_two(_unequal),
    "lt": _at_bound(False, -1),
    "gt": _at_bound(False, 1),
    "lte": _at_bound(True, -1),
    "gte": _at_bound(True, 1),
    "internal.member_2": _of_two(member),
    "internal.member_3": Builtin(_member_with_key, (ANY, ANY, ANY), "boolean", total=True, partly=_member_with_key),
    "type_name": Builtin(_type_name, (ANY,), "string", total=True, partly=_type_name),
    **{f"is_{kind}": _is(kind) for kind in ("array", "boolean", "null", "number", "object", "set", "string")},
    # Printing is off in Gatekeeper; the expression holds.
    "print": Builtin(lambda _: True, (ANY,), "boolean", total=True, partly=lambda _: True),
    "trace": Builtin(lambda _: True, (("string",),), "boolean", total=True, partly=lambda _: True),
}
