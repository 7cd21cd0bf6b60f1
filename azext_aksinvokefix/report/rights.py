"""Whether whoever reads a report may make the change that it proposes, and who else may."""

from __future__ import annotations

from dataclasses import dataclass

from azext_aksinvokefix.lifecycle import Fix, Item, Subject
from azext_aksinvokefix.rights import permissions
from azext_aksinvokefix.rights.holders import holders
from azext_aksinvokefix.rights.permissions import CONDITIONAL, GRANTED, MISSING, state

_MOST_ROLES = 3
#: What lies at a scope above the cluster is not decided by what is held at the cluster.
_ABOVE = ("resource group", "subscription", "management group")


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
    def of(cls, fix: Fix, subject: Subject | None, held: Item) -> Rights:
        """The rights that a fix needs beside what the caller holds at the cluster."""
        above = subject.place if subject and subject.place.startswith(_ABOVE) else ""
        if not held.known:
            return cls(fix.requires, (), fix.requires, above)
        by_state = {action: state(permissions.held(held).entries, action) for action in fix.requires}
        sure = GRANTED if not above else None
        return cls(
            fix.requires,
            tuple(action for action, found in by_state.items() if found == MISSING),
            tuple(action for action, found in by_state.items() if found == CONDITIONAL or found not in (MISSING, sure)),
            above,
        )

    def words(self) -> str:
        """In a sentence."""
        if self.lacking:
            return f"You lack {', '.join(self.lacking)}.{_who_has(self.lacking)}"
        if self.open:
            writes = [action for action in self.open if not action.endswith("/read")] or self.open
            at = f" at {_place(self.place)}" if self.place else ""
            return f"Needs {', '.join(_short(action) for action in writes)}{at}."
        return "You have the permission."


def _place(place: str) -> str:
    """A subscription without its id: it is the cluster's."""
    return "the subscription" if place.startswith("subscription ") else place


def _who_has(actions: tuple[str, ...]) -> str:
    roles = holders(actions)[:_MOST_ROLES]
    if not roles:
        return ""
    return f" {roles[0]} has it." if len(roles) == 1 else f" {', '.join(roles[:-1])} or {roles[-1]} has it."


def _short(action: str) -> str:
    """Without the provider, which the rest of an action names well enough."""
    return action.partition("/")[2] or action
