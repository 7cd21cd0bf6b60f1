"""The processes that try cells side by side; each has a stage, a configuration folder and clean trials of its own."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType

from tests.faults import kills, matrix
from tests.faults.kills import Death, Shot
from tests.faults.matrix import Cell, Result
from tests.faults.scenes import SCENES, Scene
from tests.faults.trial import Stage, Trial, imported


class Crew:
    """``with Crew(folder, 2) as crew``"""

    def __init__(self, folder: Path, jobs: int) -> None:
        modules = imported(folder / "first", _one_a_command())
        self._pool = multiprocessing.get_context("fork").Pool(jobs, _begin, (folder, modules))

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.terminate()
        self._pool.join()

    def places(self) -> list[tuple[list[Cell], list[Shot]]]:
        """The cells and the shots of each scene."""
        return self._pool.map(_places, range(len(SCENES)), chunksize=1)

    def tried(self, cells: Sequence[Cell]) -> Iterator[Result]:
        return self._pool.imap(_tried, cells, chunksize=8)

    def killed(self, shots: Sequence[Shot]) -> Iterator[Death]:
        return self._pool.imap(_killed, shots, chunksize=4)


def _one_a_command() -> tuple[Scene, ...]:
    return tuple({scene.command: scene for scene in SCENES if not scene.before}.values())


_stages: list[Stage] = []


def _begin(folder: Path, modules: tuple[str, ...]) -> None:
    _stages.append(Stage(folder / str(os.getpid()), modules))


@cache
def _clean(scene: int) -> Trial:
    return _stages[0].trial(SCENES[scene])


def _places(scene: int) -> tuple[list[Cell], list[Shot]]:
    clean = _clean(scene)
    if clean.ended.rc != _CLEAN.get(SCENES[scene].name, 0):
        raise AssertionError(f"{SCENES[scene]} ends with {clean.ended.rc} without a fault: {clean.ended.err}")
    return list(matrix.cells(scene, clean)), list(kills.shots(scene, clean))


#: The exit codes of scenes in which something is broken that no command repairs.
_CLEAN = {"a command is denied": 125}


def _tried(cell: Cell) -> Result:
    return matrix.tried(_stages[0], SCENES[cell.scene], _clean(cell.scene), cell)


def _killed(shot: Shot) -> Death:
    return kills.killed(_stages[0], SCENES[shot.scene], _clean(shot.scene), shot)
