"""Arithmetic: whole numbers exactly, others with the 64 bits that OPA gives them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import reduce
from math import ceil, floor

from azext_aksinvokefix.policy.rego.builtins.comparison import member
from azext_aksinvokefix.policy.rego.builtins.table import MEMBERS, NUMBER, OPEN, Builtin
from azext_aksinvokefix.policy.rego.compare import compare_known, sorted_values
from azext_aksinvokefix.policy.rego.errors import BuiltinError, RefusedError
from azext_aksinvokefix.policy.rego.values import Number, Set, Value, fields_of

_BITS, _MOST_DIGITS, _LONGEST_RANGE, _MOST_BITS = 64, 21, 10_000, 4096
Exact = Callable[[Fraction, Fraction], Fraction]


def rounded(exact: Fraction) -> Fraction:
    """To a mantissa of 64 bits, ties to even."""
    if not exact:
        return exact
    shift = exact.numerator.bit_length() - exact.denominator.bit_length() - _BITS
    scaled = exact / Fraction(2) ** shift
    if abs(scaled) >= 1 << _BITS:
        shift, scaled = shift + 1, scaled / 2
    return Fraction(round(scaled)) * Fraction(2) ** shift


def _of_float(exact: Fraction) -> Number:
    """The number whose text OPA goes on with: the shortest that rounds to the same 64 bits."""
    found = rounded(exact)
    if found.denominator == 1:
        return Number(found)
    for digits in range(1, _MOST_DIGITS + 1):
        context = Context(prec=digits, rounding=ROUND_HALF_EVEN)
        short = Fraction(context.divide(Decimal(found.numerator), Decimal(found.denominator)))
        if rounded(short) == found:
            return Number(short)
    return Number(found)


def arithmetic(operation: Exact, left: Number, right: Number) -> Number:
    first, second = Fraction(left.value), Fraction(right.value)
    whole = first.denominator == 1 and second.denominator == 1
    return _checked(operation(first, second)) if whole else _of_float(operation(rounded(first), rounded(second)))


def _checked(value: Fraction) -> Number:
    if value.numerator.bit_length() > _MOST_BITS:
        raise RefusedError("its numbers grow too large")
    return Number(value)


def _divide(left: Number, right: Number) -> Number:
    if not right.value:
        raise BuiltinError
    return _of_float(rounded(Fraction(left.value)) / rounded(Fraction(right.value)))


def _remainder(left: Number, right: Number) -> Number:
    if not isinstance(left.value, int) or not isinstance(right.value, int) or not right.value:
        raise BuiltinError
    rest = abs(left.value) % abs(right.value)
    return Number(-rest if left.value < 0 else rest)


def minus(left: Value, right: Value) -> Value:
    """The difference of two numbers or of two sets."""
    if isinstance(left, Number) and isinstance(right, Number):
        return arithmetic(lambda a, b: a - b, left, right)
    if isinstance(left, Set) and isinstance(right, Set):
        return Set(item for item in left.sure if not right.holds(item))
    raise BuiltinError


def _minus_partly(left: Value, right: Value) -> Value:
    if not isinstance(left, Set) or not isinstance(right, Set):
        return OPEN
    sure, maybe = [], []
    for item, fields in left.entries():
        taken = member(item, right)
        if taken is True:
            continue
        rests = fields | (fields_of(taken) if taken is not False else frozenset())
        if rests:
            maybe.append((item, rests))
        else:
            sure.append(item)
    return Set(sure, maybe)


def _absolute(value: Number) -> Number:
    return Number(abs(Fraction(value.value)))


def _round(value: Number) -> Number:
    half = Fraction(1, 2)
    return Number(floor(value.value + half) if value.value >= 0 else -floor(-value.value + half))


def _numbers(members: Value) -> list[Number]:
    found = list(members) if isinstance(members, tuple) else sorted_values(members.sure)
    if not all(isinstance(item, Number) for item in found):
        raise BuiltinError
    return found


def _folded(operation: Exact, start: int) -> Builtin:
    def function(members: Value) -> Number:
        return reduce(lambda total, item: arithmetic(operation, total, item), _numbers(members), Number(start))

    return Builtin(function, (MEMBERS,), "number")


def _largest(members: Value) -> Value:
    return reduce(lambda best, item: item if compare_known(best, item) <= 0 else best, _some(members))


def _smallest(members: Value) -> Value:
    items = _some(members)
    if isinstance(members, Set):
        # OPA starts with null and takes it for "nothing yet".
        items = [item for item in items if item is not None] or items
    return reduce(lambda best, item: item if compare_known(best, item) >= 0 else best, items)


def _some(members: Value) -> list[Value]:
    items = list(members) if isinstance(members, tuple) else sorted_values(members.sure)
    if not items:
        raise BuiltinError
    return items


def _range(first: Number, last: Number) -> Value:
    if not isinstance(first.value, int) or not isinstance(last.value, int):
        raise BuiltinError
    if abs(first.value - last.value) > _LONGEST_RANGE:
        raise RefusedError("it counts over too many numbers")
    step = 1 if first.value <= last.value else -1
    return tuple(map(Number, range(first.value, last.value + step, step)))


def _one(function: Callable[[Number], Number]) -> Builtin:
    return Builtin(function, (NUMBER,), "number", total=True)


_BOTH = (NUMBER, NUMBER)
BUILTINS = {
    "plus": Builtin(lambda a, b: arithmetic(lambda x, y: x + y, a, b), _BOTH, "number", total=True),
    "minus": Builtin(minus, (("number", "set"), ("number", "set")), "", partly=_minus_partly),
    "mul": Builtin(lambda a, b: arithmetic(lambda x, y: x * y, a, b), _BOTH, "number", total=True),
    "div": Builtin(_divide, _BOTH, "number"),
    "rem": Builtin(_remainder, _BOTH, "number"),
    "abs": _one(_absolute),
    "round": _one(_round),
    "ceil": _one(lambda value: Number(ceil(value.value))),
    "floor": _one(lambda value: Number(floor(value.value))),
    "sum": _folded(lambda a, b: a + b, 0),
    "product": _folded(lambda a, b: a * b, 1),
    "max": Builtin(_largest, (MEMBERS,), ""),
    "min": Builtin(_smallest, (MEMBERS,), ""),
    "numbers.range": Builtin(_range, _BOTH, "array"),
}
