"""What the parts of a report need of the console that they speak through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from azext_aksinvokefix.report.lines import Line


class Speaker(Protocol):
    """A terminal or pipe. `console.Console` is one."""

    @property
    def quiet(self) -> bool:
        """Whether only errors are wanted."""

    @property
    def is_for_a_person(self) -> bool:
        """Whether standard output is read at a terminal and nobody asked for a format."""

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there who could answer."""

    @property
    def is_brief(self) -> bool:
        """Whether a plan is to leave room for what it is about."""

    def note(self, line: str) -> None:
        """Something worth a line."""

    def say(self, line: str) -> None:
        """A line that belongs to an error and is shown with it."""

    def error(self, text: str) -> None:
        """What went wrong."""

    def text(self, text: str) -> None:
        """Several lines that belong to an error or a question."""

    def show(self, text: str) -> None:
        """A page on standard output."""

    def lines(self, lines: Sequence[Line]) -> None:
        """Lines that may have colour and belong to an error or a question."""

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Lines that may have colour on standard output."""
