"""Where a value ends: in quotes, at the end of a line, or before what comes next on it."""

from __future__ import annotations

import re

from azext_aksinvokefix.redact.view import View

#: What follows in a value is not looked for farther from its beginning.
_FAR = 512
_QUOTES = "\"'`"
_PREFIX = re.compile(
    r"(?:\(?ConvertTo-SecureString\s{1,4}(?:-String\s{1,4})?|[bBruf@$](?=[\"'])|!!?\w{1,20}\s{1,4}|&\w{1,20}\s{1,4})"
)
_RUN = re.compile(r"[^\s\"'`<>]+")
_REST_OF_LINE = re.compile(r"[^\n]*")
#: Behind a quote that closes a string; behind any other it goes on.
_CLOSED = re.compile(r"[\s,;:)\]}|&<>]|$|\\")
_NEXT_MEMBER = re.compile(r"[&;,]\s{0,4}[\"']?[A-Za-z_][\w.\- ]{0,40}[\"']?\s{0,4}[:=]")
_SEPARATORS = re.compile(r"[&;,]")
_COMMENT = re.compile(r"\s#")
_BLOCK = re.compile(r"[|>][+-]?\d?[+-]?[ \t]{0,8}(?:#[^\n]{0,80})?\n")
_LINE = re.compile(r"([ \t]*)([^\n]*)\n?")


def begin(view: View, at: int) -> int:
    """Where a value begins that may have a prefix, such as a YAML tag or a letter before its quote."""
    found = _PREFIX.match(view.text, at)
    return found.end() if found else at


def is_quote(view: View, at: int) -> bool:
    return view.text[at : at + 1] in _QUOTES and at < len(view.text)


def quoted(view: View, at: int) -> tuple[int, int]:
    """The inside of the string whose opening quote is at ``at``; one without an end goes to the end of its line."""
    quote, depth, text = view.text[at], view.depth(at), view.text
    if text.startswith(quote * 3, at) and not depth:
        end = text.find(quote * 3, at + 3)
        return at + 3, len(text) if end < 0 else end
    end = text.find(quote, at + 1)
    while end >= 0 and (view.depth(end) > depth or (text.startswith(quote * 2, end) and quote == "'" and end > at + 1)):
        end = text.find(quote, end + (1 if view.depth(end) > depth else 2))
    if end < 0:
        end = view.end_of(_REST_OF_LINE, at + 1)
    return at + 1, end


def run(view: View, at: int) -> tuple[int, int]:
    """A value without quotes: to the white space, or to what shows that another member begins."""
    text = view.text
    end = view.end_of(_RUN, at)
    while text[end : end + 1] not in ("", "<", ">") and not text[end].isspace() and not _CLOSED.match(text, end + 1):
        end = view.end_of(_RUN, end + 1)
    return at, _before_next(text, at, end)


def line(view: View, at: int) -> tuple[int, int]:
    """A value that may hold spaces: to the end of the line, less a comment."""
    end = view.end_of(_REST_OF_LINE, at)
    comment = _COMMENT.search(view.text, at, min(end, at + _FAR))
    end = comment.start() if comment else end
    while end > at and view.text[end - 1] in " \t":
        end -= 1
    return at, end


def block(view: View, at: int, column: int) -> tuple[int, int] | None:
    """The lines of a YAML block scalar whose key stands in ``column``; None when there is no such scalar."""
    found = _BLOCK.match(view.text, at)
    if not found:
        return None
    end = position = found.end()
    while position < len(view.text):
        each = _LINE.match(view.text, position)
        if each is None or (each.group(2) and len(each.group(1)) <= column):
            break
        position = each.end()
        end = position if each.group(2) else end
    first = found.end() + len(view.text[found.end() : end]) - len(view.text[found.end() : end].lstrip())
    return first, max(first, end - (view.text[end - 1 : end] == "\n"))


def _before_next(text: str, at: int, end: int) -> int:
    """Without the members behind it and the brackets and stops that close what it stands in."""
    for found in _SEPARATORS.finditer(text, at, min(end, at + _FAR)):
        if found.start() + 1 == end or _NEXT_MEMBER.match(text, found.start()):
            end = found.start()
            break
    if end > at and text[end - 1] in ",;":
        end -= 1
    while end > at and text[end - 1] in ".,;:)]}" and end > at + 1:
        opened = {")": "(", "]": "[", "}": "{"}.get(text[end - 1])
        if opened and opened in text[at:end][:200]:
            break
        end -= 1
    return end
