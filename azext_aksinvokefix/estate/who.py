"""Who could run commands at a cluster: role assignments at or above it whose role grants the action.

A group is one principal, by its own id; a condition is shown, not evaluated; whom a deny assignment names is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.estate import queries
from azext_aksinvokefix.estate.graph import Graph, Rows
from azext_aksinvokefix.estate.inventory import Inventory, Open
from azext_aksinvokefix.evidence.access import AUTHORIZATION
from azext_aksinvokefix.evidence.reading import concurrently, read
from azext_aksinvokefix.lifecycle import RUN_COMMAND, Item
from azext_aksinvokefix.policy.scope import ByScope, Place
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.rights import permissions
from azext_aksinvokefix.rights.permissions import Entry
from azext_aksinvokefix.shapes import dig, last_segment, mapping, mappings, same, text

ROLES_READ = "Microsoft.Authorization/roleDefinitions/read"
ASSIGNMENTS_READ = "Microsoft.Authorization/roleAssignments/read"
DENIES_READ = "Microsoft.Authorization/denyAssignments/read"
#: What a deny assignment calls everybody.
_EVERYONE = "00000000-0000-0000-0000-000000000000"
_REFUSED = 403


@dataclass(frozen=True)
class Grant:
    """A role assignment that lets its principal run commands below its scope."""

    principal: str
    kind: str
    role: str
    scope: str
    conditional: bool

    def to_json(self) -> dict[str, Any]:
        return {
            "principalId": self.principal,
            "principalType": self.kind,
            "role": self.role,
            "scope": self.scope,
            "conditional": self.conditional,
        }


@dataclass(frozen=True)
class Who:
    """``denies`` are the deny assignments of each subscription, by its id in lower case."""

    grants: ByScope[Grant]
    inventory: Inventory
    denies: Mapping[str, Item] = field(default_factory=dict)
    gaps: tuple[Open, ...] = ()

    def at(self, cluster: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
        """The contracted RunCommand of a cluster."""
        place = Place(cluster["id"], None, self.inventory.groups_above(cluster["subscriptionId"]) or frozenset())
        found = {grant: None for grant in self.grants.above(place) if not self._denied(grant.principal, cluster["id"])}
        return {
            "enabled": dig(properties, "apiServerAccessProfile", "disableRunCommand") is not True,
            "asClusterAdmin": not mapping(properties.get("aadProfile")),
            "principals": [grant.to_json() for grant in sorted(found, key=_order)],
        }

    def open_at(self, cluster: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What is not known of it, as unknowns of the cluster."""
        gaps = [{"stage": "access", **gap.to_json()} for gap in self.gaps]
        item = self.denies.get(cluster["subscriptionId"].lower())
        if item is not None and not item.known:
            gap = Open("the deny assignments of the subscription", item.unread or "", item.needs)
            gaps.append({"stage": "access", **gap.to_json()})
        return gaps

    def _denied(self, principal: str, cluster_id: str) -> bool:
        item = self.denies.get(Target.of(cluster_id).subscription.lower())
        listed = mappings(item.value) if item is not None and item.known else ()
        return any(_denies(mapping(one.get("properties")), principal, cluster_id) for one in listed)


def _order(grant: Grant) -> tuple[str, ...]:
    return grant.kind, grant.principal, grant.role, grant.scope.lower(), str(grant.conditional)


def read_who(graph: Graph, inventory: Inventory, subscriptions: Sequence[str]) -> Who:
    """Role definitions first, since only a few of them grant the action; then the assignments of those."""
    definitions = graph.ask(queries.roles())
    granting = {last_segment(row.get("id")).lower(): entries for row in definitions.rows if (entries := _granting(row))}
    names = {last_segment(row.get("id")).lower(): _name(row) for row in definitions.rows}
    assigned = graph.ask(queries.role_assignments(sorted(granting))) if granting else Rows()
    grants = [
        (text(dig(row, "properties", "scope")) or text(row.get("id")).lower().partition(_ASSIGNMENTS)[0], grant)
        for row in assigned.rows
        if (grant := _grant(mapping(row.get("properties")), granting, names)) is not None
    ]
    denies = concurrently(lambda one: _read_denies(graph, one), subscriptions)
    gaps = (
        *_gaps(definitions, "which roles allow running commands", ROLES_READ),
        *_gaps(assigned, "who has which role", ASSIGNMENTS_READ),
    )
    return Who(ByScope(grants), inventory, dict(zip([one.lower() for one in subscriptions], denies)), gaps)


_ASSIGNMENTS = "/providers/microsoft.authorization/roleassignments/"


def _granting(row: Mapping[str, Any]) -> list[Entry]:
    """The entries of a role that grant the action, after what they exclude."""
    entries = map(Entry.of, mappings(dig(row, "properties", "permissions")))
    return [entry for entry in entries if permissions.covers(entry, RUN_COMMAND)]


def _name(row: Mapping[str, Any]) -> str:
    return one_line(text(dig(row, "properties", "roleName"))) or last_segment(row.get("id"))


def _grant(
    properties: Mapping[str, Any], granting: Mapping[str, list[Entry]], names: Mapping[str, str]
) -> Grant | None:
    """Built-in roles have no subscription in their id and assignments have: the GUID alone tells the role."""
    role, principal = last_segment(properties.get("roleDefinitionId")).lower(), text(properties.get("principalId"))
    if role not in granting or not principal:
        return None
    unconditional = any(not entry.condition for entry in granting[role])
    return Grant(
        principal=one_line(principal),
        kind=one_line(text(properties.get("principalType"))),
        role=names[role],
        scope=one_line(text(properties.get("scope"))),
        conditional=bool(properties.get("condition")) or not unconditional,
    )


def _gaps(rows: Rows, what: str, needs: str) -> list[Open]:
    found = [Open(what, gap) for gap in rows.gaps]
    if rows.error is not None:
        found.append(Open(what, rows.error.text, (needs,) if rows.error.status == _REFUSED else ()))
    elif not rows.rows and needs == ROLES_READ:
        # Built-in roles are there in every tenant: none at all means that the table may not be read.
        found.append(Open(what, "Resource Graph shows no role definition.", (needs,)))
    return found


def _read_denies(graph: Graph, subscription: str) -> Item:
    """Deny assignments are in no table; one list holds those at, above and below a subscription."""
    path = f"/subscriptions/{subscription}{AUTHORIZATION}/denyAssignments"
    return read("denyAssignments", (DENIES_READ,), lambda: graph.arm.pages(path, api_versions.ROLES))


def _denies(deny: Mapping[str, Any], principal: str, cluster_id: str) -> bool:
    scope = text(deny.get("scope")).rstrip("/")
    here = same(scope, cluster_id)
    reaches = here if deny.get("doNotApplyToChildScopes") is True else (here or _is_above(scope, cluster_id))
    if not reaches or deny.get("condition"):
        return False
    if not any(permissions.covers(Entry.of(entry), RUN_COMMAND) for entry in mappings(deny.get("permissions"))):
        return False
    return _names(deny.get("principals"), principal, _EVERYONE) and not _names(deny.get("excludePrincipals"), principal)


def _is_above(scope: str, cluster_id: str) -> bool:
    """The list of a subscription holds those of its own management groups alone."""
    outer = scope.casefold()
    return outer.startswith("/providers/microsoft.management/") or f"{cluster_id.casefold()}/".startswith(f"{outer}/")


def _names(listed: Any, *wanted: str) -> bool:
    return any(same(one.get("id"), name) for one in mappings(listed) for name in wanted)
