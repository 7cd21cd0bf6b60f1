"""What is known of one builtin function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from azext_aksinvokefix.policy.rego.values import Value

#: The types of an argument, or nothing for any.
Kinds = tuple[str, ...]
STRING: Kinds = ("string",)
NUMBER: Kinds = ("number",)
ARRAY: Kinds = ("array",)
OBJECT: Kinds = ("object",)
SETS: Kinds = ("set",)
MEMBERS: Kinds = ("array", "set")
ANY: Kinds = ()
#: No better answer than the type of the result.
OPEN: Value = object()


@dataclass(frozen=True)
class Builtin:
    #: Of known arguments of the right types; raises BuiltinError where OPA's fails.
    function: Callable[..., Value]
    kinds: tuple[Kinds, ...]
    #: The type that it returns, "" for any.
    result: str
    total: bool = False
    #: Of arguments of the right types with unknown parts: what holds for all of them, or OPEN.
    partly: Callable[..., Value] | None = None

    def takes(self, at: int, kind: str) -> bool:
        return not self.kinds[at] or kind in self.kinds[at]
