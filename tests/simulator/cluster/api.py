"""The Kubernetes API of a simulated cluster, as far as kubectl needs it for what people run in commands.

Who asks, and what that user may do, is decided in ``kubernetes``. Watches show what is there and end; patches are
merged as JSON.
"""

# modelled: a strategic merge patch replaces a list instead of merging it
# proof: in any Kubernetes: the same `kubectl patch` on any real cluster

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.simulator.cluster import kinds, kubernetes, pods, tables
from tests.simulator.cluster.kinds import Kind
from tests.simulator.cluster.objects import Object, Objects
from tests.simulator.core.specs import Needs

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.aks.runs import Run
    from tests.simulator.core.world import World

_WRITING = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True)
class Asked:
    """One request; ``run`` is the command whose pod makes it."""

    run: Run
    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    body: Any = None
    accept: str = ""


@dataclass(frozen=True)
class Reply:
    """``body`` is JSON, the bytes of a log, or the lines of a watch, which then stays open."""

    status: int
    body: Any
    watches: bool = False


@dataclass(frozen=True)
class _Place:
    """What a path names: a kind, in a namespace or not, one object or all, or a part of one object."""

    kind: Kind
    namespace: str | None
    name: str
    part: str

    def needs(self, verb: str) -> Needs:
        resource = f"{self.kind.plural}/{self.part}" if self.part else self.kind.plural
        return Needs(verb, resource, self.kind.group, self.namespace)


def answer(world: World, asked: Asked) -> Reply:
    """Authenticate, authorize, and do it."""
    cluster = world.clusters[asked.run.cluster_id.lower()]
    if cluster.is_entra and asked.run.user is None:
        return _status(401, "Unauthorized", "Unauthorized")
    about = kinds.document(asked.path)
    if about is not None:
        return Reply(200, about)
    if cluster.spec.api_server == "guarded":
        return Reply(429, GUARDED)
    place = _place(asked.path)
    if place is None:
        return _status(404, "NotFound", "the server could not find the requested resource")
    if place.kind.plural == "selfsubjectaccessreviews":
        return _review(world, cluster, asked)
    verb = _WRITING.get(asked.method) or ("get" if place.name else "watch" if _watches(asked) else "list")
    denied = _denied(world, cluster, asked, place.needs(verb), place.name)
    if denied:
        return _status(403, "Forbidden", denied, place)
    return _do(world, _objects(world, cluster), asked, place)


def _objects(world: World, cluster: Cluster) -> Objects:
    kept: dict[str, Objects] = world.state.setdefault("kubernetes", {})
    if cluster.id not in kept:
        kept[cluster.id] = Objects(world, cluster)
    return kept[cluster.id]


def _denied(world: World, cluster: Cluster, asked: Asked, needs: Needs, name: str = "") -> str | None:
    user = asked.run.user
    return kubernetes.denial(world, cluster, user, needs, name) if user is not None else None


def _place(path: tuple[str, ...]) -> _Place | None:
    """``/api/v1/…`` and ``/apis/GROUP/VERSION/…``, below them ``[namespaces/NAMESPACE/]PLURAL[/NAME[/PART]]``."""
    depth = 2 if path[:1] == ("api",) else 3 if path[:1] == ("apis",) else len(path)
    group, version = (path[1], path[2]) if depth == 3 and len(path) > 2 else ("", path[1] if len(path) > 1 else "")
    rest, namespace = path[depth:], None
    if rest[:1] == ("namespaces",) and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    kind = kinds.find(group, version, rest[0]) if rest else None
    if kind is None or len(rest) > 3:
        return None
    name, part = (*rest[1:], "", "")[:2]
    return _Place(kind, namespace, name, part)


def _watches(asked: Asked) -> bool:
    return asked.query.get("watch") in ("true", "1")


def _do(world: World, objects: Objects, asked: Asked, place: _Place) -> Reply:
    if place.part == "log":
        return _log(world, objects, place)
    if place.part not in ("", "scale", "status"):
        return _status(404, "NotFound", "the server could not find the requested resource")
    if asked.method == "GET" and not place.name:
        return _list(objects, asked, place)
    if asked.method == "POST":
        return _create(objects, asked, place)
    found = objects.get(place.kind, place.namespace, place.name)
    if found is None:
        return _missing(place)
    if asked.method == "GET":
        whole = _scale(found) if place.part == "scale" else found
        return Reply(200, tables.table(place.kind, [found]) if "as=Table" in asked.accept else whole)
    if asked.method == "DELETE":
        objects.delete(place.kind, place.namespace, place.name)
        return Reply(200, {"kind": "Status", "apiVersion": "v1", "status": "Success"})
    wanted = asked.body if asked.method == "PUT" else _merged(found, asked.body)
    kept = wanted if _is_dry(asked) else objects.put(place.kind, wanted)
    return Reply(200, _scale(kept) if place.part == "scale" else kept)


def _scale(found: Object) -> Object:
    """The part of a workload that `kubectl scale` reads and writes."""
    replicas = (found.get("spec") or {}).get("replicas", 0)
    body = {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": found["metadata"]}
    return {**body, "spec": {"replicas": replicas}, "status": {"replicas": replicas}}


def _is_dry(asked: Asked) -> bool:
    return asked.query.get("dryRun") == "All"


def _list(objects: Objects, asked: Asked, place: _Place) -> Reply:
    found = [each for each in objects.list(place.kind, place.namespace) if _selected(each, asked.query)]
    if _watches(asked):
        return Reply(200, "".join(json.dumps(event) + "\n" for event in _events(found, asked, place)), watches=True)
    if "as=Table" in asked.accept:
        return Reply(200, tables.table(place.kind, found))
    body = {"kind": f"{place.kind.name}List", "apiVersion": place.kind.api_version, "items": found}
    return Reply(200, {**body, "metadata": {"resourceVersion": "1"}})


def _events(found: list[Object], asked: Asked, place: _Place) -> Iterator[Object]:
    for each in found:
        yield {"type": "ADDED", "object": each}
    if asked.query.get("sendInitialEvents") == "true":
        metadata = {"resourceVersion": "1", "annotations": {"k8s.io/initial-events-end": "true"}}
        bookmark = {"kind": place.kind.name, "apiVersion": place.kind.api_version, "metadata": metadata}
        yield {"type": "BOOKMARK", "object": bookmark}


def _selected(found: Object, query: Mapping[str, str]) -> bool:
    """Selectors of equality; the fields are the name, the namespace and the phase."""
    metadata = found["metadata"]
    fields = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata.get("namespace"),
        "status.phase": (found.get("status") or {}).get("phase"),
    }
    labels = metadata.get("labels") or {}
    by_label, by_field = (_equalities(query.get(name, "")) for name in ("labelSelector", "fieldSelector"))
    return by_label.items() <= labels.items() and by_field.items() <= fields.items()


def _equalities(selector: str) -> dict[str, str]:
    pairs = (each.replace("==", "=").partition("=") for each in selector.split(",") if "=" in each)
    return {key: value for key, _, value in pairs}


def _create(objects: Objects, asked: Asked, place: _Place) -> Reply:
    wanted = asked.body if isinstance(asked.body, dict) else {}
    metadata = wanted.setdefault("metadata", {})
    name = metadata.get("name", "")
    if place.namespace:
        metadata.setdefault("namespace", place.namespace)
        namespaces = kinds.find("", "v1", "namespaces")
        if namespaces and objects.get(namespaces, None, place.namespace) is None:
            return _status(404, "NotFound", f'namespaces "{place.namespace}" not found', place)
    if objects.get(place.kind, place.namespace, name) is not None:
        return _status(409, "AlreadyExists", f'{place.kind.qualified} "{name}" already exists', place)
    return Reply(201, wanted if _is_dry(asked) else objects.put(place.kind, wanted))


def _merged(old: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    base = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            base.pop(key, None)
        else:
            base[key] = _merged(base.get(key), value)
    return base


def _log(world: World, objects: Objects, place: _Place) -> Reply:
    """What a container printed: of a command pod all of it, also what the service cut from the result."""
    if objects.get(place.kind, place.namespace, place.name) is None:
        return _missing(place)
    run = world.runs.get(place.name.removeprefix("command-")) if place.namespace == pods.NAMESPACE else None
    return Reply(200, run.printed if run else b"")


def _review(world: World, cluster: Cluster, asked: Asked) -> Reply:
    """`kubectl auth can-i`."""
    body = asked.body if isinstance(asked.body, dict) else {}
    wanted = (body.get("spec") or {}).get("resourceAttributes") or {}
    needs = Needs(
        wanted.get("verb", ""), wanted.get("resource", ""), wanted.get("group", ""), wanted.get("namespace") or None
    )
    denied = _denied(world, cluster, asked, needs)
    return Reply(201, {**body, "status": {"allowed": denied is None, **({"reason": denied} if denied else {})}})


def _missing(place: _Place) -> Reply:
    return _status(404, "NotFound", f'{place.kind.qualified} "{place.name}" not found', place)


def _status(code: int, reason: str, message: str, place: _Place | None = None) -> Reply:
    details = {"name": place.name, "group": place.kind.group, "kind": place.kind.plural} if place else {}
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message}
    return Reply(code, {**body, "reason": reason, "details": details, "code": code})


#: The whole body of the answer when a priority level has no room left. The API server also says when to come again,
#: which is left out here, where nobody wants to wait.
# modelled: the API server answers for its own description while a priority level has no room
# proof: in any Kubernetes: `kubectl api-versions` while a FlowSchema lets nobody else in
GUARDED = b"Too many requests, please try again later.\n"

#: The API server's words for a body that it cannot read.
UNKNOWN_FORMAT = _status(
    415,
    "UnsupportedMediaType",
    "the body of the request was in an unknown format - accepted media types include: application/json",
).body
