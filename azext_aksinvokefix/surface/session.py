"""The session of a command that was typed: who is talked to is the console, on which the result is printed as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azext_aksinvokefix.changes.session import Session

if TYPE_CHECKING:
    from azext_aksinvokefix.report.console import Console


@dataclass(frozen=True)
class ConsoleSession(Session):
    """A session, with more said about its ``console`` than the life of a change needs to know."""

    console: Console
