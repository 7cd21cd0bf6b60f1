"""Whether whoever reads a report may make the change that it proposes, and who else may."""

from __future__ import annotations

from dataclasses import dataclass

from azext_aksinvokefix.lifecycle import NOT_ASKED, Fix, Item, Subject
from azext_aksinvokefix.rights import permissions
from azext_aksinvokefix.rights.holders import who_has
from azext_aksinvokefix.rights.permissions import GRANTED, MISSING, state

_MOST_ROLES = 2
#: What lies at a scope above the cluster is not decided by what is held at the cluster.
_ABOVE = ("resource group", "subscription", "management group")
#: An exemption is made at the cluster, from whatever assignment.
_AT_THE_CLUSTER = "microsoft.authorization/policyexemptions/"


@dataclass(frozen=True)
class Rights:
    """``lacking`` is certainly missing, ``open`` not known; with neither all that is needed is there.

    ``place`` is the scope at which it is needed where that is above the cluster. What the caller holds at the cluster
    includes what they inherit, so what is missing at the cluster is missing above it as well; what is there may not be.
    """

    needed: tuple[str, ...]
    lacking: tuple[str, ...]
    open: tuple[str, ...]
    place: str = ""

    @classmethod
    def of(cls, fix: Fix, subject: Subject | None, held: Item, above: Item = NOT_ASKED) -> Rights:
        """The rights that a fix needs beside what the caller holds at the cluster, and ``above`` it where the fix is
        made there."""
        place = subject.place if subject and subject.place.startswith(_ABOVE) else ""
        states = {action: _state(action, bool(place), held, above) for action in fix.requires}
        return cls(
            fix.requires,
            tuple(action for action, found in states.items() if found == MISSING),
            tuple(action for action, found in states.items() if found not in (MISSING, GRANTED)),
            place,
        )

    def words(self) -> str:
        """In a sentence."""
        if self.lacking:
            return f"You lack {', '.join(map(_short, self.lacking))}. {who_has(self.lacking, _MOST_ROLES)}".rstrip()
        if self.open:
            writes = [action for action in self.open if not action.endswith("/read")] or self.open
            at = f" at {_place(self.place)}" if self.place else ""
            return f"Needs {', '.join(_short(action) for action in writes)}{at}."
        return "You have the right."


def _state(action: str, is_above: bool, held: Item, above: Item) -> str:
    """Whether an action is held where it is needed; empty where that is not known."""
    here = state(permissions.held(held).entries, action) if held.known else ""
    if not is_above or here == MISSING or action.lower().startswith(_AT_THE_CLUSTER):
        return here
    return state(permissions.held(above).entries, action) if above.known else ""


def _place(place: str) -> str:
    """A subscription without its id: it is the cluster's."""
    return "the subscription" if place.startswith("subscription ") else place


def _short(action: str) -> str:
    """Without the provider, which the rest of an action names well enough."""
    return action.partition("/")[2] or action
