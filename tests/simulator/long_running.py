"""Long-running operations: the URLs a client has to follow verbatim, and what they answer."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tests.simulator.responses import arm_error
from tests.simulator.routing import Operation, Request, Response
from tests.simulator.world import World, rfc3339

if TYPE_CHECKING:
    from tests.simulator.clusters import Cluster

_API_VERSION = "2016-03-30"
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.ContainerService/locations/{location}"


@dataclass
class LongRunning:
    """One operation of the resource provider. ``signed`` are the queries that were handed out for it."""

    id: str
    target: str
    location: str
    started_at: float
    ends_at: float
    signed: set[str]

    def is_over(self, now: float) -> bool:
        return now >= self.ends_at


def begin(world: World, cluster: Cluster, finish: Callable[[], None]) -> LongRunning:
    """Start an operation on a cluster that takes effect with ``finish`` when its time is over."""
    seconds = world.scenario.operation_seconds
    now = world.now()
    operation = LongRunning(world.guid(), cluster.id, cluster.spec.location, now, now + seconds, set())
    world.long_running[operation.id] = operation
    world.later(seconds, finish)
    return operation


def is_busy(world: World, target: str) -> bool:
    now = world.now()
    return any(operation.target == target and not operation.is_over(now) for operation in world.long_running.values())


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
    query = f"api-version={_API_VERSION}&{_signature(operation.id + kind, len(operation.signed))}"
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
    body = {
        "name": _shuffled(operation.id),
        "status": "Succeeded" if over else "InProgress",
        "startTime": rfc3339(world.utc(operation.started_at), 7),
    }
    if over:
        body["endTime"] = rfc3339(world.utc(operation.ends_at), 7)
    return Response(200, body, source="rp")


def _result(world: World, request: Request) -> Response:
    """202 while running and 204 at the end, with a Location both times."""
    operation = _signed_operation(world, request)
    if isinstance(operation, Response):
        return operation
    headers = {"location": _url(world, request, operation, "operationresults")}
    return Response(204 if operation.is_over(world.now()) else 202, None, headers, source="rp")


def _signed_operation(world: World, request: Request) -> LongRunning | Response:
    """Only a URL that was handed out is answered. The refusal of any other one is modelled."""
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
