"""The constraint template that a definition brings itself, and what its constraint asks with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix.policy.expression import UNKNOWN, Scope, evaluate
from azext_aksinvokefix.shapes import mapping, text

_DEEPEST = 20


@dataclass(frozen=True)
class OwnTemplate:
    """``content`` is what ARM gave (Base64), or ``url`` says where the template is kept; nothing is fetched from there.

    ``values`` are the constraint's parameters; what only the service can compute is UNKNOWN, at any depth. ``read`` is
    the template of policy.rego once it was read, from ``file`` where a user gave one, and ``why_not`` says what was
    wrong with it. ``forms`` are the forms of the pod that this cluster creates, none where that is not known.
    """

    content: str = ""
    url: str = ""
    values: Any = None
    read: Any = None
    why_not: str = ""
    file: str = ""
    forms: tuple[str, ...] = ()


def of_details(details: Mapping[str, Any], scope: Scope) -> OwnTemplate | None:
    """What the details of a definition say; None where they name no template."""
    info = mapping(details.get("templateInfo"))
    url = text(info.get("url")) or text(details.get("constraintTemplate"))
    content = text(info.get("content"))
    if not content and not url:
        return None
    return OwnTemplate(content, "" if content else url, _resolved(details.get("values"), scope))


def _resolved(value: Any, scope: Scope, depth: int = _DEEPEST) -> Any:
    """Like ``evaluate``, at any depth; one value that cannot be told leaves those beside it as they are."""
    if depth == 0:
        return UNKNOWN
    if isinstance(value, Mapping):
        return {str(name): _resolved(item, scope, depth - 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, scope, depth - 1) for item in value]
    return evaluate(value, scope)
