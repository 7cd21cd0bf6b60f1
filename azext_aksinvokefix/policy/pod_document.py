"""The command pod as Gatekeeper sees it: what `input.review` holds when the service creates it.

Three kinds of fields. What was seen is a value. What was not seen but may well be set (a security context, scheduling,
environment variables) is unknown. Everything else that no source ever showed counts as absent: other labels and
annotations, ownerReferences, probes, host namespaces, privileged, added capabilities, hostPath, ephemeral containers.
Nobody has published the whole manifest, so this is a model: a description of a pod of 2023, an issue's logs, denials
that were pasted, the documentation's resources. On Entra clusters there is an init container too; that it is like the
other one but for its name is inferred from a denial that names both, and that it hands the token over in an emptyDir
from what its logs say. The API server's own additions are there as well: they stand before the webhook is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .rego import Hole, Maybe, Text, Unknown

NAMESPACE = "aks-command"
LOCAL, ENTRA = "local", "entra"
_CONTAINERS = {LOCAL: (), ENTRA: ("init-command",)}
_HEX, _DIGITS = "0123456789abcdef", "0123456789"
#: What the securityContext of a container may hold of what was never seen.
_SECURITY = {"runAsUser": "number", "runAsGroup": "number", "runAsNonRoot": "boolean", "seccompProfile": "object"}
_POD_SECURITY = {**_SECURITY, "fsGroup": "number", "supplementalGroups": "array"}
_SCHEDULING = {
    "nodeSelector": "object",
    "affinity": "object",
    "tolerations": "array",
    "priorityClassName": "string",
    "priority": "number",
}


def review(form: str) -> Mapping[str, Any]:
    """`input.review` of the command pod on a cluster with local accounts (``LOCAL``) or Entra ID (``ENTRA``)."""
    pod = command_pod(form)
    return {
        "uid": _unknown("the request's uid", "string"),
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "requestKind": {"group": "", "version": "v1", "kind": "Pod"},
        "requestResource": {"group": "", "version": "v1", "resource": "pods"},
        "name": pod["metadata"]["name"],
        "namespace": NAMESPACE,
        "operation": "CREATE",
        "userInfo": _unknown("who creates the pod", "object"),
        "object": pod,
        "oldObject": None,
        "dryRun": False,
        "options": _unknown("the request's options", "object"),
        "namespaceObject": _maybe("the namespace's labels", "object"),
    }


def command_pod(form: str) -> Mapping[str, Any]:
    command_id = Hole(_named("metadata.name"), "<id>", _HEX, 32, 32)
    user = Hole(_named("metadata.labels.createdBy"), "<user>")
    init = [_container(name, f"spec.initContainers[{at}]") for at, name in enumerate(_CONTAINERS[form])]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": Text(("command-", command_id)),
            "namespace": NAMESPACE,
            "labels": {"createdBy": Text((user,))},
            "annotations": {"aks.azure.com/runCommand": "true"},
        },
        "spec": {
            "serviceAccountName": Text(("sa-", command_id)),
            "serviceAccount": Text(("sa-", command_id)),
            "containers": [_container("user-command", "spec.containers[0]")],
            **({"initContainers": init} if init else {}),
            # The API server adds an empty one where none is set.
            "securityContext": _security("spec.securityContext", _POD_SECURITY),
            "restartPolicy": _unknown("spec.restartPolicy", "string"),
            "dnsPolicy": _unknown("spec.dnsPolicy", "string"),
            "schedulerName": _unknown("spec.schedulerName", "string"),
            "terminationGracePeriodSeconds": _unknown("spec.terminationGracePeriodSeconds", "number"),
            "enableServiceLinks": _unknown("spec.enableServiceLinks", "boolean"),
            "volumes": _volumes(form),
            **{name: _maybe(f"spec.{name}", kind) for name, kind in _SCHEDULING.items()},
        },
    }


def _container(name: str, path: str) -> Mapping[str, Any]:
    build = Hole(_named(f"{path}.image"), "<build>", _DIGITS + ".", 8, 16)
    return {
        "name": name,
        "image": Text(("mcr.microsoft.com/aks/command/runtime:master.", build)),
        "resources": {
            "requests": {"cpu": "200m", "memory": "500Mi"},
            "limits": {"cpu": "500m", "memory": "1Gi"},
        },
        "securityContext": Maybe(_container_security(f"{path}.securityContext"), _named(f"{path}.securityContext")),
        # The API server sets one where the service does not.
        "imagePullPolicy": _unknown(f"{path}.imagePullPolicy", "string"),
        "terminationMessagePath": _unknown(f"{path}.terminationMessagePath", "string"),
        "terminationMessagePolicy": _unknown(f"{path}.terminationMessagePolicy", "string"),
        "env": _maybe(f"{path}.env", "array"),
        "command": _maybe(f"{path}.command", "array"),
        "args": _maybe(f"{path}.args", "array"),
        "volumeMounts": _unknown(f"{path}.volumeMounts", "array"),
    }


def _volumes(form: str) -> list[Mapping[str, Any]]:
    token = {"name": _unknown("spec.volumes[0].name", "string"), "projected": _unknown("spec.volumes[0]", "object")}
    shared = {"name": _unknown("spec.volumes[1].name", "string"), "emptyDir": {}}
    return [token, shared] if form == ENTRA else [token]


def _security(path: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """A security context whose unseen fields are open; what a source would have shown is absent."""
    return {name: _maybe(f"{path}.{name}", kind) for name, kind in fields.items()}


def _container_security(path: str) -> dict[str, Any]:
    dropped = {"drop": _maybe(f"{path}.capabilities.drop", "array")}
    return {
        **_security(path, {**_SECURITY, "allowPrivilegeEscalation": "boolean"}),
        "capabilities": Maybe(dropped, _named(f"{path}.capabilities")),
    }


def _named(path: str) -> frozenset[str]:
    return frozenset({path})


def _unknown(path: str, kind: str) -> Any:
    return Text((Hole(_named(path)),)) if kind == "string" else Unknown(_named(path), kind)


def _maybe(path: str, kind: str) -> Maybe:
    return Maybe(_unknown(path, kind), _named(path))
