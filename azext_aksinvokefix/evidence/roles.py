"""Role definitions as they are now, and the role assignments of one principal at one scope."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix import api_versions, shapes
from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.evidence.access import AUTHORIZATION
from azext_aksinvokefix.evidence.reading import read
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.rights.permissions import Entry

#: The subscription of a scope below it.
_SUBSCRIPTION = re.compile(r"(/subscriptions/[^/]+)/", re.IGNORECASE)
_OK = 200
_READ_DEFINITIONS = "Microsoft.Authorization/roleDefinitions/read"
_READ_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments/read"


@dataclass(frozen=True)
class Role:
    """A role definition; ``entries`` are its permission entries, ``guid`` its name in ARM."""

    guid: str
    name: str
    entries: tuple[Entry, ...]
    is_custom: bool = False

    @classmethod
    def of(cls, definition: Any) -> Role:
        properties = shapes.mapping(shapes.dig(definition, "properties"))
        return cls(
            guid=shapes.last_segment(shapes.dig(definition, "id")) or shapes.text(shapes.dig(definition, "name")),
            name=shapes.text(properties.get("roleName")),
            entries=tuple(Entry.of(entry) for entry in shapes.mappings(properties.get("permissions"))),
            is_custom=shapes.same(properties.get("type"), "CustomRole"),
        )


def read_role(arm: Arm, scope: str, guid: str) -> Item:
    """The Role with a GUID; the value is None when there is none.

    It is asked for at the scope, where whoever has rights there may read it, and then at the subscription.
    """
    item = _role_at(arm, scope, guid)
    found = _SUBSCRIPTION.match(scope)
    if (item.known and item.value is not None) or found is None:
        return item
    other = _role_at(arm, found[1], guid)
    return other if other.known else item


def _role_at(arm: Arm, scope: str, guid: str) -> Item:
    def fetch() -> Role | None:
        try:
            return _defined(arm.get(f"{scope}{AUTHORIZATION}/roleDefinitions/{guid}", api_versions.PERMISSIONS))
        except ArmError as error:
            if error.is_missing:
                return None
            raise

    return read("roleDefinitions", (_READ_DEFINITIONS,), fetch)


def _defined(definition: Any) -> Role:
    """The Role of a definition. What is none would pass for a role that allows nothing, and a larger one be granted."""
    entries = shapes.dig(definition, "properties", "permissions")
    role = Role.of(definition)
    if not (role.name and isinstance(entries, list) and len(role.entries) == len(entries)):
        raise ArmError(_OK, None, "The response is not a role definition.")
    return role


def read_roles_named(arm: Arm, scope: str, name: str) -> Item:
    """The Roles called ``name`` that can be assigned at a scope."""
    quoted = name.replace("'", "''")
    return _listed(arm, scope, f"roleName eq '{quoted}'", lambda role: shapes.same(role.name, name))


def read_custom_roles(arm: Arm, scope: str) -> Item:
    """The custom Roles that can be assigned at a scope."""
    return _listed(arm, scope, "type eq 'CustomRole'", lambda role: role.is_custom)


def _listed(arm: Arm, scope: str, wanted: str, is_meant: Callable[[Role], bool]) -> Item:
    path = f"{scope}{AUTHORIZATION}/roleDefinitions"

    def fetch() -> list[Role]:
        found = arm.pages(path, api_versions.ROLES, **{"$filter": wanted})
        return [role for role in map(Role.of, shapes.mappings(found)) if is_meant(role)]

    return read("roleDefinitions", (_READ_DEFINITIONS,), fetch)


def read_assigned(arm: Arm, scope: str, object_id: str) -> Item:
    """The role assignments that a principal itself has exactly at a scope, as ARM gives them."""
    path, quoted = f"{scope}{AUTHORIZATION}/roleAssignments", object_id.replace("'", "''")

    def fetch() -> list[Mapping[str, Any]]:
        found = shapes.mappings(arm.pages(path, api_versions.ROLES, **{"$filter": f"principalId eq '{quoted}'"}))
        return [
            one
            for one in found
            if shapes.same(shapes.text(shapes.dig(one, "properties", "scope")).rstrip("/"), scope.rstrip("/"))
            and shapes.same(shapes.dig(one, "properties", "principalId"), object_id)
        ]

    return read("roleAssignments", (_READ_ASSIGNMENTS,), fetch)
