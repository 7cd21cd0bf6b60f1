"""What the life of a change asks of whoever talks to the user. `report.console.Console` is one; a test may be another.

No floor below the reports imports them: what is said there, and how, is not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from azext_aksinvokefix.changes.plan import Plan
    from azext_aksinvokefix.changes.step import Step
    from azext_aksinvokefix.lifecycle import Diagnosis


class ChangesDialogue(Protocol):
    """Where the life of a change is told."""

    def planned(self, plan: Plan, to_agree: bool = False) -> None:
        """The plan; ``to_agree`` to somebody who cannot agree to it unseen."""

    def begun(self, change_id: str, what: str) -> None:
        """The first request is about to be sent; ``what`` is what it is to change."""

    def in_force(self) -> None:
        """All changes of a plan were read back; what is waited for is their effect."""

    def made(self, verified: bool | None, next_step: str) -> None:
        """All changes of a plan are made; whether they show their effect, None where that cannot be told."""

    def partly_made(self, lines: Sequence[str], sent: bool) -> None:
        """What was done of a plan and what was not; ``sent`` if any of it may be in force."""

    def step(self, diagnosis: Diagnosis, finding_id: str) -> None:
        """What the next step of a repair is about."""

    def foreseen(self, diagnosis: Diagnosis, step: Step, plan: Plan | None) -> None:
        """A step of a repair that only plans."""


class Dialogue(Protocol):
    """Somebody who is told what happens and may be asked."""

    @property
    def can_ask(self) -> bool:
        """Whether there is anybody to ask."""

    @property
    def changes(self) -> ChangesDialogue:
        """The part that speaks of changes."""

    def stage(self, text: str) -> None:
        """What is being waited for."""

    def note(self, line: str) -> None:
        """Something worth a line."""

    def text(self, text: str) -> None:
        """Several lines."""

    def ask(self, question: str, default: bool = True) -> bool:
        """Yes or no; no where nobody answers."""

    def choose(self, question: str, options: Sequence[str]) -> int | None:
        """The place of the option that was chosen; None when none was."""

    def decide(self, question: str, options: Sequence[tuple[str, Sequence[str]]]) -> int | None:
        """The place of one of the options, each with the words that choose it; None where nobody answers."""

    def diagnosed(self, diagnosis: Diagnosis) -> None:
        """What is still wrong."""
