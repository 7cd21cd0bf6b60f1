"""What `grant-role` looks at, all at once: the cluster, what the principal may do, and what stands in the way."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from azext_aksinvokefix.arm import Arm
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.evidence.access import (
    read_denies,
    read_eligible,
    read_locks,
    read_permissions,
    read_principal,
)
from azext_aksinvokefix.evidence.cluster import read_cluster
from azext_aksinvokefix.evidence.gather import Reader, gather
from azext_aksinvokefix.evidence.roles import read_assigned, read_custom_roles
from azext_aksinvokefix.fixes.grant_role.assignee import Assignee
from azext_aksinvokefix.lifecycle import Evidence, Failure, Item
from azext_aksinvokefix.rights.permissions import Entry, held
from azext_aksinvokefix.shapes import dig, mapping, same

_SECONDS = 60.0


@dataclass(frozen=True)
class GrantEvidence:
    """``evidence`` is about the principal. ``mine`` is what the caller may do at ``scope``, where the role is to be
    assigned; ``assigned`` what is assigned to the principal exactly there; ``custom`` the custom roles for there."""

    who: Assignee
    scope: str
    evidence: Evidence
    failure: Failure | None
    mine: Item
    assigned: Item
    custom: Item

    @property
    def entries(self) -> tuple[Entry, ...]:
        return held(self.evidence.permissions).entries

    @property
    def my_entries(self) -> tuple[Entry, ...]:
        return held(self.mine).entries

    @property
    def properties(self) -> Mapping[str, Any]:
        return mapping(dig(self.evidence.cluster.value, "properties"))


def look(session: Session, who: Assignee, scope: str, failure: Failure | None) -> GrantEvidence:
    """Everything that a plan is made from."""
    arm, cluster = session.arm, session.cluster_id
    readers: dict[str, Reader] = {
        "cluster": lambda: read_cluster(arm, cluster),
        "permissions": lambda: permissions_of(arm, cluster, who.id, who.is_caller),
        "eligible": lambda: read_eligible(arm, cluster, None if who.is_caller else who.id),
        "denies": lambda: read_denies(arm, cluster),
        "locks": lambda: read_locks(arm, cluster),
        "mine": lambda: read_permissions(arm, scope),
        "assigned": lambda: read_assigned(arm, scope, who.id),
        "custom": lambda: read_custom_roles(arm, scope),
    }
    is_about_caller = who.is_caller and same(scope, cluster)
    if is_about_caller:
        del readers["mine"]
    seen = gather(readers, time.monotonic() + _SECONDS)
    mine = seen["permissions"] if is_about_caller else seen.pop("mine")
    assigned, custom = seen.pop("assigned"), seen.pop("custom")
    return GrantEvidence(who, scope, Evidence(cluster, session.now, **seen), failure, mine, assigned, custom)


def permissions_of(arm: Arm, cluster_id: str, object_id: str, is_caller: bool) -> Item:
    """What a principal may do. The caller who may not ask for permissions may still list assignments."""
    if not is_caller:
        return read_principal(arm, cluster_id, object_id)
    asked = read_permissions(arm, cluster_id, object_id)
    if asked.known:
        return asked
    listed = read_principal(arm, cluster_id, object_id)
    return replace(listed, value=replace(held(listed), is_self=True)) if listed.known else asked
