"""One command tried once: with a fault at one of its operations, or without any."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.faults.client import Client, Ended
from tests.faults.cloud import Call, Cloud, Serve, Strike
from tests.faults.faults import Fault
from tests.faults.reply import Reply
from tests.faults.scenes import COMMAND, Scene

#: Longer than anything in the simulated Azure takes.
LATER = 3600.0


@dataclass(frozen=True)
class Aim:
    """Where a fault strikes: at one call of an operation, counted from 0, or with None at every one."""

    operation: str
    occurrence: int | None

    def hits(self, call: Call) -> bool:
        return call.operation == self.operation and self.occurrence in (None, call.occurrence)

    def __str__(self) -> str:
        return f"{self.operation} always" if self.occurrence is None else f"{self.operation} #{self.occurrence + 1}"


@dataclass(frozen=True)
class Trial:
    """What became of it. ``written`` are the documents that were written to, as they were before and as they are an
    hour later; ``changes`` are the last states in the journal, the oldest change first."""

    scene: Scene
    ended: Ended
    calls: tuple[Call, ...]
    written: Mapping[str, tuple[Any, Any]]
    changes: tuple[Mapping[str, Any], ...]
    executions: int

    @cached_property
    def document(self) -> Any:
        """The object that was printed, None where there is none."""
        try:
            return json.loads(self.ended.out)
        except ValueError:
            return None

    @property
    def struck(self) -> bool:
        return any(call.struck for call in self.calls)


def struck(fault: Fault, aim: Aim) -> Strike:
    """Let a fault strike where it is aimed at."""

    def strike(call: Call, serve: Serve) -> Reply:
        if not aim.hits(call):
            return serve()
        call.struck = True
        return fault.reply(call, serve)

    return strike


class Stage:
    """Where the trials of one process take place, one after the other."""

    def __init__(self, folder: Path, modules: tuple[str, ...] = ()) -> None:
        account = Cloud({}, folder).account
        self.client = Client(folder, account, modules)
        self.journal = self.client.config / "aks-invoke-fix" / "journal.jsonl"

    def prepared(self, scene: Scene) -> Cloud:
        """A world in which everything that comes before the command was done."""
        self.client.wipe()
        cloud = Cloud(scene.scenario, self.journal)
        for words in scene.before:
            ended = self.run(cloud, words)
            if ended.rc:
                raise AssertionError(f"{scene}: {words} ended with {ended.rc}: {ended.err}")
            cloud.world.advance(LATER)
        return cloud

    def run(self, cloud: Cloud, words: tuple[str, ...], strike: Strike | None = None) -> Ended:
        cloud.begin(strike)
        return self.client.run(words, cloud.answer, cloud.token)

    def trial(self, scene: Scene, strike: Strike | None = None) -> Trial:
        """Try the command of a scene."""
        cloud = self.prepared(scene)
        ended = self.run(cloud, scene.words, strike)
        calls = tuple(cloud.calls)
        return Trial(scene, ended, calls, cloud.written(LATER), tuple(self.changes()), cloud.world.executions(COMMAND))

    def changes(self) -> Iterator[Mapping[str, Any]]:
        """The last line of each change in the journal, read by nobody's code but this."""
        lines = self.journal.read_text(encoding="utf-8").splitlines() if self.journal.exists() else []
        last = {line["changeId"]: line for line in map(json.loads, lines)}
        yield from last.values()


def imported(folder: Path, scenes: tuple[Scene, ...]) -> tuple[str, ...]:
    """The modules that the commands of these scenes import: whoever forks has them all, and so no fork imports any."""
    stage = Stage(folder)
    found: dict[str, None] = {}
    for scene in scenes:
        found |= dict.fromkeys(stage.trial(replace(scene, before=())).ended.modules)
    return tuple(found)
