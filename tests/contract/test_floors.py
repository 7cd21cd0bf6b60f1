"""The layout of docs/architecture.md holds: imports go down, never in a circle, and no folder is a heap.

An import counts wherever it stands: at the head of a module, in a function, or for the type checker alone.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.contract.sources import PACKAGE, files, label, parse

#: From the ground up, by package or by top-level module. What stands on a floor imports what stands on lower ones, and
#: of its own floor nothing but itself.
FLOORS = (
    # The ground.
    ("shapes", "bounds", "network", "redact", "shells", "vendored_sdks", "azext_metadata"),
    ("quoting", "retry", "credentials", "transport", "log_records"),
    ("lifecycle", "cluster", "api_versions", "facts", "request_log"),
    ("finding_ids", "arm"),
    # The domain: pure knowledge.
    ("catalog",),
    ("failure",),
    ("policy", "nodes", "rights", "inside"),
    # Talking, and judging what was heard.
    ("evidence", "invoke", "checks"),
    ("_client_factory",),
    ("diagnosis",),
    ("estate",),
    # Changing.
    ("changes",),
    ("fixes",),
    # Telling.
    ("report",),
    ("surface",),
    # The names that az asks for.
    ("custom", "_completers", "_help"),
    ("_validators",),
    ("_params",),
    ("commands",),
    ("__init__",),
)
FLOOR_OF = {name: number for number, floor in enumerate(FLOORS) for name in floor}

MOST_FILES = 20
#: What az and its linters look for at the top of an extension, so that it cannot lie anywhere else.
_WHERE_AZ_LOOKS = (
    "__init__",
    "_client_factory",
    "_completers",
    "_help",
    "_validators",
    "commands",
    "custom",
)
AT_THE_TOP = {PACKAGE / f"{name}.py" for name in _WHERE_AZ_LOOKS}
TESTS = PACKAGE.parent / "tests"

Graph = Mapping[str, frozenset[str]]


def module_of(file: Path) -> str:
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor_of(module: str) -> tuple[int, str]:
    """The floor of a module and the package or top-level module that it belongs to."""
    inside = [*module.split(".")[1:], "__init__"][0]
    return FLOOR_OF[inside], inside


def ours_in(tree: ast.AST, modules: Iterable[str]) -> Iterator[str]:
    """Our modules that are imported anywhere in ``tree``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE.name:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            yield from (name if name in modules else str(node.module) for name in inner)


MODULES = {module_of(file): file for file in files()}
IMPORTS: Graph = {module: frozenset(ours_in(parse(file), MODULES)) for module, file in MODULES.items()}


def upwards(module: str, imported: Iterable[str]) -> list[str]:
    """What of the imports of a module lies not below it."""
    floor, part = floor_of(module)
    return sorted(each for each in imported if floor_of(each)[1] != part and floor_of(each)[0] >= floor)


def circles(graph: Graph) -> list[str]:
    """What is left when all that imports nothing of what is left, or is not imported by it, is taken away."""
    left = {module: set(targets) - {module} for module, targets in graph.items()}
    while True:
        wanted = {target for targets in left.values() for target in targets}
        free = {module for module, targets in left.items() if not targets & left.keys() or module not in wanted}
        if not free:
            return sorted(left)
        left = {module: targets for module, targets in left.items() if module not in free}


@pytest.mark.parametrize("file", files(), ids=label)
def test_imports_go_down(file: Path) -> None:
    module = module_of(file)

    assert upwards(module, IMPORTS[module]) == []


@pytest.mark.parametrize("file", files(), ids=label)
def test_imports_name_the_whole_path(file: Path) -> None:
    assert not [node.lineno for node in ast.walk(parse(file)) if isinstance(node, ast.ImportFrom) and node.level]


def test_imports_go_in_no_circle() -> None:
    assert circles(IMPORTS) == []


@pytest.mark.parametrize(
    "code",
    [
        "from azext_aksinvokefix.report import console",
        "from azext_aksinvokefix.report.console import Console",
        "import azext_aksinvokefix.report.console",
        "def late():\n    from azext_aksinvokefix.report.console import Console",
        "if TYPE_CHECKING:\n    from azext_aksinvokefix.report.console import Console",
    ],
)
def test_an_import_upwards_is_found_wherever_it_stands(code: str) -> None:
    imported = list(ours_in(ast.parse(code), MODULES))

    assert upwards("azext_aksinvokefix.changes.session", imported) == ["azext_aksinvokefix.report.console"]


def test_an_import_beside_is_found() -> None:
    assert upwards("azext_aksinvokefix.checks.basis", ["azext_aksinvokefix.evidence.roles"])


def test_a_circle_is_found_and_only_the_circle() -> None:
    graph = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"b", "d"}), "d": frozenset[str]()}

    assert circles(graph) == ["b", "c"]


@pytest.mark.parametrize("root", [PACKAGE, TESTS], ids=["package", "tests"])
def test_no_folder_is_a_heap(root: Path) -> None:
    named_by_others = {*AT_THE_TOP, *root.rglob("__init__.py")}
    modules = [file for file in root.rglob("*.py") if "vendored_sdks" not in file.parts and file not in named_by_others]
    counted = Counter(str(file.parent.relative_to(root)) for file in modules)

    assert {folder: count for folder, count in counted.items() if count > MOST_FILES} == {}
