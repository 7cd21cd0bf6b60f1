"""The events that a cluster writes about its command pods: the scheduler's and the kubelet's own words.

The words are those of kube-scheduler, kubelet, containerd and the Azure CNI, seen in public reports. They come again by
the kubelet's back-off (10 seconds, doubled up to five minutes) and the scheduler's flush of pods that do not fit (five
minutes). A pod that admission refused never came to be, and nobody controls it: there is no event about it.
"""

# modelled: when the events of a pod that does not start come again
# proof: in any Kubernetes: `kubectl get events -w` of a pod without a node, and of one whose image is not there
# modelled: no event tells of a command pod that admission refused
# proof: `kubectl get events -n aks-command` after runCommand under a policy that denies

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulator.aks.runs import Run
from tests.simulator.cluster import images, pods, startup

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

NORMAL, WARNING = "Normal", "Warning"

#: Kubernetes forgets events after an hour.
# modelled: a command pod that could not start is gone within the hour
# proof: `kubectl get pods -n aks-command` recorded until such a pod is gone
KEPT = 3600.0
_FIRST_PAUSE, _LONGEST_PAUSE = 10.0, 300.0


@dataclass(frozen=True)
class Event:
    """One event. ``times`` are when it happened, the oldest first; ``host`` is the node that wrote it, if one did."""

    namespace: str
    name: str
    reason: str
    message: str
    times: tuple[float, ...]
    type: str = WARNING
    component: str = "kubelet"
    host: str = ""
    kind: str = "Pod"


def runs(world: World, cluster: Cluster) -> Iterator[Run]:
    """Every command pod that there ever was, those included that are deleted by now."""
    for run in (*world.runs.values(), *world.abandoned):
        if run.cluster_id == cluster.id:
            yield run


def of_cluster(world: World, cluster: Cluster) -> Iterator[Event]:
    """Everything that was written until now."""
    for run in runs(world, cluster):
        yield from _of_scheduler(world, run)
        if run.node is not None:
            yield _event(run, "Scheduled", _assigned(run), [run.placed_at], NORMAL, "default-scheduler")
            yield from _of_kubelet(world, cluster, run)


def _of_scheduler(world: World, run: Run) -> Iterator[Event]:
    """One event for each wording; the last one again and again while no node takes the pod."""
    told: dict[str, list[float]] = defaultdict(list)
    for when, words in run.refusals:
        told[words].append(when)
    if run.refusals and run.node is None:
        last, words = run.refusals[-1]
        told[words] += _every(last + _LONGEST_PAUSE, _LONGEST_PAUSE, _until(world, run))
    for words, times in told.items():
        yield _event(run, "FailedScheduling", words, times, component="default-scheduler")


def _of_kubelet(world: World, cluster: Cluster, run: Run) -> Iterator[Event]:
    begun, image = run.placed_at, run.pod["spec"]["containers"][0]["image"]
    tries = list(_tries(begun, _until(world, run)))
    if run.reason == startup.IMAGE_PULL:
        yield _event(run, "Pulling", f'Pulling image "{image}"', tries, NORMAL)
        yield _event(run, "Failed", images.refusal(cluster, image), tries)
        yield _event(run, "Failed", "Error: ErrImagePull", tries)
        if tries[1:]:
            yield _event(run, "BackOff", f'Back-off pulling image "{image}"', tries[1:], NORMAL)
            yield _event(run, "Failed", "Error: ImagePullBackOff", tries[1:])
    elif run.reason == startup.INIT_FAILED:
        words = f"Back-off restarting failed container init-command in pod {_full_name(run)}"
        yield _event(run, "BackOff", words, tries)
    elif startup.lacks_addresses(cluster):
        words = _NO_ADDRESS.format(sandbox=run.id * 2, pod=pods.name(run.id))
        yield _event(run, "FailedCreatePodSandBox", words, tries)
    elif run.has_finished(world.now()) and run.ends_at is not None:
        yield _event(run, "Pulled", f'Container image "{image}" already present on machine', [begun], NORMAL)
        # The kubelet forgets the config maps of a pod that ended, and then mounts its token once more: noise.
        words = _NO_ROOT_CERTIFICATE.format(volume=f"kube-api-access-{run.id[:5]}")
        yield _event(run, "FailedMount", words, [run.ends_at])


_NO_ADDRESS = (
    "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "
    '"{sandbox}": plugin type="azure-vnet" failed (add): IPAM Invoker Add failed with error: Failed to get IP address '
    "from CNS with error: [AllocateIPConfig] Failed to allocate IP config for pod aks-command/{pod}: no IPs available, "
    "waiting on Azure CNS to allocate more"
)
_NO_ROOT_CERTIFICATE = (
    'MountVolume.SetUp failed for volume "{volume}" : object "aks-command"/"kube-root-ca.crt" not registered'
)


def _event(
    run: Run,
    reason: str,
    message: str,
    times: list[float],
    kind: str = WARNING,
    component: str = "kubelet",
) -> Event:
    host = (run.node or "") if component == "kubelet" else ""
    return Event(pods.NAMESPACE, pods.name(run.id), reason, message, tuple(times), kind, component, host)


def _assigned(run: Run) -> str:
    return f"Successfully assigned {pods.NAMESPACE}/{pods.name(run.id)} to {run.node}"


def _full_name(run: Run) -> str:
    return f"{pods.name(run.id)}_{pods.NAMESPACE}({pods.uid(run.id)})"


def _until(world: World, run: Run) -> float:
    return min(world.now(), run.submitted_at + KEPT)


def _every(first: float, pause: float, until: float) -> Iterator[float]:
    while first <= until:
        yield first
        first += pause


def _tries(first: float, until: float) -> Iterator[float]:
    """The kubelet's: the pause doubles."""
    pause = _FIRST_PAUSE
    while first <= until:
        yield first
        first, pause = first + pause, min(2 * pause, _LONGEST_PAUSE)
