"""The share of the matrix that there is time for in every run of the tests."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

from tests.faults.faults import FAULTS
from tests.faults.kills import Shot
from tests.faults.matrix import Cell
from tests.faults.scenes import SCENES

T = TypeVar("T", Cell, Shot)

#: So many cells each operation of a command has at least, and so many each fault.
_EACH_OPERATION, _EACH_FAULT = 2, 6
_EACH_FAMILY = 2
#: So many kills each operation of a command has at least.
_KILLS = 1


def distinct(cells: Sequence[Cell]) -> list[Cell]:
    """Each fault at each operation of each command once, in one of the scenes in which it is sent, in turn."""
    same: dict[Hashable, list[Cell]] = {}
    for cell in cells:
        same.setdefault((_operation(cell), cell.aim.occurrence, cell.fault), []).append(cell)
    return [found[zlib.crc32(repr(what).encode()) % len(found)] for what, found in same.items()]


def distinct_shots(shots: Sequence[Shot]) -> list[Shot]:
    """Each request of each command once at each moment, likewise."""
    same: dict[Hashable, list[Shot]] = {}
    for shot in shots:
        same.setdefault((SCENES[shot.scene].command, shot.aim, shot.moment), []).append(shot)
    return [found[zlib.crc32(repr(what).encode()) % len(found)] for what, found in same.items()]


def of_cells(cells: Sequence[Cell]) -> list[Cell]:
    """Every operation of every command with a few faults, and every fault at a few operations."""
    needs = [(_operation(cell), cell.fault) for cell in cells]
    return _enough(cells, [((operation, _EACH_OPERATION), (fault, _EACH_FAULT)) for operation, fault in needs])


def of_families(cells: Sequence[Cell]) -> list[Cell]:
    """Two faults of every family at every operation of every command."""
    return _enough(cells, [(((_operation(cell), FAULTS[cell.fault].family), _EACH_FAMILY),) for cell in cells])


def shots_of_moments(shots: Sequence[Shot]) -> list[Shot]:
    """Every operation of every command once at every moment."""
    return _enough(
        shots, [(((SCENES[shot.scene].command, shot.aim.operation, shot.moment), _KILLS),) for shot in shots]
    )


def of_shots(shots: Sequence[Shot]) -> list[Shot]:
    """Every operation of every command once."""
    return _enough(shots, [(((SCENES[shot.scene].command, shot.aim.operation), _KILLS),) for shot in shots])


def _operation(cell: Cell) -> Hashable:
    return SCENES[cell.scene].command, cell.aim.operation


def _enough(items: Sequence[T], needs: Sequence[Iterable[tuple[Hashable, int]]]) -> list[T]:
    """The items that are needed, drawn in an order that looks like chance and is always the same."""
    seen: Counter[Hashable] = Counter()
    chosen = []
    for place in sorted(range(len(items)), key=lambda place: zlib.crc32(repr(items[place]).encode())):
        if any(seen[what] < least for what, least in needs[place]):
            chosen.append(place)
            seen.update(what for what, _ in needs[place])
    return [items[place] for place in sorted(chosen)]
