"""A name and a value that are members of their own: environments of pods, settings of apps, keys of accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from azext_aksinvokefix.redact import names, values
from azext_aksinvokefix.redact.view import Span, View

_MEMBER = re.compile(r"(?<![\w.\-])([\"']?)(name|value|key|keyname|parametername|parametervalue)\1\s{0,8}[:=]\s{0,8}")
_NAME = re.compile(r"[\w.\-/]{2,128}")
#: What may stand between the two: other members, but not the end of the object or of the item.
_APART = re.compile(r"[{}]|\n\s*-\s|/>")
_FARTHEST = 200


def spans(view: View) -> Iterator[Span]:
    """The values whose name is that of a secret, whichever of the two comes first."""
    if "value" not in view.folded:
        return
    secret_name_end = -1
    unnamed: tuple[int, int] | None = None
    for found in _MEMBER.finditer(view.folded):
        at = values.begin(view, found.end())
        kind = found.group(2)
        if kind in ("value", "parametervalue"):
            unnamed = _value(view, at)
            if secret_name_end >= 0 and _together(view, secret_name_end, found.start()) and unnamed:
                yield (*unnamed, "secret")
                unnamed = None
            secret_name_end = -1
            continue
        name, end = _name(view, at)
        is_secret = kind == "keyname" or names.judge(name) >= names.STRONG
        if is_secret and unnamed and _together(view, unnamed[1], found.start()):
            yield (*unnamed, "secret")
            is_secret = False
        unnamed = None
        secret_name_end = end if is_secret else -1


def _name(view: View, at: int) -> tuple[str, int]:
    found = _NAME.match(view.text, at + values.is_quote(view, at))
    return (found.group(), found.end()) if found else ("", at)


def _value(view: View, at: int) -> tuple[int, int] | None:
    column = max(0, at - (view.text.rfind("\n", max(0, at - 200), at) + 1) - len("value: "))
    block = values.block(view, at, column)
    place = block or (values.quoted(view, at) if values.is_quote(view, at) else values.line(view, at))
    if not block and not values.is_quote(view, at) and "," in view.head(*place):
        place = values.run(view, at)
    text = view.head(*place)
    return None if names.is_trivial(text) or not text or text[0] in "{[" else place


def _together(view: View, end: int, begin: int) -> bool:
    return begin - end <= _FARTHEST and _APART.search(view.text, end, begin) is None
