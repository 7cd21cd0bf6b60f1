"""The steps of a planned body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from azext_aksinvokefix.policy.rego.syntax import Term, Var


@dataclass(frozen=True)
class Gather:
    """A comprehension with its steps."""

    kind: str
    key: Term | None
    value: Term
    steps: Steps


@dataclass(frozen=True)
class Bind:
    left: Term | Gather
    right: Term | Gather
    negated: bool = False


@dataclass(frozen=True)
class Invoke:
    path: tuple[str, ...]
    arguments: tuple[Term, ...]
    result: Var | None = None
    negated: bool = False


@dataclass(frozen=True)
class Check:
    term: Term | Gather
    negated: bool = False


@dataclass(frozen=True)
class Each:
    key: str | None
    value: str
    domain: Var
    steps: Steps


@dataclass(frozen=True)
class Stop:
    """Beyond this the evaluation does not know."""

    why: str


Step = Union[Bind, Invoke, Check, Each, Stop]
Steps = tuple[Step, ...]
