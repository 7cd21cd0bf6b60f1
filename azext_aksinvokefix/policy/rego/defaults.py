"""The values that the schema of a template's constraints gives to parameters which are not set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from azext_aksinvokefix.policy.rego.values import Maybe

_DEEPEST = 20


def with_defaults(parameters: Any, schema: Any, unsure: str, depth: int = _DEEPEST) -> Any:
    """The parameters as the API server completes them, by a schema in OpenAPI's form.

    ``unsure`` names the field by which the defaults may be missing after all; empty where they are certain.

    >>> with_defaults({"a": {}}, {"properties": {"a": {"properties": {"b": {"default": 1}}}}}, "")
    {'a': {'b': 1}}
    """
    if depth == 0 or not isinstance(schema, Mapping):
        return parameters
    if isinstance(parameters, list):
        return [with_defaults(item, schema.get("items"), unsure, depth - 1) for item in parameters]
    known = schema.get("properties")
    if not isinstance(parameters, Mapping) or not isinstance(known, Mapping):
        return parameters
    completed = dict(parameters)
    for name, inner in known.items():
        if name in completed:
            completed[name] = with_defaults(completed[name], inner, unsure, depth - 1)
        elif isinstance(inner, Mapping) and "default" in inner:
            default = with_defaults(inner["default"], inner, "", depth - 1)
            completed[name] = Maybe(default, frozenset({unsure})) if unsure else default
    return completed
