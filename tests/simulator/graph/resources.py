"""Azure Resource Graph: a query over what the caller may read, in pages.

Tables: ``resources`` (clusters), ``policyresources`` (assignments, exemptions, custom definitions and initiatives),
``authorizationresources`` (role assignments and definitions) and ``resourcecontainers`` (the subscription and its
groups). As in Azure ids keep their case and types are in lower case. What a caller cannot read is not in the tables;
a caller who can read nothing at all is refused (modelled).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization import authorizer
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Caller, Operation, Request, Response
from tests.simulator.graph import kql
from tests.simulator.policy import governance

if TYPE_CHECKING:
    from tests.simulator.core.world import World

Row = dict[str, Any]

_READ = "Microsoft.ResourceGraph/resources/read"
_GROUP = re.compile(r"/resourceGroups/([^/]+)", re.IGNORECASE)
_MAX = 1000


def _query(world: World, request: Request) -> Response:
    """``$skipToken`` is the row to start at; ``$top`` and ``$skip`` are as documented, ``resultFormat`` too."""
    body, caller = request.body, request.caller or world.caller
    wanted = body.get("subscriptions")
    if wanted is not None and world.subscription.lower() not in [item.lower() for item in wanted]:
        return Response(200, _page(request, []))
    tables = _tables(world, caller)
    if not tables["resourcecontainers"] and not tables["resources"]:
        return authorizer.forbidden(caller, _READ, f"/subscriptions/{world.subscription}")
    try:
        return Response(200, _page(request, kql.run(body["query"], tables)))
    except kql.QueryError as error:
        details = [
            {"code": "InvalidQuery", "message": str(error)},
            {"code": "ParserFailure", "message": "ParserFailure"},
        ]
        message = "Please provide below info when asking for support"
        return arm_error(400, "BadRequest", message, details=details)


def _page(request: Request, rows: list[Row]) -> Row:
    options = request.body.get("options") or {}
    top = min(int(options.get("$top", _MAX)), _MAX)
    start = int(options.get("$skipToken") or options.get("$skip", 0))
    shown = rows[start : start + top]
    page: Row = {
        "totalRecords": len(rows),
        "count": len(shown),
        "data": shown if options.get("resultFormat", "objectArray") == "objectArray" else _table(shown),
        "facets": [],
        "resultTruncated": "false",
    }
    if start + top < len(rows):
        page["$skipToken"] = str(start + top)
    return page


def _table(rows: list[Row]) -> Row:
    columns = list(rows[0]) if rows else []
    return {
        "columns": [
            {"name": name, "type": "string" if isinstance(rows[0][name], str) else "object"} for name in columns
        ],
        "rows": [[row[name] for name in columns] for row in rows],
    }


def _tables(world: World, caller: Caller) -> dict[str, list[Row]]:
    return {name: list(_readable(world, caller, build(world))) for name, build in _BUILDERS.items()}


def _readable(world: World, caller: Caller, rows: Iterable[Row]) -> Iterator[Row]:
    access = authorizer.of(world)
    principals = authorizer.principals_of(access, caller)
    for row in rows:
        built_in = row["id"].lower().startswith("/providers/microsoft.authorization/")
        if built_in or authorizer.allowed(access, principals, f"{row['type']}/read", row["id"]):
            yield row


def _resources(world: World) -> Iterator[Row]:
    for cluster in world.clusters.values():
        yield _row(world, {**cluster.resource, "id": cluster.id})


def _policies(world: World) -> Iterator[Row]:
    policies = governance.of(world).arm
    for resource in (*policies.assignments.values(), *policies.exemptions.values()):
        yield _row(world, resource)
    for versions in (*policies.definitions.values(), *policies.initiatives.values()):
        yield _row(world, versions[0])


def _roles(world: World) -> Iterator[Row]:
    access = authorizer.of(world)
    for resource in (*access.assignments.values(), *access.definitions.values()):
        yield _row(world, resource)


def _containers(world: World) -> Iterator[Row]:
    subscription = f"/subscriptions/{world.subscription}"
    yield _row(
        world, {"id": subscription, "name": "Simulated", "type": "Microsoft.Resources/subscriptions", "properties": {}}
    )
    for group in sorted(world.groups()):
        kind = "Microsoft.Resources/subscriptions/resourceGroups"
        identified = {"id": f"{subscription}/resourceGroups/{group}", "name": group, "type": kind}
        yield _row(world, {**identified, "location": "westus2", "properties": {"provisioningState": "Succeeded"}})


def _row(world: World, resource: Mapping[str, Any]) -> Row:
    group = _GROUP.search(resource["id"])
    in_subscription = resource["id"].lower().startswith("/subscriptions/")
    return {
        **resource,
        "type": resource["type"].lower(),
        "tenantId": world.tenant,
        "resourceGroup": group[1] if group else "",
        "subscriptionId": world.subscription if in_subscription else "",
    }


_BUILDERS: Mapping[str, Callable[[World], Iterator[Row]]] = {
    "resources": _resources,
    "policyresources": _policies,
    "authorizationresources": _roles,
    "resourcecontainers": _containers,
}

OPERATIONS = (Operation("resource-graph", "POST", "/providers/Microsoft.ResourceGraph/resources", _query),)
