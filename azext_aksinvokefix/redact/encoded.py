"""Texts in base64 that hold a secret: a whole kubeconfig, a Docker configuration, user and password, a key."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator

from azext_aksinvokefix.redact.view import Span

#: Lines of base64 that belong together are as long as its encoders make them.
_RUN = re.compile(
    r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}={0,2}"
    r"(?:\s{0,2}\n[ \t]{0,20}[A-Za-z0-9+/_-]{4,}={0,2}(?![A-Za-z0-9+/_=.:-]))*"
)

_HEX = re.compile(r"[0-9a-fA-F]+")
_ACCOUNT = re.compile(r"[\w.@<>{}$-]{0,80}:[^\s:/]{3,200}")
_MOST = 2


def spans(text: str, holds_a_secret: Callable[[str], bool]) -> Iterator[Span]:
    """The runs that are text with a secret in it once they are decoded."""
    position = 0
    while found := _RUN.search(text, position):
        position = found.end()
        if found.end() - found.start() < 24 or not _may_be_text(found.group()):
            position = found.start() + len(found.group().split("\n", 1)[0])
            continue
        if _is_secret(found.group(), holds_a_secret, _MOST):
            yield found.start(), found.end(), "secret"


def _may_be_text(run: str) -> bool:
    """The quick look: of text in base64, the first of four characters has no high bit, and words are no base64."""
    head = run[:60].split("\n", 1)[0]
    if _HEX.fullmatch(head):
        return False
    return all(character in _LOW for character in head[:40:4])


#: The characters of base64 whose first bit is 0.
_LOW = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef")


def _is_secret(run: str, holds_a_secret: Callable[[str], bool], depth: int) -> bool:
    text = _text_of(run)
    if text is None:
        return False
    if _ACCOUNT.fullmatch(text.strip()) or "PRIVATE KEY-----" in text or holds_a_secret(text):
        return True
    return depth > 1 and any(
        _may_be_text(found.group()) and _is_secret(found.group(), holds_a_secret, depth - 1)
        for found in _RUN.finditer(text)
    )


def _text_of(run: str) -> str | None:
    """The text that a run stands for, as far as it goes; None when it is none."""
    joined = "".join(run.split()).rstrip("=").replace("-", "+").replace("_", "/")
    joined = joined[: len(joined) - (len(joined) % 4 == 1)]
    try:
        data = base64.b64decode(joined + "=" * (-len(joined) % 4))
    except (binascii.Error, ValueError):
        return None
    head = data[:200]
    printable = sum(32 <= byte < 127 or byte in (9, 10, 13) for byte in head)
    return data.decode("utf-8", "replace") if printable >= len(head) * 0.95 else None
