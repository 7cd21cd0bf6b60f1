"""How many small faults in the package would the tests notice? Plants them one at a time and runs the tests.

    python -m tools.mutants --count 150 --seed 1

A mutant is one changed expression: a comparison turned round, an `and` for an `or`, a condition negated, a constant
moved, an argument of a call left out, a returned value dropped. For each, the unit tests that mirror its module run
first and then all the others, until one fails; a mutant that no test notices is printed with its line. The work is done
in a copy, so the checkout stays as it is.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
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
    """The ``number``-th place in ``file`` that can be mutated, and the line that reads differently there."""

    file: Path
    number: int
    line: int
    what: str


def places(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """The nodes that ``mutate`` knows how to change, in the order in which they are walked."""
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


def mutate(node: ast.AST) -> None:
    """Change ``node`` in place."""
    if isinstance(node, ast.Compare):
        node.ops[0] = _TURNED[type(node.ops[0])]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, (ast.If, ast.IfExp)):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd()
        node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
    elif isinstance(node, ast.Return):
        node.value = ast.Constant(None)
    elif isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else int(str(node.value)) + 1


def candidates() -> list[Mutant]:
    """Every mutant of the package."""
    found = []
    for file in sorted((ROOT / PACKAGE).rglob("*.py")):
        relative = file.relative_to(ROOT)
        if any(part in _LEFT_OUT for part in relative.parts):
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found += [
            Mutant(relative, number, getattr(node, "lineno", 0), what)
            for number, (node, what) in enumerate(places(tree))
        ]
    return found


def mutated(mutant: Mutant) -> str:
    """The source of the mutant's file with the fault in it."""
    tree = ast.parse((ROOT / mutant.file).read_text(encoding="utf-8"))
    changed = copy.deepcopy(tree)
    mutate(next(node for number, (node, _) in enumerate(places(changed)) if number == mutant.number))
    return ast.unparse(ast.fix_missing_locations(changed))


def suites(mutant: Mutant, mirrored: bool) -> list[list[str]]:
    """The tests that are run one after the other until one fails: the module's own, its package's, all; with
    ``mirrored`` not all."""
    inside = mutant.file.relative_to(PACKAGE)
    own = Path("tests/unit", inside.parent, f"test_{inside.name}")
    package = Path("tests/unit", *inside.parts[:1]) if len(inside.parts) > 1 else own
    chosen = [str(path) for path in dict.fromkeys((own, package)) if (ROOT / path).exists()]
    own_alone = [[path] for path in chosen]
    return own_alone if mirrored else [*own_alone, ["tests/unit", "--ignore=tests/unit/simulator"]]


def survives(copied: Path, mutant: Mutant, jobs: int, mirrored: bool) -> bool:
    """Whether every test passes with the fault in place."""
    target = copied / mutant.file
    sound = target.read_text(encoding="utf-8")
    target.write_text(mutated(mutant), encoding="utf-8")
    try:
        return all(_passes(copied, suite, jobs) for suite in suites(mutant, mirrored))
    finally:
        target.write_text(sound, encoding="utf-8")


def _passes(folder: Path, suite: list[str], jobs: int) -> bool:
    workers = ["-n", str(jobs)] if suite[0] == "tests/unit" else []
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "--timeout",
        "60",
        "-p",
        "no:cacheprovider",
        *workers,
        *suite,
    ]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    return ended.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--mirrored", action="store_true", help="leave out the tests of other packages")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no mutant after this long")
    asked = parser.parse_args()
    chosen = random.Random(asked.seed).sample(candidates(), asked.count)
    alive = tried = 0
    until = time.monotonic() + 60 * asked.minutes
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        copied = Path(scratch, "checkout")
        shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns(".git", ".venv*", ".work", ".*_cache"))
        if not asked.mirrored and not _passes(copied, ["tests/unit", "--ignore=tests/unit/simulator"], asked.jobs):
            raise SystemExit("The tests fail without any fault: there is nothing to measure.")
        for number, mutant in enumerate(chosen, 1):
            if time.monotonic() > until:
                break
            tried += 1
            if survives(copied, mutant, asked.jobs, asked.mirrored):
                alive += 1
                line = (ROOT / mutant.file).read_text(encoding="utf-8").splitlines()[mutant.line - 1].strip()
                print(f"{number:4} survived: {mutant.file}:{mutant.line}: {mutant.what}: {line}", flush=True)
    print(f"{tried - alive} of {tried} noticed")


if __name__ == "__main__":
    main()
