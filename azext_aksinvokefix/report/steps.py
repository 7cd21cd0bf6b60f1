"""What is said of steps and of files that came back: a line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from azext_aksinvokefix.quoting import one_line

if TYPE_CHECKING:
    from azext_aksinvokefix.invoke.fetch import Fetched
    from azext_aksinvokefix.invoke.steps import Step

_MARKS = {"succeeded": "✓", "failed": "✗", "notRun": "·", "unknown": "?"}
_PLAIN_MARKS = {"succeeded": "+", "failed": "x", "notRun": ".", "unknown": "?"}
_LONGEST = 120


def lines(steps: Sequence[Step], *, unicode: bool) -> Iterator[str]:
    """``✓ 1/3 kubectl apply -f app.yaml``; one step alone needs no line."""
    if len(steps) < 2:
        return
    marks = _MARKS if unicode else _PLAIN_MARKS
    for number, step in enumerate(steps, 1):
        yield f"{marks[step.outcome]} {number}/{len(steps)} {_cut(one_line(step.command))}{_ending(step)}"


def _ending(step: Step) -> str:
    if step.outcome == "failed":
        return f" exit {step.exit_code}"
    return {"notRun": " not run", "unknown": " unknown"}.get(step.outcome, "")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def brought(fetched: Fetched) -> str:
    """A file or folder that came, and what was left out of it."""
    files = f"{fetched.files} file{'' if fetched.files == 1 else 's'}, {fetched.bytes} B"
    return f"Fetched {fetched.remote} to {fetched.local} ({files}). {fetched.detail or ''}".strip()


def lost(fetched: Fetched) -> str:
    """One that did not come, and why."""
    return f"{fetched.remote} was not fetched. {fetched.detail or ''}".strip()
