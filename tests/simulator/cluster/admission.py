"""The door through which every command pod has to go: the admission chain of a cluster's API server.

The scenario's section ``admission`` is described in ``admission_engines``, ``policy`` in ``policy``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.simulator.cluster import admission_engines as engines
from tests.simulator.cluster import leftovers
from tests.simulator.cluster.pods import Pod
from tests.simulator.core.routing import Response
from tests.simulator.policy import governance

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World


TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"


def admit(world: World, cluster: Cluster, pod: Pod) -> Response | None:
    """What the API server answers to the creation of the pod: its first refusal, or None."""
    return next((refusal for refusal in _refusals(world, cluster, with_token(pod)) if refusal), None)


def _refusals(world: World, cluster: Cluster, pod: Pod) -> Iterator[Response | None]:
    """In the order of the API server. Azure Policy is a validating policy in one form and a webhook in the others."""
    azure_phase = engines.POLICY if governance.of(world).form == "vap" else engines.WEBHOOK
    for phase in engines.PHASES:
        if phase == azure_phase:
            yield governance.refusal(world, cluster, pod)
        yield engines.review(world, pod, phase)
    yield leftovers.over_quota(world, cluster, pod)


def with_token(pod: Pod) -> Pod:
    """The service account admission of Kubernetes runs first and mounts the token, a projected volume."""
    spec = dict(pod["spec"])
    if spec.get("automountServiceAccountToken") is False:
        return pod
    token = {"name": "kube-api-access", "projected": {"sources": [{"serviceAccountToken": {}}]}}
    mount = {"name": token["name"], "readOnly": True, "mountPath": TOKEN_FOLDER}
    for kind in {"containers", "initContainers"} & set(spec):
        spec[kind] = [{**each, "volumeMounts": [*each.get("volumeMounts", []), mount]} for each in spec[kind]]
    return {**pod, "spec": {**spec, "volumes": [*spec.get("volumes", []), token]}}
