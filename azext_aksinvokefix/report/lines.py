"""Lines of a report before anybody knows where they are shown: text by style, wrapped to a width."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from azext_aksinvokefix.quoting import block

#: The names of the styles of the CLI's theme; "" is plain text.
Style = Literal["", "error", "warning", "success", "secondary", "action", "important"]
Span = tuple[Style, str]
Line = tuple[Span, ...]
#: Turns a text of a style into what a terminal shows in its colour.
Paint = Callable[[Style, str], str]

EMPTY: Line = ()


def line(*spans: Span | str) -> Line:
    """A line of spans; a bare text is plain."""
    return tuple(("", span) if isinstance(span, str) else span for span in spans)


def as_text(lines: Iterable[Line], paint: Paint | None = None) -> str:
    """The lines as one text that ends with a newline; without ``paint`` in no colour."""
    return "".join("".join(_span(span, paint) for span in each) + "\n" for each in lines)


def _span(span: Span, paint: Paint | None) -> str:
    style, text = span
    return paint(style, text) if paint and style and text.strip() else text


def wrap(
    text: str,
    width: int,
    indent: str = "",
    further: str | None = None,
    *,
    style: Style = "",
    most: int | None = None,
    etc: str = "...",
) -> list[Line]:
    """``text`` in printable lines of ``width`` columns, never broken inside a word.

    At most ``most`` of them, and then ``etc``. ``further`` is the indent of all but the first.
    """
    wrapped = textwrap.wrap(
        block(text),
        max(width, len(indent) + 1),
        initial_indent=indent,
        subsequent_indent=indent if further is None else further,
        break_long_words=False,
        break_on_hyphens=False,
    )
    if most is not None and len(wrapped) > most:
        wrapped = [*wrapped[: most - 1], _cut(wrapped[most - 1], width - len(etc) - 1) + f" {etc}"]
    return [line((style, each)) for each in wrapped]


def _cut(text: str, room: int) -> str:
    """Without the last words for which there is no room; one alone stays whole."""
    while len(text) > room and " " in text.strip():
        text = text[: text.rindex(" ")]
    return text


def flow(items: Sequence[Span], width: int, gap: str = "  ") -> list[Line]:
    """Items side by side, as many in a line as fit; none is ever broken."""
    lines: list[list[Span]] = [[]]
    used = 0
    for style, text in items:
        more = len(text) + (len(gap) if lines[-1] else 0)
        if lines[-1] and used + more > width:
            lines.append([])
            used, more = 0, len(text)
        lines[-1] += [("", gap)] if lines[-1] else []
        lines[-1].append((style, text))
        used += more
    return [tuple(each) for each in lines]
