"""A response as a pipeline hands it over while its body is still on the way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


class Reply:
    """``body`` is bytes, or what becomes JSON; ``chunks`` are parts that come one by one, an exception among them."""

    def __init__(
        self,
        status: int,
        body: Any = b"",
        headers: Mapping[str, str] | None = None,
        chunks: Iterable[bytes | Exception] | None = None,
    ) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status_code = status
        self.headers = dict(headers or {})
        self._chunks: Iterable[bytes | Exception] = [content] if chunks is None else chunks
        self.closed = False

    def iter_bytes(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def read(self) -> bytes:
        return b"".join(self.iter_bytes())

    def close(self) -> None:
        self.closed = True
