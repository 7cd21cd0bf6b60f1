"""Which tests `make test-quick` runs first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.quick import FAR, _Clock, _distance, _graph, nearest

FILES = {
    "azext_aksinvokefix/__init__.py": "",
    "azext_aksinvokefix/ground.py": "",
    "azext_aksinvokefix/domain/__init__.py": "",
    "azext_aksinvokefix/domain/rules.py": "from ..ground import value\n",
    "azext_aksinvokefix/domain/wrapper/run.sh": "",
    "azext_aksinvokefix/surface.py": "def late():\n    from azext_aksinvokefix.domain import rules\n",
    "tests/unit/test_ground.py": "from azext_aksinvokefix import ground\n",
    "tests/unit/test_rules.py": "import azext_aksinvokefix.domain.rules\n",
    "tests/unit/test_surface.py": "from azext_aksinvokefix import surface\n",
    "tests/unit/test_apart.py": "import json\n",
    "tests/contract/test_wheel.py": "",
    "tests/e2e/test_run.py": "",
    "tools/demo.py": "",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def order(tree: Path, *changed: str) -> list[str]:
    return [file.stem.removeprefix("test_") for file in nearest({tree / name for name in changed}, tree)]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("azext_aksinvokefix/ground.py", ["ground", "rules", "surface"]),
        ("azext_aksinvokefix/domain/rules.py", ["rules", "surface"]),
        ("azext_aksinvokefix/domain/wrapper/run.sh", ["rules", "surface"]),
        ("tests/unit/test_apart.py", ["apart"]),
        ("README.md", ["apart", "ground", "rules", "surface"]),
    ],
)
def test_the_fewer_imports_lie_between_the_sooner_it_runs(tree: Path, changed: str, expected: list[str]) -> None:
    assert order(tree, changed) == expected


def test_a_changed_test_of_another_kind_runs_too_unless_it_starts_az(tree: Path) -> None:
    changed = ("tests/contract/test_wheel.py", "tests/e2e/test_run.py", "tests/unit/test_apart.py")

    assert order(tree, *changed) == ["apart", "wheel"]


def test_what_nothing_leads_to_is_far(tree: Path) -> None:
    graph = _graph(tree)

    assert _distance(tree / "tests/unit/test_rules.py", {tree / "tools/demo.py"}, graph) == FAR


def test_no_test_begins_after_the_time_is_over() -> None:
    _Clock(until=float("inf")).pytest_runtest_logfinish("a test")

    with pytest.raises(pytest.exit.Exception, match="make test"):
        _Clock(until=0.0).pytest_runtest_logfinish("a test")
