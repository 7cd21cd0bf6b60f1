"""Every scenario's whole report is the one that was looked at by a person: a change of a word shows as a diff."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from tests.golden.pages import FOLDER, LOOKS, Look, pages
from tests.simulator.core import scenario

#: A stranger's terminal is narrower than the longest command, and every other line keeps to it.
_COMMAND = ("az ", "kubectl ", "Next: ", "Read more: ", "Plan to hand over: ")


@pytest.mark.parametrize("name", scenario.names())
def test_the_reports_are_as_they_were(name: str, tmp_path: Path) -> None:
    for look, text in pages(name, tmp_path):
        file = FOLDER / look.folder / f"{name}.txt"
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        changes = difflib.unified_diff(before.splitlines(), text.splitlines(), str(file), "as printed now", lineterm="")
        assert before == text, "\n".join([*changes, f"If that is meant: python -m tests.golden {name}"])


def test_there_is_no_report_of_a_scenario_that_is_gone() -> None:
    for look in LOOKS:
        assert sorted(each.stem for each in (FOLDER / look.folder).glob("*")) == sorted(scenario.names())


@pytest.mark.parametrize("look", [each for each in LOOKS if not each.colour], ids=lambda look: look.folder)
def test_only_what_cannot_be_broken_is_longer_than_the_terminal(look: Look) -> None:
    for name in scenario.names():
        for line in (FOLDER / look.folder / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            words = line.split()
            assert len(line) <= look.columns or line.strip().startswith(_COMMAND) or len(words) <= 2, line


def test_three_faults_fit_on_a_screen_of_thirty_lines() -> None:
    report = (FOLDER / "100" / "three-faults.txt").read_text(encoding="utf-8").split("\n# ")[0]
    rows = sum(max(1, -(-len(line) // 100)) for line in report.splitlines()[1:])
    assert rows < 30 and report.splitlines()[-1].startswith("Next: az aks invoke-fix repair ")


@pytest.mark.parametrize(
    "look", [each for each in LOOKS if not each.colour and not each.detail], ids=lambda look: look.folder
)
def test_no_finding_takes_more_than_six_lines_of_a_hundred_columns(look: Look) -> None:
    most = max(6, -(-600 // look.columns))
    for name in scenario.names():
        report = (FOLDER / look.folder / f"{name}.txt").read_text(encoding="utf-8")
        for block in report.split("\n\n"):
            assert block[:2] not in ("✗ ", "! ") or len(block.splitlines()) <= most, f"{name}:\n{block}"
