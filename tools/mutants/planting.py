"""Faults that are in the package from its import on, and switched off: no mutant has to be imported by itself.

A planted ``a < b`` reads ``(a <= b if __mutant__(17) else a < b)``. The switch also tells which places were met.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from tools.mutants.places import Mutant, changed, places

_SWITCH = "__mutant__"


class Switches:
    """``active`` is the one mutant that shows; ``met`` are those that were evaluated, shown or not."""

    def __init__(self) -> None:
        self.active: int | None = None
        self.met: set[int] = set()

    def __call__(self, mutant: int) -> bool:
        self.met.add(mutant)
        return mutant == self.active


class Planted(MetaPathFinder):
    """Imports the files of the mutants with all of them inside; a mutant's switch is its index."""

    def __init__(self, root: Path, mutants: Sequence[Mutant]) -> None:
        self.switches = Switches()
        self._switches_of: dict[str, dict[int, int]] = {}
        for switch, mutant in enumerate(mutants):
            self._switches_of.setdefault(str(root / mutant.file), {})[mutant.number] = switch

    def install(self) -> None:
        setattr(builtins, _SWITCH, self.switches)
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin not in self._switches_of:
            return None
        spec.loader = _Loader(fullname, spec.origin, self._switches_of[spec.origin])
        return spec


class _Loader(SourceFileLoader):
    """Neither reads compiled files nor writes any."""

    def __init__(self, fullname: str, path: str, switches: Mapping[int, int]) -> None:
        super().__init__(fullname, path)
        self._switches = switches

    def get_code(self, fullname: str) -> CodeType:
        tree = ast.parse(Path(self.path).read_text(encoding="utf-8"))
        return compile(planted(tree, self._switches), self.path, "exec", dont_inherit=True)


def planted(tree: ast.Module, switches: Mapping[int, int]) -> ast.Module:
    """``tree`` with a switch at each of its places that ``switches`` has one for."""
    chosen = {id(node): switches[number] for number, (node, _) in enumerate(places(tree)) if number in switches}
    _Planter(chosen).visit(tree)
    return ast.fix_missing_locations(tree)


class _Planter(ast.NodeTransformer):
    def __init__(self, chosen: Mapping[int, int]) -> None:
        self._chosen = chosen

    def visit(self, node: ast.AST) -> ast.AST:
        """The node with what it contains planted first: a fault around another one keeps the other's switch."""
        self.generic_visit(node)
        switch = self._chosen.get(id(node))
        if switch is None:
            return node
        if isinstance(node, ast.If):
            node.test = _either(switch, ast.UnaryOp(ast.Not(), node.test), node.test)
        elif isinstance(node, ast.Return):
            assert node.value is not None
            node.value = _either(switch, ast.Constant(None), node.value)
        else:
            assert isinstance(node, ast.expr)
            return ast.copy_location(_either(switch, changed(node), node), node)
        return node


def _either(switch: int, fault: ast.expr, sound: ast.expr) -> ast.expr:
    return ast.IfExp(ast.Call(ast.Name(_SWITCH, ast.Load()), [ast.Constant(switch)], []), fault, sound)
