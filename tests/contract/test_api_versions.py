"""Which version of an API is asked for stands in one module, with its reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from azext_aksinvokefix import api_versions
from tests.contract.sources import PACKAGE, files, label, parse

_VERSION = re.compile(r"(?:^|api-version[=:] ?)20\d\d-\d\d-\d\d(?:-preview)?$", re.ASCII | re.MULTILINE)
_HOME = Path(api_versions.__file__)
_ELSEWHERE = [file for file in files() if file != _HOME and PACKAGE / "vendored_sdks" not in file.parents]


def versions_in(tree: ast.AST) -> list[str]:
    """The versions of an API that are written out in a module."""
    strings = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return [text for text in strings if _VERSION.search(text)]


@pytest.mark.parametrize("file", _ELSEWHERE, ids=label)
def test_no_other_module_writes_a_version_out(file: Path) -> None:
    assert versions_in(parse(file)) == []


@pytest.mark.parametrize(
    "code", ['"2024-02-01"', '"2022-07-01-preview"', 'f"{scope}/locks?api-version=2020-05-01"', '("2025-11-01",)']
)
def test_a_version_is_found_wherever_it_is_written(code: str) -> None:
    assert versions_in(ast.parse(code))


def unexplained(source: str) -> Iterator[str]:
    """The constants without a comment for readers right above them."""
    lines = source.splitlines()
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and not lines[node.lineno - 2].startswith("#: "):
            yield ast.unparse(node.targets[0])


def test_every_version_has_its_reason() -> None:
    assert list(unexplained(_HOME.read_text(encoding="utf-8"))) == []


def test_a_version_without_a_reason_is_found() -> None:
    assert list(unexplained('#: Why.\nA = "2024-02-01"\nB = "2024-09-01"\n')) == ["B"]
