"""What carries a command's requests: it reads the certificate authorities once.

requests 2.32 and urllib3 2.8 read the whole bundle anew for every connection, also into a TLS context that they were
given: 15 ms each for the roots of the CLI, and side by side no quicker. A diagnosis opens a dozen connections at once.
"""

from __future__ import annotations

import os
import ssl
import threading
from typing import Any

import requests
from azure.core.pipeline.transport import RequestsTransport
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry
from urllib3.util.ssl_ import create_urllib3_context

#: Connections that are kept for one host. urllib3 closes those above it again, with a warning; a scan uses the most.
_KEPT = 64

_reading = threading.Lock()
_read: dict[str, ssl.SSLContext | None] = {}


def new(verify: bool) -> RequestsTransport:
    """A transport for a client of azure-core, with the rest as azure-core makes its own.

    ``verify`` is whether the server's certificate is checked, with the authorities that the environment names.
    """
    session = requests.Session()
    for protocol in ("https://", "http://"):
        session.mount(protocol, _Adapter())
    return RequestsTransport(session=session, connection_verify=verify)


def read_authorities(url: str, verify: bool) -> None:
    """Have them ready before the first request to ``url``."""
    _context(requests.Session().merge_environment_settings(url, {}, None, verify, None)["verify"])


class _Adapter(HTTPAdapter):  # type: ignore[misc]
    """Gives each connection the one context. What cannot be read is left to requests, which says so."""

    def __init__(self) -> None:
        # azure-core retries by itself.
        no_retry = Retry(total=False, redirect=False, raise_on_status=False)
        super().__init__(pool_maxsize=_KEPT, max_retries=no_retry)

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        context = None if cert else _context(verify)
        return host, {**tls, "ssl_context": context} if context else tls

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        super().cert_verify(conn, url, verify, cert)
        # The context has them already; where they are named, urllib3 reads them into it again. To a proxy that is
        # itself reached by TLS it makes a context of its own, for which it needs their name.
        if "ssl_context" in conn.conn_kw and not (conn.proxy and conn.proxy.scheme == "https"):
            conn.ca_certs = None


def _context(verify: bool | str) -> ssl.SSLContext | None:
    """The context with the authorities of a file; None where nothing is checked, or there is no such file."""
    if not verify:
        return None
    path = requests.certs.where() if verify is True else verify
    with _reading:
        if path not in _read:
            _read[path] = _made(path)
        return _read[path]


def _made(path: str) -> ssl.SSLContext | None:
    if not os.path.isfile(path):
        return None
    context = create_urllib3_context()
    try:
        context.load_verify_locations(path)
    except OSError:
        return None
    return _settled(context)


def _settled(context: ssl.SSLContext) -> ssl.SSLContext:
    """urllib3 names the protocol for every connection. OpenSSL takes no change of a context while others use it."""
    context.set_alpn_protocols(["http/1.1"])
    context.set_alpn_protocols = lambda alpn_protocols: None  # type: ignore[method-assign]
    return context
