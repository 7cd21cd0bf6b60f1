"""From a scheduled pod to a running command: the image, the init container, the hand-over of the user's token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

# modelled: the reason Init:CrashLoopBackOff; an official sample spells ImagePullBackoff like this
# proof: the result of a runCommand recorded while the pod's init container fails
IMAGE_PULL, INIT_FAILED = "ImagePullBackoff", "Init:CrashLoopBackOff"

# modelled: the resource provider shows the kubelet's word for a pod whose sandbox is not there yet
# proof: the result of a runCommand recorded while the network of a node is broken
CREATING = "ContainerCreating"

TUNNEL_BROKEN = "failed to execute on pod after retry: SPDYExecutor.SentAADToken retry failed: error dialing backend: "


@dataclass(frozen=True)
class Startup:
    """After how many seconds the command starts, or why it never will."""

    seconds: float = 0.0
    reason: str | None = None


def attempt(world: World, cluster: Cluster, node: str) -> Startup:
    """Start a pod on a node. A ``slow`` node is over the budget once, and quick when it has pulled the image."""
    # modelled: a second try on a node that was too slow once is quick
    # proof: two runCommands recorded one after the other on a node that is new
    trouble = cluster.spec.startup
    if trouble == "image-pull":
        return Startup(reason=IMAGE_PULL)
    if trouble == "init-failed":
        return Startup(reason=INIT_FAILED)
    if lacks_addresses(cluster):
        return Startup(reason=CREATING)
    if trouble == "slow" and node not in cluster.warm_nodes:
        pull = 2 * world.scenario.start_budget
        world.later(pull, lambda: cluster.warm_nodes.add(node))
        return Startup(seconds=pull)
    return Startup(seconds=cluster.spec.start_seconds)


def lacks_addresses(cluster: Cluster) -> bool:
    """The pod stays ContainerCreating, as one that is merely slow."""
    return cluster.spec.startup == "no-addresses"


def tunnel_is_broken(cluster: Cluster) -> bool:
    """Only Entra clusters notice: the resource provider hands the token over through the tunnel."""
    return cluster.spec.startup == "tunnel-broken" and cluster.is_entra
