"""Who somebody is: the directory, as Microsoft Graph shows it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix import shapes

#: Asks Graph: method, path below the version, body, and the query; see _client_factory.CliEdge.graph.
Graph = Callable[..., Any]

#: What Azure RBAC calls the object types of Graph.
_TYPES = {"user": "User", "group": "Group", "serviceprincipal": "ServicePrincipal"}
_COLLECTIONS = {"users": "User", "groups": "Group", "servicePrincipals": "ServicePrincipal"}
#: The kinds that getByIds has to be told, as azure-cli tells it: `directoryObject` does not stand for all of them.
_KINDS = ("user", "group", "servicePrincipal", "directoryObjectPartnerReference")


@dataclass(frozen=True)
class Found:
    """An object of the directory; ``type`` is what a role assignment calls it. ``name`` is the user principal name
    of a user, which is what Kubernetes calls them."""

    id: str
    type: str
    name: str


def by_id(graph: Graph, object_id: str) -> Found | None:
    """The object with an id; raises ArmError."""
    answer = graph("POST", "directoryObjects/getByIds", {"ids": [object_id], "types": list(_KINDS)})
    for one in _objects(answer):
        kind = shapes.text(one.get("@odata.type")).rpartition(".")[2]
        return _found(one, _TYPES.get(kind.lower(), "ForeignGroup"))
    return None


def by_name(graph: Graph, name: str) -> list[Found]:
    """Whom a user principal name, an application id, an object id or a display name means; raises ArmError.

    The ways are tried in the order in which ``az role assignment create --assignee`` tries them; a display name, which
    need not be unique, comes last.
    """
    quoted = name.replace("'", "''")
    if "@" in name:
        users = _list(graph, "users", f"userPrincipalName eq '{quoted}'")
        return users or _list(graph, "users", f"mail eq '{quoted}'")
    applications = _list(graph, "servicePrincipals", f"servicePrincipalNames/any(c:c eq '{quoted}')")
    if applications or _is_guid(name):
        known = None if applications else by_id(graph, name)
        return applications or ([known] if known else [])
    return [one for kind in _COLLECTIONS for one in _list(graph, kind, f"displayName eq '{quoted}'")]


def _list(graph: Graph, collection: str, wanted: str) -> list[Found]:
    answer = graph("GET", collection, None, **{"$filter": wanted})
    return [_found(one, _COLLECTIONS[collection]) for one in _objects(answer)]


def _objects(answer: Any) -> list[Mapping[str, Any]]:
    """What the directory lists. An object without an id is nobody: what is asked about it would be about everybody."""
    return [one for one in shapes.mappings(shapes.dig(answer, "value")) if shapes.text(one.get("id"))]


def _found(one: Mapping[str, Any], kind: str) -> Found:
    name = shapes.text(one.get("userPrincipalName")) or shapes.text(one.get("displayName"))
    return Found(shapes.text(one.get("id")), kind, name)


def _is_guid(name: str) -> bool:
    try:
        return bool(uuid.UUID(name))
    except ValueError:
        return False
