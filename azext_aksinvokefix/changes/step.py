"""A step of a repair: what it is about, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from azext_aksinvokefix.lifecycle import Finding

#: ``planned`` only with ``--what-if``; ``refused``: it could not be planned, or not wholly made.
Action = Literal["planned", "applied", "nothingToDo", "skipped", "refused", "quit"]


@dataclass(frozen=True)
class Step:
    """One finding that had its turn. ``plan`` is the contracted Plan as it was carried out or would be; None where it
    came to none. ``reason`` says why nothing, or not everything, was done."""

    finding: Finding
    action: Action
    reason: str = ""
    plan: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "finding": self.finding.id,
            "stage": self.finding.stage,
            "action": self.action,
            "reason": self.reason,
            "plan": self.plan,
        }
