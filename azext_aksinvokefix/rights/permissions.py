"""What permission entries grant, as ARM evaluates them.

An action is granted when the patterns of one entry match it and the exclusions of that same entry do not; entries add
up, and an exclusion in one takes nothing from another. Actions and data actions never mix: an AKS RBAC role holds
``managedClusters/*`` as a data action, and that does not let anybody run a command.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.shapes import text, texts

Bucket = Literal["actions", "dataActions"]
State = Literal["granted", "conditional", "missing"]

GRANTED: State = "granted"
#: Granted only under a condition, which nothing here evaluates.
CONDITIONAL: State = "conditional"
MISSING: State = "missing"


@dataclass(frozen=True)
class Entry:
    """A permission entry of ARM; without a ``condition`` it holds as it is."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()
    condition: str = ""

    @classmethod
    def of(cls, entry: Mapping[str, Any], condition: Any = None) -> Entry:
        """An entry as ARM gives it; ``condition`` is that of the assignment it comes from."""
        said = condition or entry.get("condition")
        return cls(
            tuple(texts(entry.get("actions"))),
            tuple(texts(entry.get("notActions"))),
            tuple(texts(entry.get("dataActions"))),
            tuple(texts(entry.get("notDataActions"))),
            # One that is no text is a condition all the same.
            text(said) or ("unreadable" if said else ""),
        )

    def to_json(self) -> dict[str, Any]:
        """The entry as a role definition holds it."""
        return {
            "actions": list(self.actions),
            "notActions": list(self.not_actions),
            "dataActions": list(self.data_actions),
            "notDataActions": list(self.not_data_actions),
        }


@dataclass(frozen=True)
class Held:
    """What a principal may do at the cluster. ``is_self``: it is the caller. ``principal_type`` is empty where it is
    not known; ``incomplete`` says why a part could not be read."""

    entries: tuple[Entry, ...] = ()
    object_id: str = ""
    principal_type: str = ""
    is_self: bool = True
    incomplete: str = ""


def held(item: Item) -> Held:
    """What was read of permissions; nothing where they were not."""
    return item.value if isinstance(item.value, Held) else Held()


def matches(pattern: str, action: str) -> bool:
    """Whether ``pattern`` covers ``action``: case does not matter, ``*`` stands for anything, slashes included.

    >>> matches("*/READ", "Microsoft.ContainerService/managedClusters/commandResults/read")
    True
    """
    pieces = pattern.casefold().split("*")
    rest = action.casefold()
    if len(pieces) == 1:
        return rest == pieces[0]
    first, *middle, last = pieces
    if not rest.startswith(first) or len(rest) < len(first) + len(last) or not rest.endswith(last):
        return False
    position, end = len(first), len(rest) - len(last)
    for piece in middle:
        found = rest.find(piece, position, end)
        if found < 0:
            return False
        position = found + len(piece)
    return True


def covers(entry: Entry, action: str, bucket: Bucket = "actions") -> bool:
    """Whether one entry covers an action, its condition aside."""
    is_action = bucket == "actions"
    included, excluded = (
        (entry.actions, entry.not_actions) if is_action else (entry.data_actions, entry.not_data_actions)
    )
    return any(matches(each, action) for each in included) and not any(matches(each, action) for each in excluded)


def state(entries: Iterable[Entry], action: str, bucket: Bucket = "actions") -> State:
    """What all entries together say of an action."""
    covering = [entry for entry in entries if covers(entry, action, bucket)]
    if any(not entry.condition for entry in covering):
        return GRANTED
    return CONDITIONAL if covering else MISSING


def lacking(entries: Iterable[Entry], actions: Iterable[str], wanted: State = MISSING) -> tuple[str, ...]:
    """Those of ``actions`` whose state is ``wanted``."""
    entries = tuple(entries)
    return tuple(action for action in actions if state(entries, action) == wanted)
