"""Bodies, terms and references over a document of which parts are unknown.

A ``Solution`` is one way to satisfy a body, with the fields that it rests on: with none it exists whatever the unknown
fields hold; with some it stands for any number of solutions, none included. Every way there may be is kept, so where
none is left the body fails for certain. Nothing else makes an answer sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from azext_aksinvokefix.policy.rego.compare import Answer, both, same, sorted_values
from azext_aksinvokefix.policy.rego.errors import RefusedError
from azext_aksinvokefix.policy.rego.lookup import any_member, at
from azext_aksinvokefix.policy.rego.names import INPUT, INVENTORY, Path
from azext_aksinvokefix.policy.rego.solutions import Found, Solution, any_of, opposite, satisfied, truth
from azext_aksinvokefix.policy.rego.steps import Bind, Check, Each, Gather, Invoke, Step, Steps, Stop
from azext_aksinvokefix.policy.rego.syntax import (
    ARRAY,
    OBJECT,
    SET,
    Collection,
    Constant,
    Document,
    Pairs,
    Ref,
    Term,
    Var,
)
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

_DEEPEST = 30


class Documents(Protocol):
    """The rules that a body may name."""

    def document(self, path: Path) -> Found | None: ...

    def call(self, path: Path, arguments: tuple[Value, ...]) -> Found | None: ...


class Budget:  # pylint: disable=too-few-public-methods
    """How many steps may still be taken."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        self.left -= steps
        if self.left < 0:
            raise RefusedError("its evaluation takes too long")


class Bodies:
    """``may_fail``: the fields for which the evaluation itself may end in an error."""

    def __init__(self, documents: Documents, document: Value, budget: Budget) -> None:
        self._documents, self._input, self.budget = documents, document, budget
        self._depth = self._unordered = 0
        self.may_fail: Fields = NONE

    def run(self, steps: Steps, start: Solution) -> list[Solution]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise RefusedError("its rules are nested too deeply")
        solutions = [start]
        try:
            for step in steps:
                self.budget.spend(len(solutions))
                solutions = [found for solution in solutions for found in self._step(step, solution)]
                if not solutions:
                    break
        finally:
            self._depth -= 1
        return solutions

    def _step(self, step: Step, solution: Solution) -> Iterable[Solution]:
        if isinstance(step, Each):
            return satisfied(self._each(step, solution), solution)
        if isinstance(step, Stop):
            raise RefusedError(step.why)
        if not step.negated:
            return self._positive(step, solution)
        found = self._positive(step, Solution(solution.values))
        return satisfied(opposite(any_of(found)), solution)

    def _positive(self, step: Bind | Invoke | Check, solution: Solution) -> Iterable[Solution]:
        if isinstance(step, Bind):
            return self._bind(step, solution)
        if isinstance(step, Invoke):
            return self._invoke(step, solution)
        return [found for value, after in self._values(step.term, solution) for found in satisfied(truth(value), after)]

    def _bind(self, step: Bind, solution: Solution) -> list[Solution]:
        known, pattern = (step.left, step.right) if self._is_known(step.left, solution) else (step.right, step.left)
        return [found for value, after in self._values(known, solution) for found in self._unify(value, pattern, after)]

    def _is_known(self, term: Any, solution: Solution) -> bool:
        if isinstance(term, Var):
            return term.name in solution.values
        if isinstance(term, Collection):
            return all(self._is_known(item, solution) for item in term.items)
        if isinstance(term, Pairs):
            return all(self._is_known(part, solution) for pair in term.items for part in pair)
        return not (isinstance(term, Ref) and isinstance(term.head, Var)) or term.head.name in solution.values

    def _unify(self, value: Value, pattern: Any, solution: Solution) -> list[Solution]:
        if isinstance(pattern, Var) and pattern.name not in solution.values:
            return [solution.bound(pattern.name, value)]
        if self._is_known(pattern, solution):
            return [
                found
                for other, after in self._values(pattern, solution)
                for found in satisfied(same(value, other), after)
            ]
        if isinstance(pattern, Collection) and pattern.kind == ARRAY:
            return self._unify_array(value, pattern, solution)
        if isinstance(pattern, Pairs):
            return self._unify_object(value, pattern, solution)
        raise RefusedError("it takes a set apart")

    def _unify_array(self, value: Value, pattern: Collection, solution: Solution) -> list[Solution]:
        if isinstance(value, tuple):
            members = [(item, NONE) for item in value]
            return self.unify_all(members, pattern.items, solution) if len(value) == len(pattern.items) else []
        if kind_of(value) in ("", ARRAY):
            fields = fields_of(value)
            opened = [(item, fields) for _ in pattern.items for item in [any_member(value)]]
            return self.unify_all(opened, pattern.items, solution)
        return []

    def _unify_object(self, value: Value, pattern: Pairs, solution: Solution) -> list[Solution]:
        if isinstance(value, Unknown) and value.kind in ("", OBJECT):
            opened = [(value.member(), value.fields) for _ in pattern.items]
            return self.unify_all(opened, [item for _, item in pattern.items], solution)
        if not isinstance(value, Object):
            return []
        keys = [self.built(key, solution) for key, _ in pattern.items]
        if any(map(fields_of, keys)) or not value.settled:
            raise RefusedError("it takes an object with unknown keys apart")
        entries = {key: (item, fields) for key, item, fields in value.entries()}
        more = NONE.union(*(fields for key, (_, fields) in entries.items() if key not in keys))
        if any(key not in entries for key in keys) or any(not entries[key][1] for key in entries if key not in keys):
            return []
        found = self.unify_all([entries[key] for key in keys], [item for _, item in pattern.items], solution)
        return [after.resting_on(more) for after in found]

    def unify_all(self, values: Iterable[Found], patterns: Iterable[Any], solution: Solution) -> list[Solution]:
        solutions = [solution]
        for (value, fields), pattern in zip(values, patterns):
            solutions = [
                found for before in solutions for found in self._unify(value, pattern, before.resting_on(fields))
            ]
        return solutions

    def _invoke(self, step: Invoke, solution: Solution) -> list[Solution]:
        arguments = tuple(self.built(argument, solution) for argument in step.arguments)
        found = self._documents.call(step.path, arguments)
        if found is None:
            return []
        value, fields = found
        if step.result:
            return [solution.bound(step.result.name, value).resting_on(fields)]
        return satisfied(truth(value), solution.resting_on(fields))

    def _each(self, every: Each, solution: Solution) -> Answer:
        domain = solution.values[every.domain.name]
        if kind_of(domain) not in ("", ARRAY, SET, OBJECT):
            raise RefusedError("its `every` iterates over something that is not a collection")
        answer: Answer = True
        for key, value, fields in self.entries(domain):
            names = {every.value: value, **({every.key: key} if every.key else {})}
            holds = any_of(self.run(every.steps, Solution({**solution.values, **names})))
            if fields and holds is not True:
                holds = fields if holds is False else fields | holds
            answer = both(answer, holds)
        return answer

    # Terms

    def _values(self, term: Any, solution: Solution) -> Iterator[tuple[Value, Solution]]:
        """The values that a term can have, each with the variables bound on the way."""
        if isinstance(term, Ref):
            yield from self._walk(term, solution)
        elif isinstance(term, Gather):
            yield self._gathered(term, solution), solution
        else:
            yield self.built(term, solution), solution

    def built(self, term: Term, solution: Solution) -> Value:
        if isinstance(term, Constant):
            return term.value
        if isinstance(term, Var):
            return solution.values[term.name]
        if isinstance(term, Collection):
            items = [self.built(item, solution) for item in term.items]
            return tuple(items) if term.kind == ARRAY else Set(items)
        if isinstance(term, Pairs):
            pairs = [(self.built(key, solution), self.built(item, solution)) for key, item in term.items]
            return self.object([(key, item, NONE) for key, item in pairs])
        raise RefusedError("a term that is not simple")

    def _gathered(self, gather: Gather, solution: Solution) -> Value:
        unordered = self._unordered
        found = self.run(gather.steps, Solution(solution.values))
        items = [(self.built(gather.value, one), one.fields) for one in found]
        if gather.kind == OBJECT and gather.key is not None:
            keys = [self.built(gather.key, one) for one in found]
            return self.object([(key, item, fields) for key, (item, fields) in zip(keys, items)])
        if gather.kind == ARRAY and self._unordered == unordered and not any(fields for _, fields in items):
            return tuple(item for item, _ in items)
        sure = [item for item, fields in items if not fields]
        maybe = [(item, fields) for item, fields in items if fields]
        return (Set if gather.kind == SET else OpenArray)(sure, maybe)

    def object(self, entries: list[tuple[Value, Value, Fields]]) -> Value:
        """An object; two values for one key are an error, which may end the evaluation."""
        fields = NONE.union(*(fields_of(key) for key, _, _ in entries))
        if fields:
            fields = fields.union(*(fields_of(item) | rests for _, item, rests in entries))
            self.may_fail |= fields
            return Unknown(fields, OBJECT)
        found: dict[Value, Value] = {}
        for key, item, rests in entries:
            found[key] = self._joined(found[key], item, rests) if key in found else _entry(item, rests)
        return Object(found)

    def _joined(self, before: Value, item: Value, rests: Fields) -> Value:
        value, maybe = (before.value, before.fields) if isinstance(before, Maybe) else (before, NONE)
        alike = same(value, item)
        if alike is False and not rests and not maybe:
            raise RefusedError("its rules contradict one another for this pod")
        if alike is not True:
            fields = rests | maybe | (alike or NONE)
            self.may_fail |= fields
            value = Unknown(fields | fields_of(value) | fields_of(item))
        return _entry(value, rests | maybe if rests and maybe else NONE)

    # References

    def _walk(self, ref: Ref, solution: Solution) -> list[tuple[Value, Solution]]:
        found = self._head(ref.head, solution)
        if found is None:
            return []
        reached = [(found[0], solution.resting_on(found[1]))]
        for part in ref.path:
            reached = [hit for value, before in reached for hit in self._select(value, part, before)]
            self.budget.spend(len(reached))
        return reached

    def _head(self, head: Term, solution: Solution) -> Found | None:
        if isinstance(head, Var):
            return solution.values[head.name], NONE
        path = head.path if isinstance(head, Document) else ()
        if path == INPUT:
            return self._input, NONE
        if path == INVENTORY:
            fields = outside("data.inventory")
            return Unknown(fields), fields
        return self._documents.document(path)

    def _select(self, value: Value, part: Any, solution: Solution) -> list[tuple[Value, Solution]]:
        if self._is_known(part, solution):
            key = self.built(part, solution)
            return [(item, solution.resting_on(fields)) for item, fields in at(value, key)]
        return [
            (item, after)
            for key, item, fields in self.entries(value)
            for after in self._unify(key, part, solution.resting_on(fields))
        ]

    def entries(self, value: Value) -> Iterator[tuple[Value, Value, Fields]]:
        """Keys and values in OPA's order, which is sorted; what has no known order is counted."""
        if isinstance(value, tuple):
            yield from ((Number(index), item, NONE) for index, item in enumerate(value))
        elif isinstance(value, Unknown):
            if value.kind in ("", ARRAY, SET, OBJECT):
                self._unordered += 1
                yield value.key(), value.member(), value.fields
        elif isinstance(value, OpenArray):
            self._unordered += 1
            yield from ((Unknown(value.fields, "number"), item, fields) for item, fields in value.entries())
        elif isinstance(value, Object):
            order_of = {key: at for at, key in enumerate(self._sorted(value.items))}
            self._unordered += not value.settled
            yield from sorted(value.entries(), key=lambda entry: order_of.get(entry[0], len(order_of)))
        elif isinstance(value, Set):
            members = value.entries() if value.fields else ((item, NONE) for item in self._sorted(value.sure))
            self._unordered += bool(value.fields)
            yield from ((item, item, fields) for item, fields in members)

    def _sorted(self, values: Iterable[Value]) -> list[Value]:
        values = list(values)
        if any(map(fields_of, values)):
            self._unordered += 1
            return values
        return sorted_values(values)


def _entry(value: Value, fields: Fields) -> Value:
    return Maybe(value, fields) if fields else value
