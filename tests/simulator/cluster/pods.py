"""The command pod: what the resource provider creates in ``aks-command`` for every command.

Names, image, labels, annotation, service account and resources were seen in public; nobody published the whole
manifest.
"""

# modelled: the manifest of the command pod has nothing but what was seen of it: no security context, no probes, no pull
# secrets
# proof: `make record`, step run-own-pod, which reads the pod from inside

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from tests.simulator.core.routing import Caller

Pod = Mapping[str, Any]

NAMESPACE = "aks-command"
IMAGE = "mcr.microsoft.com/aks/command/runtime:master.240118.1"

_RESOURCES = {"limits": {"cpu": "500m", "memory": "1Gi"}, "requests": {"cpu": "200m", "memory": "500Mi"}}


def manifest(command_id: str, command: str, caller: Caller, *, entra: bool, image: str = IMAGE) -> dict[str, Any]:
    """The pod of a command. On an Entra cluster an init container waits for the user's token."""
    spec: dict[str, Any] = {
        "containers": [_container("user-command", ["sh", "-c", command], image)],
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "priority": 0,
        "restartPolicy": "Never",
        "serviceAccountName": f"sa-{command_id}",
    }
    if entra:
        # modelled: the init container hands the token over in a volume of its own kind, emptyDir
        # proof: `make record`, step run-own-pod, in an Entra cluster
        spec["initContainers"] = [_container("init-command", ["sh", "-c", "wait-for-token"], image)]
        spec["volumes"] = [{"name": "token", "emptyDir": {}}]
        for each in (*spec["containers"], *spec["initContainers"]):
            each["volumeMounts"] = [{"name": "token", "mountPath": "/var/run/command"}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name(command_id),
            "namespace": NAMESPACE,
            "labels": {"createdBy": re.sub(r"[^A-Za-z0-9_.-]", "_", caller.name)},
            "annotations": {"aks.azure.com/runCommand": "true"},
        },
        "spec": spec,
    }


def name(command_id: str) -> str:
    return f"command-{command_id}"


def uid(command_id: str) -> str:
    # modelled: the uid of the command pod is made from the command's id, so that it is the same everywhere here
    # proof: none; a uid is drawn at random, and nothing may rest on it
    return str(uuid.UUID(command_id))


def _container(container: str, command: list[str], image: str) -> dict[str, Any]:
    return {"name": container, "image": image, "command": command, "resources": _RESOURCES}
