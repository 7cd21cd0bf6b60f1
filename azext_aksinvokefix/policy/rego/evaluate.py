"""Bodies, references and rules over a document of which parts are unknown.

A ``Solution`` is one way to satisfy a body, with the fields that it rests on: with none it exists whatever the unknown
fields hold; with some it stands for any number of solutions, none included. Every way there may be is kept, so where
none is left the body fails for certain. Nothing else makes an answer sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .builtins import call as call_builtin
from .compare import Answer, both, order, same, sorted_values
from .errors import RefusedError
from .names import INPUT, INVENTORY, Path
from .plan import Bind, Check, Each, Gather, Invoke, Planned, Step, Steps, Stop, plan
from .syntax import (
    ARRAY,
    COMPLETE,
    FUNCTION,
    OBJECT,
    PARTIAL_SET,
    SET,
    Collection,
    Constant,
    Document,
    Pairs,
    Ref,
    Rule,
    Term,
    Var,
)
from .values import (
    NONE,
    Fields,
    Maybe,
    Number,
    Object,
    OpenArray,
    Set,
    Unknown,
    Value,
    any_text,
    fields_of,
    kind_of,
    outside,
)

_MOST_STEPS, _DEEPEST = 60_000, 30
#: A value and what it rests on that it is defined.
Found = tuple[Value, Fields]


class Solution(NamedTuple):
    values: Mapping[str, Value]
    fields: Fields = NONE

    def bound(self, name: str, value: Value) -> Solution:
        return Solution({**self.values, name: value}, self.fields)

    def resting_on(self, fields: Fields) -> Solution:
        return Solution(self.values, self.fields | fields) if fields else self


class Evaluator:
    """One template over one document. ``may_fail``: the fields for which evaluation itself may end in an error."""

    def __init__(self, rules: Mapping[Path, list[Rule]], document: Value, plans: dict[int, Planned]) -> None:
        self._rules, self._document, self._plans = rules, document, plans
        self._documents: dict[Path, Found | None] = {}
        self._calls: dict[tuple[Path, tuple[Value, ...]], Found | None] = {}
        self._left, self._depth, self._unordered = _MOST_STEPS, 0, 0
        self.may_fail: Fields = NONE

    def _spend(self, steps: int = 1) -> None:
        self._left -= steps
        if self._left < 0:
            raise RefusedError("its evaluation takes too long")

    # Bodies

    def run(self, steps: Steps, start: Solution) -> list[Solution]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise RefusedError("its rules are nested too deeply")
        solutions = [start]
        try:
            for step in steps:
                self._spend(len(solutions))
                solutions = [found for solution in solutions for found in self._step(step, solution)]
                if not solutions:
                    break
        finally:
            self._depth -= 1
        return solutions

    def _step(self, step: Step, solution: Solution) -> Iterable[Solution]:
        if isinstance(step, Each):
            return _if(self._each(step, solution), solution)
        if isinstance(step, Stop):
            raise RefusedError(step.why)
        if not step.negated:
            return self._positive(step, solution)
        found = self._positive(step, Solution(solution.values))
        return _if(_not(_any(found)), solution)

    def _positive(self, step: Bind | Invoke | Check, solution: Solution) -> Iterable[Solution]:
        if isinstance(step, Bind):
            return self._bind(step, solution)
        if isinstance(step, Invoke):
            return self._invoke(step, solution)
        return [found for value, after in self._values(step.term, solution) for found in _if(truth(value), after)]

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
                found for other, after in self._values(pattern, solution) for found in _if(same(value, other), after)
            ]
        if isinstance(pattern, Collection) and pattern.kind == ARRAY:
            return self._unify_array(value, pattern, solution)
        if isinstance(pattern, Pairs):
            return self._unify_object(value, pattern, solution)
        raise RefusedError("it takes a set apart")

    def _unify_array(self, value: Value, pattern: Collection, solution: Solution) -> list[Solution]:
        if isinstance(value, tuple):
            members = [(item, NONE) for item in value]
            return self._unify_all(members, pattern.items, solution) if len(value) == len(pattern.items) else []
        if kind_of(value) in ("", ARRAY):
            fields = fields_of(value)
            opened = [(item, fields) for _ in pattern.items for item in [_member_of(value)]]
            return self._unify_all(opened, pattern.items, solution)
        return []

    def _unify_object(self, value: Value, pattern: Pairs, solution: Solution) -> list[Solution]:
        if isinstance(value, Unknown) and value.kind in ("", OBJECT):
            opened = [(value.member(), value.fields) for _ in pattern.items]
            return self._unify_all(opened, [item for _, item in pattern.items], solution)
        if not isinstance(value, Object):
            return []
        keys = [self._built(key, solution) for key, _ in pattern.items]
        if any(map(fields_of, (*keys, *value.items))):
            raise RefusedError("it takes an object with unknown keys apart")
        entries = {key: (item, fields) for key, item, fields in value.entries()}
        more = NONE.union(*(fields for key, (_, fields) in entries.items() if key not in keys))
        if any(key not in entries for key in keys) or any(not entries[key][1] for key in entries if key not in keys):
            return []
        found = self._unify_all([entries[key] for key in keys], [item for _, item in pattern.items], solution)
        return [after.resting_on(more) for after in found]

    def _unify_all(self, values: Iterable[Found], patterns: Iterable[Any], solution: Solution) -> list[Solution]:
        solutions = [solution]
        for (value, fields), pattern in zip(values, patterns):
            solutions = [
                found for before in solutions for found in self._unify(value, pattern, before.resting_on(fields))
            ]
        return solutions

    def _invoke(self, step: Invoke, solution: Solution) -> list[Solution]:
        arguments = tuple(self._built(argument, solution) for argument in step.arguments)
        found = self.call(step.path, arguments)
        if found is None:
            return []
        value, fields = found
        if step.result:
            return [solution.bound(step.result.name, value).resting_on(fields)]
        return _if(truth(value), solution.resting_on(fields))

    def _each(self, every: Each, solution: Solution) -> Answer:
        domain = solution.values[every.domain.name]
        if kind_of(domain) not in ("", ARRAY, SET, OBJECT):
            raise RefusedError("its `every` goes over something that is no collection")
        answer: Answer = True
        for key, value, fields in self._entries(domain):
            names = {every.value: value, **({every.key: key} if every.key else {})}
            holds = _any(self.run(every.steps, Solution({**solution.values, **names})))
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
            yield self._built(term, solution), solution

    def _built(self, term: Term, solution: Solution) -> Value:
        if isinstance(term, Constant):
            return term.value
        if isinstance(term, Var):
            return solution.values[term.name]
        if isinstance(term, Collection):
            items = [self._built(item, solution) for item in term.items]
            return tuple(items) if term.kind == ARRAY else Set(items)
        if isinstance(term, Pairs):
            pairs = [(self._built(key, solution), self._built(item, solution)) for key, item in term.items]
            return self._object([(key, item, NONE) for key, item in pairs])
        raise RefusedError("a term that is not simple")

    def _gathered(self, gather: Gather, solution: Solution) -> Value:
        unordered = self._unordered
        found = self.run(gather.steps, Solution(solution.values))
        items = [(self._built(gather.value, one), one.fields) for one in found]
        if gather.kind == OBJECT and gather.key is not None:
            keys = [self._built(gather.key, one) for one in found]
            return self._object([(key, item, fields) for key, (item, fields) in zip(keys, items)])
        if gather.kind == ARRAY and self._unordered == unordered and not any(fields for _, fields in items):
            return tuple(item for item, _ in items)
        sure = [item for item, fields in items if not fields]
        maybe = [(item, fields) for item, fields in items if fields]
        return (Set if gather.kind == SET else OpenArray)(sure, maybe)

    def _object(self, entries: list[tuple[Value, Value, Fields]]) -> Value:
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
            self._spend(len(reached))
        return reached

    def _head(self, head: Term, solution: Solution) -> Found | None:
        if isinstance(head, Var):
            return solution.values[head.name], NONE
        path = head.path if isinstance(head, Document) else ()
        if path == INPUT:
            return self._document, NONE
        if path == INVENTORY:
            fields = outside("data.inventory")
            return Unknown(fields), fields
        return self.document(path)

    def _select(self, value: Value, part: Any, solution: Solution) -> list[tuple[Value, Solution]]:
        if self._is_known(part, solution):
            key = self._built(part, solution)
            return [(item, solution.resting_on(fields)) for item, fields in _at(value, key)]
        return [
            (item, after)
            for key, item, fields in self._entries(value)
            for after in self._unify(key, part, solution.resting_on(fields))
        ]

    def _entries(self, value: Value) -> Iterator[tuple[Value, Value, Fields]]:
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
            yield from sorted(value.entries(), key=lambda entry: order_of[entry[0]])
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

    # Rules

    def document(self, path: Path) -> Found | None:
        if path not in self._documents:
            self._documents[path] = self._evaluated(self._rules[path])
        return self._documents[path]

    def _evaluated(self, rules: list[Rule]) -> Found | None:
        kinds = {rule.kind for rule in rules}
        if len(kinds) > 1 or FUNCTION in kinds:
            raise RefusedError(f"its rule {rules[0].name} is of two kinds or a function")
        if COMPLETE in kinds:
            return self._decided(rules, [self.clauses(rule, Solution({})) for rule in rules])
        entries = [entry for rule in rules for entry in self.members(rule)]
        if PARTIAL_SET not in kinds:
            return self._object(entries), NONE
        sure = [key for key, _, fields in entries if not fields]
        return Set(sure, ((key, fields) for key, _, fields in entries if fields)), NONE

    def members(self, rule: Rule) -> list[tuple[Value, Value, Fields]]:
        """What a rule adds to a partial set or object: key, value (the key once more in a set), what it rests on."""
        planned = self._planned(rule, [term for term in (rule.key, rule.value) if term is not None], ())
        found = self.run(planned.steps, Solution({}))
        return [(self._built(planned.terms[0], one), self._built(planned.terms[-1], one), one.fields) for one in found]

    def keys(self, value: Value, fields: Fields) -> list[Found]:
        """The keys of a document, a set's being its members."""
        return [(key, fields | rests) for key, _, rests in self._entries(value)]

    def clauses(self, rule: Rule, start: Solution) -> list[list[Found]]:
        """The values of a rule's body, then those of each `else` as far as the bodies before it may fail."""
        found: list[list[Found]] = []
        pending = start.fields
        clause: Rule | None = None if rule.default else rule
        while clause is not None:
            planned = self._planned(clause, [clause.value] if clause.value is not None else [], start.values)
            solutions = self.run(planned.steps, Solution(start.values))
            found.append([(self._built(planned.terms[0], one), one.fields | pending) for one in solutions])
            if not all(one.fields for one in solutions):
                break
            pending = pending.union(*(one.fields for one in solutions))
            clause = clause.otherwise
        return found

    def _planned(self, rule: Rule, terms: list[Term], bound: Iterable[str]) -> Planned:
        if id(rule) not in self._plans:
            self._plans[id(rule)] = plan(rule.body, terms, bound)
        return self._plans[id(rule)]

    def _decided(self, rules: list[Rule], found: list[list[list[Found]]]) -> Found | None:
        """The one value of a complete rule or a function, or None. ``found``: what each rule gives, clause by clause."""
        self._look_for_conflicts(found)
        every = [hit for clauses in found for clause in clauses for hit in clause]
        sure = [value for value, fields in every if not fields]
        if sure:
            return sure[0], NONE
        default = [rule.value for rule in rules if rule.default and rule.value is not None]
        fields = NONE.union(*(fields for _, fields in every))
        if default:
            value = self._default(default[0])
            return (_one_of([*every, (value, fields)]) if every else value), NONE
        return (_one_of(every), fields) if every else None

    def _default(self, term: Term) -> Value:
        planned = plan((), (term,), ())
        return self._built(planned.terms[0], self.run(planned.steps, Solution({}))[0])

    def _look_for_conflicts(self, found: list[list[list[Found]]]) -> None:
        """Two values at once are an error, which ends the evaluation. The clauses of one rule exclude one another."""
        seen: list[Found] = []
        for clauses in found:
            for clause in clauses:
                for at, hit in enumerate(clause):
                    for other in (*seen, *clause[:at]):
                        self._compare(hit, other)
            seen += [hit for clause in clauses for hit in clause]

    def _compare(self, hit: Found, other: Found) -> None:
        self._spend()
        (value, fields), (other_value, other_fields) = hit, other
        alike = same(value, other_value) if value is not other_value else True
        if alike is True:
            return
        rests = fields | other_fields | (alike or NONE)
        if not rests:
            raise RefusedError("its rules contradict one another for this pod")
        self.may_fail |= rests

    # Calls

    def call(self, path: Path, arguments: tuple[Value, ...]) -> Found | None:
        if path[0] != "data":
            found, failing = call_builtin(path[0], arguments)
            self.may_fail |= failing
            return found
        rules = self._rules.get(path[1:])
        if rules and rules[0].kind == COMPLETE and not arguments:
            return self.document(path[1:])
        if not rules or rules[0].kind != FUNCTION:
            raise RefusedError(f"it calls {'.'.join(path)}, which is no function")
        key = (path, arguments)
        if key not in self._calls:
            self._calls[key] = self._called(rules, arguments)
        return self._calls[key]

    def _called(self, rules: list[Rule], arguments: tuple[Value, ...]) -> Found | None:
        found: list[list[list[Found]]] = []
        given = [(argument, NONE) for argument in arguments]
        for rule in rules:
            if len(rule.arguments) != len(arguments):
                raise RefusedError(f"it calls {rule.name} with the wrong number of arguments")
            found.extend(self.clauses(rule, start) for start in self._unify_all(given, rule.arguments, Solution({})))
        return self._decided(rules, found)


def truth(value: Value) -> Answer:
    """Whether an expression with this value holds: everything but false does."""
    if isinstance(value, Unknown) and value.kind in ("", "boolean"):
        return value.fields
    return value is not False


def _if(answer: Answer, solution: Solution) -> list[Solution]:
    if isinstance(answer, bool):
        return [solution] if answer else []
    return [solution.resting_on(answer)]


def _not(answer: Answer) -> Answer:
    return not answer if isinstance(answer, bool) else answer


def _any(solutions: Iterable[Solution]) -> Answer:
    """Whether there is a solution: for certain, for certain not, or resting on fields."""
    fields = NONE
    for solution in solutions:
        if not solution.fields:
            return True
        fields |= solution.fields
    return fields or False


def _one_of(found: list[Found]) -> Value:
    """A value that is one of several, which of them resting on fields."""
    value = found[0][0]
    if all(same(value, other) is True or value is other for other, _ in found[1:]):
        return value
    fields = NONE.union(*(rests | fields_of(value) for value, rests in found))
    kinds = {kind_of(value) for value, _ in found}
    if kinds == {"string"}:
        return any_text(fields)
    return Unknown(fields, kinds.pop() if len(kinds) == 1 else "")


def _entry(value: Value, fields: Fields) -> Value:
    return Maybe(value, fields) if fields else value


def _at(value: Value, key: Value) -> list[Found]:
    """What a collection has at a key: nothing, one value, or the ones there may be with what that rests on."""
    if isinstance(value, Object) and not fields_of(key) and not any(map(fields_of, value.items)):
        if key not in value.items:
            return []
        item = value.items[key]
        return [(item.value, item.fields) if isinstance(item, Maybe) else (item, NONE)]
    if isinstance(value, tuple) and isinstance(key, Number):
        index = key.value
        return [(value[index], NONE)] if isinstance(index, int) and 0 <= index < len(value) else []
    if isinstance(value, Unknown):
        return [(value.member(), value.fields)] if _may_have(value, key) else []
    if isinstance(value, Set):
        return _in_set(value, key)
    return _any_of(value, key)


def _may_have(value: Unknown, key: Value) -> bool:
    """Whether an unknown value can have something at a key of this type."""
    kind = kind_of(key)
    return value.kind in ("", SET) or kind == "" or (value.kind, kind) in ((ARRAY, "number"), (OBJECT, "string"))


def _member_of(value: Value) -> Value:
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


def _any_of(value: Value, key: Value) -> list[Found]:
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


__all__ = ["Evaluator", "Solution", "order", "truth"]
