"""What the life of a change asks of whoever keeps what was done. `journal.Journal` is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Keeping(Protocol):
    """Where every change is written down before it is sent and after it ended."""

    def append(self, change: Mapping[str, Any]) -> None:
        """One line more; RefusedError when it cannot be written."""

    def changes(self) -> Mapping[str, dict[str, Any]]:
        """The last line of every change by its id, the oldest change first."""
