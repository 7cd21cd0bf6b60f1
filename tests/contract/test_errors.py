"""Errors that reach the user are azclierror's concrete classes: those alone map to an exit code and a fault type."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.cli.core import azclierror

from tests.contract.sources import files, imports, label, parse

TOO_GENERAL = {"AzCLIError", "UserFault", "ClientError", "ServiceError", "CLIError", "Exception", "BaseException"}


def raised(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            yield error.attr if isinstance(error, ast.Attribute) else getattr(error, "id", "")


@pytest.mark.parametrize("file", files(), ids=label)
def test_no_error_is_raised_that_says_nothing_about_whose_fault_it_is(file: Path) -> None:
    assert not TOO_GENERAL & set(raised(parse(file)))


@pytest.mark.parametrize("file", files(), ids=label)
def test_every_cli_error_used_exists_in_the_cli(file: Path) -> None:
    names = {name for module, name in imports(parse(file)) if module == "azure.cli.core.azclierror"}

    assert not {name for name in names if not hasattr(azclierror, name or "")}
