"""az's form: a function for each command and nothing beside them."""

from __future__ import annotations

import ast

from tests.contract.sources import PACKAGE, parse


def commands() -> set[str]:
    """The names of the functions that the commands are registered with."""
    registered = [
        node
        for node in ast.walk(parse(PACKAGE / "commands.py"))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "custom_command"
    ]
    return {str(ast.literal_eval(node.args[1])) for node in registered}


def test_the_module_of_the_commands_holds_no_helper() -> None:
    tree = parse(PACKAGE / "custom.py")
    defined = [node for node in tree.body if not isinstance(node, (ast.Import, ast.ImportFrom))][1:]

    assert {node.name for node in defined if isinstance(node, ast.FunctionDef)} == commands()
    assert all(isinstance(node, ast.FunctionDef) for node in defined)


def test_a_command_only_makes_a_request_of_its_arguments() -> None:
    """Whatever decides, catches or repeats is no translation of arguments any more; `explain` reads the catalogue."""
    branches = (ast.For, ast.While, ast.Try, ast.If)
    found = [
        node.name
        for node in parse(PACKAGE / "custom.py").body
        if isinstance(node, ast.FunctionDef) and any(isinstance(each, branches) for each in ast.walk(node))
    ]

    assert found == ["explain"]
