"""The way of an HTTP request out of the command: urllib3's own answers, made of what the other process replies.

Put in the place of what opens connections, below `requests` and all of azure-core: whatever they make of an answer that
breaks off, is too large or leads elsewhere, they make of this one.
"""

from __future__ import annotations

import io
import os
import signal
import ssl
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, SSLError

from tests.faults import clock
from tests.faults.reply import Reply

_CHUNK = 1024 * 1024
#: Seconds between two bytes of a body that drips: below every time limit of a connection.
_DRIP = 20.0
#: Longer than any answer may take; then nothing more comes.
_DRIPS = 50

Ask = Callable[[str, str, "dict[str, str]", bytes], Reply]


def open_through(ask: Ask) -> None:
    """Send every request of this process to ``ask``."""

    def send(self: HTTPAdapter, request: requests.PreparedRequest, **_: Any) -> requests.Response:
        body = request.body or b""
        headers = {name.lower(): _text(value) for name, value in request.headers.items()}
        content = body.encode() if isinstance(body, str) else bytes(body)
        with clock.asking():
            reply = ask(str(request.method), str(request.url), headers, content)
        clock.advance(reply.delay)
        _break_off(request, reply)
        return self.build_response(request, _answer(request, reply))

    HTTPAdapter.send = send


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _break_off(request: requests.PreparedRequest, reply: Reply) -> None:
    """As HTTPAdapter.send raises what urllib3 raises."""
    url = str(request.url)
    host = str(urlsplit(url).hostname)
    pool = urllib3.HTTPSConnectionPool(host)
    if reply.breaks == "refused":
        refused = NewConnectionError(HTTPSConnection(host), f"{host}: [Errno 111] Connection refused")
        raise requests.ConnectionError(MaxRetryError(pool, url, refused), request=request)
    if reply.breaks == "tls":
        reason = ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed certificate in chain")
        raise requests.exceptions.SSLError(MaxRetryError(pool, url, SSLError(reason)), request=request)
    if reply.breaks == "reset":
        reset = ConnectionResetError(104, "Connection reset by peer")
        raise requests.ConnectionError(ProtocolError("Connection aborted.", reset), request=request)


def _answer(request: requests.PreparedRequest, reply: Reply) -> urllib3.HTTPResponse:
    length = {} if reply.breaks == "trickle" else {"content-length": str(len(reply.body) + reply.padding)}
    return urllib3.HTTPResponse(
        body=_Body(reply),
        headers={**reply.headers, **length},
        status=reply.status,
        reason="x",
        preload_content=False,
        decode_content=False,
        request_method=request.method,
    )


class _Body(io.RawIOBase):
    """A body as it comes off the connection."""

    def __init__(self, reply: Reply) -> None:
        self._breaks = reply.breaks
        whole = reply.body
        self._left = whole[: len(whole) // 2] if reply.breaks in ("cut", "torn") else whole
        self._padding = reply.padding
        self._drips = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._breaks == "trickle":
            return self._drip()
        size = _CHUNK if size is None or size < 0 else size
        found, self._left = self._left[:size], self._left[size:]
        if not found and self._padding:
            padding = min(self._padding, size)
            self._padding -= padding
            return b" " * padding
        if not found and self._breaks == "torn":
            raise ConnectionResetError(104, "Connection reset by peer")
        if not found and self._breaks == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    def _drip(self) -> bytes:
        self._drips += 1
        if self._drips > _DRIPS:
            threading.Event().wait()
        clock.tick(_DRIP)
        found, self._left = self._left[:1] or b" ", self._left[1:]
        return found
