"""What permission entries grant, as ARM evaluates them.

An action is granted when the patterns of one entry match it and the exclusions of that same entry do not; entries add
up, and an exclusion in one takes nothing from another. Actions and data actions never mix: an AKS RBAC role holds
``managedClusters/*`` as a data action, and that does not let anybody run a command.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from azext_aksinvokefix.shapes import mappings, texts

GRANTED = "granted"
#: Granted only under a condition, which nothing here evaluates.
CONDITIONAL = "conditional"
MISSING = "missing"

_EXCLUSIONS = {"actions": "notActions", "dataActions": "notDataActions"}


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


def covers(entry: Mapping[str, Any], action: str, bucket: str = "actions") -> bool:
    """Whether one entry covers an action, its condition aside."""
    included = any(matches(pattern, action) for pattern in texts(entry.get(bucket)))
    return included and not any(matches(pattern, action) for pattern in texts(entry.get(_EXCLUSIONS[bucket])))


def state(entries: Any, action: str, bucket: str = "actions") -> str:
    """GRANTED, CONDITIONAL or MISSING over all entries together."""
    covering = [entry for entry in mappings(entries) if covers(entry, action, bucket)]
    if any(not entry.get("condition") for entry in covering):
        return GRANTED
    return CONDITIONAL if covering else MISSING


def lacking(entries: Any, actions: Iterable[str], wanted: str = MISSING) -> tuple[str, ...]:
    """Those of ``actions`` whose state is ``wanted``."""
    return tuple(action for action in actions if state(entries, action) == wanted)
