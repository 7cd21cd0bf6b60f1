"""The values of a Kubernetes Secret, whatever they are called, in YAML and in JSON, with the members in any order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from azext_aksinvokefix.redact import names, values
from azext_aksinvokefix.redact.view import Span, View

_YAML_KIND = re.compile(r"kind[\"']?\s{0,8}:\s{0,8}[\"']?Secret\b(?!\w)")
_JSON = re.compile(
    r"[{}]|(?P<kind>[\"']kind[\"']\s{0,8}:\s{0,8}[\"']Secret[\"'])"
    r"|(?P<data>[\"'](?:data|stringData)[\"']\s{0,8}:\s{0,8})(?=\{)"
)
_JSON_VALUE = re.compile(r"[\"'][^\"'\n]{1,260}[\"']\s{0,8}:\s{0,8}(?=[\"'])")
_LINE = re.compile(
    r"(?P<indent>[ \t]*(?:-[ \t]+)*)(?P<key>[\"']?[\w.\-/]{1,260}[\"']?)[ \t]{0,8}:(?=[ \t\n]|$)[ \t]{0,40}"
)
_FLOW_VALUE = re.compile(r"[\w.\-\"']{1,260}\s{0,8}:\s{0,8}([^,{}\s]+)")
#: A document whose lines were joined.
_JOINED = re.compile(r"\s(?:data|stringData):\s((?:[\w.\-]{1,260}:\s\S+\s{0,8})+)")
_JOINED_VALUE = re.compile(r"([\w.\-]{1,260}):\s(\S+)")
_TOP = frozenset("kind apiVersion metadata type immutable data stringData".split())


def spans(view: View) -> Iterator[Span]:
    """The places of the values."""
    if "Secret" not in view.text or "ata" not in view.text or not _YAML_KIND.search(view.text):
        return
    done = 0
    for begin, end in sorted(_json_objects(view.text)):
        if end > done:
            yield from _json_values(view, max(begin, done), end)
            done = end
    yield from _yaml_values(view)
    yield from _joined(view.text)


@dataclass
class _Object:
    is_secret: bool = False
    is_data: bool = False
    begin: int = 0
    data: list[tuple[int, int]] = field(default_factory=list)


def _json_objects(text: str) -> Iterator[tuple[int, int]]:
    """The data objects of every Secret; text that is cut at either end counts as far as it goes."""
    stack = [_Object()]
    is_data = False
    for found in _JSON.finditer(text):
        if found.group() == "{":
            stack.append(_Object(is_data=is_data, begin=found.end()))
        elif found.group() == "}":
            if len(stack) > 1:
                yield from _closed(stack, found.start())
        elif found.group("kind"):
            stack[-1].is_secret = True
        is_data = found.group("data") is not None
    while len(stack) > 1:
        yield from _closed(stack, len(text))
    if stack[0].is_secret:
        yield from stack[0].data


def _closed(stack: list[_Object], end: int) -> Iterator[tuple[int, int]]:
    ended = stack.pop()
    if ended.is_data:
        stack[-1].data.append((ended.begin, end))
    if ended.is_secret:
        yield from ended.data


def _json_values(view: View, begin: int, end: int) -> Iterator[Span]:
    position = begin
    while found := _JSON_VALUE.search(view.text, position, end):
        first, last = values.quoted(view, found.end())
        last = min(last, end)
        yield from _span(view, first, last)
        position = max(last + 1, found.end() + 1)


def _yaml_values(view: View) -> Iterator[Span]:
    """Mappings are told by the column of their members, which a smaller column ends."""
    stack: list[tuple[int, _Object]] = []
    for start, end in _lines(view.text):
        found = _LINE.match(view.text, start, end)
        if found is None or view.text.startswith(("---", "..."), start):
            if view.text.startswith(("---", "..."), start):
                yield from _ended(view, stack, -1, start)
            continue
        column = len(found.group("indent"))
        is_item = "-" in found.group("indent")
        key = found.group("key").strip("\"'")
        yield from _ended(view, stack, column - is_item, start)
        if not stack or stack[-1][0] < column:
            stack.append((column, _Object()))
        mapping = stack[-1][1]
        if key == "kind" and view.text[found.end() : end].strip().strip("\"'") == "Secret":
            mapping.is_secret = True
        if key in ("data", "stringData"):
            mapping.begin = found.end()
            mapping.is_data = True
        elif mapping.is_data:
            mapping.data.append((mapping.begin, start))
            mapping.is_data = False
    yield from _ended(view, stack, -1, len(view.text))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


def _ended(view: View, stack: list[tuple[int, _Object]], column: int, at: int) -> Iterator[Span]:
    """The mappings right of ``column`` end at ``at``."""
    while stack and stack[-1][0] > column:
        _, mapping = stack.pop()
        if mapping.is_data:
            mapping.data.append((mapping.begin, at))
        if mapping.is_secret:
            for begin, end in mapping.data:
                yield from _block(view, begin, end)


def _block(view: View, begin: int, end: int) -> Iterator[Span]:
    """The values of the lines of a data mapping; what is no member of its own goes on with the value before."""
    text = view.text
    if text[begin : begin + 1] == "{":
        for flow in _FLOW_VALUE.finditer(text, begin, end):
            yield from _span(view, *flow.span(1))
        return
    column = -1
    for start, stop in _lines(text[begin:end]):
        first, last = begin + start, begin + stop
        found = _LINE.match(text, first, last)
        if found and (column < 0 or len(found.group("indent")) <= column):
            column = len(found.group("indent"))
            first = found.end()
        inner = text[first:last]
        first += len(inner) - len(inner.lstrip(" \t\"'"))
        yield from _span(view, first, first + len(text[first:last].rstrip(" \t\"',")))


def _joined(text: str) -> Iterator[Span]:
    for found in _JOINED.finditer(text):
        for value in _JOINED_VALUE.finditer(text, found.start(1), found.end(1)):
            if value.group(1) in _TOP:
                break
            yield value.start(2), value.end(2), "secret"


def _span(view: View, first: int, last: int) -> Iterator[Span]:
    text = view.text[first:last]
    if text and text not in ("|", "|-", ">", ">-", "|+", "{}") and not names.is_trivial(text):
        yield first, last, "secret"
