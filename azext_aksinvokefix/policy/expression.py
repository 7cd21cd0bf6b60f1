"""The little of Azure's template language that policies use: ``[parameters('x')]``. The rest is unknown, not wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from azext_aksinvokefix.shapes import mapping

#: A value that only the service can compute, e.g. ``[concat(…)]``.
UNKNOWN: Any = type("Unknown", (), {"__repr__": lambda self: "UNKNOWN"})()

Scope = Callable[[str], Any]
_PARAMETER = re.compile(r"\[\s{0,9}parameters\(\s{0,9}'([^']{1,256})'\s{0,9}\)\s{0,9}\]", re.IGNORECASE)
_DEEPEST = 20


def parameter_named(value: Any) -> str | None:
    """The name in ``[parameters('name')]``; None when ``value`` is anything else."""
    match = _PARAMETER.fullmatch(value.strip()) if isinstance(value, str) else None
    return match.group(1) if match else None


def is_expression(value: Any) -> bool:
    """Whether the service computes the value; ``[[`` is an escaped bracket."""
    return isinstance(value, str) and value.lstrip().startswith("[") and not value.lstrip().startswith("[[")


def evaluate(value: Any, scope: Scope, depth: int = _DEEPEST) -> Any:
    """``value`` with its parameters looked up in ``scope``; UNKNOWN where only the service can tell."""
    if isinstance(value, str):
        name = parameter_named(value)
        if name is not None:
            return scope(name)
        if is_expression(value):
            return UNKNOWN
        return value[1:] if value.startswith("[[") else value
    if isinstance(value, list):
        items = [evaluate(item, scope, depth - 1) for item in value] if depth else [UNKNOWN]
        return UNKNOWN if any(item is UNKNOWN for item in items) else items
    return value


def parameters_of(passed: Any, declared: Any, outer: Scope | None = None) -> Scope:
    """The scope of a policy: what is passed to it, else its own defaults. Names are compared without case.

    ``passed`` and ``declared`` are ARM's ``{"name": {"value": …}}`` and ``{"name": {"defaultValue": …}}``;
    ``outer`` is where expressions in passed values are looked up, None when they are literal, as in an assignment.
    """
    values, defaults = _lower(passed), _lower(declared)

    def look_up(name: str) -> Any:
        given, own = mapping(values.get(name.lower())), mapping(defaults.get(name.lower()))
        if "value" in given:
            return evaluate(given["value"], outer) if outer else given["value"]
        if "defaultValue" in own:
            return own["defaultValue"]
        return UNKNOWN

    return look_up


def passed_value(passed: Any, name: str) -> Any:
    """What is passed for a parameter, unevaluated; None when nothing is."""
    return mapping(_lower(passed).get(name.lower())).get("value")


def passed_names(passed: Any) -> frozenset[str]:
    """The parameters for which something is passed, in lower case."""
    return frozenset(name for name, one in _lower(passed).items() if mapping(one).get("value") is not None)


def _lower(document: Any) -> dict[str, Any]:
    return {str(name).lower(): value for name, value in mapping(document).items()}
