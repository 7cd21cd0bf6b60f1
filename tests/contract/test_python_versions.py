"""The oldest Python that is promised can read the sources; `make e2e-old` and `make e2e-new` run them on others."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.contract.sources import files, label

ROOT = Path(__file__).parents[2]


def oldest() -> tuple[int, int]:
    found = re.search(r'python_requires=">=(\d+)\.(\d+)"', (ROOT / "setup.py").read_text(encoding="utf-8"))
    assert found
    return int(found[1]), int(found[2])


@pytest.mark.parametrize("file", files(), ids=label)
def test_the_oldest_python_can_read_it(file: Path) -> None:
    ast.parse(file.read_text(encoding="utf-8"), str(file), feature_version=oldest())


def test_what_the_oldest_python_cannot_read_is_noticed() -> None:
    with pytest.raises(SyntaxError):
        ast.parse("match value:\n    case 1:\n        pass\n", feature_version=oldest())


def test_the_oldest_python_is_the_one_that_the_smoke_tests_and_the_linter_take() -> None:
    version = ".".join(map(str, oldest()))

    assert f"$(call smoke_on,{version},cli-old)" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f'target-version = "py{version.replace(".", "")}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
