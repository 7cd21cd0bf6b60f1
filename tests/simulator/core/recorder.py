"""The log of all traffic, safe to keep: no token is ever stored in full."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TextIO

_MAX_BODY = 64 * 1024


@dataclass(frozen=True)
class Exchange:
    """One request and what was answered.

    Bodies are parsed where they are JSON. ``t`` is seconds since the epoch, ``status`` 0 a connection cut short.
    ``injected`` is an answer that a fault put in the place of the service's own.
    """

    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: Any
    status: int
    response_headers: Mapping[str, str]
    response_body: Any
    operation: str = ""
    t: float = 0.0
    seconds: float = 0.0
    injected: bool = False

    def to_json(self, source: str, number: int) -> dict[str, Any]:
        """The shape that OpenAPI validators read: one line of a ``.jsonl``."""
        return {
            "method": self.method,
            "url": self.url,
            "reqHeaders": dict(self.request_headers),
            "reqBody": self.request_body,
            "status": self.status,
            "resHeaders": dict(self.response_headers),
            "resBody": self.response_body,
            "src": source,
            "n": number,
        }


def dump(exchanges: Iterable[Exchange], out: TextIO, source: str = "simulator") -> None:
    """Write one JSON line an exchange, without the injected answers: what a test made up is no claim about Azure."""
    for number, exchange in enumerate(each for each in exchanges if not each.injected):
        out.write(json.dumps(exchange.to_json(source, number)) + "\n")


def fingerprint(secret: str) -> str:
    """Enough of a secret to tell two apart, too little to use it."""
    return f"sha256:{hashlib.sha256(secret.encode()).hexdigest()[:12]}"


def safe_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: f"Bearer {fingerprint(value)}" if name.lower() == "authorization" else value
        for name, value in headers.items()
    }


def safe_body(body: Any, raw: bytes) -> Any:
    """The parsed body without tokens; what is not JSON as text, cut to what a person would read."""
    if isinstance(body, dict):
        return {key: _safe_value(key, value) for key, value in body.items()}
    if body is not None:
        return body
    return raw[:_MAX_BODY].decode("utf-8", "replace")


def _safe_value(key: str, value: Any) -> Any:
    if key in {"clusterToken", "access_token"} and isinstance(value, str) and value:
        return fingerprint(value)
    if isinstance(value, str) and len(value) > _MAX_BODY:
        return value[:_MAX_BODY]
    return value
