"""Microsoft Graph, as far as ``az role assignment`` asks it: who somebody is, by name or by object id.

The directory is the one of the section ``access``. Its root is where the cloud was registered to have Graph.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization import authorizer
from tests.simulator.authorization.authorizer import Principal
from tests.simulator.core.routing import Operation, Request, Response

if TYPE_CHECKING:
    from tests.simulator.core.world import World

_COLLECTIONS = {"users": "User", "groups": "Group", "servicePrincipals": "ServicePrincipal"}
_QUOTED = re.compile(r"'((?:[^']|'')*)'")


def _get_by_ids(world: World, request: Request) -> Response:
    people = authorizer.of(world).principals
    found = [people[oid.lower()] for oid in request.body["ids"] if oid.lower() in people]
    context = f"{request.base}/v1.0/$metadata#directoryObjects"
    return _refused(world) or Response(200, {"@odata.context": context, "value": [_typed(one) for one in found]})


def _me(world: World, request: Request) -> Response:
    caller = request.caller or world.caller
    if caller.kind != "User":
        return _error(400, "Request_BadRequest", "/me request is only valid with delegated authentication flow.")
    return _refused(world) or Response(200, _shown(Principal(caller.object_id, caller.name)))


def _list(world: World, request: Request) -> Response:
    """``$filter`` is hardly parsed: an object shows up when one of its names is quoted in it, or starts so."""
    asked = request.query.get("$filter", "")
    names = {name.replace("''", "'").lower() for name in _QUOTED.findall(asked)}
    starts = tuple(names) if "startswith" in asked.lower() else ()
    found = [one for one in _of_kind(world, _kind(request)) if not names or _is(one, names, starts)]
    return _refused(world) or Response(200, {"value": [_shown(one) for one in found]})


def _is(one: Principal, names: set[str], starts: tuple[str, ...]) -> bool:
    known = {one.id.lower(), one.name.lower(), one.app_id.lower(), one.name.partition("@")[0].lower()}
    return bool(names & known) or any(name.startswith(start) for name in known for start in starts)


def _get(world: World, request: Request) -> Response:
    """By object id; a user also by the user principal name."""
    wanted, kind = request.params["id"].lower(), _kind(request)
    names = ("id", "name") if kind == "User" else ("id",)
    found = next((one for one in _of_kind(world, kind) if wanted in [getattr(one, n).lower() for n in names]), None)
    return _one(world, request, found)


def _get_by_app(world: World, request: Request) -> Response:
    wanted = request.params["app"].lower()
    found = (one for one in _of_kind(world, "ServicePrincipal") if one.app_id.lower() == wanted)
    return _one(world, request, next(found, None))


def _get_object(world: World, request: Request) -> Response:
    found = authorizer.of(world).principals.get(request.params["id"].lower())
    return _one(world, request, found, typed=True)


def _one(world: World, request: Request, found: Principal | None, *, typed: bool = False) -> Response:
    wanted = request.path.rpartition("/")[2]
    message = f"Resource '{wanted}' does not exist or one of its queried reference-property objects are not present."
    missing = _error(404, "Request_ResourceNotFound", message)
    show = _typed if typed else _shown
    return _refused(world) or (Response(200, show(found)) if found else missing)


def _kind(request: Request) -> str:
    collection = request.params["collection"].lower()
    return next((kind for name, kind in _COLLECTIONS.items() if name.lower() == collection), "")


def _of_kind(world: World, kind: str) -> Iterable[Principal]:
    return (one for one in authorizer.of(world).principals.values() if one.kind == kind)


def _refused(world: World) -> Response | None:
    if authorizer.of(world).graph != "refused":
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
    return {"id": one.id, "displayName": one.name, "appId": one.app_id, "servicePrincipalNames": [one.app_id]}


OPERATIONS = tuple(
    operation
    for root in ("/msgraph/v1.0", "/graph/v1.0")
    for operation in (
        Operation("graph-get-by-ids", "POST", root + "/directoryObjects/getByIds", _get_by_ids),
        Operation("graph-me", "GET", root + "/me", _me),
        Operation("graph-get", "GET", root + "/directoryObjects/{id}", _get_object),
        Operation("graph-get", "GET", root + "/servicePrincipals(appId='{app}')", _get_by_app),
        Operation("graph-list", "GET", root + "/{collection}", _list),
        Operation("graph-get", "GET", root + "/{collection}/{id}", _get),
    )
)
