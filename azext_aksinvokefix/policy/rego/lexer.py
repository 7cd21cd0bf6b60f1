"""Rego text to tokens, in one pass."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from azext_aksinvokefix.policy.rego.errors import RefusedError

NAME, NUMBER, STRING, SIGN, END = "name number string sign end".split()
_MOST_TOKENS = 30_000
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+) | (?P<comment>\#[^\n]*) | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<number>(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![0-9]))
    | (?P<string>"(?:[^"\\\n]|\\.)*") | (?P<raw>`[^`]*`)
    | (?P<sign>:=|==|!=|<=|>=|[-+*/%|&<>=.,;:()\[\]{}])""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    line: int
    #: Whether white space, and whether the end of a line, stands before it.
    spaced: bool
    on_new_line: bool


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at, line, spaced, new_line = 0, 1, False, False
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match or len(found) > _MOST_TOKENS:
            raise RefusedError(f"its Rego cannot be read at line {line}")
        at, kind, piece = match.end(), str(match.lastgroup), match[0]
        if kind in ("space", "comment"):
            spaced, new_line = True, new_line or "\n" in piece
        else:
            found.append(_token(kind, piece, line, spaced, new_line))
            spaced = new_line = False
        line += piece.count("\n")
    found.append(Token(END, "", line, spaced=True, on_new_line=True))
    return found


def _token(kind: str, piece: str, line: int, spaced: bool, new_line: bool) -> Token:
    if kind == "raw":
        return Token(STRING, piece[1:-1].replace("\r", ""), line, spaced, new_line)
    if kind == "string":
        try:
            return Token(STRING, json.loads(piece), line, spaced, new_line)
        except ValueError:
            raise RefusedError(f"its Rego has a string that cannot be read at line {line}") from None
    return Token(kind, piece, line, spaced, new_line)
