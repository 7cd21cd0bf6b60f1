"""The door through which every command pod has to go: the admission chain of a cluster's API server.

The scenario's section ``admission`` is described in ``admission_engines``, ``policy`` in ``policy``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.simulator.cluster import admission_engines as engines
from tests.simulator.cluster import leftovers
from tests.simulator.cluster.pod_rules import Pod
from tests.simulator.core.routing import Response
from tests.simulator.policy import governance

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World


def admit(world: World, cluster: Cluster, pod: Pod) -> Response | None:
    """What the API server answers to the creation of the pod: its first refusal, or None."""
    return next((refusal for refusal in _refusals(world, cluster, _with_token(pod)) if refusal), None)


def _refusals(world: World, cluster: Cluster, pod: Pod) -> Iterator[Response | None]:
    """In the order of the API server. Azure Policy is a validating policy in one form and a webhook in the others."""
    azure_phase = engines.POLICY if governance.of(world).form == "vap" else engines.WEBHOOK
    for phase in engines.PHASES:
        if phase == azure_phase:
            yield governance.refusal(world, cluster, pod)
        yield engines.review(world, pod, phase)
    yield leftovers.over_quota(world, cluster, pod)


def _with_token(pod: Pod) -> Pod:
    """The service account admission of Kubernetes runs first and mounts the token as a projected volume."""
    token = {"name": "kube-api-access", "projected": {"sources": [{"serviceAccountToken": {}}]}}
    return {**pod, "spec": {**pod["spec"], "volumes": [*pod["spec"].get("volumes", []), token]}}
