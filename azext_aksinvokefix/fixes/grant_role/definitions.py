"""The second look of `grant-role`, once something is known to be missing: the role definitions as they are now."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from azext_aksinvokefix.arm import Arm
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.evidence.access import read_permissions
from azext_aksinvokefix.evidence.reading import concurrently
from azext_aksinvokefix.evidence.roles import Role, read_role, read_roles_named
from azext_aksinvokefix.fixes.grant_role import assignment
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.rights import permissions, roles
from azext_aksinvokefix.rights.permissions import Entry
from azext_aksinvokefix.shapes import at_or_above

CONTRIBUTOR_OF_AKS = "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8"
_MC = "Microsoft.ContainerService/managedClusters"

#: The proposed built-in roles as published, for callers who may not read role definitions.
PUBLISHED = (
    Role(roles.READER, "Reader", (Entry(("*/read",)),)),
    Role(
        roles.CLUSTER_ADMIN,
        "Azure Kubernetes Service Cluster Admin Role",
        (
            Entry(
                (
                    f"{_MC}/listClusterAdminCredential/action",
                    f"{_MC}/accessProfiles/listCredential/action",
                    f"{_MC}/read",
                    f"{_MC}/runcommand/action",
                )
            ),
        ),
    ),
    Role(
        CONTRIBUTOR_OF_AKS,
        "Azure Kubernetes Service Contributor Role",
        (
            Entry(
                (
                    "Microsoft.Authorization/*/read",
                    "Microsoft.ContainerService/locations/*",
                    f"{_MC}/*",
                    "Microsoft.ContainerService/managedclustersnapshots/*",
                    "Microsoft.ContainerService/snapshots/*",
                    "Microsoft.Insights/alertRules/*",
                    "Microsoft.Resources/deployments/*",
                    "Microsoft.Resources/subscriptions/resourceGroups/read",
                    "Microsoft.ContainerService/deploymentSafeguards/*",
                )
            ),
        ),
    ),
)


@dataclass(frozen=True)
class OwnRole:
    """The custom role of exactly three actions, defined ``within`` a scope. ``exists`` as ``role`` shows it, or else
    ``allowed`` says in the words of permissions whether the caller may create it; empty where that is not known."""

    role: Role
    within: str
    exists: bool = False
    allowed: str = ""


@dataclass(frozen=True)
class Definitions:
    """``built_in`` are the proposed roles, with the published words for those which are ``unread``."""

    built_in: tuple[Role, ...] = ()
    unread: tuple[str, ...] = ()
    own: tuple[OwnRole, ...] = ()


def read(arm: Arm, cluster_id: str, scope: str, *, with_own: bool) -> Definitions:
    """Everything that a choice among roles at a scope is made from."""
    own = tuple(_own(arm, cluster_id, scope)) if with_own else ()
    items = concurrently(lambda role: read_role(arm, scope, role.guid), PUBLISHED)
    return Definitions(
        tuple(found for role, item in zip(PUBLISHED, items) if (found := item.value if item.known else role)),
        tuple(role.name for role, item in zip(PUBLISHED, items) if not item.known),
        own,
    )


def _own(arm: Arm, cluster_id: str, scope: str) -> Iterator[OwnRole]:
    """The one that exists, else those which could be made: for the subscription, and for the resource group."""
    target = Target.of(cluster_id)
    offered = [assignment.new_role(target.subscription, group) for group in ("", target.group)]
    possible = [(role, within) for role, within in offered if at_or_above(within, scope)]
    for role, within in possible:
        there = read_role(arm, within, role.guid)
        if there.known and there.value is not None:
            yield OwnRole(there.value, within, exists=True)
            return
    for role, within in possible:
        yield OwnRole(role, within, allowed=_may_define(arm, within))


def _may_define(arm: Arm, scope: str) -> str:
    mine = read_permissions(arm, scope)
    return permissions.state(permissions.held(mine).entries, roles.WRITE_DEFINITIONS) if mine.known else ""


def read_named(arm: Arm, scope: str, name: str) -> Role:
    """The role with a name, a GUID or an ARM id; RefusedError where there is not exactly one."""
    guid = name.rstrip("/").rsplit("/", 1)[-1]
    item = _by_guid(read_role(arm, scope, guid)) if _is_guid(guid) else read_roles_named(arm, scope, name)
    if not item.known:
        raise RefusedError(f"The role '{name}' cannot be read: {item.unread}")
    known: list[Role] = item.value
    if len(known) != 1:
        how = "several roles are" if known else "no role is"
        raise RefusedError(
            f"At this scope {how} called '{one_line(name)}'.",
            "`az role definition list --name NAME` shows the roles and their GUIDs.",
            is_missing=not known,
        )
    return known[0]


def _by_guid(item: Item) -> Item:
    return Item(value=[item.value] if item.value else []) if item.known else item


def _is_guid(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False
