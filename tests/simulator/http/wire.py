"""How an answer looks on the wire: formatting and headers of ARM and of the AKS resource provider, as recorded."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from tests.simulator.core.routing import Response

_COMMON = {
    "cache-control": "no-cache",
    "pragma": "no-cache",
    "expires": "-1",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-content-type-options": "nosniff",
}

_QUOTAS = {
    "DELETE": ("x-ms-ratelimit-remaining-subscription-deletes", "14999"),
    "GET": ("x-ms-ratelimit-remaining-subscription-reads", "11999"),
}
_WRITES = ("x-ms-ratelimit-remaining-subscription-writes", "1199")


def payload(response: Response) -> bytes:
    """The resource provider indents by one space and starts every further line with another."""
    body = response.body
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if response.source == "rp":
        return json.dumps(body, indent=1, ensure_ascii=False).replace("\n", "\n ").encode()
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


def headers(response: Response, method: str, request_headers: Mapping[str, str]) -> dict[str, str]:
    """All headers but the length. The correlation id is the client's where it sends one."""
    request_id = str(uuid.uuid4())
    quota, remaining = _QUOTAS.get(method, _WRITES)
    found = {
        **_COMMON,
        quota: remaining,
        "x-ms-request-id": request_id,
        "x-ms-correlation-request-id": request_headers.get("x-ms-correlation-request-id", request_id),
    }
    if response.source == "rp":
        found["server"] = "nginx"
    content_type = _content_type(response)
    if content_type:
        found["content-type"] = content_type
    return {**found, **{name.lower(): str(value) for name, value in response.headers.items()}}


def _content_type(response: Response) -> str | None:
    """A 204 of the resource provider names a type although it has no body."""
    if response.source == "rp":
        return "application/json" if response.body is not None or response.status == 204 else None
    return "application/json; charset=utf-8" if response.body is not None else None


def parse(raw: bytes) -> Any:
    """The JSON of a body, None when it is none."""
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return None
