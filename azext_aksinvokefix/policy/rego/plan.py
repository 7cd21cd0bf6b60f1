"""A rule's body as steps: what is nested in a call is evaluated before it, each step when its variables are bound.

It follows OPA's own rewriting, which decides more than speed: a call and a reference inside a call are taken out in
front of the expression *even if that is negated*. So `not startswith(input.a, "x")` fails where `input.a` is undefined,
though `not input.a == "x"` holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Optional

from azext_aksinvokefix.policy.rego.order import ordered
from azext_aksinvokefix.policy.rego.steps import Bind, Check, Each, Gather, Invoke, Step, Steps, Stop
from azext_aksinvokefix.policy.rego.syntax import (
    ARRAY,
    Beyond,
    Body,
    Call,
    Collection,
    Comprehension,
    Document,
    Every,
    Expression,
    Pairs,
    Ref,
    SomeIn,
    Term,
    Test,
    Unify,
    Var,
)


@dataclass(frozen=True)
class Planned:
    """A body in order, and the terms of its head, which are bound behind it."""

    steps: Steps
    terms: tuple[Term, ...]


Arity = Callable[[tuple[str, ...]], Optional[int]]


def plan(body: Body, terms: Iterable[Term], bound: Iterable[str], arity: Arity) -> Planned:
    """``arity``: of a function, where it is known. Raises RefusedError where no order binds every variable."""
    rewriter = _Rewriter(arity)
    steps = rewriter.body(body)
    simple = tuple(rewriter.simple(term, steps) for term in terms)
    return Planned(ordered(steps, frozenset(bound)), simple)


class _Rewriter:
    def __init__(self, arity: Arity) -> None:
        self._numbers, self._arity = count(), arity

    def _new(self) -> Var:
        return Var(f"#{next(self._numbers)}")

    def body(self, body: Body) -> list[Step]:
        steps: list[Step] = []
        for expression in body:
            self._expression(expression, steps)
        return steps

    def simple(self, term: Term, steps: list[Step]) -> Term:
        """The term with calls, references and comprehensions evaluated in steps of their own."""
        found: Term = self._without_refs(self._without_calls(term, steps), steps)
        return found

    def _expression(self, expression: Expression, steps: list[Step]) -> None:
        if isinstance(expression, Beyond):
            steps.append(Stop(expression.what))
        elif isinstance(expression, Every):
            domain = self._new()
            steps.append(Bind(domain, self._side(expression.domain, steps)))
            steps.append(Each(expression.key, expression.value, domain, tuple(self.body(expression.body))))
        elif isinstance(expression, SomeIn):
            self._some_in(expression, steps)
        elif isinstance(expression, Unify):
            left, right = self._side(expression.left, steps), self._side(expression.right, steps)
            steps.extend(_pairwise(left, right, expression.negated))
        elif isinstance(expression, Test):
            self._test(expression, steps)

    def _some_in(self, some: SomeIn, steps: list[Step]) -> None:
        domain, key = self._new(), some.key or self._new()
        steps.append(Bind(domain, self._side(some.domain, steps)))
        steps.append(Bind(self._side(some.value, steps), Ref(domain, (self.simple(key, steps),))))

    def _test(self, test: Test, steps: list[Step]) -> None:
        term = test.term
        if isinstance(term, Call) and term.path == ("equal",) and len(term.arguments) == 2:  # noqa: PLR2004
            left, right = (self._side(argument, steps) for argument in term.arguments)
            steps.append(Bind(left, right, test.negated))
        elif isinstance(term, Call) and term.path == ("walk",):
            # It binds the variables of its second argument, several times.
            steps.append(Stop("it reads walk"))
        elif isinstance(term, Call) and len(term.arguments) - 1 == self._arity(term.path):
            # One argument more than the function takes is where its value goes.
            *arguments, result = term.arguments
            target = self._side(result, steps)
            steps.append(Bind(target, self._call(replace(term, arguments=tuple(arguments)), steps), test.negated))
        elif isinstance(term, Call):
            arguments = [self._without_calls(argument, steps) for argument in term.arguments]
            simple = tuple(self._without_refs(argument, steps) for argument in arguments)
            steps.append(Invoke(term.path, simple, negated=test.negated))
        else:
            steps.append(Check(self._side(term, steps), test.negated))

    def _side(self, term: Term, steps: list[Step]) -> Any:
        """A side of an equation: a reference or a comprehension may stay, what is inside it may not."""
        term = self._without_calls(term, steps)
        if isinstance(term, Ref):
            return replace(term, path=tuple(self._without_refs(part, steps) for part in term.path))
        return term if isinstance(term, Gather) else self._without_refs(term, steps)

    def _without_calls(self, term: Term, steps: list[Step]) -> Any:
        if isinstance(term, Call):
            return self._call(term, steps)
        if isinstance(term, Ref):
            return self._ref(term, steps)
        if isinstance(term, Comprehension):
            return self._gather(term)
        if isinstance(term, Collection):
            return replace(term, items=tuple(self._without_calls(item, steps) for item in term.items))
        if isinstance(term, Pairs):
            return Pairs(
                tuple((self._without_calls(key, steps), self._without_calls(item, steps)) for key, item in term.items)
            )
        return Ref(term, ()) if isinstance(term, Document) else term

    def _call(self, call: Call, steps: list[Step]) -> Var:
        arguments = [self._without_calls(argument, steps) for argument in call.arguments]
        simple = tuple(self._without_refs(argument, steps) for argument in arguments)
        result = self._new()
        steps.append(Invoke(call.path, simple, result))
        return result

    def _ref(self, ref: Ref, steps: list[Step]) -> Ref:
        path = tuple(self._without_calls(part, steps) for part in ref.path)
        head = ref.head
        if not isinstance(head, (Var, Document)):
            head = self._new()
            steps.append(Bind(head, self._side(ref.head, steps)))
        return Ref(head, path)

    def _gather(self, found: Comprehension) -> Gather:
        steps = self.body(found.body)
        key = self.simple(found.key, steps) if found.key is not None else None
        value = self.simple(found.value, steps)
        return Gather(found.kind, key, value, tuple(steps))

    def _without_refs(self, term: Any, steps: list[Step]) -> Any:
        if isinstance(term, Ref):
            inner = replace(term, path=tuple(self._without_refs(part, steps) for part in term.path))
            return self._bound(inner, steps)
        if isinstance(term, Gather):
            return self._bound(term, steps)
        if isinstance(term, Collection):
            return replace(term, items=tuple(self._without_refs(item, steps) for item in term.items))
        if isinstance(term, Pairs):
            return Pairs(
                tuple((self._without_refs(key, steps), self._without_refs(item, steps)) for key, item in term.items)
            )
        return term

    def _bound(self, term: Ref | Gather, steps: list[Step]) -> Var:
        result = self._new()
        steps.append(Bind(result, term))
        return result


def _pairwise(left: Any, right: Any, negated: bool) -> list[Step]:
    """`[a, b] = [c, d]` is `a = c` and `b = d`, which may bind variables on both sides."""
    arrays = all(isinstance(side, Collection) and side.kind == ARRAY for side in (left, right))
    if negated or not arrays or len(left.items) != len(right.items):
        return [Bind(left, right, negated)]
    return [step for pair in zip(left.items, right.items) for step in _pairwise(*pair, negated)]
