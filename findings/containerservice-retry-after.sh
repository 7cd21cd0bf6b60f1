#!/usr/bin/env bash
# azure-mgmt-containerservice 41.0.0, azure-core 1.41.0
#
# HTTP allows two forms of Retry-After: seconds, and a date. `begin_run_command` reads the header of the accepting 202
# into an integer before any polling method sees the answer. A date, or seconds with a fraction, raises
# DeserializationError although the service took the command: the caller never learns the Location and cannot tell a
# command that runs from one that was refused. Seen: "5" is accepted; the date and "0.5" raise after exactly one POST.
#
# 33.0.0, which azure-cli 2.67.0 ships, reads only the Location there (read in its source).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check azure-mgmt-containerservice==41.0.0 azure-core==1.41.0
"$folder/venv/bin/python" - <<'PYTHON'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.containerservice import ContainerServiceClient


class Service(BaseHTTPRequestHandler):
    retry_after, posts = "", 0

    def do_POST(self):
        Service.posts += 1
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/result")
        self.send_header("Retry-After", Service.retry_after)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Credential:
    def get_token(self, *_, **__):
        return AccessToken("not-a-token", 2**31)


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = ContainerServiceClient(
    Credential(),
    "00000000-0000-0000-0000-000000000000",
    base_url=f"http://127.0.0.1:{server.server_port}",
    # No bearer token over plain HTTP; what is looked at here is the answer.
    authentication_policy=SansIOHTTPPolicy(),
)
seen = {}
for value in ("5", "Sat, 28 Nov 2026 02:59:08 GMT", "0.5"):
    Service.retry_after, Service.posts = value, 0
    try:
        client.managed_clusters.begin_run_command("group", "cluster", {"command": "true"}, polling=False)
        ended = "accepted"
    except Exception as error:
        ended = type(error).__name__
    seen[value] = (ended, Service.posts)
    print(f"Retry-After: {value}: {ended}, {Service.posts} POST")
assert list(seen.values()) == [("accepted", 1), ("DeserializationError", 1), ("DeserializationError", 1)], seen
PYTHON
