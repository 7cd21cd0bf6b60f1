"""The order of a body's steps, in which each finds its variables bound."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from azext_aksinvokefix.policy.rego.errors import RefusedError
from azext_aksinvokefix.policy.rego.steps import Bind, Check, Each, Gather, Invoke, Step, Steps, Stop
from azext_aksinvokefix.policy.rego.syntax import ARRAY, Collection, Constant, Pairs, Ref, Var

Names = frozenset[str]
_NOTHING: Names = frozenset()


def ordered(steps: Iterable[Step], bound: Names) -> Steps:
    """The steps so that each finds its variables bound; what is not known here comes last."""
    waiting = [step for step in steps if not isinstance(step, Stop)]
    stops = [step for step in steps if isinstance(step, Stop)]
    outer = bound.union(*(_direct(step) for step in waiting))
    done: list[Step] = []
    while waiting:
        rest = []
        for step in waiting:
            gives = _gives(step, bound, outer)
            if gives is None:
                rest.append(step)
            else:
                done.append(_inside_ordered(step, bound))
                bound |= gives
        if len(rest) == len(waiting):
            if stops:
                break
            raise RefusedError("a variable in its Rego is never bound")
        waiting = rest
    return (*done, *stops)


def _inside_ordered(step: Step, bound: Names) -> Step:
    if isinstance(step, Each):
        names = frozenset(name for name in (step.key, step.value) if name)
        return replace(step, steps=ordered(step.steps, bound | names))
    if isinstance(step, Bind):
        return replace(step, left=_gather_ordered(step.left, bound), right=_gather_ordered(step.right, bound))
    return replace(step, term=_gather_ordered(step.term, bound)) if isinstance(step, Check) else step


def _gather_ordered(term: Any, bound: Names) -> Any:
    return replace(term, steps=ordered(term.steps, bound)) if isinstance(term, Gather) else term


def _gives(step: Step, bound: Names, outer: Names) -> Names | None:
    """The variables that a step binds, or None where it needs others first."""
    if _closed_over(step) & outer - bound:
        return None
    if isinstance(step, Each):
        return _NOTHING if step.domain.name in bound else None
    if isinstance(step, Invoke):
        needs = _NOTHING.union(*map(_names, step.arguments))
        gives = frozenset({step.result.name}) if step.result else _NOTHING
        return gives if needs <= bound else None
    if isinstance(step, Stop) or step.negated:
        return _NOTHING if _direct(step) <= bound else None
    if isinstance(step, Check):
        return _direct(step) if _can_begin(step.term, bound) else None
    return _direct(step) if _can_bind(step, bound) else None


def _can_bind(step: Bind, bound: Names) -> bool:
    left, right = _can_begin(step.left, bound), _can_begin(step.right, bound)
    if left and right:
        return True
    known, pattern = (left, step.right) if left else (right, step.left)
    return known and isinstance(pattern, (Var, Collection, Pairs)) and _keys(pattern) <= bound


def _can_begin(term: Any, bound: Names) -> bool:
    """Whether a term has a value now; a reference may bind the variables of its path."""
    if isinstance(term, Ref):
        return not isinstance(term.head, Var) or term.head.name in bound
    return isinstance(term, (Gather, Constant)) or _names(term) <= bound


def _keys(pattern: Any) -> Names:
    if isinstance(pattern, Pairs):
        return _NOTHING.union(*(_names(key) | _keys(value) for key, value in pattern.items))
    if isinstance(pattern, Collection):
        inner = _names if pattern.kind != ARRAY else _keys
        return _NOTHING.union(*map(inner, pattern.items))
    return _NOTHING


def _direct(step: Step) -> Names:
    """The variables of a step itself, not of the bodies in it."""
    if isinstance(step, Bind):
        return _names(step.left) | _names(step.right)
    if isinstance(step, Invoke):
        return _NOTHING.union(*map(_names, (*step.arguments, *([step.result] if step.result else []))))
    if isinstance(step, Check):
        return _names(step.term)
    return frozenset({step.domain.name}) if isinstance(step, Each) else _NOTHING


def _names(term: Any) -> Names:
    if isinstance(term, Var):
        return frozenset({term.name})
    if isinstance(term, Ref):
        return _NOTHING.union(_names(term.head), *map(_names, term.path))
    if isinstance(term, Collection):
        return _NOTHING.union(*map(_names, term.items))
    if isinstance(term, Pairs):
        return _NOTHING.union(*(_names(key) | _names(value) for key, value in term.items))
    return _NOTHING


def _closed_over(step: Step) -> Names:
    """The variables in the bodies inside a step."""
    if isinstance(step, Each):
        return _all(step.steps)
    terms = (step.left, step.right) if isinstance(step, Bind) else (step.term,) if isinstance(step, Check) else ()
    return _NOTHING.union(*(_in_gather(term) for term in terms))


def _in_gather(term: Any) -> Names:
    if not isinstance(term, Gather):
        return _NOTHING
    head = _names(term.value) | (_names(term.key) if term.key is not None else _NOTHING)
    return head | _all(term.steps)


def _all(steps: Iterable[Step]) -> Names:
    return _NOTHING.union(*(_direct(step) | _closed_over(step) for step in steps))
