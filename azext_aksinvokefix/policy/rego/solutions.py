"""Ways to satisfy a body, and what several of them say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from azext_aksinvokefix.policy.rego.compare import Answer, same
from azext_aksinvokefix.policy.rego.values import NONE, Fields, Unknown, Value, any_text, fields_of, kind_of

#: A value and what it rests on that it is defined.
Found = tuple[Value, Fields]


class Solution(NamedTuple):
    values: Mapping[str, Value]
    fields: Fields = NONE

    def bound(self, name: str, value: Value) -> Solution:
        return Solution({**self.values, name: value}, self.fields)

    def resting_on(self, fields: Fields) -> Solution:
        return Solution(self.values, self.fields | fields) if fields else self


def truth(value: Value) -> Answer:
    """Whether an expression with this value holds: everything but false does."""
    if isinstance(value, Unknown) and value.kind in ("", "boolean"):
        return value.fields
    return value is not False


def satisfied(answer: Answer, solution: Solution) -> list[Solution]:
    if isinstance(answer, bool):
        return [solution] if answer else []
    return [solution.resting_on(answer)]


def opposite(answer: Answer) -> Answer:
    return not answer if isinstance(answer, bool) else answer


def any_of(solutions: Iterable[Solution]) -> Answer:
    """Whether there is a solution: for certain, for certain not, or resting on fields."""
    fields = NONE
    for solution in solutions:
        if not solution.fields:
            return True
        fields |= solution.fields
    return fields or False


def one_of(found: list[Found]) -> Value:
    """A value that is one of several, which of them resting on fields."""
    value = found[0][0]
    if all(same(value, other) is True or value is other for other, _ in found[1:]):
        return value
    fields = NONE.union(*(rests | fields_of(value) for value, rests in found))
    kinds = {kind_of(value) for value, _ in found}
    if kinds == {"string"}:
        return any_text(fields)
    return Unknown(fields, kinds.pop() if len(kinds) == 1 else "")
