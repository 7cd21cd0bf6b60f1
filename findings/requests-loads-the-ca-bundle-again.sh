#!/usr/bin/env bash
# requests 2.34.2 and 2.32.5 on urllib3 2.8.0, azure-core 1.41.0
#
# The connections of one pool trust the same certificates, so one would think that these are read once. A
# requests.Session reads and parses the whole bundle anew for every connection of its pool. The documentation of its
# adapter (`build_connection_pool_key_attributes`) names the remedy: set `ssl_context` to a context of one's own. That
# spares nothing: the adapter names the bundle for each connection all the same, and urllib3 parses it once more into the
# caller's context, while other threads make their handshakes with it. urllib3 without requests leaves such a context
# alone. RequestsTransport of azure-core is a session like any other, so each parallel request of a client of Azure pays
# for a bundle of well over a hundred certificates. Seen, for four connections at a time, each used twice: urllib3 with a
# context of the caller's loads nothing; a session loads four times, with a context of the caller's four times into that
# one, and azure-core four times.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset REQUESTS_CA_BUNDLE CURL_CA_BUNDLE # requests prefers them to the bundle of a session
cat >"$folder/loads.py" <<'PYTHON'
import ssl
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests
import trustme
import urllib3
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from requests.adapters import HTTPAdapter

AT_ONCE = 4
together = threading.Barrier(AT_ONCE)
loads = []
load = ssl.SSLContext.load_verify_locations


def counted(context, *arguments, **named):
    loads.append(context)
    return load(context, *arguments, **named)


class Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        together.wait(timeout=60)  # no answer before there are as many connections
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class WithContext(HTTPAdapter):
    def __init__(self, context):
        self.context = context
        super().__init__(pool_maxsize=AT_ONCE)

    def build_connection_pool_key_attributes(self, *arguments, **named):
        host, _ = super().build_connection_pool_key_attributes(*arguments, **named)
        return host, {"ssl_context": self.context}


authority = trustme.CA()
server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
authority.issue_cert("127.0.0.1").configure_cert(serving)
server.socket = serving.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"https://127.0.0.1:{server.server_port}/"


def own_context():
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def counts(send):
    """How often certificates are loaded while `send` is called as often as there are connections, and into what."""
    loads.clear()
    for _ in range(2):  # the second round finds the connections of the first in the pool
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = [pool.submit(send) for _ in range(AT_ONCE)]
        assert [answer.result() for answer in answers] == [200] * AT_ONCE
    return len(loads), len({id(context) for context in loads})


with tempfile.NamedTemporaryFile(suffix=".pem") as bundle:
    bundle.write(authority.cert_pem.bytes())
    bundle.flush()

    context = own_context()
    pool = urllib3.PoolManager(maxsize=AT_ONCE, ssl_context=context)
    plain = requests.Session()
    plain.verify = bundle.name
    prepared = requests.Session()
    prepared.verify = bundle.name
    prepared.mount("https://", WithContext(context))
    transport = RequestsTransport(connection_verify=bundle.name)
    transport.open()

    ssl.SSLContext.load_verify_locations = counted
    seen = {
        "urllib3, own context": counts(lambda: pool.request("GET", address).status),
        "requests": counts(lambda: plain.get(address).status_code),
        "requests, own context": counts(lambda: prepared.get(address).status_code),
        "azure-core": counts(lambda: transport.send(HttpRequest("GET", address)).status_code),
    }
print(f"requests {requests.__version__}, urllib3 {urllib3.__version__}: loads and contexts for {AT_ONCE} connections: {seen}")
assert seen == {
    "urllib3, own context": (0, 0),
    "requests": (AT_ONCE, AT_ONCE),
    "requests, own context": (AT_ONCE, 1),
    "azure-core": (AT_ONCE, AT_ONCE),
}, seen
PYTHON

for version in 2.34.2 2.32.5; do
    python3 -m venv --clear "$folder/venv"
    "$folder/venv/bin/pip" install -q --disable-pip-version-check \
        requests==$version urllib3==2.8.0 azure-core==1.41.0 trustme==1.2.1
    "$folder/venv/bin/python" "$folder/loads.py"
done
