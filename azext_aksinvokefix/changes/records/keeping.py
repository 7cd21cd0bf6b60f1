"""What the life of a change asks of whoever keeps what was done. `journal.Journal` is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol


class Copy(Protocol):
    """A file that gets every line as well. `undo_file.UndoFile` is one."""

    path: Path

    def open(self) -> None:
        """Take the name; RefusedError where that cannot be."""

    def keep(self, line: Mapping[str, Any]) -> None:
        """Put the latest line of a change in it."""

    def close(self) -> None:
        """Leave no empty file behind."""

    @property
    def is_used(self) -> bool:
        """Whether it holds a change."""


class Keeping(Protocol):
    """Where every change is written down before it is sent and after it ended; ``copy`` is the undo document, if one
    is wanted."""

    copy: Copy | None

    def append(self, change: Mapping[str, Any]) -> None:
        """One line more; RefusedError when it cannot be written."""

    def turn(self, document_id: str, waiting: Callable[[], None]) -> AbstractContextManager[None]:
        """While it is open nobody else who keeps changes here writes the document; ``waiting`` is told if one does."""

    def changes(self) -> Mapping[str, dict[str, Any]]:
        """The last line of every change by its id, the oldest change first."""
