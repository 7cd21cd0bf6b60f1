"""A plan as a person reads it before agreeing to it: every request, what it changes, what undoes it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from azext_aksinvokefix.changes.documents import ABSENT, Pointer, writable
from azext_aksinvokefix.changes.plan import Change, Plan
from azext_aksinvokefix.quoting import block, one_line
from azext_aksinvokefix.report.lines import Line, Style, line

_LONGEST_VALUE = 200
_ADDED, _GONE, _KEPT = "         + ", "         - ", "           "
#: A value where there was none, in one line.
_NEW = "       + "
#: Azure writes these itself, whatever is sent.
_METADATA, _WRITTEN_BY_AZURE = ("properties", "metadata"), ("createdBy", "createdOn", "updatedBy", "updatedOn")
_WRITTEN_OUT = "not set; the default values in force are written out"
_EXACT = "  The exact requests: --what-if"
_WARNING = "Warning: "
_TOTAL = "Plan: "
#: How a line starts, and the style that it has then.
_STYLES: Mapping[str, Style] = {
    _TOTAL: "important",
    _ADDED: "success",
    _NEW: "success",
    _GONE: "error",
    f"  {_WARNING}": "warning",
}


class _Page(NamedTuple):
    """How a plan is shown. ``brief`` above a question, where what the plan is for is still to be on the screen."""

    width: int
    unicode: bool
    brief: bool

    def id(self, id: str) -> str:  # noqa: A002  # pylint: disable=redefined-builtin
        """A resource id; in brief without the scopes above it, which the plan names in words."""
        if not self.brief or "/providers/" not in id:
            return one_line(id)
        return one_line(f"{'…' if self.unicode else '...'}/providers/{id.rpartition('/providers/')[2]}")

    def place(self, scope: str) -> str:
        """A scope that a right is needed at; in brief its kind and its name."""
        return one_line("/".join(scope.split("/")[-2:]) if self.brief else scope)

    def value(self, value: Any) -> Any:
        """A value that a document gets; in brief an id is its kind and its name."""
        is_id = self.brief and isinstance(value, str) and value.startswith("/") and "/providers/" in value
        return f"{'…' if self.unicode else '...'}/{self.place(value)}" if is_id else value


def render(plan: Plan, *, width: int = 100, unicode: bool = True, brief: bool = False) -> str:
    """The whole plan; ``width`` is in columns, requests and commands are never wrapped."""
    return "\n".join(_lines(plan, _Page(width, unicode, brief))) + "\n"


def styled(plan: Plan, *, width: int = 100, unicode: bool = True, brief: bool = False) -> list[Line]:
    """The same as lines that may have colour: what is added and taken away, what it comes to, and the warnings."""
    lines = render(plan, width=width, unicode=unicode, brief=brief).splitlines()
    return [line((_style(each), each)) for each in lines]


def _style(text: str) -> Style:
    return next((style for start, style in _STYLES.items() if text.startswith(start)), "")


def _lines(plan: Plan, page: _Page) -> Iterator[str]:
    if plan.changes:
        yield (" · " if page.unicode else " - ").join(_total(plan))
    for number, change in enumerate(plan.changes, 1):
        yield from _wrapped(f"{number}. {change.what}", page.width, "  ", "     ")
        version = "" if page.brief else f"?api-version={change.api_version}"
        yield f"     {change.method} {page.id(change.id)}{version}"
        yield from _differences(change, page)
        yield f"     undo: {_undo(plan, change)}"
    yield from _remarks(plan, page)
    if plan.changes and page.brief:
        yield _EXACT
    if plan.next_step:
        yield from _wrapped(f"Then: {plan.next_step}" if plan.changes else plan.next_step, page.width, "  ", "    ")


def _remarks(plan: Plan, page: _Page) -> Iterator[str]:
    """What is to be known of the plan as a whole."""
    # One message alone is no list.
    notes = (*plan.notes, *plan.otherwise)
    bullet = "" if len(notes) == 1 and not plan.changes else "  - "
    for note in notes:
        yield from _wrapped(note, page.width, bullet, " " * len(bullet))
    for warning in plan.warnings:
        yield from _wrapped(f"{_WARNING}{warning}", page.width, "  ", "    ")
    for action, scope in dict.fromkeys(plan.requires):
        yield from _wrapped(f"needs {action} at {page.place(scope)}", page.width, "  ", "    ")
    for title, text in plan.attachments:
        yield from _wrapped(title, page.width, "  ", "    ")
        yield textwrap.indent(block(text).rstrip("\n"), "      ")


def _total(plan: Plan) -> Iterator[str]:
    """What it comes to: how much is written, whether that can be undone, and what it costs."""
    deleted = sum(change.method == "DELETE" for change in plan.changes)
    added = sum(change.method == "PUT" and change.before is None for change in plan.changes)
    changed = len(plan.changes) - deleted - added
    yield f"{_TOTAL}{changed} to change, {added} to add" + (f", {deleted} to delete" if deleted else "")
    undone = [change.undo() is not None for change in plan.changes]
    yield f"undo: {'yes' if all(undone) else 'in part' if any(undone) else 'no'}"
    if plan.cost:
        yield f"cost: {one_line(plan.cost)}"


def _undo(plan: Plan, change: Change) -> str:
    """The command that undoes it, and what that does; an undo is never the latest change, so it needs its id."""
    request = change.undo()
    if request is None:
        return f"none; to make the change again, run: {one_line(plan.again)}" if plan.again else "none"
    command = "az aks invoke-fix undo" + (" --change-id ID, with the id that is printed then" if plan.undoes else "")
    if request["method"] == "DELETE":
        return f"{command} (deletes it again)"
    if request["method"] == "POST":
        return f"{command} (POST {one_line(request['id'])})"
    return f"{command} (restores the previous {'settings' if change.settings else 'document'})"


def _differences(change: Change, page: _Page) -> Iterator[str]:
    if change.method == "POST" or change.after is None:
        for pointer, value in zip(change.settings, change.becomes):
            yield f"       {'.'.join(pointer)} becomes {_shown(value)}"
        return
    before = writable(change.before) if isinstance(change.before, dict) else {}
    yield from _between(before, change.after, (), dict(change.defaults), page)


def _between(before: Any, after: Any, place: Pointer, defaults: Mapping[Pointer, Any], page: _Page) -> Iterator[str]:
    """The places in which two documents differ; of a list of words, the words."""
    if before == after or place[:-1] == _METADATA and place[-1] in _WRITTEN_BY_AZURE:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from _between(before.get(name, ABSENT), after.get(name, ABSENT), (*place, str(name)), defaults, page)
        return
    if before is ABSENT and isinstance(after, dict) and after:
        yield from _between({}, after, place, defaults, page)
        return
    if before is ABSENT and place in defaults:
        why = "not set; the default is written out" if page.brief else _WRITTEN_OUT
        yield f"       {one_line('.'.join(place))} ({why})"
        yield from _changed(defaults[place], after)
        return
    if page.brief and before is ABSENT and not isinstance(after, list):
        yield f"{_NEW}{one_line('.'.join(place))}: {_shown(page.value(after))}"
        return
    yield f"       {one_line('.'.join(place))}"
    yield from _changed(before, after)


def _changed(before: Any, after: Any) -> Iterator[str]:
    if isinstance(after, list) and (before is ABSENT or isinstance(before, list)):
        yield from _between_lists([] if before is ABSENT else before, after)
        return
    if before is not ABSENT:
        yield _GONE + _shown(before)
    if after is not ABSENT:
        yield _ADDED + _shown(after)


def _between_lists(before: list[Any], after: list[Any]) -> Iterator[str]:
    for item in before:
        yield (_KEPT if item in after else _GONE) + _shown(item)
    for item in after:
        if item not in before:
            yield _ADDED + _shown(item)


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
