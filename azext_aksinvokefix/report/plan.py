"""A plan as a person reads it before agreeing to it: every request, what it changes, what takes it back."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from azext_aksinvokefix.changes.documents import ABSENT, writable
from azext_aksinvokefix.changes.plan import Change, Plan
from azext_aksinvokefix.quoting import block, one_line

_LONGEST_VALUE = 200


def render(plan: Plan, *, width: int = 100) -> str:
    """The whole plan; ``width`` is in columns, requests and commands are never wrapped."""
    return "\n".join(_lines(plan, width)) + "\n"


def _lines(plan: Plan, width: int) -> Iterator[str]:
    if plan.changes:
        yield f"Plan ({plan.command}):"
    for number, change in enumerate(plan.changes, 1):
        yield from _wrapped(f"{number}. {change.what}", width, "  ", "     ")
        yield f"     {change.method} {one_line(change.id)}?api-version={change.api_version}"
        yield from _differences(change)
        yield f"     undo: {_undo(change)}"
    for note in plan.notes:
        yield from _wrapped(note, width, "  - ", "    ")
    for warning in plan.warnings:
        yield from _wrapped(f"Warning: {warning}", width, "  ", "    ")
    for action, scope in dict.fromkeys(plan.requires):
        yield from _wrapped(f"needs {action} at {one_line(scope)}", width, "  ", "    ")
    for title, text in plan.attachments:
        yield from _wrapped(title, width, "  ", "    ")
        yield textwrap.indent(block(text).rstrip("\n"), "      ")
    if plan.next_step:
        yield from _wrapped(f"Then: {plan.next_step}" if plan.changes else plan.next_step, width, "  ", "    ")


def _undo(change: Change) -> str:
    request = change.undo()
    if request is None:
        return "there is none"
    if request["method"] == "PUT":
        return "PUT with the settings as they were" if change.settings else "PUT of the document as it was"
    return f"{request['method']} {one_line(request['id'])}"


def _differences(change: Change) -> Iterator[str]:
    if change.method == "POST" or change.after is None:
        for pointer, value in zip(change.settings, change.becomes):
            yield f"       {'.'.join(pointer)} becomes {_shown(value)}"
        return
    before = writable(change.before) if isinstance(change.before, dict) else {}
    yield from _between(before, change.after, "")


def _between(before: Any, after: Any, path: str) -> Iterator[str]:
    """The places in which two documents differ; of a list of words, the words."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            inner = f"{path}.{name}" if path else str(name)
            yield from _between(before.get(name, ABSENT), after.get(name, ABSENT), inner)
        return
    if before is ABSENT and isinstance(after, dict) and after:
        yield from _between({}, after, path)
        return
    yield f"       {one_line(path)}"
    if isinstance(after, list) and (before is ABSENT or isinstance(before, list)):
        yield from _between_lists([] if before is ABSENT else before, after)
        return
    if before is not ABSENT:
        yield f"         - {_shown(before)}"
    if after is not ABSENT:
        yield f"         + {_shown(after)}"


def _between_lists(before: list[Any], after: list[Any]) -> Iterator[str]:
    for item in before:
        yield f"         {' ' if item in after else '-'} {_shown(item)}"
    for item in after:
        if item not in before:
            yield f"         + {_shown(item)}"


def _shown(value: Any) -> str:
    text = one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]} … ({len(text) - _LONGEST_VALUE} more)"


def _wrapped(text: str, width: int, indent: str, hanging: str) -> list[str]:
    return textwrap.wrap(
        one_line(text),
        width,
        initial_indent=indent,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
