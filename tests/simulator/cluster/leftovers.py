"""Command pods that ended and were never deleted, and a ResourceQuota that counts them.

That the service leaves them for a while is known from public reports; how long is not. Of the two ways to count pods
``pods`` leaves out those that ended and ``count/pods`` counts every object (documented for Kubernetes).
"""

# modelled: command pods that ended stay until somebody deletes them
# proof: `kubectl get pods -n aks-command` recorded every minute after a runCommand

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.simulator.aks.runs import Run
from tests.simulator.cluster import images, pods, scheduling
from tests.simulator.cluster.pods import Pod
from tests.simulator.core.responses import kubernetes_failure
from tests.simulator.core.routing import Response

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

_AGO = 3600.0
_COMMAND = "kubectl version"
_ENDED = ("Succeeded", "Failed")


def load(world: World, cluster: Cluster) -> None:
    """Put the pods of a scenario into its cluster."""
    left = cluster.spec.leftovers
    phases = {"Succeeded": left.succeeded, "Failed": left.failed, "Pending": left.pending}
    for phase, count in phases.items():
        for number in range(count):
            run = _leftover(world, cluster, phase, number)
            world.runs[run.id] = run


def _leftover(world: World, cluster: Cluster, phase: str, number: int) -> Run:
    command_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{cluster.id} {phase} {number}").hex
    then = world.now() - _AGO
    manifest = pods.manifest(
        command_id, _COMMAND, world.caller, entra=cluster.is_entra, image=images.command_image(cluster)
    )
    run = Run(command_id, cluster.id, _COMMAND, None, "", (), manifest, submitted_at=then, gives_up_at=then + 30)
    if phase in _ENDED:
        run.node = next((node.name for node in scheduling.nodes(cluster)), None)
        run.placed_at, run.starts_at, run.duration, run.exit_code = then, then, 1.0, int(phase == "Failed")
    return run


def runs(world: World, cluster: Cluster) -> Iterator[Run]:
    """The command pods that are there, those included whose start the service has given up on."""
    for run in (*list(world.runs.values()), *world.abandoned):
        if run.cluster_id == cluster.id and run.deleted_at is None:
            yield run


def over_quota(world: World, cluster: Cluster, pod: Pod) -> Response | None:
    """The refusal of one more pod, in the words of Kubernetes."""
    quota = cluster.spec.quota
    if quota is None:
        return None
    phases = [run.phase(world.now()) for run in runs(world, cluster)]
    counted = (
        ("count/pods", quota.count_pods, len(phases)),
        ("pods", quota.pods, sum(phase not in _ENDED for phase in phases)),
    )
    full = [each for each in counted if each[1] is not None and each[2] >= each[1]]
    if not full:
        return None
    asked = ",".join(f"{name}=1" for name, _, _ in full)
    used = ",".join(f"{name}={number}" for name, _, number in full)
    limits = ",".join(f"{name}={limit}" for name, limit, _ in full)
    return kubernetes_failure(
        f'pods "{pod["metadata"]["name"]}" is forbidden: exceeded quota: {quota.name}, requested: {asked}, '
        f"used: {used}, limited: {limits}"
    )
