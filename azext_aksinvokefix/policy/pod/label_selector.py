"""Whether a label selector takes the command pod, of whose labels the names are known and the values are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azext_aksinvokefix.policy.expression import is_expression
from azext_aksinvokefix.policy.pod.verdict import LABELS


def selects(selector: Any) -> bool | None:
    """True or False where that is sure, None where it depends on the label's value or cannot be read.

    >>> selects({"matchLabels": {"app": "web"}}), selects({"matchLabels": {"createdBy": "me"}})
    (False, None)
    """
    if not selector and (selector is None or isinstance(selector, Mapping)):
        return True
    if not isinstance(selector, Mapping) or not set(selector) <= {"matchLabels", "matchExpressions"}:
        return None
    answers = list(_answers(selector))
    if False in answers:
        return False
    return None if None in answers else True


def _answers(selector: Mapping[str, Any]) -> Iterator[bool | None]:
    labels, requirements = selector.get("matchLabels") or {}, selector.get("matchExpressions") or []
    if not isinstance(labels, Mapping) or not isinstance(requirements, list):
        yield None
        return
    for key, value in labels.items():
        yield _has_one_of(key, [value])
    for requirement in requirements:
        yield _meets(requirement) if isinstance(requirement, Mapping) else None


def _meets(requirement: Mapping[str, Any]) -> bool | None:
    key, operator, values = requirement.get("key"), requirement.get("operator"), requirement.get("values") or []
    if not isinstance(key, str) or is_expression(key):
        return None
    if operator in ("Exists", "DoesNotExist"):
        return (key in LABELS) is (operator == "Exists")
    if operator not in ("In", "NotIn") or not isinstance(values, list):
        return None
    has = _has_one_of(key, values)
    return None if has is None else has is (operator == "In")


def _has_one_of(key: Any, values: list[Any]) -> bool | None:
    unread = any(not isinstance(text, str) or is_expression(text) for text in (key, *values))
    return None if unread or key in LABELS else False
