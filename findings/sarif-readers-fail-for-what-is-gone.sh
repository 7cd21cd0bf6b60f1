#!/usr/bin/env bash
# sarif-tools 3.0.5 (PyPI), sarif-junit 1.1.4 (npm)
#
# By the specification of SARIF 2.1.0 a log may hold results that are there no more (`baselineState` absent) or that
# somebody accepted (`suppressions`), and a result without a level has the level that its rule gives as the default. Two
# readers that turn such a log into the verdict of a build read the same results in opposite ways. `sarif --check error`
# fails for a result that was fixed, for one that was accepted and for one that is open. sarif-junit counts the first two
# as failures and passes the open one, since it looks for a level in the result alone. A result that names its rule by
# `ruleIndex` and not by `ruleId`, which the specification allows, ends `sarif` with KeyError and sarif-junit without a
# report. Seen: exit code 1 for all three; one failure each for the first two, and none for the open one. Both pass a
# result of the kind pass.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check sarif-tools==3.0.5
npm install --silent --no-audit --no-fund --prefix "$folder" sarif-junit@1.1.4
SARIF="$folder/venv/bin/sarif" JUNIT="$folder/node_modules/.bin/sarif-junit" "$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

RULE = {"id": "no-root", "defaultConfiguration": {"level": "error"}}
PLACE = {"physicalLocation": {"artifactLocation": {"uri": "pod.yaml"}, "region": {"startLine": 1}}}
RESULT = {"message": {"text": "runs as root"}, "locations": [PLACE]}
RESULTS = {
    "absent": {**RESULT, "ruleId": "no-root", "level": "error", "baselineState": "absent"},
    "suppressed": {
        **RESULT, "ruleId": "no-root", "level": "error", "suppressions": [{"kind": "external", "status": "accepted"}],
    },
    "open": {**RESULT, "ruleId": "no-root"},
    "by index": {**RESULT, "ruleIndex": 0},
    "passed": {**RESULT, "ruleId": "no-root", "kind": "pass"},
}


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=120)


seen = {}
for name, result in RESULTS.items():
    log, junit = Path(sys.argv[1], "log.sarif"), Path(sys.argv[1], f"{name}.xml")
    log.write_text(json.dumps({"version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "linter", "rules": [RULE]}}, "results": [result],
    }]}))
    checked = run(os.environ["SARIF"], "--check", "error", "summary", log)
    said = "KeyError" if "KeyError" in checked.stderr else checked.returncode
    run(os.environ["JUNIT"], "-i", log, "-o", junit)
    failures = int(ElementTree.parse(junit).getroot().get("failures")) if junit.exists() else None
    seen[name] = (said, failures)
    print(f"{name}: sarif --check error says {said}, sarif-junit counts {failures} failures")
assert seen == {
    "absent": (1, 1), "suppressed": (1, 1), "open": (1, 0), "by index": ("KeyError", None), "passed": (0, 0),
}, seen
PYTHON
