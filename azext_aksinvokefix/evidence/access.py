"""What a principal may do at the cluster, what they could activate, and what stands in the way of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from azext_aksinvokefix import api_versions, shapes
from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.evidence.reading import concurrently, read, refused
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.rights.eligibility import EligibleRole
from azext_aksinvokefix.rights.permissions import Entry, Held

AUTHORIZATION = "/providers/Microsoft.Authorization"


def read_permissions(arm: Arm, cluster_id: str, object_id: str | None = None) -> Item:
    """What the caller may do, inherited and group grants included: a Held.

    A refusal to list the permissions says nothing about the permissions.
    """

    def fetch() -> Held:
        pages = arm.pages(f"{cluster_id}{AUTHORIZATION}/permissions", api_versions.PERMISSIONS)
        entries = tuple(Entry.of(page) for page in shapes.mappings(pages) if isinstance(page.get("actions"), list))
        if pages and not entries:
            raise ArmError(None, None, "The response is not a list of permissions.")
        return Held(entries, object_id or "")

    return read("permissions", ("Microsoft.Authorization/permissions/read",), fetch)


def read_principal(arm: Arm, cluster_id: str, object_id: str) -> Item:
    """What somebody else may do, from the role assignments that reach them: a Held."""
    needs = ("Microsoft.Authorization/roleAssignments/read", "Microsoft.Authorization/roleDefinitions/read")

    def fetch() -> Held:
        assigned = [shapes.mapping(one.get("properties")) for one in _assignments(arm, cluster_id, object_id)]
        definitions, unread = _definitions(
            arm, cluster_id, [shapes.text(one.get("roleDefinitionId")) for one in assigned]
        )
        entries = tuple(
            entry
            for one in assigned
            for entry in _entries(
                definitions.get(shapes.text(one.get("roleDefinitionId")).lower()), one.get("condition")
            )
        )
        direct = [one for one in assigned if shapes.same(one.get("principalId"), object_id)]
        kind = shapes.text(direct[0].get("principalType")) if direct else ""
        return Held(entries, object_id, kind, is_self=False, incomplete=unread)

    return read("roleAssignments", needs, fetch)


def _assignments(arm: Arm, cluster_id: str, object_id: str) -> list[Mapping[str, Any]]:
    """The assignments that reach a principal. ``assignedTo`` follows groups but does not take one as the principal."""
    path = f"{cluster_id}{AUTHORIZATION}/roleAssignments"
    quoted = object_id.replace("'", "''")
    try:
        found = arm.pages(path, api_versions.ROLES, **{"$filter": f"atScope() and assignedTo('{quoted}')"})
    except ArmError as error:
        if error.status not in (400, 404):
            raise
        found = []
    if not found:
        # `principalId eq` cannot be combined with `atScope()`, and also lists what lies below the scope.
        found = arm.pages(path, api_versions.ROLES, **{"$filter": f"principalId eq '{quoted}'"})
    return [
        one for one in shapes.mappings(found) if shapes.at_or_above(shapes.dig(one, "properties", "scope"), cluster_id)
    ]


def _definitions(arm: Arm, cluster_id: str, ids: list[str]) -> tuple[dict[str, Any], str]:
    """The role definitions behind ``ids``, each read once, and why some could not be read."""
    distinct = sorted({one.lower(): one for one in ids if one}.values())
    answers = concurrently(partial(_definition, arm, cluster_id), distinct)
    errors = [answer.text for answer in answers if isinstance(answer, ArmError)]
    read_ones = {key.lower(): answer for key, answer in zip(distinct, answers) if not isinstance(answer, ArmError)}
    return read_ones, errors[0] if errors else ""


def _definition(arm: Arm, cluster_id: str, definition_id: str) -> Any:
    """A role definition, or the ArmError. Its id names the subscription, where somebody with rights at the cluster
    alone may read nothing; the same definition is there at the cluster."""
    try:
        return arm.get(definition_id, api_versions.PERMISSIONS)
    except ArmError as error:
        if error.status not in (403, 404):
            return error
    try:
        name = shapes.last_segment(definition_id)
        return arm.get(f"{cluster_id}{AUTHORIZATION}/roleDefinitions/{name}", api_versions.PERMISSIONS)
    except ArmError as error:
        return error


def _entries(definition: Any, condition: Any = None) -> tuple[Entry, ...]:
    """The entries of a role that is assigned under a condition, if under any."""
    listed = shapes.mappings(shapes.dig(definition, "properties", "permissions"))
    return tuple(Entry.of(entry, condition) for entry in listed)


def read_eligible(arm: Arm, cluster_id: str, object_id: str | None = None) -> Item:
    """The roles that the caller, or ``object_id``, could activate: EligibleRole values."""
    quoted = (object_id or "").replace("'", "''")
    wanted = f"assignedTo('{quoted}')" if object_id else "asTarget()"

    def fetch() -> list[EligibleRole]:
        path = f"{cluster_id}{AUTHORIZATION}/roleEligibilityScheduleInstances"
        found = shapes.mappings(arm.pages(path, api_versions.ELIGIBILITY, **{"$filter": wanted}))
        instances = [shapes.mapping(one.get("properties")) for one in found]
        definitions, _ = _definitions(arm, cluster_id, [shapes.text(one.get("roleDefinitionId")) for one in instances])
        return [
            _eligibility(one, definitions.get(shapes.text(one.get("roleDefinitionId")).lower())) for one in instances
        ]

    return read(
        "roleEligibilityScheduleInstances", ("Microsoft.Authorization/roleEligibilityScheduleInstances/read",), fetch
    )


def _eligibility(instance: Mapping[str, Any], definition: Any) -> EligibleRole:
    shown = shapes.dig(instance, "expandedProperties", "roleDefinition", "displayName")
    scope = instance.get("scope") or shapes.dig(instance, "expandedProperties", "scope", "id")
    return EligibleRole(
        name=shapes.text(shapes.dig(definition, "properties", "roleName")) or shapes.text(shown),
        definition_id=shapes.text(instance.get("roleDefinitionId")),
        scope=shapes.text(scope),
        entries=_entries(definition),
    )


def read_denies(arm: Arm, cluster_id: str) -> Item:
    """The deny assignments at the cluster and above it, as ARM gives them."""
    path = f"{cluster_id}{AUTHORIZATION}/denyAssignments"
    needs = ("Microsoft.Authorization/denyAssignments/read",)
    return read("denyAssignments", needs, lambda: arm.pages(path, api_versions.ROLES, **{"$filter": "atScope()"}))


def read_locks(arm: Arm, cluster_id: str) -> Item:
    """The management locks at the cluster, its resource group and its subscription, each once."""
    scopes = [cluster_id, "/".join(cluster_id.split("/")[:5]), "/".join(cluster_id.split("/")[:3])]
    answers = concurrently(partial(_locks_at, arm), scopes)
    errors = [answer for answer in answers if isinstance(answer, ArmError)]
    if len(errors) == len(answers):
        return refused("locks", ("Microsoft.Authorization/locks/read",), errors[0])
    found = [lock for answer in answers if not isinstance(answer, ArmError) for lock in shapes.mappings(answer)]
    distinct = {shapes.text(lock.get("id")).lower(): lock for lock in found}
    return Item(value=list(distinct.values()), source="locks")


def _locks_at(arm: Arm, scope: str) -> list[Any] | ArmError:
    try:
        return arm.pages(f"{scope}{AUTHORIZATION}/locks", api_versions.LOCKS)
    except ArmError as error:
        return error
