"""docs/faults.md is the page of the matrix as it is: `make faults` writes it, which takes too long for every change."""

from __future__ import annotations

from pathlib import Path

from tests.faults import page
from tests.faults.faults import FAMILIES, FAULTS
from tests.faults.kills import MOMENTS
from tests.faults.scenes import COMMANDS, WRITERS
from tests.simulator.core import app

TEXT = (Path(__file__).parents[3] / "docs" / "faults.md").read_text(encoding="utf-8")


def fields(line: str) -> list[str]:
    return [field.strip() for field in line.strip("|").split("|")]


def test_the_page_names_every_fault_of_the_matrix_and_no_other() -> None:
    lines = [fields(line) for line in TEXT.splitlines() if line.startswith("| ")]
    named = {line[0]: line[1].split(", ") for line in lines if line[0] in FAMILIES}

    assert named == {family: [fault.name for fault in FAULTS if fault.family == family] for family in FAMILIES}


def test_the_page_has_a_table_of_every_command_by_the_families_of_faults() -> None:
    heads = [fields(line)[1:] for line in TEXT.splitlines() if line.startswith("| operation |")]

    assert heads == [list(FAMILIES)] * len(COMMANDS)
    assert list(page.rows(TEXT)) == list(COMMANDS)


def test_every_row_is_an_operation_of_azure() -> None:
    known = {operation.name for operation in app.OPERATIONS}

    assert {name for names in page.rows(TEXT).values() for name in names} <= known


def test_every_command_that_writes_was_killed_at_every_moment() -> None:
    killed = [tuple(fields(line)[:2]) for line in TEXT.splitlines() if fields(line)[1:2] and fields(line)[1] in MOMENTS]

    assert sorted(killed) == sorted((command, moment) for command in WRITERS for moment in MOMENTS)
