"""The roles that could close a gap, each held against its definition as it is now, the least first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.evidence.roles import Role
from azext_aksinvokefix.fixes.grant_role import excess as role_excess
from azext_aksinvokefix.fixes.grant_role.definitions import PUBLISHED
from azext_aksinvokefix.fixes.grant_role.excess import Excess
from azext_aksinvokefix.fixes.grant_role.look import GrantEvidence
from azext_aksinvokefix.quoting import line, one_line
from azext_aksinvokefix.rights import permissions, roles
from azext_aksinvokefix.rights.gap import Gap
from azext_aksinvokefix.rights.permissions import Entry
from azext_aksinvokefix.shapes import last_segment, mapping, mappings, same


@dataclass(frozen=True)
class Candidate:
    """Roles that close the gap together. ``creates``: the one role is new, and made by the plan."""

    roles: tuple[Role, ...]
    excess: Excess
    creates: bool = False
    rank: int = 0

    @property
    def name(self) -> str:
        return " and ".join(f"'{one_line(role.name)}'" for role in self.roles)

    @property
    def option(self) -> str:
        """The arguments that choose this candidate; empty when one role is not enough."""
        if self.creates:
            return "--allow-custom-role"
        return f"--role {line(one_line(self.roles[0].name))}" if len(self.roles) == 1 else ""


def found(
    scene: GrantEvidence, gap: Gap, live: Iterable[Role], custom: list[Role], new: Role | None
) -> list[Candidate]:
    """The candidates, the least first.

    ``live`` are the built-in roles as they are now, ``custom`` the custom ones that exist, ``new`` is the one that may
    be created. What gives far more than invoke needs is no candidate.
    """
    reader, admin, contributor = (_live(live, role.guid) for role in PUBLISHED)
    listed: list[tuple[int, tuple[Role | None, ...]]] = [
        (0, (reader,)),
        *((1, (role,)) for role in custom),
        (3, (admin,)),
        (3, (admin, reader)),
        (4, (contributor,)),
    ]
    candidates = [
        Candidate(tuple(role for role in several if role), _excess(several), rank=rank)
        for rank, several in listed
        if all(several) and _closes(scene, gap, several)
    ]
    if new is not None:
        candidates.append(Candidate((new,), _excess((new,)), creates=True, rank=2))
    proposed = [each for each in candidates if not each.excess.is_too_much and not _is_conditional(scene, each)]
    return sorted(_without_supersets(proposed), key=lambda each: _order(each, gap))


def _order(candidate: Candidate, gap: Gap) -> tuple[bool, int, int]:
    """Reader goes first where only reads are missing: it is built in, and lets nobody change or run anything."""
    reads = gap.is_reads and not candidate.creates and same(candidate.roles[0].guid, roles.READER)
    return (not reads, candidate.excess.weight, candidate.rank)


def _without_supersets(candidates: list[Candidate]) -> Iterator[Candidate]:
    """Two roles are no candidate where one of them is enough."""
    single = [each.roles[0].guid for each in candidates if len(each.roles) == 1]
    for each in candidates:
        if len(each.roles) == 1 or not any(role.guid in single for role in each.roles):
            yield each


def of_one(scene: GrantEvidence, gap: Gap, role: Role) -> Candidate:
    """The role that somebody named; RefusedError when it does not close the gap."""
    lacks = _not_granted([*_unconditional(scene), *role.entries], gap.missing)
    if lacks:
        raise RefusedError(f"'{one_line(role.name)}' does not help: {_lack(role, lacks)}", "Omit --role.")
    candidate = Candidate((role,), _excess((role,)))
    if _is_conditional(scene, candidate):
        raise RefusedError(
            f"'{one_line(role.name)}' is already assigned there, under a condition, and cannot be assigned twice.",
            "Change the condition of that assignment, or omit --role.",
        )
    return candidate


def _lack(role: Role, lacks: tuple[str, ...]) -> str:
    as_data = [action for action in lacks if permissions.state(role.entries, action, "dataActions") != "missing"]
    if as_data:
        return f"it has {', '.join(as_data)} as a data action, which grants nothing in Azure Resource Manager."
    return f"it lacks {', '.join(lacks)}."


def _live(live: Iterable[Role], guid: str) -> Role | None:
    return next((role for role in live if same(role.guid, guid)), None)


def _closes(scene: GrantEvidence, gap: Gap, several: tuple[Role | None, ...]) -> bool:
    entries = [entry for role in several if role for entry in role.entries]
    return not _not_granted([*_unconditional(scene), *entries], gap.missing)


def _not_granted(entries: Iterable[Entry], actions: Iterable[str]) -> tuple[str, ...]:
    listed = list(entries)
    return tuple(action for action in actions if permissions.state(listed, action) != permissions.GRANTED)


def _unconditional(scene: GrantEvidence) -> list[Entry]:
    return [entry for entry in scene.entries if not entry.condition]


def _excess(several: tuple[Role | None, ...]) -> Excess:
    return role_excess.excess_of(entry for role in several if role for entry in role.entries)


def _is_conditional(scene: GrantEvidence, candidate: Candidate) -> bool:
    """Whether one of the roles is assigned there under a condition: it cannot be assigned once more without it."""
    assigned = [assignment_of(scene, role) for role in candidate.roles]
    return any(one and one.get("condition") for one in assigned)


def assignment_of(scene: GrantEvidence, role: Role) -> Mapping[str, Any] | None:
    """The properties of the principal's own assignment of a role at exactly the scope."""
    assigned = mappings(scene.assigned.value) if scene.assigned.known else []
    properties = (mapping(one.get("properties")) for one in assigned)
    return next((one for one in properties if same(last_segment(one.get("roleDefinitionId")), role.guid)), None)
