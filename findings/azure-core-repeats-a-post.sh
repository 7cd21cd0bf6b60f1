#!/usr/bin/env bash
# azure-core 1.41.0
#
# The default retry policy of the Azure SDK for Python repeats a POST that was answered with 500, 503 or 504: four
# requests for one call. A server that did the work and failed while answering does it four times. 502 is not repeated,
# although the same list of retriable codes has it, and neither is 429 without Retry-After. A caller whose POST must
# happen once has to pass `retry_total=0`. Seen: 500, 503 and 504 give four POSTs each, 502 and 429 one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check azure-core==1.41.0 requests==2.32.5
"$folder/venv/bin/python" - <<'PYTHON'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from azure.core import PipelineClient
from azure.core.pipeline.policies import RetryPolicy
from azure.core.rest import HttpRequest


class Service(BaseHTTPRequestHandler):
    status, posts = 200, 0

    def do_POST(self):
        Service.posts += 1
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(Service.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"


def posts(status, **options):
    Service.status, Service.posts = status, 0
    client = PipelineClient(address, policies=[RetryPolicy(retry_backoff_factor=0.01, **options)])
    client.send_request(HttpRequest("POST", address, json={"do": "it"}))
    return Service.posts


seen = {status: posts(status) for status in (500, 502, 503, 504, 429)}
once = {status: posts(status, retry_total=0) for status in (500, 503, 504)}
print("POSTs of one call, by status:", seen)
print("with retry_total=0:", once)
assert seen == {500: 4, 502: 1, 503: 4, 504: 4, 429: 1}, seen
assert set(once.values()) == {1}, once
PYTHON
