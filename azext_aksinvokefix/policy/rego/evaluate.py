"""Rules: documents, functions, `else` and `default`, and what happens when they contradict one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from azext_aksinvokefix.policy.rego.bodies import Bodies, Budget
from azext_aksinvokefix.policy.rego.builtins import BUILTINS
from azext_aksinvokefix.policy.rego.builtins import call as call_builtin
from azext_aksinvokefix.policy.rego.compare import same
from azext_aksinvokefix.policy.rego.errors import RefusedError
from azext_aksinvokefix.policy.rego.names import Path
from azext_aksinvokefix.policy.rego.plan import Planned, plan
from azext_aksinvokefix.policy.rego.solutions import Found, Solution, one_of
from azext_aksinvokefix.policy.rego.syntax import COMPLETE, FUNCTION, PARTIAL_SET, Rule, Term
from azext_aksinvokefix.policy.rego.values import NONE, Fields, Set, Value


class Chain(NamedTuple):
    """What a rule and its `else` give, clause by clause; ``settled``: one of them holds whatever the fields are."""

    clauses: list[list[Found]]
    settled: bool


class Evaluator:
    """One template over one document. ``plans`` keeps what is worked out of a body for the next document."""

    def __init__(
        self, rules: Mapping[Path, list[Rule]], document: Value, plans: dict[int, Planned], budget: Budget
    ) -> None:
        self._rules, self._plans = rules, plans
        self._bodies = Bodies(self, document, budget)
        self._documents: dict[Path, Found | None] = {}
        self._calls: dict[tuple[Path, tuple[Value, ...]], Found | None] = {}

    @property
    def may_fail(self) -> Fields:
        """The fields for which the evaluation itself may end in an error, which denies."""
        return self._bodies.may_fail

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
            return self._bodies.object(entries), NONE
        sure = [key for key, _, fields in entries if not fields]
        return Set(sure, ((key, fields) for key, _, fields in entries if fields)), NONE

    def members(self, rule: Rule) -> list[tuple[Value, Value, Fields]]:
        """What a rule adds to a partial set or object: key, value (the key once more in a set), what it rests on."""
        planned = self._planned(rule, [term for term in (rule.key, rule.value) if term is not None], ())
        found = self._bodies.run(planned.steps, Solution({}))
        return [
            (self._bodies.built(planned.terms[0], one), self._bodies.built(planned.terms[-1], one), one.fields)
            for one in found
        ]

    def keys(self, value: Value, fields: Fields) -> list[Found]:
        """The keys of a document, a set's being its members."""
        return [(key, fields | rests) for key, _, rests in self._bodies.entries(value)]

    def clauses(self, rule: Rule, start: Solution) -> Chain:
        """The values of a rule's body, then those of each `else` as far as the bodies before it may fail."""
        found: list[list[Found]] = []
        pending, settled = start.fields, False
        clause: Rule | None = None if rule.default else rule
        while clause is not None and not settled:
            planned = self._planned(clause, [clause.value] if clause.value is not None else [], start.values)
            solutions = self._bodies.run(planned.steps, Solution(start.values))
            found.append([(self._bodies.built(planned.terms[0], one), one.fields | pending) for one in solutions])
            pending = pending.union(*(one.fields for one in solutions))
            settled = not all(one.fields for one in solutions)
            clause = clause.otherwise
        return Chain(found, settled and not start.fields)

    def _planned(self, rule: Rule, terms: list[Term], bound: Iterable[str]) -> Planned:
        if id(rule) not in self._plans:
            self._plans[id(rule)] = plan(rule.body, terms, bound, self._arity)
        return self._plans[id(rule)]

    def _decided(self, rules: list[Rule], chains: list[Chain]) -> Found | None:
        """The one value of a complete rule or a function, or None where it is undefined."""
        self._look_for_conflicts(chains)
        settled = next((chain for chain in chains if chain.settled), None)
        if settled:
            return one_of([hit for clause in settled.clauses for hit in clause]), NONE
        found = [hit for chain in chains for clause in chain.clauses for hit in clause]
        default = [rule.value for rule in rules if rule.default and rule.value is not None]
        fields = NONE.union(*(fields for _, fields in found))
        if default:
            value = self._default(default[0])
            return (one_of([*found, (value, fields)]) if found else value), NONE
        return (one_of(found), fields) if found else None

    def _default(self, term: Term) -> Value:
        planned = plan((), (term,), (), self._arity)
        return self._bodies.built(planned.terms[0], self._bodies.run(planned.steps, Solution({}))[0])

    def _look_for_conflicts(self, chains: list[Chain]) -> None:
        """Two values at once are an error, which ends the evaluation. The clauses of one rule exclude one another."""
        seen: list[Found] = []
        for chain in chains:
            for clause in chain.clauses:
                for at, hit in enumerate(clause):
                    for other in (*seen, *clause[:at]):
                        self._compare(hit, other)
            seen += [hit for clause in chain.clauses for hit in clause]

    def _compare(self, hit: Found, other: Found) -> None:
        self._bodies.budget.spend()
        (value, fields), (other_value, other_fields) = hit, other
        alike = same(value, other_value) if value is not other_value else True
        if alike is True:
            return
        rests = fields | other_fields | (alike or NONE)
        if not rests:
            raise RefusedError("its rules contradict one another for this pod")
        self._bodies.may_fail |= rests

    # Calls

    def _arity(self, path: Path) -> int | None:
        """How many arguments a function takes; None for one that is not known here."""
        if path[0] != "data":
            return len(BUILTINS[path[0]].kinds) if path[0] in BUILTINS else None
        rules = self._rules.get(path[1:])
        return len(rules[0].arguments) if rules else None

    def call(self, path: Path, arguments: tuple[Value, ...]) -> Found | None:
        if path[0] != "data":
            found, failing = call_builtin(path[0], arguments)
            self._bodies.may_fail |= failing
            return found
        rules = self._rules.get(path[1:])
        if rules and rules[0].kind == COMPLETE and not arguments:
            return self.document(path[1:])
        if not rules or rules[0].kind != FUNCTION:
            raise RefusedError(f"it calls {'.'.join(path)}, which is not a function")
        key = (path, arguments)
        if key not in self._calls:
            self._calls[key] = self._called(rules, arguments)
        return self._calls[key]

    def _called(self, rules: list[Rule], arguments: tuple[Value, ...]) -> Found | None:
        found: list[Chain] = []
        given = [(argument, NONE) for argument in arguments]
        for rule in rules:
            if len(rule.arguments) != len(arguments):
                raise RefusedError(f"it calls {rule.name} with the wrong number of arguments")
            found.extend(
                self.clauses(rule, start) for start in self._bodies.unify_all(given, rule.arguments, Solution({}))
            )
        return self._decided(rules, found)
