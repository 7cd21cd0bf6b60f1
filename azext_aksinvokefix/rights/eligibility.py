"""Roles that a principal could activate: which of them, alone or together, would grant what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.rights import permissions
from azext_aksinvokefix.rights.permissions import Entry
from azext_aksinvokefix.shapes import items


@dataclass(frozen=True)
class EligibleRole:
    """A role that could be activated at ``scope``, by the id of its definition; what is not known of it is empty."""

    name: str
    definition_id: str
    scope: str
    entries: tuple[Entry, ...]


def closing(missing: Iterable[str], held: Sequence[Entry], eligible: Item) -> list[EligibleRole]:
    """The eligible role that closes the gap in the entries ``held``, else all together if they do; empty if not."""
    wanted, roles = tuple(missing), _roles(eligible)
    for role in roles:
        if not permissions.lacking([*held, *role.entries], wanted):
            return [role]
    together = [*held, *(entry for role in roles for entry in role.entries)]
    return roles if roles and not permissions.lacking(together, wanted) else []


def named(roles: Iterable[EligibleRole]) -> str:
    """The names of roles, to stand between quotes."""
    return "', '".join(role.name or role.definition_id for role in roles)


def _roles(eligible: Item) -> list[EligibleRole]:
    return [role for role in items(eligible.value) if isinstance(role, EligibleRole)] if eligible.known else []
