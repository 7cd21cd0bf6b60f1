"""Long-running operations: the URLs a client has to follow verbatim, and what they answer."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.simulator.core.endings import Ending
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.core.world import World, rfc3339

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster

#: The version in the URLs, before and since the request's own of 2025 (both recorded).
_API_VERSION, _API_VERSION_2025 = "2016-03-30", "2025-03-01"
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.ContainerService/locations/{location}"


@dataclass(frozen=True)
class What:
    """What an operation does: the name of the request that starts it, its path, and a word for others."""

    operation: str
    path: str
    subject: str
    ending: Ending | None = None


@dataclass
class LongRunning:
    """One operation of the resource provider.

    ``subject`` is what others are told who come meanwhile, ``signed`` are the queries that were handed out for it.
    """

    id: str
    target: str
    location: str
    started_at: float
    ends_at: float
    subject: str
    ending: Ending
    signed: set[str] = field(default_factory=set)

    def is_over(self, now: float) -> bool:
        return now >= self.ends_at


def begin(world: World, cluster: Cluster, what: What, finish: Callable[[str], None]) -> LongRunning:
    """Start an operation on a cluster. ``finish`` gets its status when its time is over: only ``Succeeded`` has the
    effect that was asked for."""
    ending = what.ending or world.endings.of(what.operation, what.path)
    seconds = world.scenario.operation_seconds if ending.seconds is None else ending.seconds
    now = world.now()
    operation = LongRunning(world.guid(), cluster.id, cluster.spec.location, now, now + seconds, what.subject, ending)
    world.long_running[operation.id] = operation
    world.later(seconds, partial(finish, ending.status))
    return operation


def running(world: World, target: str) -> LongRunning | None:
    """The operation that keeps others away from a cluster."""
    now = world.now()
    return next((o for o in world.long_running.values() if o.target == target and not o.is_over(now)), None)


def created_or_updated(world: World, request: Request, operation: LongRunning, *, new: bool, body: Any) -> Response:
    """A PUT answers 201 or 200 with Azure-AsyncOperation only."""
    headers = {"azure-asyncoperation": _url(world, request, operation, "operations")}
    return Response(201 if new else 200, body, headers, source="rp")


def accepted(world: World, request: Request, operation: LongRunning) -> Response:
    """A DELETE or an action answers 202, empty, with both headers."""
    headers = {
        "azure-asyncoperation": _url(world, request, operation, "operations"),
        "location": _url(world, request, operation, "operationresults"),
    }
    return Response(202, None, headers, source="rp")


def _url(world: World, request: Request, operation: LongRunning, kind: str) -> str:
    path = _PROVIDER.format(subscription=world.subscription, location=operation.location)
    version = _API_VERSION if request.api_version < "2025" else _API_VERSION_2025
    query = f"api-version={version}&{_signature(operation.id + kind, len(operation.signed))}"
    operation.signed.add(query)
    return f"{request.base}{path}/{kind}/{operation.id}?{query}"


def _signature(seed: str, number: int) -> str:
    """``t``, ``c`` (a certificate), ``s`` and ``h``: some four kilobytes, as recorded."""
    noise = hashlib.shake_256(f"{seed}{number}".encode())
    text = base64.urlsafe_b64encode(noise.digest(2800)).decode()
    when = str(638376137766504900 + number)
    return urlencode({"t": when, "c": f"MIIHHjCC{text[:3200]}", "s": text[3200:3542], "h": text[3542:3585]})


def _status(world: World, request: Request) -> Response:
    operation = _signed_operation(world, request)
    if isinstance(operation, Response):
        return operation
    over = operation.is_over(world.now())
    body: dict[str, Any] = {
        "name": _shuffled(operation.id),
        "status": operation.ending.status if over else "InProgress",
        "startTime": rfc3339(world.utc(operation.started_at), 7),
    }
    if over:
        body["endTime"] = rfc3339(world.utc(operation.ends_at), 7)
    if over and operation.ending.error:
        body["error"] = dict(operation.ending.error)
    return Response(200, body, source="rp")


def _result(world: World, request: Request) -> Response:
    """202 while running and 204 at the end, with a Location both times."""
    operation = _signed_operation(world, request)
    if isinstance(operation, Response):
        return operation
    headers = {"location": _url(world, request, operation, "operationresults")}
    return Response(204 if operation.is_over(world.now()) else 202, None, headers, source="rp")


def _signed_operation(world: World, request: Request) -> LongRunning | Response:
    """Only a URL that was handed out is answered."""
    # modelled: how the URL of an operation is refused that was never handed out
    # proof: `make record`, step operation-unknown; and a recorded GET of a real one without its signature
    operation = world.long_running.get(request.params["operation"].lower())
    if operation is None:
        return arm_error(404, "NotFound", "The operation was not found.")
    if request.url.partition("?")[2] not in operation.signed:
        return arm_error(403, "AuthorizationFailed", "The signature of the asynchronous operation is not valid.")
    return operation


def _shuffled(guid: str) -> str:
    """The name in the body is the identifier of the URL with its first three groups in the other byte order."""
    return str(uuid.UUID(bytes=uuid.UUID(guid).bytes_le))


OPERATIONS = (
    Operation("operation-status", "GET", _PROVIDER + "/operations/{operation}", _status),
    Operation("operation-result", "GET", _PROVIDER + "/operationresults/{operation}", _result),
)
