"""The tree of a Rego module.

Names are as written until ``names`` has resolved them: then a ``Var`` is local to its rule, a ``Ref`` to another
document starts with ``Document``, and a ``Call`` names a builtin or the full path of a function.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Union

ARRAY, SET, OBJECT = "array set object".split()


@dataclass(frozen=True)
class Constant:
    value: Any


@dataclass(frozen=True)
class Var:
    name: str


@dataclass(frozen=True)
class Document:
    """A document with a name of its own: ``input``, or a rule, by its path below ``data``."""

    path: tuple[str, ...]


@dataclass(frozen=True)
class Ref:
    head: Term
    path: tuple[Term, ...]


@dataclass(frozen=True)
class Call:
    """``path``: the function's name in parts as written; resolved, from ``data`` on, and a builtin's in one part."""

    path: tuple[str, ...]
    arguments: tuple[Term, ...]


@dataclass(frozen=True)
class Collection:
    """An array or a set written out."""

    kind: str
    items: tuple[Term, ...]


@dataclass(frozen=True)
class Pairs:
    """An object written out."""

    items: tuple[tuple[Term, Term], ...]


@dataclass(frozen=True)
class Comprehension:
    kind: str
    key: Term | None
    value: Term
    body: Body


Term = Union[Constant, Var, Document, Ref, Call, Collection, Pairs, Comprehension]


@dataclass(frozen=True)
class Test:
    """A term that must be neither false nor undefined."""

    term: Term
    negated: bool = False


@dataclass(frozen=True)
class Unify:
    """``left = right``; with ``declares`` it was written ``:=``. A call on the right binds its result."""

    left: Term
    right: Term
    declares: bool = False
    negated: bool = False


@dataclass(frozen=True)
class SomeVars:
    names: tuple[str, ...]


@dataclass(frozen=True)
class SomeIn:
    key: Term | None
    value: Term
    domain: Term


@dataclass(frozen=True)
class Every:
    key: str | None
    value: str
    domain: Term
    body: Body


@dataclass(frozen=True)
class Beyond:
    """An expression that is not evaluated here (``with``); reaching it leaves the answer open."""

    what: str


Expression = Union[Test, Unify, SomeVars, SomeIn, Every, Beyond]
Body = tuple[Expression, ...]

COMPLETE, FUNCTION, PARTIAL_SET, PARTIAL_OBJECT = "complete function partial-set partial-object".split()


@dataclass(frozen=True)
class Rule:  # pylint: disable=too-many-instance-attributes
    kind: str
    name: str
    arguments: tuple[Term, ...] = ()
    key: Term | None = None
    value: Term | None = None
    body: Body = ()
    otherwise: Rule | None = None
    default: bool = False


@dataclass(frozen=True)
class Import:
    path: tuple[str, ...]
    alias: str


@dataclass(frozen=True)
class Module:
    package: tuple[str, ...]
    imports: tuple[Import, ...] = ()
    rules: tuple[Rule, ...] = field(default=())
