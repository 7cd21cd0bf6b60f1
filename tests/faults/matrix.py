"""The cells: every operation that a command sends, with every fault that fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.cloud import Call
from tests.faults.expectations import violations
from tests.faults.faults import FAULTS
from tests.faults.scenes import Scene
from tests.faults.trial import Aim, Stage, Trial, struck


@dataclass(frozen=True)
class Cell:
    """One fault at one place of one scene, by their names so that it can go to another process."""

    scene: int
    aim: Aim
    fault: int

    def __str__(self) -> str:
        return f"scene {self.scene}, {self.aim}, {FAULTS[self.fault].name}"


@dataclass(frozen=True)
class Result:
    cell: Cell
    code: int
    outcome: str
    wrong: tuple[str, ...]


def cells(scene: int, clean: Trial) -> Iterator[Cell]:
    """The cells of a scene, from what its command sends without a fault."""
    for aim, call in aims(clean):
        for number, fault in enumerate(FAULTS):
            if fault.fits(call) and (fault.lasts or aim.occurrence is not None):
                yield Cell(scene, aim, number)


def aims(clean: Trial) -> Iterator[tuple[Aim, Call]]:
    """The first call of each operation, every write, and the last look after a write. And each operation always."""
    by_operation: dict[str, list[Call]] = {}
    for call in clean.calls:
        by_operation.setdefault(call.operation, []).append(call)
    last = clean.calls[-1] if clean.scene.writes else None
    for operation, calls in by_operation.items():
        chosen = {calls[0].occurrence: calls[0]}
        chosen |= {call.occurrence: call for call in calls if call.writes or call is last}
        for occurrence, call in chosen.items():
            yield Aim(operation, occurrence), call
        yield Aim(operation, None), calls[0]


def tried(stage: Stage, scene: Scene, clean: Trial, cell: Cell) -> Result:
    """Try a cell."""
    trial = stage.trial(scene, struck(FAULTS[cell.fault], cell.aim))
    wrong = violations(trial, clean)
    if not trial.struck:
        wrong.append("the fault never struck")
    return Result(cell, trial.ended.rc, outcome(trial), tuple(wrong))


def outcome(trial: Trial) -> str:
    """How a trial ended in a word."""
    document = trial.document if isinstance(trial.document, dict) else {}
    if trial.scene.command == "run":
        return str(document.get("outcome"))
    if trial.scene.command == "diagnose":
        return str(document.get("verdict", "error"))
    return "ok" if trial.ended.rc == 0 else "error"
