"""What tells the hub cluster of a Fleet Manager from every other cluster: nobody but the fleet may change it.

Names and the two deny assignments are documented. In a scenario the rest stands in the cluster itself: name, group, run
command switched off.
"""

# modelled: what the two deny assignments of a hub cluster deny
# proof: `make record`, step deny-assignments, against a hub cluster

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

_CHANGES = ("*/write", "*/delete")


def fleet_id(cluster: Cluster) -> str:
    """The fleet lies in the group of the same subscription that the hub's group is named after."""
    group = cluster.group.removeprefix("FL_").partition(f"_{cluster.spec.fleet}")[0]
    return (
        f"/subscriptions/{cluster.subscription}/resourceGroups/{group}"
        f"/providers/Microsoft.ContainerService/fleets/{cluster.spec.fleet}"
    )


def denials(world: World) -> Iterator[Mapping[str, Any]]:
    """The deny assignments of every hub, as a scenario would write them."""
    for cluster in world.clusters.values():
        if cluster.spec.fleet:
            root = f"/subscriptions/{cluster.subscription}/resourceGroups/"
            yield _denial("FLRG-DenyAssignments-{}", root + cluster.group)
            yield _denial("kubernetes.azure.com/{}", root + str(cluster.properties["nodeResourceGroup"]))


def _denial(name: str, scope: str) -> Mapping[str, Any]:
    number = uuid.uuid5(uuid.NAMESPACE_URL, scope.lower())
    return {"name": name.format(number), "scope": scope, "actions": list(_CHANGES)}
