"""The guides for contributors speak of what is there: every path exists, and every line of a recipe is code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md"]
PACKAGE = "azext_aksinvokefix"

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_PATH = re.compile(r"`([\w./-]+(?:\.(?:py|md|yaml|toml)|/))(?:`|[.\w]*`)", re.ASCII)
_NAME = re.compile(r"(?:^|\s)(\.?[\w/]+(?:\.py|/))(?=\s)", re.ASCII)


def _exists(path: str) -> bool:
    """Below the checkout, or below the package, whose name the guides leave out where all is about it."""
    return (ROOT / path).exists() or (ROOT / PACKAGE / path).exists()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_path_exists(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    tree = [name for kind, block in _FENCED.findall(text) if not kind for name in _NAME.findall(block)]
    paths = [*_PATH.findall(text), *tree]

    assert len(paths) > 10 and [path for path in paths if not _exists(path)] == []


def test_a_path_that_is_gone_is_found() -> None:
    found = _PATH.findall("`checks/access.py`, `checks/gone.py` and `tests/unit/`")

    assert [_exists(path) for path in found] == [True, False, True]


def _recipes() -> Iterator[tuple[str, str]]:
    """The lines that the recipes add, each with its file."""
    for kind, block in _FENCED.findall(GUIDES[0].read_text(encoding="utf-8")):
        path = ""
        for line in block.splitlines() if kind == "diff" else ():
            if line.startswith("+++ b/"):
                path = line[len("+++ b/") :]
            else:
                yield path, line[1:]


@pytest.mark.parametrize(("path", "line"), list(_recipes()))
def test_every_line_of_a_recipe_is_in_its_file(path: str, line: str) -> None:
    assert line in (ROOT / path).read_text(encoding="utf-8").splitlines()


def test_there_are_three_recipes() -> None:
    recipes = [kind for kind, _ in _FENCED.findall(GUIDES[0].read_text(encoding="utf-8")) if kind == "diff"]

    assert len(recipes) == 3


def _answers() -> list[tuple[str, str]]:
    """For each question of the map the file that answers it, and what stands there."""
    rows = [line for line in GUIDES[1].read_text(encoding="utf-8").splitlines() if "? " in line and line[:2] == "| "]
    return [tuple(cell.strip(" `") for cell in row.strip("| ").rsplit(" | ", 2)[1:]) for row in rows]  # type: ignore[misc]


def test_a_dozen_questions_are_answered() -> None:
    assert len(_answers()) == 12


@pytest.mark.parametrize(("path", "words"), _answers())
def test_a_question_takes_the_map_and_one_file_that_answers_it(path: str, words: str) -> None:
    file = next(each for each in (ROOT / PACKAGE / path, ROOT / path) if each.exists())

    assert words in file.read_text(encoding="utf-8")


def test_the_whole_package_is_on_the_map() -> None:
    """Every folder and every module at its top is named in the tree."""
    (tree,) = [block for kind, block in _FENCED.findall(GUIDES[1].read_text(encoding="utf-8")) if not kind]
    top = [each for each in (ROOT / PACKAGE).iterdir() if each.suffix == ".py" or (each / "__init__.py").exists()]
    names = {each.name if each.suffix == ".py" else f"{each.name}/" for each in top} - {"vendored_sdks/"}

    assert names == {name for name in _NAME.findall(tree) if name != f"{PACKAGE}/"}
