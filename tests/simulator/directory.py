"""Microsoft Graph, as far as ``az role assignment`` asks it: who somebody is, by name or by object id.

The directory is the one of the section ``access``. Its root is where the cloud was registered to have Graph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tests.simulator import authorization
from tests.simulator.authorization import Principal
from tests.simulator.routing import Operation, Request, Response

if TYPE_CHECKING:
    from tests.simulator.world import World

_COLLECTIONS = {"users": "User", "groups": "Group", "servicePrincipals": "ServicePrincipal"}
_QUOTED = re.compile(r"'([^']*)'")


def _get_by_ids(world: World, request: Request) -> Response:
    people = authorization.of(world).principals
    found = [people[oid.lower()] for oid in request.body["ids"] if oid.lower() in people]
    context = f"{request.base}/v1.0/$metadata#directoryObjects"
    return _refused(world) or Response(200, {"@odata.context": context, "value": [_typed(one) for one in found]})


def _me(world: World, request: Request) -> Response:
    caller = request.caller or world.caller
    if caller.kind != "User":
        return _error(400, "Request_BadRequest", "/me request is only valid with delegated authentication flow.")
    return _refused(world) or Response(200, _shown(Principal(caller.object_id, caller.name)))


def _list(world: World, request: Request) -> Response:
    """``$filter`` is not parsed: an object shows up when one of its names is quoted in it."""
    kind = _kind(request)
    names = set(_QUOTED.findall(request.query.get("$filter", "")))
    found = [one for one in _of_kind(world, kind) if not names or names & {one.id, one.name}]
    return _refused(world) or Response(200, {"value": [_shown(one) for one in found]})


def _get(world: World, request: Request) -> Response:
    wanted = request.params["id"].lower()
    found = next((one for one in _of_kind(world, _kind(request)) if wanted in (one.id.lower(), one.name.lower())), None)
    message = (
        f"Resource '{request.params['id']}' does not exist or one of its queried reference-property objects are not "
        "present."
    )
    missing = _error(404, "Request_ResourceNotFound", message)
    return _refused(world) or (Response(200, _shown(found)) if found else missing)


def _kind(request: Request) -> str:
    collection = request.params["collection"].lower()
    return next((kind for name, kind in _COLLECTIONS.items() if name.lower() == collection), "")


def _of_kind(world: World, kind: str) -> Iterable[Principal]:
    return (one for one in authorization.of(world).principals.values() if one.kind == kind)


def _refused(world: World) -> Response | None:
    if authorization.of(world).graph != "refused":
        return None
    return _error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")


def _error(status: int, code: str, message: str) -> Response:
    return Response(status, {"error": {"code": code, "message": message}})


def _typed(one: Principal) -> dict[str, Any]:
    kind = one.kind[0].lower() + one.kind[1:]
    return {"@odata.type": f"#microsoft.graph.{kind}", **_shown(one)}


def _shown(one: Principal) -> dict[str, Any]:
    if one.kind == "User":
        return {"id": one.id, "displayName": one.name.partition("@")[0], "userPrincipalName": one.name}
    if one.kind == "Group":
        return {"id": one.id, "displayName": one.name, "securityEnabled": True}
    return {"id": one.id, "displayName": one.name, "appId": one.name, "servicePrincipalNames": [one.name]}


OPERATIONS = tuple(
    operation
    for root in ("/msgraph/v1.0", "/graph/v1.0")
    for operation in (
        Operation("graph-get-by-ids", "POST", root + "/directoryObjects/getByIds", _get_by_ids),
        Operation("graph-me", "GET", root + "/me", _me),
        Operation("graph-list", "GET", root + "/{collection}", _list),
        Operation("graph-get", "GET", root + "/{collection}/{id}", _get),
    )
)
