"""What a principal lacks of the three actions: as their permissions show it, else as a refusal tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.checks.basis import refusal, told
from azext_aksinvokefix.fixes.grant_role.look import Scene
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS, Failure, value_of
from azext_aksinvokefix.rights import permissions
from azext_aksinvokefix.shapes import same, text, texts

_REFUSED = frozenset({"arm-action-missing", "result-read-missing"})


@dataclass(frozen=True)
class Gap:
    """``missing`` is to be granted. ``conditional`` is granted under conditions, which nothing here evaluates, and was
    not refused. ``certain``: the permissions themselves show it; else it is what a refusal lets one suppose."""

    missing: tuple[str, ...]
    conditional: tuple[str, ...] = ()
    certain: bool = True

    @property
    def is_reads(self) -> bool:
        return all(action.lower().endswith("/read") for action in self.missing)

    @property
    def words(self) -> str:
        return ", ".join(self.missing)


def of(scene: Scene) -> Gap:
    """The gap; RefusedError when neither the permissions nor a refusal tell one."""
    refused = _refused(scene)
    entries, item = scene.entries, scene.evidence.permissions
    lacking = permissions.lacking(entries, NEEDED_ACTIONS)
    if item.known and not (value_of(item).get("incomplete") and lacking):
        conditional = permissions.lacking(entries, NEEDED_ACTIONS, permissions.CONDITIONAL)
        unmet = {*lacking, *(action for action in conditional if action in refused)}
        return Gap(
            missing=tuple(action for action in NEEDED_ACTIONS if action in unmet),
            conditional=tuple(action for action in conditional if action not in unmet),
        )
    if not refused:
        raise RefusedError(*_unknown(scene))
    return Gap(_from(refused, entries), certain=False)


def named(failure: Failure | None) -> tuple[str, ...]:
    """The actions that a text names as refused, as they are documented where they are needed."""
    if failure is None or not _REFUSED & set(told("access", failure)):
        return ()
    said = texts(failure.facts.get("actions")) or texts([failure.facts.get("action")])
    return tuple(next((needed for needed in NEEDED_ACTIONS if same(needed, action)), action) for action in said)


def _refused(scene: Scene) -> set[str]:
    """What was refused to the principal, by the text and, for the caller, by the request for the cluster just now."""
    own = named(refusal(scene.evidence)) if scene.who.is_caller else ()
    return {*named(scene.failure), *own} & set(NEEDED_ACTIONS)


def _from(refused: set[str], entries: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """The first refused action and all that an invoke comes to after it: whoever was refused never got that far."""
    first = min(NEEDED_ACTIONS.index(action) for action in refused)
    return tuple(
        action
        for action in NEEDED_ACTIONS[first:]
        if action in refused or permissions.state(entries, action) != permissions.GRANTED
    )


def _unknown(scene: Scene) -> tuple[str, str]:
    item = scene.evidence.permissions
    why = text(value_of(item).get("incomplete")) or item.unread or ""
    return (
        f"What the {scene.who.shown} may do at the cluster cannot be read: {why}",
        "Run a command, and give the text of its failure with --error; or have somebody look who may read role "
        "assignments there.",
    )
