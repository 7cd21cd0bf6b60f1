"""How constraint templates compare a text of the pod: by a regular expression, or by a prefix that ends with ``*``."""

from __future__ import annotations

from collections.abc import Sequence

from azext_aksinvokefix.policy.re2 import expression
from azext_aksinvokefix.policy.re2.expression import InvalidError, UnsupportedError, Wild

__all__ = ["InvalidError", "UnsupportedError", "matches", "names_image"]


def matches(pattern: str, parts: Sequence[str | Wild]) -> bool | None:
    """Whether an expression matches a text of known and unknown parts; None where that depends on the unknown ones.

    InvalidError says that Gatekeeper cannot compile it either, UnsupportedError that it cannot be judged here.
    """
    answers = expression.compile(pattern).outcomes(parts)
    return None if len(answers) > 1 else True in answers


def names_image(entry: object, parts: Sequence[str | Wild]) -> bool | None:
    """Whether an entry of ``excludedImages`` names an image: the templates know one ``*`` at the end and nothing else.

    >>> names_image("registry/*", ["registry/image"]), names_image("*image", ["registry/image"])
    (True, False)
    """
    if not isinstance(entry, str):
        return False
    text, is_prefix = (entry[:-1], True) if entry.endswith("*") else (entry, False)
    known = parts[0] if isinstance(parts[0], str) else ""
    if is_prefix and known.startswith(text):
        return True
    # Lists of hundreds of images are common: an expression is made only for what could be this one.
    return matches(f"^{_quoted(text)}{'' if is_prefix else '$'}", parts) if text.startswith(known) else False


def _quoted(text: str) -> str:
    return "".join(character if character.isalnum() else f"\\x{{{ord(character):X}}}" for character in text)
