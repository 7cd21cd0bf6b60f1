"""Roles that a principal could activate: which of them, alone or together, would grant what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.rights import permissions
from azext_aksinvokefix.shapes import mappings, text


def closing(missing: Iterable[str], held: Any, eligible: Item) -> list[Mapping[str, Any]]:
    """The eligible role that closes the gap in the entries ``held``, else all together if they do; empty if not."""
    wanted = tuple(missing)
    entries, roles = mappings(held), mappings(eligible.value) if eligible.known else []
    for role in roles:
        if not permissions.lacking([*entries, *mappings(role.get("entries"))], wanted):
            return [role]
    together = [*entries, *(entry for role in roles for entry in mappings(role.get("entries")))]
    return roles if roles and not permissions.lacking(together, wanted) else []


def named(roles: Iterable[Mapping[str, Any]]) -> str:
    """The names of roles, to stand between quotes."""
    return "', '".join(text(role.get("roleName")) or text(role.get("roleDefinitionId")) for role in roles)
