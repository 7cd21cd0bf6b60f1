"""What is said of values that may be unknown is what holds for every value that they may be."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from azext_aksinvokefix.policy.rego.compare import Answer, at_least_different, both, order, same, sorted_values
from azext_aksinvokefix.policy.rego.errors import RefusedError
from azext_aksinvokefix.policy.rego.values import (
    Hole,
    Number,
    Object,
    OpenArray,
    Set,
    Text,
    Unknown,
    Value,
    any_text,
    fields_of,
    of_json,
)
from tests.unit.policy.rego.possible import VALUES, named, number


def others(name: str) -> list[tuple[str, Value, list[Any]]]:
    """The other values with what the two may come to."""
    return [(other, *VALUES[other]) for other in VALUES if other != name]


@pytest.mark.parametrize("name", VALUES)
def test_two_values_are_the_same_or_not_where_all_that_they_may_be_are(name: str) -> None:
    value, possible = VALUES[name]
    wrong = []
    for other, another, choices in others(name):
        answers = {of_json(one) == of_json(two) for one, two in itertools.product(possible, choices)}
        found = same(value, another)
        fields = fields_of(value) | fields_of(another)
        as_wanted = (
            found is answers.pop()
            if len(answers) == 1
            else not isinstance(found, bool) and bool(found) and found <= fields
        )
        wrong += [] if as_wanted else [(other, found)]

    assert wrong == []


@pytest.mark.parametrize("name", VALUES)
def test_an_order_is_sure_where_it_is_that_of_all_that_two_values_may_be(name: str) -> None:
    value, possible = VALUES[name]
    wrong = []
    for other, another, choices in others(name):
        orders = {_order(one, two) for one, two in itertools.product(possible, choices)}
        found = order(value, another)
        if isinstance(found, int):
            as_wanted = orders == {found}
        else:
            # Of what is not known only types and numbers are put in order.
            is_open = len(orders) > 1 or not isinstance(value, (Number, Unknown))
            as_wanted = is_open and found == fields_of(value) | fields_of(another)
        wrong += [] if as_wanted else [(other, found)]

    assert wrong == []


_RANKS: list[type] = [type(None), bool, int, str, list, dict]


def _order(left: Any, right: Any) -> int:
    """Of values as JSON has them, by Python's own order."""
    ranks = _RANKS.index(type(left)), _RANKS.index(type(right))
    if ranks[0] != ranks[1] or left is None:
        return (ranks[0] > ranks[1]) - (ranks[0] < ranks[1])
    if isinstance(left, dict):
        left, right = (sorted(each.items()) for each in (left, right))
    return int(left > right) - int(left < right)


def test_sets_and_open_arrays_are_never_the_same_for_sure_and_differ_by_a_member_without_a_twin() -> None:
    open_set = Set((Number(1),), ((Number(2), named("members")),))
    open_array = OpenArray(("a",), (("b", named("members")),))

    assert same(open_set, Set((Number(1),))) == named("members")
    assert same(open_set, Set((Number(1), Number(2)))) == named("members")
    assert same(open_set, Set((Number(2),))) is False
    assert same(open_set, Set((Number(1), Number(3)))) is False
    assert same(Set((Number(1), Number(3))), open_set) is False
    assert same(open_array, ("a",)) == named("members")
    assert same(open_array, ("a", "b")) == named("members")
    assert same(open_array, ("b",)) is False
    assert same(("a", "c"), open_array) is False


def test_an_object_with_keys_that_are_not_known_may_be_any_other() -> None:
    some = Object({"a": Number(1)}, Unknown(named("more"), "object"))

    assert same(some, Object({"a": Number(1)})) == named("more")
    assert same(Object({}), some) == named("more")
    assert same(some, "a") is False


def test_an_unknown_value_is_itself_and_no_other_reading_of_it() -> None:
    value, flag = number(1, 3), Unknown(named("flag"))

    assert same(value, value) is True
    assert same(value, number(1, 3)) == named("number")
    assert same(flag, Unknown(named("flag"))) == named("flag")
    assert same(any_text(named("a")), Text((Hole(named("a")),))) == named("a")


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (True, True, True),
        (True, False, False),
        (False, named("a"), False),
        (named("a"), False, False),
        (True, named("a"), named("a")),
        (named("a"), True, named("a")),
        (named("a"), named("b"), frozenset({"a", "b"})),
    ],
)
def test_two_answers_together(first: Answer, second: Answer, together: Answer) -> None:
    assert both(first, second) == together


@pytest.mark.parametrize("value", [None, True, 1, "a", [], [1, [2]], {}, {"a": [1]}])
def test_equal_values_have_no_order(value: Any) -> None:
    assert order(of_json(value), of_json(value)) == 0
    assert order(Set((of_json(value),)), Set((of_json(value),))) == 0


def test_known_values_are_sorted_and_unknown_ones_are_not() -> None:
    values: tuple[Any, ...] = ({}, [2], [1, 9], [1], "b", "a", 3, 1, True, False, None)
    known = [of_json(value) for value in values]
    sets = [Set((Number(2),)), Set((Number(1), Number(3))), Set((Number(1),))]

    assert sorted_values([*sets, *known]) == [*reversed(known), *reversed(sets)]
    with pytest.raises(RefusedError, match="the order of unknown values"):
        sorted_values([number(1, 3), Number(2)])


def test_values_that_may_be_equal_count_once() -> None:
    assert at_least_different(()) == 0
    assert at_least_different(("a", "b", "a")) == 2
    assert at_least_different(("a", any_text(named("a")))) == 1
    assert at_least_different((Number(7), number(1, 3), number(2, 4), number(5, 6))) == 3
