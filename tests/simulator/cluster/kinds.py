"""The kinds that the simulated Kubernetes API has, and how it tells a client about them: discovery and OpenAPI."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
_VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]


@dataclass(frozen=True)
class Kind:
    """One kind of object. ``group`` is empty for the core."""

    group: str
    version: str
    plural: str
    name: str
    short: tuple[str, ...] = ()
    namespaced: bool = True
    verbs: tuple[str, ...] = tuple(_VERBS)

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


def _kinds(group: str, version: str, *entries: str) -> Iterable[Kind]:
    """``plural Kind short,names [cluster]``"""
    for entry in entries:
        plural, name, short, *scope = entry.split()
        names = tuple(word for word in short.split(",") if word != "-")
        yield Kind(group, version, plural, name, names, not scope)


_REVIEW = Kind(
    "authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", (), False, ("create",)
)
KINDS: tuple[Kind, ...] = (
    *_kinds(
        "",
        "v1",
        "pods Pod po",
        "services Service svc",
        "configmaps ConfigMap cm",
        "secrets Secret -",
        "events Event ev",
        "serviceaccounts ServiceAccount sa",
        "persistentvolumeclaims PersistentVolumeClaim pvc",
        "persistentvolumes PersistentVolume pv cluster",
        "namespaces Namespace ns cluster",
        "nodes Node no cluster",
    ),
    *_kinds(
        "apps",
        "v1",
        "deployments Deployment deploy",
        "daemonsets DaemonSet ds",
        "statefulsets StatefulSet sts",
        "replicasets ReplicaSet rs",
    ),
    *_kinds("batch", "v1", "jobs Job -", "cronjobs CronJob cj"),
    *_kinds("networking.k8s.io", "v1", "ingresses Ingress ing", "networkpolicies NetworkPolicy netpol"),
    *_kinds(
        "rbac.authorization.k8s.io",
        "v1",
        "roles Role -",
        "rolebindings RoleBinding -",
        "clusterroles ClusterRole - cluster",
        "clusterrolebindings ClusterRoleBinding - cluster",
    ),
    _REVIEW,
)


def find(group: str, version: str, plural: str) -> Kind | None:
    wanted = (group, version, plural)
    return next((kind for kind in KINDS if (kind.group, kind.version, kind.plural) == wanted), None)


def document(path: tuple[str, ...]) -> Document | None:
    """What the API server answers about itself at a path; None where that is not about itself."""
    if path == ("version",):
        return {"major": "1", "minor": "32", "gitVersion": "v1.32.6", "platform": "linux/amd64"}
    if path == ("api",):
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == ("apis",):
        groups = dict.fromkeys((kind.group, kind.version) for kind in KINDS if kind.group)
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(*each) for each in groups]}
    if path[:2] == ("openapi", "v3"):
        return _openapi(path[2:])
    if path[:1] == ("api",) and len(path) == 2:
        return _resources("", path[1])
    return _resources(path[1], path[2]) if path[:1] == ("apis",) and len(path) == 3 else None


def _group(name: str, version: str) -> Document:
    offered = {"groupVersion": f"{name}/{version}", "version": version}
    return {"name": name, "versions": [offered], "preferredVersion": offered}


def _resources(group: str, version: str) -> Document | None:
    found = [kind for kind in KINDS if (kind.group, kind.version) == (group, version)]
    if not found:
        return None
    shown = [
        {
            "name": kind.plural,
            "singularName": kind.name.lower(),
            "namespaced": kind.namespaced,
            "kind": kind.name,
            "verbs": list(kind.verbs),
            "shortNames": list(kind.short),
        }
        for kind in found
    ]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": found[0].api_version,
        "resources": shown,
    }


def _openapi(rest: tuple[str, ...]) -> Document | None:
    """As much as kubectl wants to know: that the server itself checks the fields of what is applied."""
    roots = {("apis", *kind.api_version.split("/")) if kind.group else ("api", "v1"): kind for kind in KINDS}
    if not rest:
        return {"paths": {"/".join(root): {"serverRelativeURL": f"/openapi/v3/{'/'.join(root)}"} for root in roots}}
    named = roots.get(rest)
    if named is None:
        return None
    parameters = [{"name": name, "in": "query"} for name in ("fieldValidation", "dryRun", "force")]
    paths = {
        f"/{'/'.join(rest)}/{kind.plural}/{{name}}": {
            "patch": {
                "parameters": parameters,
                "responses": {},
                "x-kubernetes-group-version-kind": {"group": kind.group, "version": kind.version, "kind": kind.name},
            }
        }
        for kind in KINDS
        if kind.api_version == named.api_version
    }
    return {"openapi": "3.0.0", "info": {"title": "Kubernetes", "version": "v1.32.6"}, "paths": paths}
