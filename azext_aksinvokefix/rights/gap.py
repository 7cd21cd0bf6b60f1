"""What a principal lacks of the three actions: as their permissions show it, else as a refusal tells it.

One answer for everybody who asks: `diagnose` proposes a grant for this gap, `grant-role` and `repair` plan one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from azext_aksinvokefix.finding_ids import findings_of_text
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS, Failure, Item
from azext_aksinvokefix.rights import permissions
from azext_aksinvokefix.rights.permissions import Entry, held
from azext_aksinvokefix.shapes import same, texts

#: The findings of a text that an action is refused in.
REFUSED = frozenset({"arm-action-missing", "result-read-missing"})


@dataclass(frozen=True)
class Gap:
    """``missing`` is to be granted. Of that, ``unmet`` is granted under a condition which a refused request did not
    meet; ``conditional`` is granted under a condition that nothing here evaluates, and was not refused.

    ``refused`` are the actions that refusals name; ``beyond`` those of them that are not held either and that running
    commands does not need. ``certain``: the permissions themselves show all that; else ``missing`` is what a refusal
    lets one suppose, and empty where there is none.
    """

    missing: tuple[str, ...]
    conditional: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    certain: bool = True

    @property
    def lacking(self) -> tuple[str, ...]:
        """What is granted nowhere, not even under a condition."""
        return tuple(action for action in self.missing if action not in self.unmet)

    @property
    def is_reads(self) -> bool:
        return is_reads(self.missing)

    @property
    def words(self) -> str:
        return ", ".join(self.missing)


def gap_of(item: Item, refusals: Iterable[Failure | None]) -> Gap:
    """The gap by a principal's permissions and by what was refused to that principal."""
    refused = tuple(dict.fromkeys(action for each in refusals for action in named(each)))
    beyond = tuple(action for action in refused if action not in NEEDED_ACTIONS)
    entries = held(item).entries
    lacking = permissions.lacking(entries, NEEDED_ACTIONS)
    conditional = permissions.lacking(entries, NEEDED_ACTIONS, permissions.CONDITIONAL) if item.known else ()
    if not item.known or (held(item).incomplete and lacking):
        return Gap(_supposed(refused, entries), conditional, refused=refused, beyond=beyond, certain=False)
    unmet = tuple(action for action in conditional if action in refused)
    return Gap(
        missing=tuple(action for action in NEEDED_ACTIONS if action in lacking or action in unmet),
        conditional=tuple(action for action in conditional if action not in unmet),
        unmet=unmet,
        refused=refused,
        beyond=permissions.lacking(entries, beyond),
    )


def named(failure: Failure | None) -> tuple[str, ...]:
    """The actions that a text names as refused, as they are documented where they are needed."""
    if failure is None or not REFUSED & set(findings_of_text("access", failure)):
        return ()
    said = texts(failure.facts.get("actions")) or texts([failure.facts.get("action")])
    return tuple(next((needed for needed in NEEDED_ACTIONS if same(needed, action)), action) for action in said)


def not_come_to(refused: Iterable[str]) -> tuple[str, ...]:
    """The actions that come after the first refused one: whoever was refused never got that far."""
    reached = [NEEDED_ACTIONS.index(action) for action in refused if action in NEEDED_ACTIONS]
    return tuple(action for action in NEEDED_ACTIONS[min(reached) :] if action not in refused) if reached else ()


def is_reads(actions: Iterable[str]) -> bool:
    """Whether actions only read."""
    return all(action.casefold().endswith("/read") for action in actions)


def _supposed(refused: tuple[str, ...], entries: Sequence[Entry]) -> tuple[str, ...]:
    """What was refused, and of what comes after it all that is not seen to be granted."""
    later = [each for each in not_come_to(refused) if permissions.state(entries, each) != permissions.GRANTED]
    return tuple(action for action in NEEDED_ACTIONS if action in refused or action in later)
