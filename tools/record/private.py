"""What is written of an exchange: its shape and the words that services wrote, without anything of its owner."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from azext_aksinvokefix import redact
from tools.record.requests import Exchange, Place

#: Members whose texts are the services' own. Every other text is written as its kind.
KEPT = frozenset(
    "code subcode message status type provisioningState level category effect enforcementMode exemptionCategory mode "
    "osType reason target title description logs exitCode".split()
)
_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|\b[0-9a-fA-F]{32}\b")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_HOST = re.compile(r"\b[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.(?:azmk8s\.io|azure\.com|windows\.net|internal)\b")
_NODE = re.compile(r"\baks-[\w-]{1,60}")
_LONGEST = 2_000


class Mask:
    """The same name gets the same placeholder in all of a recording."""

    def __init__(self, place: Place) -> None:
        own = {place.subscription: "<subscription>", place.group: "<group>", place.cluster: "<cluster>"}
        self._own = [(re.compile(re.escape(name), re.IGNORECASE), shown) for name, shown in _longest_first(own)]
        self._ids: dict[str, str] = {}

    def exchange(self, found: Exchange) -> dict[str, Any]:
        return {
            "request": {"method": found.request.method, "target": self.text(found.request.target)},
            "status": found.status,
            "headers": sorted(name.lower() for name in found.headers),
            "body": self.value(found.body),
        }

    def value(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {self.text(key): self.value(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [self.value(each, name) for each in value[:3]]
        if isinstance(value, str):
            return self.text(value) if not name or name in KEPT else "<text>"
        return value

    def text(self, text: str) -> str:
        masked = redact.redact(text[:_LONGEST])
        for own, shown in self._own:
            masked = own.sub(shown, masked)
        masked = _GUID.sub(self._id, masked)
        for pattern, shown in ((_MAIL, "<mail>"), (_HOST, "<host>"), (_ADDRESS, "<address>"), (_NODE, "<node>")):
            masked = pattern.sub(shown, masked)
        return masked

    def _id(self, found: re.Match[str]) -> str:
        return self._ids.setdefault(found[0].lower(), f"<id-{len(self._ids) + 1}>")


def _longest_first(names: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(((name, shown) for name, shown in names.items() if name), key=lambda each: -len(each[0]))
