"""Values of which parts are unknown, each with all that it may be."""

from __future__ import annotations

from typing import Any

from azext_aksinvokefix.policy.rego.values import (
    Hole,
    Maybe,
    Number,
    Object,
    OpenArray,
    Set,
    Text,
    Unknown,
    Value,
    of_json,
)


def named(field: str) -> frozenset[str]:
    return frozenset({field})


def hole(alphabet: str, least: int, most: int) -> Hole:
    return Hole(named("text"), "?", alphabet, least, most)


def number(least: int | None = None, most: int | None = None) -> Unknown:
    return Unknown(named("number"), "number", least, most)


#: Each value with all that it may be.
VALUES: dict[str, tuple[Value, list[Any]]] = {
    "null": (None, [None]),
    "true": (True, [True]),
    "one": (Number(1), [1]),
    "four": (Number(4), [4]),
    "1 to 3": (number(1, 3), [1, 2, 3]),
    "3 to 4": (number(3, 4), [3, 4]),
    "4 to 6": (number(4, 6), [4, 5, 6]),
    "a truth value": (Unknown(named("flag"), "boolean"), [True, False]),
    "x": ("x", ["x"]),
    "xa": ("xa", ["xa"]),
    "xbb": ("xbb", ["xbb"]),
    "x0y": ("x0y", ["x0y"]),
    "0y": ("0y", ["0y"]),
    "xaab": ("xaab", ["xaab"]),
    "xcyz": ("xcyz", ["xcyz"]),
    "x[ab]yz": (Text(("x", hole("ab", 1, 1), "yz")), ["xayz", "xbyz"]),
    "x…yz": (Text(("x", Hole(named("text")), "yz")), ["xyz", "xayz", "xbyz", "xcyz", "x yz"]),
    "x[ab]": (Text(("x", hole("ab", 1, 2))), ["xa", "xb", "xaa", "xab", "xba", "xbb"]),
    "[ab]y": (Text((hole("ab", 1, 1), "y")), ["ay", "by"]),
    "x[0]?y": (Text(("x", hole("0", 0, 1), "y")), ["xy", "x0y"]),
    "no members": ((), [[]]),
    "[1]": ((Number(1),), [[1]]),
    "[1, 2]": ((Number(1), Number(2)), [[1, 2]]),
    "[1, 1 to 3]": ((Number(1), number(1, 3)), [[1, 1], [1, 2], [1, 3]]),
    "[2, 1 to 3]": ((Number(2), number(1, 3)), [[2, 1], [2, 2], [2, 3]]),
    "{}": (Object({}), [{}]),
    "{a: 1}": (Object({"a": Number(1)}), [{"a": 1}]),
    "{a: 2, b: 1}": (Object({"a": Number(2), "b": Number(1)}), [{"a": 2, "b": 1}]),
    "{a: 1 to 3}": (Object({"a": number(1, 3)}), [{"a": 1}, {"a": 2}, {"a": 3}]),
    "{a?: 1}": (Object({"a": Maybe(Number(1), named("a"))}), [{}, {"a": 1}]),
    "{a?: 1 to 3}": (Object({"a": Maybe(number(1, 3), named("a"))}), [{}, {"a": 1}, {"a": 2}, {"a": 3}]),
    "{a?: 2}": (Object({"a": Maybe(Number(2), named("a2"))}), [{}, {"a": 2}]),
    "{a?: 9, b: 1}": (Object({"a": Maybe(Number(9), named("a")), "b": Number(1)}), [{"b": 1}, {"a": 9, "b": 1}]),
}

OPEN_MEMBERS: dict[str, tuple[Value, list[Any]]] = {
    "set()": (Set(), [set()]),
    "{1, x}": (Set((Number(1), "x")), [{1, "x"}]),
    "{1, 2?}": (Set((Number(1),), ((Number(2), named("members")),)), [{1}, {1, 2}]),
    "{x, x[ab]}": (Set(("x", Text(("x", hole("ab", 1, 1))))), [{"x", "xa"}, {"x", "xb"}]),
    "[x, y?]": (OpenArray(("x",), (("y", named("members")),)), [["x"], ["x", "y"]]),
    "[x, x[ab]]": (("x", Text(("x", hole("ab", 1, 1)))), [["x", "xa"], ["x", "xb"]]),
    "[true, flag]": ((True, Unknown(named("flag"), "boolean")), [[True, True], [True, False]]),
    "[false?]": (OpenArray((), ((False, named("members")),)), [[], [False]]),
}


def value_of(possible: Any) -> Value:
    """One of the possible values, as the evaluator has it."""
    return Set(map(value_of, possible)) if isinstance(possible, set) else of_json(possible)
