#!/usr/bin/env bash
# regopy 1.5.2 (rego-cpp, Rego in C++), beside regorus as gordon-to-regorus 0.13.0 (Rego in Rust)
#
# Rego has one order of all values, null before booleans, numbers and strings, and `sort`, `min` and `max` follow it. In
# regopy these built-ins compare values by how they are written: 10 sorts before 9, the maximum of 10 and 9 is 9, and a
# string comes before a number because a quote comes before a digit. The operator `<` compares two numbers as numbers, so
# one policy holds two orders. `semver.compare` puts a pre-release behind its release, where semver.org puts it before.
# A rule that takes the largest limit of a pod or the lowest version decides otherwise here than in OPA, and a test with
# numbers of one length sees none of it. regorus gives what is documented, and so does OPA itself (asked once, through
# opa-golib-python-bindings 0.4.4). Seen: the values below, from both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check regopy==1.5.2 gordon-to-regorus==0.13.0
"$folder/venv/bin/python" - <<'PYTHON'
import json

import regopy
import regorus

#: Expression: what regopy and what regorus say.
EXPECTED = {
    "sort([9, 10])": ([10, 9], [9, 10]),
    "max([10, 9])": (9, 10),
    "9 < 10": (True, True),
    'sort([1, "a", null, true])': (["a", 1, None, True], [None, True, 1, "a"]),
    'semver.compare("1.30.0-alpha", "1.30.0")': (1, -1),
    'semver.compare("1.9.0", "1.10.0")': (-1, -1),
}
seen = {}
for expression in EXPECTED:
    query = f"x := {expression}"
    cpp = json.loads(str(regopy.Interpreter().query(query)))["bindings"]["x"]
    rust = regorus.Engine().eval_query(query)["result"][0]["bindings"]["x"]
    seen[expression] = (cpp, rust)
    print(f"{expression}: regopy {json.dumps(cpp)}, regorus {json.dumps(rust)}")
assert repr(seen) == repr(EXPECTED), seen
PYTHON
