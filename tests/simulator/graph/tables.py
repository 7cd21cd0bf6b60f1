"""The tables of Resource Graph, filled from the state of the world, and which of their rows a query is about.

``resources`` (clusters), ``policyresources`` (assignments, exemptions, definitions and initiatives),
``authorizationresources`` (role assignments and definitions) and ``resourcecontainers`` (subscriptions and their
groups). As in Azure ids keep their case and types are in lower case.
"""

# modelled: `policyresources` has no built-in definitions and initiatives
# proof: `make record`, step graph-built-in-definitions

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tests.simulator.aks import subscriptions
from tests.simulator.authorization import authorizer
from tests.simulator.authorization.scopes import contains, management_groups, normal
from tests.simulator.core import kql
from tests.simulator.core.routing import Caller
from tests.simulator.policy import governance

if TYPE_CHECKING:
    from tests.simulator.core.world import World

Row = dict[str, Any]

_GROUP = re.compile(r"/resourceGroups/([^/]+)", re.IGNORECASE)

#: The columns of every table; the objects among them are dynamic.
_DYNAMIC = ("sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation")
_COLUMNS = {
    name: "dynamic" if name in _DYNAMIC else "string"
    for name in (
        *("id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy"),
        *_DYNAMIC,
    )
}

_BELOW, _ABOVE, _BOTH, _EXACT = "AtScopeAndBelow", "AtScopeAndAbove", "AtScopeAboveAndBelow", "AtScopeExact"
FILTERS = (_BELOW, _ABOVE, _BOTH, _EXACT)
#: What is inherited exists in these alone; the filter does nothing to the others.
_INHERITED = ("policyresources", "authorizationresources")


def table(found: Sequence[Row]) -> kql.Table:
    # modelled: objects without members are null in Resource Graph
    # proof: `make record`, step graph-clusters, with a cluster without tags
    return kql.Table(_COLUMNS, [{name: row.get(name) or None for name in _COLUMNS} for row in found])


def rows(world: World, table: str) -> list[Row]:
    return list(BUILDERS[table](world))


def readable(world: World, caller: Caller, found: Sequence[Row]) -> list[Row]:
    """What a caller may not read is left out in silence; what is built in everybody may read."""
    access = authorizer.of(world)
    principals = authorizer.principals_of(access, caller)
    if authorizer.UNQUESTIONED in caller.groups:
        return list(found)
    allowed: dict[tuple[str, str], bool] = {}
    kept = []
    for row in found:
        # Rights hold for whole resource groups in nearly every scenario, but may end at a single resource.
        key = (row["type"], row["id"])
        if key not in allowed:
            allowed[key] = _is_built_in(row) or authorizer.allowed(access, principals, f"{row['type']}/read", row["id"])
        if allowed[key]:
            kept.append(row)
    return kept


def _is_built_in(row: Row) -> bool:
    return bool(row["id"].lower().startswith("/providers/microsoft.authorization/"))


def within(world: World, table: str, found: Sequence[Row], scopes: Sequence[str], wanted: str) -> list[Row]:
    """The rows at, above or below the scopes, as the filter wants."""
    if table not in _INHERITED:
        wanted = _BELOW
    groups = management_groups(world)
    kept = []
    for row in found:
        at = scope_of(row)
        if any(_is_wanted(at, scope, wanted, groups) for scope in scopes):
            kept.append(row)
    return kept


def _is_wanted(at: str, scope: str, wanted: str, groups: Sequence[str]) -> bool:
    if normal(at) == normal(scope):
        return True
    above = not normal(at) or contains(at, scope, groups)
    below = bool(normal(at)) and contains(scope, at, groups)
    return (above and wanted in (_ABOVE, _BOTH)) or (below and wanted in (_BELOW, _BOTH))


def scope_of(row: Row) -> str:
    """Where a row stands: an extension resource at what it extends."""
    outer, found, _ = str(row["id"]).lower().rpartition("/providers/microsoft.authorization/")
    return outer if found else str(row["id"])


def _resources(world: World) -> Iterator[Row]:
    for cluster in world.clusters.values():
        yield _row(world, {**cluster.resource, "id": cluster.id})


def _policies(world: World) -> Iterator[Row]:
    policies = governance.of(world).arm
    for resource in (*policies.assignments.values(), *policies.exemptions.values()):
        yield _row(world, resource)
    for versions in (*policies.definitions.values(), *policies.initiatives.values()):
        yield _row(world, versions[0])


def _roles(world: World) -> Iterator[Row]:
    access = authorizer.of(world)
    for resource in (*access.assignments.values(), *access.definitions.values()):
        yield _row(world, resource)


def _containers(world: World) -> Iterator[Row]:
    groups = management_groups(world)
    for subscription in world.subscriptions:
        scope = f"/subscriptions/{subscription}"
        names = [group.rpartition("/")[2] for group in groups.above(scope)]
        chain = [{"name": name, "displayName": name} for name in names]
        yield _row(
            world,
            {
                "id": scope,
                "name": subscriptions.name_of(world, subscription),
                "type": "microsoft.resources/subscriptions",
                "properties": {"state": "Enabled", "managementGroupAncestorsChain": chain},
            },
        )
    for subscription, group in sorted(_groups(world)):
        identified = {"id": f"/subscriptions/{subscription}/resourceGroups/{group}", "name": group}
        kind = "microsoft.resources/subscriptions/resourcegroups"
        owner = subscriptions.managed_by(world, subscription, group)
        rest = {"type": kind, "location": "westus2", "properties": {"provisioningState": "Succeeded"}}
        yield _row(world, {**identified, **rest, "managedBy": owner})


def _groups(world: World) -> set[tuple[str, str]]:
    own = {(world.subscription, group.lower()) for group in world.scenario.groups}
    return own | {(cluster.subscription, cluster.group.lower()) for cluster in world.clusters.values()}


def _row(world: World, resource: Mapping[str, Any]) -> Row:
    group = _GROUP.search(resource["id"])
    parts = resource["id"].split("/")
    return {
        **resource,
        "type": resource["type"].lower(),
        "tenantId": world.tenant,
        "resourceGroup": group[1].lower() if group else "",
        "subscriptionId": parts[2] if resource["id"].lower().startswith("/subscriptions/") else "",
    }


BUILDERS: Mapping[str, Callable[[World], Iterator[Row]]] = {
    "resources": _resources,
    "policyresources": _policies,
    "authorizationresources": _roles,
    "resourcecontainers": _containers,
}
