#!/usr/bin/env bash
# pycep-parser 0.7.1, the parser of Bicep behind Checkov
#
# Bicep documents the precedence of its operators, and that those of one precedence bind to the left. pycep parses every
# valid expression, but gives an operator everything to its right as operand, whatever it is: a subtraction of three
# numbers is computed from the right, a `!` negates the whole of `!a && b`, and the condition of `a == b ? c : d` is b.
# A check that walks this tree asks another question than the template that is deployed. Only parentheses give the tree
# that was meant. Seen: `7 - 2 - 1` is 6 by the tree and 4 by Bicep, `2 * 3 + 1` is 8 and 7,
# `!a && b` negates the conjunction, and the condition of `a == b ? c : d` is b.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pycep-parser==0.7.1
"$folder/venv/bin/python" - <<'PYTHON'
from pycep import BicepParser

NUMBERS = {"substract": lambda a, b: a - b, "multiply": lambda a, b: a * b, "add": lambda a, b: a + b}


def tree(expression):
    return BicepParser().parse(text=f"var result = {expression}\n")["variables"]["result"]["value"]


def value(node):
    if isinstance(node, int):
        return node
    operator = node["operator"]
    return NUMBERS[operator["type"]](*(value(operand) for operand in operator["operands"].values()))


def shape(node):
    """The names of the operators from the root on; an operand that is none is itself."""
    if not isinstance(node, dict):
        return node
    operator = node["operator"]
    return [operator["type"], *(shape(operand) for operand in operator["operands"].values())]


numbers = {text: value(tree(text)) for text in ("7 - 2 - 1", "2 * 3 + 1")}
shapes = {text: shape(tree(text)) for text in ("!a && b", "a == b ? c : d", "(a == b) ? c : d")}
for text, found in {**numbers, **shapes}.items():
    print(f"{text}: {found}")
assert numbers == {"7 - 2 - 1": 6, "2 * 3 + 1": 8}, numbers
assert shapes == {
    "!a && b": ["not", ["and", "a", "b"]],
    "a == b ? c : d": ["equals", "a", ["conditional", "b", "c", "d"]],
    "(a == b) ? c : d": ["conditional", ["equals", "a", "b"], "c", "d"],
}, shapes
PYTHON
