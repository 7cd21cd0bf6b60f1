"""Whether whoever reads a report may make the change that it proposes, and who else may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from azext_aksinvokefix.lifecycle import Fix, Item
from azext_aksinvokefix.rights import permissions
from azext_aksinvokefix.rights.holders import who_has
from azext_aksinvokefix.rights.permissions import GRANTED, MISSING, state

_MOST_ROLES = 2
#: An exemption is made at the cluster, from whatever assignment.
_AT_THE_CLUSTER = "microsoft.authorization/policyexemptions/"


class Elsewhere(NamedTuple):
    """A scope other than the cluster at which a fix is made, in words, and what the caller holds there.

    What the caller holds at the cluster includes what they inherit, so what is missing at the cluster is missing
    ``is_above`` it as well; what is there may not be.
    """

    place: str
    is_above: bool
    held: Item


@dataclass(frozen=True)
class Rights:
    """``lacking`` is certainly missing, ``open`` not known; with neither all that is needed is there.

    ``place`` is the scope at which it is needed where that is not the cluster.
    """

    needed: tuple[str, ...]
    lacking: tuple[str, ...]
    open: tuple[str, ...]
    place: str = ""

    @classmethod
    def of(cls, fix: Fix, held: Item, elsewhere: Elsewhere | None = None) -> Rights:
        """The rights that a fix needs beside what the caller holds."""
        states = {action: _state(action, held, elsewhere) for action in fix.requires}
        return cls(
            fix.requires,
            tuple(action for action, found in states.items() if found == MISSING),
            tuple(action for action, found in states.items() if found not in (MISSING, GRANTED)),
            elsewhere.place if elsewhere else "",
        )

    def words(self) -> str:
        """In a sentence."""
        if self.lacking:
            return f"You lack {', '.join(map(_short, self.lacking))}. {who_has(self.lacking, _MOST_ROLES)}".rstrip()
        if self.open:
            writes = [action for action in self.open if not action.endswith("/read")] or self.open
            at = f" at {_place(self.place)}" if self.place else ""
            return f"Needs {', '.join(_short(action) for action in writes)}{at}."
        return "You have the permission."


def _state(action: str, held: Item, elsewhere: Elsewhere | None) -> str:
    """Whether an action is held where it is needed; empty where that is not known."""
    here = state(permissions.held(held).entries, action) if held.known else ""
    if elsewhere is None or action.lower().startswith(_AT_THE_CLUSTER):
        return here
    if elsewhere.is_above and here == MISSING:
        return here
    return state(permissions.held(elsewhere.held).entries, action) if elsewhere.held.known else ""


def _place(place: str) -> str:
    """A subscription without its id: it is the cluster's."""
    return "the subscription" if place.startswith("subscription ") else place


def _short(action: str) -> str:
    """Without the provider, which the rest of an action names well enough."""
    return action.partition("/")[2] or action
