"""Regular expressions that cost nothing until they are used: a failure needs few of the several dozen there are."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import cached_property


class Pattern:
    """A regular expression that is compiled when it is first used, with the methods of ``re.Pattern``."""

    def __init__(self, expression: str) -> None:
        self._expression = expression

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._expression)

    def match(self, text: str) -> re.Match[str] | None:
        return self._compiled.match(text)

    def search(self, text: str, start: int = 0, stop: int = sys.maxsize) -> re.Match[str] | None:
        return self._compiled.search(text, start, stop)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self._compiled.finditer(text)

    def findall(self, text: str) -> list[str]:
        return self._compiled.findall(text)

    def sub(self, replacement: str | Callable[[re.Match[str]], str], text: str) -> str:
        return self._compiled.sub(replacement, text)
