"""What the package imports: nothing that the CLI does not bring, and in the middle nothing but the standard library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.sources import PACKAGE, files, imported, imports, label, parse

#: Top-level modules that azure-cli-core itself depends on; urllib3 comes with its requests, yaml with its knack.
FROM_THE_CLI = {"azure", "knack", "requests", "urllib3", "yaml"}

#: Plain Python over plain data: runs live, offline and in a test alike.
MIDDLE = ("catalog", "checks", "failure", "lifecycle", "policy", "quoting", "redact")

LOAD_ONLY_THE_MIDDLE = """
import importlib, pkgutil, sys, types
package = types.ModuleType("azext_aksinvokefix")
package.__path__ = [sys.argv[1]]
sys.modules["azext_aksinvokefix"] = package
module = importlib.import_module("azext_aksinvokefix." + sys.argv[2])
for part in pkgutil.walk_packages(getattr(module, "__path__", ()), module.__name__ + "."):
    importlib.import_module(part.name)
"""


#: These talk, but only through what they are given.
PLANNERS = ("fixes",)


def files_of(names: tuple[str, ...]) -> list[Path]:
    return [file for file in files() if label(file).split("/")[0].removesuffix(".py") in names]


@pytest.mark.parametrize("file", files(), ids=label)
def test_a_module_uses_only_what_the_cli_brings(file: Path) -> None:
    roots = {name.split(".")[0] for name, _ in imports(parse(file))}

    assert roots - set(sys.stdlib_module_names) - FROM_THE_CLI <= {"azext_aksinvokefix"}


def test_the_loader_imports_only_the_base_class_and_the_help() -> None:
    tree = parse(PACKAGE / "__init__.py")
    names = {(module, name) for node in tree.body for module, name in imported(node)}
    ours = {(module, name) for module, name in names if module not in sys.stdlib_module_names}

    assert ours == {("azure.cli.core", "AzCommandsLoader"), ("azext_aksinvokefix", "_help")}


@pytest.mark.parametrize("file", files_of((*MIDDLE, *PLANNERS)), ids=label)
def test_the_middle_names_nothing_of_the_cli_not_even_lazily(file: Path) -> None:
    roots = {name.split(".")[0] for name, _ in imports(parse(file))}

    assert not roots & FROM_THE_CLI


@pytest.mark.parametrize("module", MIDDLE)
def test_the_middle_works_where_only_the_standard_library_is(module: str) -> None:
    if not any(PACKAGE.glob(f"{module}*")):
        pytest.skip(f"there is no {module} yet")
    command = [sys.executable, "-I", "-S", "-c", LOAD_ONLY_THE_MIDDLE, str(PACKAGE), module]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr


def test_nothing_starts_a_process_or_a_shell() -> None:
    forbidden = {"subprocess", "pty", "multiprocessing"}
    users = {label(file) for file in files() for name, _ in imports(parse(file)) if name.split(".")[0] in forbidden}

    assert not users
