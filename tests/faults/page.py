"""docs/faults.md, and what went wrong in lines."""

from __future__ import annotations
from tests.faults.faults import FAULTS
from tests.faults.scenes import SCENES


def wrong(results, deaths):
    for one in results:
        for what in one.wrong:
            scene = SCENES[one.cell.scene]
            yield f"{one.cell.scene} {scene.command}, {scene.name} | {one.cell.aim} | {FAULTS[one.cell.fault].name} | {one.code} {one.outcome} | {what}"
    for one in deaths:
        for what in one.wrong:
            scene = SCENES[one.shot.scene]
            yield f"{one.shot.scene} {scene.command}, {scene.name} | {one.shot.aim} | killed {one.shot.moment} | {one.told} | {what}"


def page(results, deaths):
    return ""
