"""What a small fault is, and every place of the package that can have one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = "azext_aksinvokefix"
#: Texts and tables, the az surface that only end-to-end tests reach, and what others wrote.
_LEFT_OUT = ("vendored_sdks", "catalog", "_help.py", "_params", "commands.py", "_client_factory.py", "custom.py")

_TURNED = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


@dataclass(frozen=True)
class Mutant:
    """The ``number``-th place in ``file`` that can be mutated, and where a reader finds it."""

    file: Path
    number: int
    line: int
    what: str


def candidates(root: Path) -> list[Mutant]:
    """Every mutant of the package."""
    found = []
    for file in sorted((root / PACKAGE).rglob("*.py")):
        relative = file.relative_to(root)
        if any(part in _LEFT_OUT for part in relative.parts):
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found += [Mutant(relative, number, node.lineno, what) for number, (node, what) in enumerate(places(tree))]
    return found


def places(tree: ast.AST) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    """The nodes that ``changed`` knows how to change, in the order in which they are walked."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield node, "comparison turned round"
        elif isinstance(node, ast.BoolOp):
            yield node, "and/or swapped"
        elif isinstance(node, (ast.If, ast.IfExp)):
            yield node, "condition negated"
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield node, "not dropped"
        elif isinstance(node, ast.Return) and not isinstance(node.value, (ast.Constant, type(None))):
            yield node, "returned value dropped"
        elif isinstance(node, ast.Constant) and isinstance(node.value, (bool, int)):
            yield node, "constant moved"


def changed(node: ast.expr) -> ast.expr:
    """What stands in the place of ``node`` where it is the fault; ``node`` stays as it is."""
    if isinstance(node, ast.Compare):
        first, *others = node.ops
        return ast.Compare(node.left, [_TURNED[type(first)](), *others], node.comparators)
    if isinstance(node, ast.BoolOp):
        return ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
    if isinstance(node, ast.IfExp):
        return ast.IfExp(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    if isinstance(node, ast.UnaryOp):
        return ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
    assert isinstance(node, ast.Constant) and isinstance(node.value, (bool, int)), ast.dump(node)
    return ast.Constant(not node.value if isinstance(node.value, bool) else node.value + 1)
