"""Rego terms: operators by precedence, references, calls, collections and comprehensions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

from azext_aksinvokefix.policy.rego.errors import RefusedError
from azext_aksinvokefix.policy.rego.lexer import END, NAME, NUMBER, STRING, Token, tokens
from azext_aksinvokefix.policy.rego.syntax import (
    ARRAY,
    OBJECT,
    SET,
    Body,
    Call,
    Collection,
    Comprehension,
    Constant,
    Pairs,
    Ref,
    Term,
    Var,
)
from azext_aksinvokefix.policy.rego.values import Number

MEMBER, MEMBER_WITH_KEY = ("internal.member_2",), ("internal.member_3",)
#: Weakest first; the words are OPA's own names of the operators' functions.
_OPERATORS: tuple[dict[str, str], ...] = (
    {"==": "equal", "!=": "neq", "<": "lt", ">": "gt", "<=": "lte", ">=": "gte"},
    {"|": "or"},
    {"&": "and"},
    {"+": "plus", "-": "minus"},
    {"*": "mul", "/": "div", "%": "rem"},
)
_CONSTANTS = {"true": True, "false": False, "null": None}
_RESERVED = frozenset("as default else false import not null package some true with".split())
_DEEPEST, _LONGEST_NUMBER = 40, 60


class TermParser:
    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._at = self._depth = self._wildcards = 0
        self.keywords = set(_RESERVED)

    # Tokens

    @property
    def token(self) -> Token:
        return self._tokens[self._at]

    @property
    def following(self) -> Token:
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def at(self, text: str) -> bool:
        return self.token.text == text and self.token.kind not in (STRING, END)

    def take(self, text: str) -> bool:
        if not self.at(text):
            return False
        self._at += 1
        return True

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise self.refuse()

    def refuse(self) -> RefusedError:
        return RefusedError(f"its Rego cannot be read at line {self.token.line}")

    def name(self) -> str:
        if self.token.kind != NAME or self.token.text in _RESERVED:
            raise self.refuse()
        self._at += 1
        return self._tokens[self._at - 1].text

    @contextmanager
    def deeper(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise RefusedError("its Rego is nested too deeply")
        yield
        self._depth -= 1

    # Operators

    def term(self, *, listed: bool = False) -> Term:
        """A term with operators. ``listed``: a comma ends it, so that `key, value in domain` is two of them."""
        with self.deeper():
            return self._membership(self._operators(0, None), listed)

    def _continued(self, left: Term) -> Term:
        """The rest of a term whose first operand has been read."""
        return self._membership(self._operators(0, left), listed=True)

    def _membership(self, left: Term, listed: bool) -> Term:
        if "in" not in self.keywords:
            return left
        if not listed and self.at(","):
            before = self._at
            self._at += 1
            value = self._operators(0, None)
            if not self.take("in"):
                self._at = before
                return left
            left = Call(MEMBER_WITH_KEY, (left, value, self._operators(0, None)))
        while self.take("in"):
            left = Call(MEMBER, (left, self._operators(0, None)))
        return left

    def _operators(self, level: int, left: Term | None) -> Term:
        """Operators of a level and the stronger ones; all of them group to the left."""
        if level == len(_OPERATORS):
            return self.operand() if left is None else left
        left = self._operators(level + 1, left)
        while self.token.text in _OPERATORS[level] and self.token.kind != STRING:
            operator = _OPERATORS[level][self.token.text]
            self._at += 1
            left = Call((operator,), (left, self._operators(level + 1, None)))
        return left

    # Operands

    def operand(self) -> Term:
        with self.deeper():
            return self._referred(self._head_of_operand())

    def _head_of_operand(self) -> Term:
        token = self.token
        if token.kind == STRING:
            self._at += 1
            return Constant(token.text)
        if token.kind == NUMBER:
            self._at += 1
            return Constant(_number(token.text))
        if token.kind == NAME:
            return self._named()
        openings = {"[": self._array, "{": self._braces, "(": self._bracketed, "-": self._negative}
        if token.kind == END or token.text not in openings:
            raise self.refuse()
        self._at += 1
        return openings[token.text]()

    def _named(self) -> Term:
        word = self.token.text
        if word in _CONSTANTS:
            self._at += 1
            return Constant(_CONSTANTS[word])
        if word in self.keywords and word != "contains" and self.following.text not in (".", "["):
            raise self.refuse()
        self._at += 1
        if word == "_":
            self._wildcards += 1
            return Var(f"_{self._wildcards}_")
        return Var(word)

    def _bracketed(self) -> Term:
        inner = self.term()
        self.expect(")")
        return inner

    def _negative(self) -> Term:
        operand = self.operand()
        if isinstance(operand, Constant) and isinstance(operand.value, Number):
            return Constant(Number(-operand.value.value))
        return Call(("minus",), (Constant(Number(0)), operand))

    def _referred(self, head: Term) -> Term:
        """What follows an operand without white space: `.name`, `[key]`, `(arguments)`."""
        while not self.token.spaced and self.token.text in (".", "[", "(") and self.token.kind != STRING:
            if isinstance(head, Constant):
                raise self.refuse()
            if self.take("("):
                head = self._call(head)
            elif self.take("."):
                head = _longer(head, self._member())
            else:
                self.expect("[")
                head = _longer(head, self.term())
                self.expect("]")
        return head

    def _member(self) -> Constant:
        if self.token.kind != NAME or self.token.spaced:
            raise self.refuse()
        self._at += 1
        return Constant(self._tokens[self._at - 1].text)

    def _call(self, function: Term) -> Term:
        arguments = self.list_of(")")
        if isinstance(function, Var):
            if function.name == "set" and not arguments:
                return Collection(SET, ())
            return Call((function.name,), arguments)
        if not isinstance(function, Ref) or not isinstance(function.head, Var):
            raise self.refuse()
        parts = [part.value for part in function.path if isinstance(part, Constant)]
        if len(parts) < len(function.path):
            raise self.refuse()
        return Call((function.head.name, *parts), arguments)

    # Collections

    def list_of(self, end: str) -> tuple[Term, ...]:
        """Terms with commas between them, and the closing sign."""
        found: list[Term] = []
        while not self.take(end):
            if found:
                self.expect(",")
                if self.take(end):
                    break
            found.append(self.term(listed=True))
        return tuple(found)

    def _array(self) -> Term:
        return self._items("]", ARRAY)

    def _braces(self) -> Term:
        if self.take("}"):
            return Pairs(())
        first = self.operand()
        if self.at("|"):
            return self._comprehension(SET, None, first, "}")
        first = self._continued(first)
        return self._object(first) if self.take(":") else self._rest("}", SET, first)

    def _items(self, end: str, kind: str) -> Term:
        if self.take(end):
            return Collection(kind, ())
        first = self.operand()
        if self.at("|"):
            return self._comprehension(kind, None, first, end)
        return self._rest(end, kind, self._continued(first))

    def _rest(self, end: str, kind: str, first: Term) -> Collection:
        if self.take(end):
            return Collection(kind, (first,))
        self.expect(",")
        return Collection(kind, (first, *self.list_of(end)))

    def _object(self, key: Term) -> Term:
        value = self.operand()
        if self.at("|"):
            return self._comprehension(OBJECT, key, value, "}")
        pairs = [(key, self._continued(value))]
        while not self.take("}"):
            self.expect(",")
            if self.take("}"):
                break
            key = self.term(listed=True)
            self.expect(":")
            pairs.append((key, self.term(listed=True)))
        return Pairs(tuple(pairs))

    def _comprehension(self, kind: str, key: Term | None, value: Term, end: str) -> Comprehension:
        self.expect("|")
        body = self.body(end)
        self.expect(end)
        return Comprehension(kind, key, value, body)

    def body(self, end: str) -> Body:
        raise NotImplementedError


def _longer(head: Term, part: Term) -> Ref:
    return replace(head, path=(*head.path, part)) if isinstance(head, Ref) else Ref(head, (part,))


def _number(text: str) -> Number:
    if len(text) > _LONGEST_NUMBER or any(len(part) > 3 for part in text.lower().split("e")[1:]):  # noqa: PLR2004
        raise RefusedError("its Rego has a number that is too large")
    return Number(Fraction(text))
