"""What a definition's own constraint template makes of the command pod, in the words of a prediction.

Rego is loaded only here, and only where there is a template to judge by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from azext_aksinvokefix.policy.expression import UNKNOWN
from azext_aksinvokefix.policy.own_template import OwnTemplate
from azext_aksinvokefix.policy.pod.facts import ENTRA, LOCAL
from azext_aksinvokefix.policy.pod.verdict import Verdict, allows, join, unknown
from azext_aksinvokefix.policy.pod.verdict import denies as would_deny
from azext_aksinvokefix.quoting import one_line

_PARAMETER = "parameter "
_LONGEST_NAME, _LONGEST_MESSAGE, _LONGEST_URL = 100, 400, 300
_MOST_MESSAGES = 3
_DEEPEST = 20


def judged(own: OwnTemplate) -> Verdict:
    """The verdict of a template over every form of the pod that the cluster may create."""
    if own.read is None:
        return unknown(_unread(own))
    forms = own.forms or (LOCAL, ENTRA)
    found = [_of_form(own, form) for form in forms]
    outcomes = {one.outcome for one in found}
    if len(outcomes) == 1:
        return _in_words(own, found[-1])
    denying = next((one for one in found if one.outcome == "denies"), None)
    unsure = next((one for one in found if one.outcome in ("unknown", "depends")), None)
    if unsure is not None or denying is None:
        return _in_words(own, unsure or found[0])
    why = (
        f"{_name(own)} denies the pod on one kind of cluster (local accounts or Entra ID), and it is not known "
        "which kind this is"
    )
    return unknown(f"{why}; there it says: {_quoted(denying.exact or denying.messages)}", "spec.initContainers")


def _unread(own: OwnTemplate) -> str:
    if own.why_not:
        return f"its constraint template cannot be evaluated: {own.why_not}"
    if own.url:
        where = one_line(own.url)[:_LONGEST_URL]
        return f"its constraint template is stored at {where}, which is not fetched; pass a copy with --policy-template"
    return "its constraint template was not read"


def _of_form(own: OwnTemplate, form: str) -> Any:
    """The judgement of one form of the pod; one made before is taken again, since an estate asks for each cluster."""
    from azext_aksinvokefix.policy.rego import judge

    key = (id(own.read), form, repr(own.values))
    if key not in _JUDGED:
        if len(_JUDGED) >= _MOST_JUDGED:
            _JUDGED.clear()
        # The template is kept beside the judgement, so that no other one can come to have its id.
        _JUDGED[key] = (own.read, judge(own.read, _parameters(own), _review(form)))
    return _JUDGED[key][1]


@cache
def _review(form: str) -> Any:
    """The pod of a form as the evaluator has it: all templates look at the same one, and none can change it."""
    from azext_aksinvokefix.policy.pod.document import review
    from azext_aksinvokefix.policy.rego import of_json

    return of_json(review(form))


_MOST_JUDGED = 512
_JUDGED: dict[tuple[int, str, str], tuple[Any, Any]] = {}


def _parameters(own: OwnTemplate) -> Any:
    """The constraint's parameters; null is what was not given."""
    from azext_aksinvokefix.policy.rego import with_defaults

    if own.values is UNKNOWN:
        return _open("values")
    values = own.values if isinstance(own.values, Mapping) else {}
    given = {name: _marked(value, name) for name, value in values.items() if value is not None}
    # Whether the add-on writes parameters at all where there are none, and what older templates do, was never seen.
    sure = bool(given) and own.read.structural
    return with_defaults(given, own.read.schema, "" if sure else f"{_PARAMETER}defaults")


def _marked(value: Any, name: str, depth: int = _DEEPEST) -> Any:
    """The value with what only the service can compute as a value that the evaluator knows for unknown."""
    if value is UNKNOWN or depth == 0:
        return _open(name)
    if isinstance(value, Mapping):
        return {key: _marked(item, name, depth - 1) for key, item in value.items()}
    return [_marked(item, name, depth - 1) for item in value] if isinstance(value, list) else value


def _open(name: str) -> Any:
    from azext_aksinvokefix.policy.rego import Unknown

    return Unknown(frozenset({f"{_PARAMETER}{name}"}))


def _in_words(own: OwnTemplate, found: Any) -> Verdict:
    if found.outcome == "allows":
        return allows(f"{_name(own)} allows the pod")
    if found.outcome == "denies":
        return would_deny(f"{_name(own)} denies the pod: {_quoted(found.exact or found.messages)}{_cel(own)}")
    if found.outcome == "unknown":
        return unknown(f"{_name(own)} cannot be evaluated: {found.why}")
    parameters = [field[len(_PARAMETER) :] for field in found.fields if field.startswith(_PARAMETER)]
    if parameters:
        return unknown(f"{_name(own)} depends on parameters whose value is unknown: {join(parameters)}")
    fields = join(list(found.fields))
    said = f"; it would say: {_quoted(found.messages)}" if found.messages else ""
    return unknown(f"{_name(own)} depends on {fields} of the pod, which is unknown{said}{_cel(own)}", *found.fields)


def _name(own: OwnTemplate) -> str:
    kind = one_line(own.read.kind)[:_LONGEST_NAME] or "without a kind"
    return f"its constraint template {kind}" + (f", evaluated from the file {one_line(own.file)}," if own.file else "")


def _quoted(messages: Sequence[str]) -> str:
    """The template's own words; … stands for a part that is not known."""
    shown = [f'"{one_line(message)[:_LONGEST_MESSAGE]}"' for message in messages[:_MOST_MESSAGES]]
    more = len(messages) - _MOST_MESSAGES
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "") if shown else "it gives no message"


def _cel(own: OwnTemplate) -> str:
    return " (it also has CEL rules, which Gatekeeper might run instead)" if own.read.also_cel else ""
