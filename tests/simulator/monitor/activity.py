"""The Activity Log: every run command that the simulator was asked for, and what a scenario says happened before.

.. code-block:: yaml

    activity:
      lag: 0                      # seconds until an event shows up
      events:
        - {minutesAgo: 20, status: Failed, code: KubernetesOperationError, message: "…", caller: ada@contoso.com}
        - {minutesAgo: 5, status: Succeeded}

A call that was refused is a Failed event with the body of the refusal. One that was accepted is Accepted, and Succeeded
once the command is over; a run that fails later leaves no trace.
"""

# modelled: the events of a run command in the Activity Log, and that a run that fails late leaves none
# proof: `make record`, step activity-log, after the steps that run something

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.core.world import rfc3339

if TYPE_CHECKING:
    from tests.simulator.core.recorder import Exchange
    from tests.simulator.core.world import World

Resource = dict[str, Any]

SECTION = "activity"

_ACTION = "Microsoft.ContainerService/managedClusters/runCommand/action"
_CLAUSE = re.compile(r"(\w+)\s+(eq|ge|le)\s+'([^']*)'", re.IGNORECASE)
_OBJECT_ID = "http://schemas.microsoft.com/identity/claims/objectidentifier"


def load(world: World, section: Mapping[str, Any] | None) -> None:
    given = section or {}
    cluster = next(iter(world.clusters.values()), None)
    events = [_earlier(world, cluster.id, event) for event in given.get("events", [])] if cluster else []
    world.state[SECTION] = {"lag": given.get("lag", 0), "events": events}


def _earlier(world: World, resource: str, given: Mapping[str, Any]) -> Resource:
    when = world.utc() - timedelta(minutes=given.get("minutesAgo", 0))
    status, code = given.get("status", "Failed"), given.get("code", "")
    body = {"code": code, "details": None, "message": given.get("message", ""), "subcode": ""} if code else None
    caller = given.get("caller", world.caller.name)
    return _event(world, resource, when, status, given.get("httpStatus", 400 if code else 202), body, caller)


def _list(world: World, request: Request) -> Response:
    """Newest first. ``$filter`` knows times, the resource, its group, the correlation id and the status."""
    clauses = [
        (name.lower(), operator.lower(), value)
        for name, operator, value in _CLAUSE.findall(request.query.get("$filter", ""))
    ]
    if not any(name == "eventtimestamp" and operator == "ge" for name, operator, _ in clauses):
        message = "The $filter must contain the start time, as in: eventTimestamp ge '2026-01-01T00:00:00Z'."
        return Response(400, {"code": "BadRequest", "message": message})
    seen_before = rfc3339(world.utc() - timedelta(seconds=world.state[SECTION]["lag"]), 7)
    events = [e for e in _events(world) if e["eventTimestamp"] <= seen_before and _matches(e, clauses)]
    return Response(200, {"value": sorted(events, key=lambda event: str(event["eventTimestamp"]), reverse=True)})


def _matches(event: Resource, clauses: list[tuple[str, str, str]]) -> bool:
    facts = {
        "eventtimestamp": event["eventTimestamp"],
        "resourceuri": event["resourceId"].lower(),
        "resourcegroupname": event["resourceGroupName"].lower(),
        "correlationid": event["correlationId"].lower(),
        "status": event["status"]["value"].lower(),
    }
    return all(_holds(facts.get(name), operator, value) for name, operator, value in clauses)


def _holds(fact: str | None, operator: str, value: str) -> bool:
    if fact is None:
        return True
    if operator == "eq":
        return fact == value.lower()
    moment, bound = (datetime.fromisoformat(text[:19]) for text in (fact, value))
    return moment >= bound if operator == "ge" else moment <= bound


def _events(world: World) -> Iterator[Resource]:
    yield from world.state[SECTION]["events"]
    for exchange in world.requests:
        if exchange.operation == "run-command" and exchange.status:
            yield from _asked(world, exchange)
    for run in world.runs.values():
        if run.has_finished(world.now()):
            yield _event(world, run.cluster_id, world.utc(run.ends_at), "Succeeded", 200, None, world.caller.name)


def _asked(world: World, exchange: Exchange) -> Iterator[Resource]:
    path = urlsplit(exchange.url).path
    resource = path[: path.lower().rindex("/runcommand")]
    refused = exchange.status >= HTTPStatus.BAD_REQUEST
    body = exchange.response_body if refused else None
    when = world.utc(exchange.t + exchange.seconds)
    headers = {name.lower(): value for name, value in exchange.response_headers.items()}
    event = _event(world, resource, when, "Failed" if refused else "Accepted", exchange.status, body, world.caller.name)
    yield {**event, "correlationId": headers.get("x-ms-correlation-request-id", event["correlationId"])}


def _event(world: World, resource: str, when: datetime, status: str, code: int, body: Any, caller: str) -> Resource:
    """One management event with the keys of a real one. Its ids follow from what it is about."""
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{resource} {when.isoformat()} {status}"))
    phrase = HTTPStatus(code).phrase
    properties = {
        "eventCategory": "Administrative",
        "entity": resource,
        "message": _ACTION,
        "statusCode": phrase.replace(" ", ""),
    }
    if body is not None:
        properties["statusMessage"] = body if isinstance(body, str) else json.dumps(body)
    return {
        "authorization": {"action": _ACTION, "scope": resource},
        "caller": caller,
        "channels": "Operation",
        "claims": {_OBJECT_ID: world.caller.object_id},
        "correlationId": str(uuid.uuid5(uuid.NAMESPACE_OID, identity)),
        "description": "",
        "eventDataId": identity,
        "eventName": _named("EndRequest", "End request"),
        "category": _named("Administrative"),
        "eventTimestamp": rfc3339(when, 7),
        "id": f"{resource}/events/{identity}/ticks/{int(when.timestamp() * 10_000_000)}",
        "level": "Error" if status == "Failed" else "Informational",
        "operationId": identity,
        "operationName": _named(_ACTION, "Run Command Against Managed Cluster"),
        "resourceGroupName": resource.split("/")[4],
        "resourceProviderName": _named("Microsoft.ContainerService"),
        "resourceType": _named("Microsoft.ContainerService/managedClusters"),
        "resourceId": resource,
        "status": _named(status),
        "subStatus": _named(phrase.replace(" ", ""), f"{phrase} (HTTP Status Code: {code})"),
        "submissionTimestamp": rfc3339(when + timedelta(seconds=world.state.get(SECTION, {}).get("lag", 0)), 7),
        "subscriptionId": world.subscription,
        "tenantId": world.tenant,
        "properties": properties,
    }


def _named(value: str, shown: str | None = None) -> dict[str, str]:
    return {"value": value, "localizedValue": shown or value}


OPERATIONS = (
    Operation(
        "activity-list",
        "GET",
        "/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values",
        _list,
        "Microsoft.Insights/eventtypes/values/read",
        at="/providers/",
    ),
)
