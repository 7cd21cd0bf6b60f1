"""Secrets become placeholders before anything is printed, journalled or put in a report.

The same secret gets the same placeholder within a process, so that two places can still be seen to hold one value.
A text is redacted before its lines are joined: where a value ends shows by the lines. Every rule walks forward through
the text, and what it has passed it does not look at again, which keeps the work linear in the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from azext_aksinvokefix.redact import encoded, kubernetes, members, names, tokens, urls
from azext_aksinvokefix.redact.vault import VAULT
from azext_aksinvokefix.redact.view import Span, View, decoded, views

__all__ = ["document", "known", "redact", "register"]

_Rule = Callable[[View], Iterable[Span]]
#: What is looked for in each view of a text.
_RULES: tuple[_Rule, ...] = (
    tokens.spans,
    urls.spans,
    members.spans,
    kubernetes.spans,
)


def register(secret: str) -> None:
    """Remember a secret by its value: from now on ``known`` and ``redact`` replace it wherever it stands."""
    VAULT.register(secret)


def known(text: str) -> str:
    """``text`` without the registered secrets, otherwise untouched: for output that belongs to the user."""
    for secret in VAULT.known():
        if secret in text:
            text = text.replace(secret, VAULT.name("token", secret))
    return text


def redact(text: str) -> str:
    """``text`` with every secret replaced by its placeholder."""
    text = known(text)
    if len(text) < _SHORTEST:
        return text
    return _replaced(text, _in_short(text) if len(text) <= _SHORT else _in(text))


#: No form of a secret is shorter than its name, a sign and a value.
_SHORTEST = 6
#: Names, states and sentences that every cluster of an estate has alike; what is longer mostly comes once.
_SHORT = 256


def _in(text: str) -> list[Span]:
    return [*_spans(text), *encoded.spans(text, _holds_a_secret)]


@lru_cache(maxsize=2048)
def _in_short(text: str) -> tuple[Span, ...]:
    """Remembered: where the secrets stand follows from the text alone. Those known by value are gone from it."""
    return tuple(_in(text))


def _spans(text: str) -> list[Span]:
    """The places of the secrets in ``text``."""
    return [
        (view.origin(begin), view.origin(end), kind)
        for view in views(text)
        for rule in _RULES
        for begin, end, kind in rule(view)
    ]


def _holds_a_secret(text: str) -> bool:
    return bool(_spans(text))


def _replaced(text: str, spans: Sequence[Span]) -> str:
    parts: list[str] = []
    position = 0
    for begin, end, kind in _merged(spans):
        parts += (text[position:begin], VAULT.name(kind, decoded(text[begin:end])))
        position = end
    return "".join((*parts, text[position:])) if parts else text


def _merged(spans: Sequence[Span]) -> list[Span]:
    """The spans in their order, those that overlap as one."""
    merged: list[Span] = []
    for begin, end, kind in sorted(spans):
        if begin >= end:
            continue
        if merged and begin < merged[-1][1]:
            first, last, first_kind = merged[-1]
            merged[-1] = (first, max(last, end), first_kind)
        else:
            merged.append((begin, end, kind))
    return merged


def document(value: Any) -> Any:
    """A JSON document with every secret in its strings, and every string under a name for secrets, replaced."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, (list, tuple)):
        return [document(item) for item in value]
    if isinstance(value, dict):
        secret = _secret_members(value)
        return {name: _hidden(item) if name in secret else document(item) for name, item in value.items()}
    return value


def _secret_members(value: dict[Any, Any]) -> set[Any]:
    """The members whose strings are secrets: by their own names, by the name beside them, or in a Kubernetes Secret."""
    found = {name for name, item in value.items() if isinstance(name, str) and _is_secret(name, item)}
    if value.get("kind") == "Secret":
        found |= {"data", "stringData"} & set(value)
    title = next((value[name] for name in ("name", "Name", "keyName") if isinstance(value.get(name), str)), "")
    if "keyName" in value or names.judge(title) >= names.STRONG:
        found |= {"value", "Value"} & set(value)
    return found


def _is_secret(name: str, item: Any) -> bool:
    if isinstance(item, str):
        return names.is_secret(name, item, quoted=True)
    is_boxed = isinstance(item, dict) and set(item) == {"value"}
    is_listed = isinstance(item, list) and bool(item) and all(isinstance(each, str) for each in item)
    return (is_boxed or is_listed) and names.judge(name) >= names.STRONG


def _hidden(value: Any) -> Any:
    """``value`` with every string in it replaced."""
    if isinstance(value, str):
        return VAULT.name("secret", value) if value and not names.is_trivial(value) else value
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    if isinstance(value, dict):
        return {name: _hidden(item) for name, item in value.items()}
    return value
