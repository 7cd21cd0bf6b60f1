"""Would a constraint of this template deny this object?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from azext_aksinvokefix.policy.rego.bodies import Budget
from azext_aksinvokefix.policy.rego.errors import RefusedError
from azext_aksinvokefix.policy.rego.evaluate import Evaluator
from azext_aksinvokefix.policy.rego.syntax import FUNCTION, PARTIAL_OBJECT, PARTIAL_SET, Rule
from azext_aksinvokefix.policy.rego.template import Template
from azext_aksinvokefix.policy.rego.values import (
    NONE,
    Fields,
    Maybe,
    Object,
    Text,
    Unknown,
    Value,
    fields_of,
    kind_of,
    of_json,
    parted,
)
from azext_aksinvokefix.policy.rego.worlds import worlds

_MOST_STEPS = 8_000
DENIES, ALLOWS, DEPENDS, UNKNOWN = "denies allows depends unknown".split()


@dataclass(frozen=True)
class Verdict:
    """``outcome``: ``denies`` and ``allows`` hold whatever the unknown fields are; ``depends`` names the fields of the
    object that decide; ``unknown`` says in ``why``, half a sentence, what keeps the template from being judged.

    ``messages`` are the template's own, word for word as Gatekeeper prints them behind the constraint's name; for
    ``depends`` those it may print. Where one holds an unknown part the label of that part stands for it (``…``).
    ``exact`` are the messages without such a part.
    """

    outcome: str
    messages: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    why: str = ""


@dataclass
class _Reading:
    """What one evaluation saw: messages that come for certain, those that may come, and what stands in the way."""

    sure: dict[str, bool]
    maybe: dict[str, bool]
    rests: Fields = NONE
    refused: str = ""


def judge(template: Template, parameters: object, review: object) -> Verdict:
    """``parameters``: the constraint's, parsed. ``review``: Gatekeeper's `input.review`, in which values of this
    package stand for what is unknown. Never raises.
    """
    if template.why_not:
        return Verdict(UNKNOWN, why=template.why_not)
    try:
        document = of_json({"parameters": {} if parameters is None else parameters, "review": review})
        return _judged(template, document)
    except RefusedError as error:
        return Verdict(UNKNOWN, why=str(error))
    except RecursionError:
        return Verdict(UNKNOWN, why="its evaluation is nested too deeply")


def _judged(template: Template, document: Object) -> Verdict:
    """One evaluation; where the answer is open, one for each of the cases that can be told apart."""
    budget = Budget(_MOST_STEPS)
    first = _read(template, document, budget)
    if first.sure or not first.rests:
        return _verdict(first, [first])
    # As many cases as there are steps left for, each taking about as many as the first reading.
    cases = worlds(document, first.rests, budget.left // (_MOST_STEPS - budget.left + 1))
    return _verdict(first, [_read(template, case, budget) for case in cases] if len(cases) > 1 else [first])


def _verdict(first: _Reading, readings: list[_Reading]) -> Verdict:
    denied = [reading for reading in readings if reading.sure]
    if len(denied) == len(readings):
        shared = [text for text in denied[0].sure if all(text in reading.sure for reading in denied)]
        messages = {text: exact for reading in denied for text, exact in reading.sure.items()}
        return _with(DENIES, {text: messages[text] for text in shared} or messages)
    refused = next((reading.refused for reading in readings if reading.refused), "")
    rests = NONE.union(*(reading.rests for reading in readings))
    # What decides between the cases belongs to it as well.
    fields, beyond = parted(rests | first.rests if denied else rests)
    messages = {text: exact for reading in readings for text, exact in {**reading.sure, **reading.maybe}.items()}
    if refused or (beyond and not denied and not fields):
        return replace(_with(UNKNOWN, messages), why=refused or f"it reads {beyond[0]}")
    if denied or rests:
        return _depends(messages, fields, beyond)
    return Verdict(ALLOWS)


def _with(outcome: str, messages: Mapping[str, bool]) -> Verdict:
    return Verdict(outcome, tuple(messages), tuple(text for text, exact in messages.items() if exact))


def _depends(messages: Mapping[str, bool], fields: list[str], beyond: list[str]) -> Verdict:
    found = _with(DEPENDS, messages)
    if beyond:
        return replace(found, outcome=UNKNOWN, why=f"it reads {beyond[0]}")
    specific = [name for name in fields if not any(other.startswith(f"{name}.") for other in fields)]
    return replace(found, fields=tuple(specific))


def _read(template: Template, document: Object, budget: Budget) -> _Reading:
    evaluator = Evaluator(template.rules, document, template.plans, budget)
    reading = _Reading({}, {})
    for rule in template.rules[template.entry]:
        try:
            for result, fields in _results(evaluator, template, rule):
                _note(reading, result, fields)
        except RefusedError as error:
            reading.refused = reading.refused or str(error)
        except RecursionError:
            reading.refused = reading.refused or "its evaluation is nested too deeply"
    reading.rests |= evaluator.may_fail
    return reading


def _results(evaluator: Evaluator, template: Template, rule: Rule) -> Iterable[tuple[Value, Fields]]:
    """What `violation[result]` yields by one rule: members of a set, keys of an object."""
    if rule.kind in (PARTIAL_SET, PARTIAL_OBJECT):
        return [(key, fields) for key, _, fields in evaluator.members(rule)]
    if rule.kind == FUNCTION:
        raise RefusedError("its violation is a function")
    found = evaluator.document(template.entry)
    return evaluator.keys(*found) if found else []


def _note(reading: _Reading, result: Value, fields: Fields) -> None:
    """Gatekeeper counts a result that has a message; one that is no text ends its query in an error."""
    message: Any = None
    if isinstance(result, Object):
        message = result.items.get("msg")
        if message is None and not result.settled:
            message = Unknown(result.fields)
            fields |= result.fields
    elif isinstance(result, Unknown) and result.kind in ("", "object"):
        message, fields = Unknown(result.fields), fields | result.fields
    if isinstance(message, Maybe):
        message, fields = message.value, fields | message.fields
    if message is None and not (isinstance(result, Object) and "msg" in result.items):
        return
    _note_message(reading, message, fields)


def _note_message(reading: _Reading, message: Value, fields: Fields) -> None:
    if kind_of(message) not in ("", "string"):
        raise RefusedError("its message is not a string")
    if kind_of(message) == "":
        fields |= fields_of(message)
    text = str(message) if isinstance(message, (str, Text)) else "…"
    (reading.maybe if fields else reading.sure)[text] = isinstance(message, str)
    reading.rests |= fields


__all__ = ["ALLOWS", "DENIES", "DEPENDS", "UNKNOWN", "Verdict", "judge"]
