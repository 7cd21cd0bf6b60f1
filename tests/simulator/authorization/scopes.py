"""Which scope contains which: management groups, subscriptions, resource groups, resources and extensions of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulator.core.world import World

#: The management group that every simulated subscription lies in; above it is the tenant's root group.
MANAGEMENT_GROUP = "contoso"


class Ancestry(tuple[str, ...]):
    """The management groups above the scenario's own subscription, innermost first; ``others`` are those above further
    ones, by their ids in lower case."""

    others: Mapping[str, tuple[str, ...]]

    def __new__(cls, own: Sequence[str], others: Mapping[str, tuple[str, ...]] | None = None) -> Ancestry:
        made = super().__new__(cls, own)
        made.others = others or {}
        return made

    def above(self, scope: str) -> tuple[str, ...]:
        """The chain in which a scope lies."""
        parts = normal(scope).split("/")
        if parts[1:2] == ["subscriptions"]:
            return self.others.get(parts[2], tuple(self))
        chains = [tuple(self), *self.others.values()]
        return next((chain for chain in chains if normal(scope) in map(normal, chain)), tuple(self))


def management_groups(world: World) -> Ancestry:
    """The management groups above the world's subscriptions, innermost first."""
    own = (MANAGEMENT_GROUP, world.tenant)
    others = {spec.id.lower(): _scopes(spec.groups) for spec in world.scenario.subscriptions if spec.groups}
    return Ancestry(_scopes(own), others)


def _scopes(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"/providers/Microsoft.Management/managementGroups/{name}" for name in names)


def _chain(scope: str, groups: Sequence[str]) -> Sequence[str]:
    return groups.above(scope) if isinstance(groups, Ancestry) else groups


def named(world: World, word: str | None) -> str:
    """The scope that a scenario means: ``cluster`` (the first), ``resourceGroup`` (its group), ``subscription`` (also
    when it says nothing), ``managementGroup``, or the scope itself."""
    cluster = next(iter(world.clusters.values()), None)
    subscription = f"/subscriptions/{world.subscription}"
    group = cluster.group if cluster else next(iter(world.scenario.groups))
    words = {
        "cluster": cluster.id if cluster else subscription,
        "resourceGroup": f"{subscription}/resourceGroups/{group}",
        "subscription": subscription,
        "managementGroup": management_groups(world)[0],
    }
    return words.get(word or "subscription", word or "")


@lru_cache(maxsize=8192)
def normal(scope: str) -> str:
    """A scope as it is compared: lower case, one leading slash, none at the end; the root is the empty text."""
    return "/" + scope.strip("/").lower() if scope.strip("/") else ""


def contains(outer: str, inner: str, groups: Sequence[str] = ()) -> bool:
    """Whether ``outer`` is at or above ``inner``. ``groups`` are the management groups of the subscription, innermost
    first, as scopes.

    >>> contains("/subscriptions/S/resourceGroups/R", "/subscriptions/s/resourcegroups/r/providers/P/t/n")
    True
    >>> contains("/subscriptions/s/resourceGroups/rg", "/subscriptions/s/resourceGroups/rg2")
    False
    """
    outer, inner = normal(outer), normal(inner)
    if inner == outer or inner.startswith(outer + "/"):
        return True
    if not outer.startswith("/providers/microsoft.management/"):
        return False
    chain = [normal(group) for group in _chain(inner, groups)]
    return outer in chain and _below_group(inner, chain[: chain.index(outer)])


def _below_group(inner: str, lower_groups: Sequence[str]) -> bool:
    if inner.startswith("/subscriptions/"):
        return True
    return any(inner == group or inner.startswith(group + "/") for group in lower_groups)


def above(scope: str, groups: Sequence[str] = ()) -> list[str]:
    """The scope and all scopes that contain it and can carry assignments, innermost first, the root left out.

    >>> above("/subscriptions/s/resourceGroups/r/providers/P/t/n", ["/m"])
    ['/subscriptions/s/resourceGroups/r/providers/P/t/n', '/subscriptions/s/resourceGroups/r', '/subscriptions/s', '/m']
    """
    parts, groups = scope.strip("/").split("/"), _chain(scope, groups)
    if parts[0].lower() != "subscriptions":
        lowered = [normal(group) for group in groups]
        start = lowered.index(normal(scope)) if normal(scope) in lowered else len(groups)
        return [scope, *groups[start + 1 :]]
    lengths = [length for length in range(len(parts), 1, -1) if _is_scope(parts[:length])]
    return ["/" + "/".join(parts[:length]) for length in lengths] + list(groups)


def _is_scope(parts: Sequence[str]) -> bool:
    if len(parts) in (2, 4):
        return True
    return len(parts) > 6 and len(parts) % 2 == 0 and parts[-2].lower() != "providers"


def cluster_of(scope: str) -> str:
    """The managed cluster that a scope is or lies in, else the scope unchanged."""
    parts = scope.strip("/").split("/")
    lowered = [part.lower() for part in parts]
    if "managedclusters" not in lowered:
        return scope
    return "/" + "/".join(parts[: lowered.index("managedclusters") + 2])
