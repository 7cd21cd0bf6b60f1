"""SECURITY.md names for every guard the test that holds it: the test has to be there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)))
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| threat ")]


@pytest.mark.parametrize(("file", "test"), NAMED, ids=str)
def test_the_test_that_holds_a_guard_is_there(file: str, test: str) -> None:
    assert (ROOT / file).is_file()
    assert re.search(rf"^def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_no_guard_is_claimed_without_a_test() -> None:
    assert ROWS
    assert [row for row in ROWS if not re.search(r"\| `tests/[^|]*` \|$", row)] == []
