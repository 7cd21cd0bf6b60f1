"""An answer in a minute: the linters, and the tests that are nearest to what changed since the main branch.

A test is the nearer the fewer imports lie between it and a changed file. What does not fit into the time is left to
`make test`, and that is said.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PACKAGE = "azext_aksinvokefix"
SOURCES = (PACKAGE, "tests", "tools")

#: What no import leads to: further than everything that one does.
FAR = 99

#: More files than the time is enough for; only to find the tests in all of them would take half of it.
FILES = 40


def main(seconds: float) -> int:
    """Zero when nothing was found within ``seconds``."""
    until = time.monotonic() + seconds
    changed = {ROOT / name for name in _changed()}
    types = subprocess.Popen([BIN / "mypy", "--strict", PACKAGE], cwd=ROOT) if _touches_package(changed) else None
    failed = _failed("ruff", "check", "--quiet", ".") | _failed("ruff", "format", "--quiet", "--check", ".")
    tests = nearest(changed)[:FILES]
    print(f"{len(changed)} changed files; the nearest tests first:", *map(_relative, tests[:5]), "…", sep="\n  ")
    clock = _Clock(until)
    options = ["-q", "-p", "no:cacheprovider", "--no-header", "--tb=short", "--maxfail=5"]
    status = pytest.main([*options, *map(str, tests)], plugins=[clock])
    # An end for the time alone is none for a failure; 5 says that there was no test.
    failed |= clock.failed or status not in (0, 5, *([2] if clock.over else []))
    return int(failed | _failed_types(types, until))


class _Clock:
    """Begins nothing after the time is over, and knows what failed before."""

    def __init__(self, until: float) -> None:
        self._until = until
        self.over = False
        self.failed = False

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.over = time.monotonic() > self._until
        if self.over:
            pytest.exit(f"The time is over after {nodeid}; `make test` runs the rest.", returncode=2)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed


def nearest(changed: set[Path], root: Path = ROOT) -> list[Path]:
    """The files of unit tests that are near to the changed ones, or all of them where none is, the nearest first.

    After them come the changed tests of other kinds, but for those that start az.
    """
    graph = _graph(root)
    touched = {file for name in changed for file in _modules(name, graph)}
    tests = {file for file in graph if file.name.startswith("test_")}
    units = {file: _distance(file, touched, graph) for file in tests if root / "tests" / "unit" in file.parents}
    ordered = sorted(units, key=lambda file: (units[file], str(file)))
    near = [file for file in ordered if units[file] < FAR]
    others = [file for file in sorted(tests & touched) if file not in units and "e2e" not in file.parts]
    return [*near, *others] or ordered


def _changed() -> set[str]:
    """What differs from the main branch, committed or not."""
    bases = [_git("merge-base", "HEAD", branch) for branch in ("origin/main", "main")]
    base = next((found.strip() for found in bases if found), "HEAD")
    return {*_git("diff", "--name-only", base).splitlines(), *_git("ls-files", "-o", "--exclude-standard").splitlines()}


def _git(*args: str) -> str:
    done = subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def _graph(root: Path) -> dict[Path, set[Path]]:
    """Each source file with those that it imports."""
    files = [file for folder in SOURCES for file in sorted((root / folder).rglob("*.py"))]
    named = {_module(file, root): file for file in files}
    return {file: {named[name] for name in _imports(file, root) if name in named} - {file} for file in files}


def _module(file: Path, root: Path) -> str:
    return ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _imports(file: Path, root: Path) -> Iterator[str]:
    package = ".".join(file.relative_to(root).parent.parts)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _modules(changed: Path, graph: dict[Path, set[Path]]) -> set[Path]:
    """The source files that a changed file stands for: itself, or, where it is data, those of its folder and above."""
    if changed.suffix == ".py":
        return {changed} & graph.keys()
    return {file for file in graph if file.parent in (changed.parent, changed.parent.parent)}


def _distance(start: Path, targets: set[Path], graph: dict[Path, set[Path]]) -> int:
    seen, ring, distance = {start}, {start}, 0
    while ring and not ring & targets:
        ring = {file for each in ring for file in graph[each]} - seen
        seen |= ring
        distance += 1
    return distance if ring else FAR


def _touches_package(changed: set[Path]) -> bool:
    return any(ROOT / PACKAGE in file.parents for file in changed)


def _failed(tool: str, *args: str) -> bool:
    return subprocess.run([BIN / tool, *args], cwd=ROOT, check=False).returncode != 0


def _failed_types(types: subprocess.Popen[bytes] | None, until: float) -> bool:
    if types is None:
        return False
    try:
        return types.wait(max(0.0, until - time.monotonic())) != 0
    except subprocess.TimeoutExpired:
        types.kill()
        print("mypy did not end in time; what it learned makes the next time faster.")
        return False


def _relative(file: Path) -> str:
    return str(file.relative_to(ROOT))


if __name__ == "__main__":
    raise SystemExit(main(float(sys.argv[1])))
