"""Rego of version 0 as version 1, for the judge in the tests, which reads that alone.

It looks at tokens with a reader of its own, so that a mistake of the product's reader shows as a difference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)|(?P<text>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?P<word>\w+)|(?P<sign>:=|==|!=|<=|>=|.)""",
    re.DOTALL,
)
#: What version 1 took away, written out under other names: the old ones are known to the compiler, which refuses them.
GONE = """
old_any(xs) := true if { xs[_] == true } else := false
old_all(xs) := false if { some x in xs; x != true } else := true
"""
_RENAMED = {"re_match": "regex.match", "any": "old_any", "all": "old_all"}
_OPERATORS = {"=", ":=", "==", "!=", "<", ">", "<=", ">=", "|", "&", "+", "-", "*", "/", "%"}


@dataclass(frozen=True)
class _Token:
    text: str
    kind: str
    start: int
    end: int
    new_line: bool


def to_v1(text: str) -> str:
    if re.search(r"^\s*import\s+rego\.v1", text, re.MULTILINE):
        return text
    return _Rewriter(text).rewritten()


def package(text: str) -> str:
    found = re.search(r"^\s*package\s+([\w.]+)", text, re.MULTILINE)
    assert found, text
    return found[1]


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    new_line = True
    for match in _TOKEN.finditer(text):
        if match["space"]:
            new_line = new_line or "\n" in match[0]
            continue
        found.append(_Token(match[0], str(match.lastgroup), match.start(), match.end(), new_line))
        new_line = False
    return [*found, _Token("", "end", len(text), len(text), True)]


class _Rewriter:
    def __init__(self, text: str) -> None:
        self._text, self._tokens, self._at = text, _tokens(text), 0
        self._edits: list[tuple[int, int, str]] = []

    def rewritten(self) -> str:
        self._rename()
        while self._now.kind != "end":
            if self._now.text in ("package", "import", "default"):
                self._skip_line()
            elif self._now.text == "{":
                self._skip_group()
            else:
                self._rule()
        text = self._text
        for start, end, new in sorted(self._edits, reverse=True):
            text = text[:start] + new + text[end:]
        return text + GONE

    @property
    def _now(self) -> _Token:
        return self._tokens[self._at]

    def _rename(self) -> None:
        for before, token, after in zip([self._tokens[-1], *self._tokens], self._tokens, self._tokens[1:]):
            if token.text in _RENAMED and after.text == "(" and before.text != ".":
                self._edits.append((token.start, token.end, _RENAMED[token.text]))

    def _skip_line(self) -> None:
        self._at += 1
        while not self._now.new_line:
            self._skip()

    def _skip(self) -> None:
        if self._now.text in ("(", "[", "{"):
            self._skip_group()
        else:
            self._at += 1

    def _skip_group(self) -> None:
        depth = 0
        while True:
            if self._now.kind == "sign":
                depth += (self._now.text in "([{") - (self._now.text in ")]}")
            self._at += 1
            if depth == 0:
                return

    def _rule(self) -> None:
        is_else = self._now.text == "else"
        self._at += 1
        bracket = None
        if not is_else and self._now.text == "(":
            self._skip_group()
        elif not is_else and self._now.text == "[":
            bracket = (self._at, self._now)
            self._skip_group()
        closing = self._tokens[self._at - 1]
        if self._now.text in ("if", "contains"):
            self._rest()
            return
        has_value = self._now.text in ("=", ":=")
        if has_value:
            self._value()
        if bracket and not has_value:
            self._edits.append((bracket[1].start, bracket[1].end, " contains "))
            self._edits.append((closing.start, closing.end, " "))
        if self._now.text == "{":
            self._edits.append((self._now.start, self._now.start, " if "))
            self._skip_group()
        elif self._now.text == "if":
            self._rest()

    def _value(self) -> None:
        """Up to the body, or to the end of the line where there is none."""
        self._at += 1
        first = True
        while self._now.kind != "end":
            goes_on = first or self._tokens[self._at - 1].text in _OPERATORS
            if self._now.text in ("{", "if", "else") and not goes_on:
                return
            if self._now.new_line and not goes_on and self._now.text not in _OPERATORS:
                return
            self._skip()
            first = False

    def _rest(self) -> None:
        """What follows `if` or `contains`: a key, a body, or the line."""
        is_key = self._now.text == "contains"
        self._at += 1
        if is_key:
            self._skip()
            while self._now.text not in ("{", "if") and not self._now.new_line:
                self._skip()
            if self._now.text == "{":
                self._edits.append((self._now.start, self._now.start, " if "))
                self._skip_group()
            elif self._now.text == "if":
                self._rest()
            return
        while self._now.kind != "end" and not self._now.new_line:
            if self._now.text == "{" and self._tokens[self._at - 1].text not in _OPERATORS:
                self._skip_group()
                return
            self._skip()
