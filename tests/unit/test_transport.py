"""The authorities are read once, and whoever must not be trusted is refused as requests itself refuses them."""

from __future__ import annotations

import contextlib
import http.server
import logging
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import certifi
import pytest
import requests
import trustme
from azure.core.exceptions import AzureError
from azure.core.pipeline.transport import HttpRequest, RequestsTransport

from azext_aksinvokefix import transport

AT_ONCE = 14


class Server(http.server.ThreadingHTTPServer):
    """HTTPS on a loopback port, with a certificate for 127.0.0.1 alone. It counts the connections it was offered."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, authority: trustme.CA) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.connections = 0
        #: Everybody who is to come at once waits for the others here.
        self.together = threading.Barrier(1)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(self._context)
        self.url = f"https://127.0.0.1:{self.server_address[1]}/"

    def get_request(self) -> Any:
        connection, address = super().get_request()
        self.connections += 1
        return self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust it hangs up."""


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers when everybody is there."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        self.server.together.wait(20)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@pytest.fixture(name="authority")
def _authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(name="server")
def _server(authority: trustme.CA) -> Iterator[Server]:
    with Server(authority) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


@pytest.fixture(name="bundle")
def _bundle(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The server's authority in a file that the environment names."""
    bundle = tmp_path / "ca.pem"
    bundle.write_bytes(authority.cert_pem.bytes())
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    return bundle


@pytest.fixture(name="loads")
def _loads(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every time that authorities were read into a context."""
    read, load = [], ssl.SSLContext.load_verify_locations

    def counted(self: ssl.SSLContext, *args: Any, **options: Any) -> None:
        load(self, *args, **options)
        read.append((args, options))

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    return read


def get(sender: RequestsTransport, url: str) -> int:
    status: int = sender.send(HttpRequest("GET", url)).status_code
    return status


def error_of(ask: Callable[[], object]) -> tuple[type[BaseException], str]:
    with pytest.raises((AzureError, OSError)) as raised:
        ask()
    return type(raised.value), str(raised.value).partition(" (Caused by")[2] or str(raised.value)


def by_azure_core(url: str, verify: bool = True) -> int:
    with RequestsTransport(connection_verify=verify) as sender:
        return get(sender, url)


def by_us(url: str, verify: bool = True) -> int:
    with transport.new(verify) as sender:
        return get(sender, url)


def test_many_connections_at_once_read_the_authorities_one_time(server: Server, bundle: Path, loads: list[Any]) -> None:
    server.together = threading.Barrier(AT_ONCE)
    with transport.new(verify=True) as sender, ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(lambda _: get(sender, server.url), range(AT_ONCE))) == [200] * AT_ONCE
    assert (server.connections, len(loads)) == (AT_ONCE, 1)


def test_a_second_client_of_the_command_reads_none(server: Server, bundle: Path, loads: list[Any]) -> None:
    assert [by_us(server.url), by_us(server.url)] == [200, 200]
    assert (server.connections, len(loads)) == (2, 1)


def test_authorities_that_were_read_ahead_are_not_read_again(server: Server, bundle: Path, loads: list[Any]) -> None:
    transport.read_authorities(server.url, verify=True)
    assert len(loads) == 1
    assert by_us(server.url) == 200
    assert len(loads) == 1


def test_reading_ahead_reads_nothing_where_nothing_is_checked(server: Server, bundle: Path, loads: list[Any]) -> None:
    transport.read_authorities(server.url, verify=False)
    assert by_us(server.url, verify=False) == 200
    assert loads == []


def test_the_connections_are_kept_for_the_next_requests_without_a_warning(
    server: Server, bundle: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server.together = threading.Barrier(AT_ONCE)
    with caplog.at_level(logging.WARNING), transport.new(verify=True) as sender, ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(2):
            list(pool.map(lambda _: get(sender, server.url), range(AT_ONCE)))
    assert server.connections == AT_ONCE
    assert not caplog.records


def test_without_a_bundle_in_the_environment_the_roots_of_the_cli_count(
    server: Server, authority: trustme.CA, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    assert error_of(lambda: by_us(server.url)) == error_of(lambda: by_azure_core(server.url))
    bundle.write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
    monkeypatch.setattr(requests.certs, "where", lambda: str(bundle))
    assert by_us(server.url) == 200


def test_curl_s_variable_counts_as_it_does_for_requests(
    server: Server, bundle: Path, monkeypatch: pytest.MonkeyPatch, loads: list[Any]
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.setenv("CURL_CA_BUNDLE", str(bundle))
    assert [by_us(server.url), by_us(server.url), len(loads)] == [200, 200, 1]


def _another_authority(bundle: Path, url: str) -> str:
    bundle.write_bytes(trustme.CA().cert_pem.bytes())
    return url


def _another_name(bundle: Path, url: str) -> str:
    return url.replace("127.0.0.1", "localhost")


def _no_such_file(bundle: Path, url: str) -> str:
    bundle.unlink()
    return url


def _no_certificates(bundle: Path, url: str) -> str:
    bundle.write_text("-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n", encoding="ascii")
    return url


def _empty(bundle: Path, url: str) -> str:
    bundle.write_bytes(b"")
    return url


def _a_folder(bundle: Path, url: str) -> str:
    bundle.unlink()
    bundle.mkdir()
    return url


@pytest.mark.parametrize(
    "spoil", [_another_authority, _another_name, _no_such_file, _no_certificates, _empty, _a_folder]
)
def test_what_azure_core_refuses_is_refused_with_the_same_words(
    server: Server, bundle: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path, str], str]
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    url = spoil(bundle, server.url)
    assert error_of(lambda: by_us(url)) == error_of(lambda: by_azure_core(url))


@pytest.mark.parametrize(("proxy", "names_them"), [("http://127.0.0.1:9", False), ("https://127.0.0.1:9", True)])
def test_a_proxy_that_is_reached_by_tls_is_checked_with_the_same_authorities(
    bundle: Path, proxy: str, names_them: bool
) -> None:
    adapter = transport.new(verify=True).session.get_adapter("https://management.azure.com")
    request = requests.Request("GET", "https://management.azure.com").prepare()
    pool = adapter.get_connection_with_tls_context(request, str(bundle), {"https": proxy})
    adapter.cert_verify(pool, request.url, str(bundle), None)
    assert (pool.ca_certs == str(bundle), pool.cert_reqs) == (names_them, "CERT_REQUIRED")


def test_one_who_does_not_check_takes_what_another_refuses(server: Server, bundle: Path) -> None:
    _another_authority(bundle, server.url)
    assert by_us(server.url, verify=False) == 200
    error_of(lambda: by_us(server.url))
    assert by_us(server.url, verify=False) == 200


def test_a_context_in_use_is_not_changed_by_the_next_connection(
    server: Server, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(transport.new(verify=True)) as sender:
        sender.open()
        assert get(sender, server.url) == 200
        changed: list[Any] = []
        for name in ("set_alpn_protocols", "load_verify_locations", "set_ciphers", "load_cert_chain"):
            monkeypatch.setattr(ssl.SSLContext, name, lambda self, *args, name=name, **__: changed.append((name, args)))
        server.together = threading.Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(lambda _: get(sender, server.url), range(2))) == [200, 200]
    assert server.connections == 2
    assert changed == []
