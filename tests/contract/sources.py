"""The package's own source files, parsed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "azext_aksinvokefix"


def files() -> list[Path]:
    """Every module of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def label(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def imported(node: ast.AST) -> Iterator[tuple[str, str | None]]:
    """Each module that an import statement names, with the name taken from it."""
    if isinstance(node, ast.Import):
        yield from ((alias.name, None) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = PACKAGE.name if node.level else node.module or ""
        yield from ((module, alias.name) for alias in node.names)


def imports(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    """Everything that is imported anywhere in ``tree``, in functions too."""
    for node in ast.walk(tree):
        yield from imported(node)
