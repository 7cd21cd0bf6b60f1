"""The cases that an unknown field falls into: there or not, true or false. Together they are all there are."""

from __future__ import annotations

from itertools import islice
from typing import Any

from azext_aksinvokefix.policy.rego.values import Fields, Maybe, Object, Unknown, Value

_MOST = 16


def worlds(document: Object, fields: Fields, most: int) -> list[Object]:
    """The document once for each case of the fields, as far as there are not too many; the others stay open."""
    found = [document]
    for path, value in _open(document, fields):
        if len(found) * 2 > min(_MOST, most):
            break
        found = [_with(case, path, choice) for case in found for choice in _choices(value)]
    return found


def _open(value: Value, fields: Fields, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Value]]:
    """Where the fields stand that can be told apart, the outer ones first."""
    found: list[tuple[tuple[Any, ...], Value]] = []
    if isinstance(value, Maybe):
        if value.fields & fields:
            found.append((path, value))
        value = value.value
    if isinstance(value, Unknown) and value.kind == "boolean" and value.fields & fields and not found:
        found.append((path, value))
    if isinstance(value, Object):
        for key, item in value.items.items():
            found += _open(item, fields, (*path, key))
    elif isinstance(value, tuple):
        for at, item in enumerate(value):
            found += _open(item, fields, (*path, at))
    return sorted(islice(found, 4 * _MOST), key=lambda entry: len(entry[0]))


_ABSENT = object()


def _choices(value: Value) -> list[Value]:
    if not isinstance(value, Maybe):
        return [True, False]
    inner = value.value
    return [_ABSENT, True, False] if isinstance(inner, Unknown) and inner.kind == "boolean" else [_ABSENT, inner]


def _with(value: Value, path: tuple[Any, ...], choice: Value) -> Value:
    """The value with the choice in place; unchanged where a choice before has left no such place."""
    if isinstance(value, Maybe):
        # An outer field that is still open keeps being so.
        return Maybe(_with(value.value, path, choice), value.fields) if path else choice
    if not path:
        return choice
    key, *rest = path
    if isinstance(value, tuple):
        return tuple(_with(item, tuple(rest), choice) if at == key else item for at, item in enumerate(value))
    if not isinstance(value, Object) or key not in value.items:
        return value
    items = dict(value.items)
    changed = _with(items[key], tuple(rest), choice)
    if changed is _ABSENT:
        del items[key]
    else:
        items[key] = changed
    return Object(items, value.more)
