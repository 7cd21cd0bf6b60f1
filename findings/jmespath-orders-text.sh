#!/usr/bin/env bash
# jmespath 1.1.0, the library behind `az --query`
#
# The specification of JMESPath says that an ordering comparison of anything but numbers gives null, so that a filter
# drops the element. The Python library does so for null, but compares text with a number by Python's own operator: it
# raises TypeError, which is no JMESPathError, so a caller that handles the library's errors still ends in a stack
# trace, and one odd element of a list costs the answer for all. Seen: null beside numbers filters, text beside numbers
# raises TypeError, and two texts are ordered as Python orders them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check jmespath==1.1.0
"$folder/venv/bin/python" - <<'PYTHON'
import jmespath
from jmespath.exceptions import JMESPathError


def asked(query, *values):
    try:
        return jmespath.search(query, [{"count": value} for value in values])
    except Exception as error:
        return type(error)


seen = {
    "numbers": asked("[?count > `1`].count", 1, 2),
    "a null among numbers": asked("[?count > `1`].count", None, 2),
    "a text among numbers": asked("[?count > `1`].count", "many", 2),
    "two texts": asked("[?count > 'a'].count", "b"),
}
for what, answer in seen.items():
    print(f"{what}: {answer}")
assert seen["numbers"] == [2] and seen["a null among numbers"] == [2], seen
assert seen["a text among numbers"] is TypeError and not issubclass(TypeError, JMESPathError), seen
assert seen["two texts"] == ["b"], seen
PYTHON
