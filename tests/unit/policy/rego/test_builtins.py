"""What a builtin function answers to values that may be unknown holds for every value that they may be."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from azext_aksinvokefix.policy.rego.builtins import BUILTINS, call
from azext_aksinvokefix.policy.rego.compare import same
from azext_aksinvokefix.policy.rego.errors import RefusedError
from azext_aksinvokefix.policy.rego.values import fields_of, kind_of
from tests.unit.policy.rego.possible import OPEN_MEMBERS, VALUES, value_of

ALL = {**VALUES, **OPEN_MEMBERS, "%v and %q": ("%v and %q", ["%v and %q"])}


#: Of these the answer is also sure wherever it is the same for every value.
EXACT = frozenset(
    """
    abs all and any array.concat array.reverse cast_set ceil count equal floor internal.member_2 is_array is_boolean
    is_null is_number is_object is_set is_string lower neq object.keys or print round sort trace type_name upper
    """.split()
)
#: More lists of arguments than these tell nothing new, and take time.
MOST = 1500


def argument_lists(name: str) -> list[tuple[str, ...]]:
    """Lists of arguments that the builtin takes, each value once and one of them unknown."""
    builtin = BUILTINS[name]
    fitting = [
        [each for each, (value, _) in ALL.items() if builtin.takes(at, kind_of(value))]
        for at in range(len(builtin.kinds))
    ]
    lists = [names for names in itertools.product(*fitting) if len(set(names)) == len(names)]
    unknown = [names for names in lists if any(fields_of(ALL[each][0]) for each in names)]
    return unknown[:: len(unknown) // MOST + 1]


def outcomes(name: str, names: tuple[str, ...]) -> list[Any]:
    """What the builtin comes to for each choice of what the arguments may be: a value in a tuple, or nothing."""
    choices = itertools.product(*(ALL[each][1] for each in names))
    found = [call(name, tuple(map(value_of, choice)))[0] for choice in choices]
    return [outcome and outcome[:1] for outcome in found]


def wrong_in(name: str, names: tuple[str, ...]) -> str:
    arguments = tuple(ALL[each][0] for each in names)
    try:
        every = outcomes(name, names)
        found = call(name, arguments)[0]
    except RefusedError:
        return ""
    if found is None:
        return "" if every == [None] * len(every) else "it is not said to be defined"
    value, rests = found
    if not (fields_of(value) | rests) <= frozenset().union(*map(fields_of, arguments)):
        return "it rests on what was not asked"
    if None in every and not rests:
        return "it is said to be defined"
    if any(same(value, outcome[0]) is False for outcome in every if outcome):
        return f"it is said to be {value}"
    is_sure = not rests and same(value, every[0][0]) is True if every[0] else False
    return "it is sure" if name in EXACT and len(set(every)) == 1 and not is_sure else ""


@pytest.mark.parametrize("name", BUILTINS)
def test_an_answer_holds_for_all_that_the_arguments_may_be(name: str) -> None:
    wrong = [(names, why) for names in argument_lists(name) if (why := wrong_in(name, names))]

    assert wrong == []


def test_every_builtin_is_asked() -> None:
    assert [name for name in BUILTINS if not argument_lists(name)] == []
    assert set(BUILTINS) >= EXACT
