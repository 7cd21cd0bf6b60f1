"""Who keeps whom from changing a cluster: one operation at a time, and none but a start while it is stopped.

The sentences about operations in progress were seen in public reports, the one about a stopped cluster follows its
documentation.
"""

# modelled: the sentence that refuses a change of a stopped cluster
# proof: a recorded PUT of an agent pool of a stopped cluster

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.simulator.aks import long_running, pools
from tests.simulator.core.endings import Ending
from tests.simulator.core.responses import rp_error
from tests.simulator.core.routing import Response

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

_ENDS = {"Succeeded", "Failed", "Canceled"}


def load(world: World, cluster: Cluster) -> None:
    """Let the operations that a scenario begins with come to their end, where it says when they do."""
    spec = cluster.spec
    if spec.settles_after is not None:
        what = long_running.What("", "", of_cluster(cluster), Ending(seconds=spec.settles_after))
        long_running.begin(world, cluster, what, partial(_settle, cluster.properties))
    for pool in spec.pools:
        profile = pools.of(cluster, pool.name)
        if pool.settles_after is not None and profile is not None:
            what = long_running.What("", "", of_pool(profile), Ending(seconds=pool.settles_after))
            long_running.begin(world, cluster, what, partial(_settle, profile))


def _settle(resource: dict[str, object], status: str) -> None:
    resource["provisioningState"] = status


def refusal(world: World, cluster: Cluster, *, starting: bool = False) -> Response | None:
    """Why a change is not taken now, None when it is."""
    subject = _subject(world, cluster)
    if subject:
        message = (
            f"Operation is not allowed: Another {subject} is in progress, please wait for it to finish before starting "
            "a new operation. See https://aka.ms/aks-pending-operation for more details"
        )
        return rp_error(409, "OperationNotAllowed", message)
    if cluster.power == "Stopped" and not starting:
        message = "Operation is not allowed: the managed cluster is stopped, it can only be started or deleted."
        return rp_error(400, "OperationNotAllowed", message)
    return None


def _subject(world: World, cluster: Cluster) -> str | None:
    """What occupies the cluster: an operation, or a state that the scenario leaves it in for ever."""
    operation = long_running.running(world, cluster.id)
    if operation:
        return operation.subject
    for pool in cluster.pools:
        if pool["provisioningState"] not in _ENDS:
            return of_pool(pool)
    return None if cluster.provisioning in _ENDS else of_cluster(cluster)


def of_pool(pool: pools.Profile) -> str:
    return f"agentpool operation ({pool['name']} - {pool['provisioningState']})"


def of_cluster(cluster: Cluster) -> str:
    return f"operation ({cluster.provisioning})"
