"""Administrators who may assign only some roles, to some principals: what their conditions let one expect.

Read are the clauses that the portal writes for "allow the user to assign selected roles to selected principals". What
is not understood is not held against an assignment: the write itself decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from azext_aksinvokefix.rights import permissions
from azext_aksinvokefix.rights.permissions import Entry
from azext_aksinvokefix.rights.roles import WRITE_ASSIGNMENTS, Principal

_CLAUSE = re.compile(
    r"@request\[microsoft\.authorization/roleassignments:(\w{1,40})\]\s{0,40}(?:foranyofanyvalues:)?(\w{1,40})"
    r"\s{0,40}(?:\{([^{}]{0,10000})\}|('[^']{0,200}'|[\w-]{1,200}))",
    re.IGNORECASE,
)
#: Azure takes conditions of up to 8 KiB.
_LONGEST_CONDITION = 10_000


def is_delegated(entries: Iterable[Entry]) -> bool:
    """Whether roles may be assigned under a condition only."""
    return permissions.state(entries, WRITE_ASSIGNMENTS) == permissions.CONDITIONAL


def allows(entries: Iterable[Entry], principal: Principal, roles: Iterable[str]) -> bool:
    """Whether one of the entries may let all of the roles, by their GUIDs, be assigned to the principal."""
    covering = [entry for entry in entries if permissions.covers(entry, WRITE_ASSIGNMENTS)]
    return not covering or all(
        any(not _refuses(entry.condition, principal, role) for entry in covering) for role in roles
    )


def _refuses(condition: str, principal: Principal, role: str) -> bool:
    asked: Mapping[str, str] = {
        "roledefinitionid": role.lower(),
        "principalid": principal.object_id.lower(),
        "principaltype": principal.type.lower(),
    }
    return any(name in asked and (asked[name] in values) is negated for name, negated, values in _clauses(condition))


def _clauses(condition: str) -> Iterator[tuple[str, bool, set[str]]]:
    """The attribute, whether the clause excludes its values, and the values; all in lower case."""
    for found in _CLAUSE.finditer(condition[:_LONGEST_CONDITION]):
        attribute, operator, several, single = found.groups()
        values = {value.strip(" '\"\n").lower() for value in (several or single or "").split(",")}
        yield attribute.lower(), "not" in operator.lower(), values
