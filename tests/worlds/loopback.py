"""A server on this machine that answers byte for byte what a test gives it, and the CLI's own SDK as its client."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

from azext_aksinvokefix._client_factory import CliEdge
from azext_aksinvokefix.credentials import SharedCredential

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


def head(status: int, *headers: str) -> bytes:
    """The start of an answer, without a length unless ``headers`` give one."""
    return "\r\n".join([f"HTTP/1.1 {status} x", *headers, "", ""]).encode("latin-1")


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    """A whole answer."""
    return head(status, f"Content-Length: {len(body)}", "Connection: close", *headers) + body


class Loopback:
    """``script`` holds an answer for each request, the last one for all others; a number among its parts is a pause."""

    def __init__(self, *script: bytes | Iterable[bytes | float]) -> None:
        self._script = list(script)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.requests: list[bytes] = []
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Loopback:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            self.requests.append(_request(connection))
            step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
            for part in [step] if isinstance(step, bytes) else step:
                if isinstance(part, bytes):
                    connection.sendall(part)
                else:
                    time.sleep(part)


def _request(connection: socket.socket) -> bytes:
    seen = b""
    while b"\r\n\r\n" not in seen:
        seen += connection.recv(65536)
    top, body = seen.split(b"\r\n\r\n", 1)
    lengths = [line.split(b":")[1] for line in top.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return top + b"\r\n\r\n" + body


@contextlib.contextmanager
def edge(server: Loopback, deadline: float | None = None) -> Iterator[CliEdge]:
    """The edge over the SDK's client, with its own pipeline, but without a sign-in, which plain HTTP does not allow."""
    from azure.core.pipeline.policies import SansIOHTTPPolicy
    from azure.mgmt.containerservice import ContainerServiceClient, models

    client: Any = ContainerServiceClient(
        SharedCredential(SimpleNamespace(get_token=None)),
        SUBSCRIPTION,
        base_url=server.url,
        authentication_policy=SansIOHTTPPolicy(),
    )
    endpoints = SimpleNamespace(resource_manager=server.url, microsoft_graph_resource_id=server.url)
    cmd = SimpleNamespace(
        cli_ctx=SimpleNamespace(cloud=SimpleNamespace(endpoints=endpoints)),
        get_models=lambda name, **_: getattr(models, name),
    )
    with client:
        yield CliEdge(cmd, client, deadline)
