"""OPA's builtin functions, as far as templates use them; of any other one nothing is known.

A builtin that fails makes its expression undefined. Called with unknown values it answers what holds for all of them:
its own ``partly`` where it has one, else a value of the type that it returns. ``total`` ones fail for no value of the
right types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Optional

from azext_aksinvokefix.policy.rego.builtins import collections, comparison, formatting, matching, numbers, strings
from azext_aksinvokefix.policy.rego.builtins.table import OPEN, Builtin
from azext_aksinvokefix.policy.rego.errors import BuiltinError, RefusedError
from azext_aksinvokefix.policy.rego.values import NONE, Fields, Unknown, Value, any_text, fields_of, kind_of, outside

Outcome = Optional[tuple[Value, Fields]]

BUILTINS: Mapping[str, Builtin] = {
    **comparison.BUILTINS,
    **numbers.BUILTINS,
    **strings.BUILTINS,
    **formatting.BUILTINS,
    **matching.BUILTINS,
    **collections.BUILTINS,
}


def call(name: str, arguments: tuple[Value, ...]) -> tuple[Outcome, Fields]:
    """The value and what it rests on that it is defined, or None; and the fields for which it may end in an error."""
    builtin = BUILTINS.get(name)
    if builtin is None:
        beyond = outside(name)
        return (Unknown(beyond), beyond), beyond
    if len(arguments) != len(builtin.kinds):
        raise RefusedError(f"it calls {name} with the wrong number of arguments")
    fields = NONE.union(*map(fields_of, arguments))
    return (_known(builtin, arguments) if not fields else _partly(builtin, arguments, fields)), NONE


def _known(builtin: Builtin, arguments: tuple[Value, ...]) -> Outcome:
    if not all(builtin.takes(at, kind_of(argument)) for at, argument in enumerate(arguments)):
        return None
    try:
        return builtin.function(*arguments), NONE
    except BuiltinError:
        return None


def _partly(builtin: Builtin, arguments: tuple[Value, ...], fields: Fields) -> Outcome:
    kinds = [kind_of(argument) for argument in arguments]
    if not all(builtin.takes(at, kind) for at, kind in enumerate(kinds) if kind):
        return None
    certain = all(kind or not builtin.kinds[at] for at, kind in enumerate(kinds))
    if builtin.partly and certain:
        try:
            found = builtin.partly(*arguments)
        except BuiltinError:
            return None
        if found is not OPEN:
            return found, NONE
    value = any_text(fields) if builtin.result == "string" else Unknown(fields, builtin.result)
    return value, NONE if certain and builtin.total else fields
