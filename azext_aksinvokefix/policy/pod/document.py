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

from azext_aksinvokefix.cluster import COMMAND_NAMESPACE as NAMESPACE
from azext_aksinvokefix.policy.pod.facts import (
    ANNOTATIONS,
    CPU_LIMIT,
    CPU_REQUEST,
    ENTRA,
    LABEL,
    LOCAL,
    MEMORY_LIMIT,
    MEMORY_REQUEST,
    REPOSITORY,
    RUNS,
    STARTS,
    TAG,
)
from azext_aksinvokefix.policy.rego import Hole, Maybe, Object, OpenArray, Text, Unknown, of_json

_CONTAINERS = {LOCAL: (), ENTRA: (STARTS,)}
_HEX, _DIGITS, _LETTERS = "0123456789abcdef", "0123456789", "ghijklmnopqrstuvwxyz"
_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
_TEXT, _NUMBER, _BOOLEAN, _ANY_OBJECT = "text number boolean object".split()
#: What an unseen field may hold: a type, in brackets that of an array's members, or the fields of an object.
_SECURITY: Mapping[str, Any] = {
    "runAsUser": _NUMBER,
    "runAsGroup": _NUMBER,
    "runAsNonRoot": _BOOLEAN,
    "seccompProfile": {"type": _TEXT, "localhostProfile?": _TEXT},
}
_POD_SECURITY = {**_SECURITY, "fsGroup": _NUMBER, "supplementalGroups": [_NUMBER]}
_TERMS = {"requiredDuringSchedulingIgnoredDuringExecution?": _ANY_OBJECT}
_AFFINITY = {"nodeAffinity?": _TERMS, "podAffinity?": _TERMS, "podAntiAffinity?": _TERMS}
_TOLERATION = {"key?": _TEXT, "operator?": _TEXT, "value?": _TEXT, "effect?": _TEXT, "tolerationSeconds?": _NUMBER}
_SCHEDULING: Mapping[str, Any] = {
    "affinity": _AFFINITY,
    "tolerations": [_TOLERATION],
    "priorityClassName": _TEXT,
    "priority": _NUMBER,
}
_VARIABLE = {"name": _TEXT, "value?": _TEXT, "valueFrom?": _ANY_OBJECT}
_MOUNT = {"name": _TEXT, "mountPath": _TEXT, "readOnly?": _BOOLEAN, "subPath?": _TEXT}


def review(form: str) -> Mapping[str, Any]:
    """`input.review` of the command pod on a cluster with local accounts (``LOCAL``) or Entra ID (``ENTRA``)."""
    pod = command_pod(form)
    return {
        "uid": _unknown("the request's uid", _TEXT),
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "requestKind": {"group": "", "version": "v1", "kind": "Pod"},
        "requestResource": {"group": "", "version": "v1", "resource": "pods"},
        "name": pod["metadata"]["name"],
        "namespace": NAMESPACE,
        "operation": "CREATE",
        "userInfo": _unknown("who creates the pod", _ANY_OBJECT),
        "object": pod,
        "oldObject": None,
        "dryRun": False,
        "options": _unknown("the request's options", _ANY_OBJECT),
        "namespaceObject": _maybe("the namespace's labels", _ANY_OBJECT),
    }


def command_pod(form: str) -> Mapping[str, Any]:
    command_id = Hole(_named("metadata.name"), "<id>", _HEX, 32, 32)
    user = Hole(_named(f"metadata.labels.{LABEL}"), "<user>")
    token = {
        "name": Text(("kube-api-access-", Hole(_named("spec.volumes[0].name"), "<id>", _HEX + _LETTERS, 5, 5))),
        "projected": _unknown("spec.volumes[0]", {"sources": [_ANY_OBJECT], "defaultMode": _NUMBER}),
    }
    init = [_container(name, f"spec.initContainers[{at}]", token) for at, name in enumerate(_CONTAINERS[form])]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": Text(("command-", command_id)),
            "namespace": NAMESPACE,
            "labels": {LABEL: Text((user,))},
            "annotations": dict(ANNOTATIONS),
        },
        "spec": {
            "serviceAccountName": Text(("sa-", command_id)),
            "serviceAccount": Text(("sa-", command_id)),
            "containers": [_container(RUNS, "spec.containers[0]", token)],
            **({"initContainers": init} if init else {}),
            # The API server adds an empty one where none is set.
            "securityContext": _security("spec.securityContext", _POD_SECURITY),
            "restartPolicy": _unknown("spec.restartPolicy", _TEXT),
            "dnsPolicy": _unknown("spec.dnsPolicy", _TEXT),
            "schedulerName": _unknown("spec.schedulerName", _TEXT),
            "terminationGracePeriodSeconds": _unknown("spec.terminationGracePeriodSeconds", _NUMBER),
            "enableServiceLinks": _unknown("spec.enableServiceLinks", _BOOLEAN),
            "volumes": _volumes(form, token),
            "nodeSelector": Maybe(_node_selector("spec.nodeSelector"), _named("spec.nodeSelector")),
            **{name: _maybe(f"spec.{name}", kind) for name, kind in _SCHEDULING.items()},
        },
    }


def _container(name: str, path: str, token: Mapping[str, Any]) -> Mapping[str, Any]:
    build = Hole(_named(f"{path}.image"), "<build>", _DIGITS + ".", 8, 16)
    return {
        "name": name,
        "image": Text((f"{REPOSITORY}:{TAG}", build)),
        "resources": {
            "requests": {"cpu": CPU_REQUEST, "memory": MEMORY_REQUEST},
            "limits": {"cpu": CPU_LIMIT, "memory": MEMORY_LIMIT},
        },
        "securityContext": Maybe(_container_security(f"{path}.securityContext"), _named(f"{path}.securityContext")),
        # The API server sets one where the service does not.
        "imagePullPolicy": _unknown(f"{path}.imagePullPolicy", _TEXT),
        "terminationMessagePath": _unknown(f"{path}.terminationMessagePath", _TEXT),
        "terminationMessagePolicy": _unknown(f"{path}.terminationMessagePolicy", _TEXT),
        "env": _maybe(f"{path}.env", [_VARIABLE]),
        "command": _maybe(f"{path}.command", [_TEXT]),
        "args": _maybe(f"{path}.args", [_TEXT]),
        "volumeMounts": _mounts(f"{path}.volumeMounts", token),
    }


def _volumes(form: str, token: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    shared = {"name": _unknown("spec.volumes[1].name", _TEXT), "emptyDir": {}}
    return [token, shared] if form == ENTRA else [token]


def _mounts(path: str, token: Mapping[str, Any]) -> OpenArray:
    """The service account's token, which the API server mounts, and what else there may be."""
    mount = {"name": token["name"], "mountPath": _TOKEN_PATH, "readOnly": True}
    return OpenArray((of_json(mount),), ((of_json(_unknown(path, _MOUNT)), _named(path)),))


def _node_selector(path: str) -> Object:
    """Whatever it selects by, the node runs Linux: the image holds nothing else."""
    known = {label: Maybe("linux", _named(path)) for label in ("kubernetes.io/os", "beta.kubernetes.io/os")}
    return Object(known, Unknown(_named(path), "object", item=_unknown(path, _TEXT)))


def _security(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A security context whose unseen fields are open; what a source would have shown is absent."""
    return {name: _maybe(f"{path}.{name}", kind) for name, kind in fields.items()}


def _container_security(path: str) -> dict[str, Any]:
    dropped = {"drop": _maybe(f"{path}.capabilities.drop", [_TEXT])}
    return {
        **_security(path, {**_SECURITY, "allowPrivilegeEscalation": _BOOLEAN}),
        "capabilities": Maybe(dropped, _named(f"{path}.capabilities")),
    }


def _named(path: str) -> frozenset[str]:
    return frozenset({path})


def _unknown(path: str, form: Any) -> Any:
    """A value of a form that is not known: see the forms above. A name with a question mark may be absent."""
    fields = _named(path)
    if isinstance(form, Mapping):
        return {
            name.rstrip("?"): (_maybe if name.endswith("?") else _unknown)(f"{path}.{name.rstrip('?')}", inner)
            for name, inner in form.items()
        }
    if isinstance(form, list):
        return Unknown(fields, "array", item=of_json(_unknown(path, form[0])))
    if form == _TEXT:
        return Text((Hole(fields),))
    return Unknown(fields, form)


def _maybe(path: str, form: Any) -> Maybe:
    return Maybe(_unknown(path, form), _named(path))
