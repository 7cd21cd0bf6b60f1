"""A planner looks, asks in one module, decides and plans: nothing else of a fix talks, waits or runs a command."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.contract.sources import PACKAGE, label, parse

FIXES = PACKAGE / "fixes"
MODULES = sorted(file for file in FIXES.rglob("*.py") if file.parent != FIXES and file.name != "__init__.py")
#: What a fix decides with: plain functions of what was seen and answered.
DECIDING = [
    "add_capacity/choice.py",
    "add_capacity/decision.py",
    "add_capacity/need.py",
    "exempt_policy/wording.py",
    "grant_role/candidates.py",
    "grant_role/excess.py",
]
#: What asks somebody or the cluster, or takes time.
TALKS = {"ask", "choose", "decide", "probe", "sleep"}


def calls(tree: ast.AST) -> set[str]:
    """The names of what is called there."""
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        *(each.id for each in called if isinstance(each, ast.Name)),
        *(
            each.attr
            for each in called
            if isinstance(each, ast.Attribute)
            and (each.attr not in ("choose", "decide") or "console" in ast.unparse(each.value))
        ),
    }


def planning(file: Path) -> ast.Module:
    """A module without the look at the effect of a change that was made, which is no planning any more."""
    tree = parse(file)
    tree.body = [node for node in tree.body if not (isinstance(node, ast.FunctionDef) and node.name == "effect")]
    return tree


@pytest.mark.parametrize("file", [each for each in MODULES if each.name != "asking.py"], ids=label)
def test_only_one_module_of_a_fix_asks_waits_or_runs_a_command(file: Path) -> None:
    assert not calls(planning(file)) & TALKS


def test_a_question_is_found_wherever_it_is_asked() -> None:
    asking = [file for file in MODULES if file.name == "asking.py"]
    assert asking and all(calls(parse(file)) & TALKS for file in asking)


@pytest.mark.parametrize("name", DECIDING)
def test_what_decides_has_nothing_to_talk_to(name: str) -> None:
    arguments = [node.arg for node in ast.walk(parse(FIXES / name)) if isinstance(node, ast.arg)]
    assert arguments and not {"session", "arm", "console", "edge"} & {*arguments}
