"""Every fact that a text tells is listed with its type, and what is listed is told and read."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any, get_origin, get_type_hints

import pytest

from azext_aksinvokefix import catalog, failure
from azext_aksinvokefix.facts import Facts
from tests.contract.sources import files, parse
from tests.data.failure_texts import CASES

LISTED: Mapping[str, Any] = get_type_hints(Facts)
TEXTS = [case[0] for case in CASES] + [each for entry in catalog.FINDINGS.values() for each in entry.examples]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("hint", [None, "command"])
def test_what_a_text_tells_is_listed_and_of_its_type(text: str, hint: Any) -> None:
    for name, value in failure.classify(text, source="run", stage_hint=hint).facts.items():
        assert isinstance(value, get_origin(LISTED[name]) or LISTED[name]), name


def _named_in(tree: ast.AST) -> Iterator[str]:
    """The members of facts that a module reads by their names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            holder, names = node.func.value, node.args[:1]
        elif isinstance(node, ast.Subscript):
            holder, names = node.value, [node.slice]
        else:
            continue
        if "facts" in (getattr(holder, "id", ""), getattr(holder, "attr", "")):
            yield from (str(name.value) for name in names if isinstance(name, ast.Constant))


def test_what_is_read_is_listed() -> None:
    assert {name for file in files() for name in _named_in(parse(file))} <= set(LISTED)


def test_what_is_listed_is_written_somewhere() -> None:
    said = {
        node.value
        for file in files()
        if file.name != "facts.py"
        for node in ast.walk(parse(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert set(LISTED) <= said
