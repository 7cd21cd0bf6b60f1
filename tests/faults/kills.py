"""SIGKILL at every request of a command that writes, and what whoever comes back finds."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.faults.client import Ended
from tests.faults.cloud import Call, Cloud, Serve, Strike
from tests.faults.expectations import MAYBE_MADE, journals_before_it_writes, name_of, states_of, steady
from tests.faults.reply import Reply
from tests.faults.scenes import COMMAND, Scene
from tests.faults.trial import Aim, Stage, Trial

#: Before the request is sent; when the service has done its work and nobody knows; when the whole answer was read.
MOMENTS = ("before", "unanswered", "answered")

_HISTORY = ("history", "-o", "json")
_NOTHING_LEFT = 3


@dataclass(frozen=True)
class Shot:
    """A kill at one request of one scene."""

    scene: int
    aim: Aim
    moment: str


@dataclass(frozen=True)
class Death:
    """What became of a shot: whether anything had been changed by then, and what the history says of it."""

    shot: Shot
    made: bool
    told: str
    wrong: tuple[str, ...]


def shots(scene: int, clean: Trial) -> Iterator[Shot]:
    """Every request of a command, at its three moments."""
    if not clean.scene.writes:
        return
    for call in clean.calls:
        for moment in MOMENTS:
            yield Shot(scene, Aim(*call.at), moment)


def _killing(shot: Shot) -> Strike:
    def strike(call: Call, serve: Serve) -> Reply | None:
        if not shot.aim.hits(call):
            return serve()
        call.struck = True
        if shot.moment == "before":
            return None
        reply = serve()
        return replace(reply, breaks="kill") if shot.moment == "answered" else None

    return strike


def killed(stage: Stage, scene: Scene, clean: Trial, shot: Shot) -> Death:
    """Kill a command, and come back."""
    cloud = stage.prepared(scene)
    ended = stage.run(cloud, scene.words, _killing(shot))
    written = cloud.written(0.0)
    trial = Trial(scene, ended, tuple(cloud.calls), written, tuple(stage.changes()), cloud.world.executions(COMMAND))
    wrong = [] if ended.rc == -9 else [f"it was not killed: exit code {ended.rc}"]
    wrong += journals_before_it_writes(trial, clean)
    wrong += _lost(trial)
    history = stage.run(cloud, _HISTORY)
    wrong += _mistold(trial, history)
    wrong += _left(stage, cloud, trial, _wanted(trial, clean))
    made = any(steady(before) != steady(after) for before, after in written.values())
    return Death(shot, made, _told(trial, history), tuple(wrong))


def _lost(trial: Trial) -> Iterator[str]:
    """What was changed is in the journal as made, or as something that may be."""
    for document, (before, after) in trial.written.items():
        states = [state for line in trial.changes for state in states_of(line, document)]
        if steady(before) != steady(after) and (not states or states[-1] not in MAYBE_MADE):
            yield f"{name_of(document)} was changed and the journal says {states}"


def _rows(history: Ended) -> Mapping[str, Mapping[str, Any]]:
    try:
        return {row["changeId"]: row for row in json.loads(history.out)}
    except ValueError:
        return {}


def _mistold(trial: Trial, history: Ended) -> Iterator[str]:
    rows = _rows(history)
    if history.rc != 0 or history.hung or set(rows) != {line["changeId"] for line in trial.changes}:
        yield f"history ended with {history.rc} and lists {len(rows)} of {len(trial.changes)} changes"
        return
    for line in trial.changes:
        state = rows[line["changeId"]]["state"]
        changed = {
            steady(before) != steady(after)
            for document, (before, after) in trial.written.items()
            if states_of(line, document) and (line["command"] == "undo") == (trial.scene.command == "undo")
        }
        if True in changed and state in ("failed", "planned"):
            yield f"a change that was made is called {state}"
        if changed == {False} and state == "applied":
            yield "a change that was not made is called applied"


def _told(trial: Trial, history: Ended) -> str:
    rows = _rows(history)
    states = [rows[line["changeId"]]["state"] for line in trial.changes if line["changeId"] in rows]
    return states[-1] if states else "no change"


def _wanted(trial: Trial, clean: Trial) -> Mapping[str, Any]:
    """The documents as they were before anything was changed in this scene."""
    if trial.scene.command != "undo":
        return {document: before for document, (before, _) in trial.written.items()}
    return {document: clean.written.get(document, (None, None))[1] for document in trial.written}


def _left(stage: Stage, cloud: Cloud, trial: Trial, wanted: Mapping[str, Any]) -> Iterator[str]:
    """What is not as it was once every change was taken back, the latest first.

    Each by its id: one of which nobody knows whether it is still on its way stays the latest one.
    """
    for line in reversed(trial.changes):
        if line["command"] == "undo":
            continue
        ended = stage.run(cloud, ("undo", "--change-id", line["changeId"], "--yes", "-o", "json"))
        cloud.world.advance(600.0)
        if ended.hung or ended.rc not in (0, _NOTHING_LEFT):
            yield f"undo ended with {ended.rc}: {(ended.err.strip().splitlines() or ['-'])[-1][:300]}"
    for document, before in wanted.items():
        if steady(cloud.document(document)) != steady(before):
            yield f"{name_of(document)} is not as it was after undo"
