"""Queries of Log Analytics by way of Azure Resource Manager: of a workspace, or of the logs of one cluster.

The query is executed over the tables of ``tables``. Statuses, error codes and the two kinds of rights are documented.
Modelled: how the errors of Kusto are worded below the documented codes, that a workspace which keeps a table to itself
says 403, and that the logs of a cluster which sends to nowhere are a table that cannot be resolved.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.simulator.aks import clusters
from tests.simulator.authorization import authorizer
from tests.simulator.core import kql
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.monitor import tables, timespan, workspaces
from tests.simulator.monitor.timespan import EVER, Span
from tests.simulator.monitor.workspaces import Logs

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

Resource = dict[str, Any]

_WORKSPACE_QUERY = "Microsoft.OperationalInsights/workspaces/query/"
_RESOURCE_LOGS = "Microsoft.Insights/logs/"
_OF_WORKSPACES, _OF_RESOURCES = ("2017-10-01",), ("2018-03-01-preview", "2018-08-01-preview")

_INSUFFICIENT = "The provided credentials have insufficient access to perform the requested operation"


def _of_workspace(world: World, request: Request) -> Response:
    """Form A. That a table needs its own right is said by Log Analytics, not by ARM."""
    logs = workspaces.find(world, request)
    if logs is None:
        return workspaces.not_found(request)
    refusal = _unanswered(request, _OF_WORKSPACES)
    if refusal:
        return refusal
    if logs.given.get("empty"):
        return Response(204)
    query = str(_asked(request).get("query", ""))
    if any(name in query for name in _closed(world, request, logs)):
        return _refused(403, "InsufficientAccessError", _INSUFFICIENT)
    return _answer(world, request, query, logs, tables.there(world, logs), ())


def _of_resource(world: World, request: Request) -> Response:
    """Form C: only the cluster's own rows, and in silence without those that the caller may not read."""
    cluster = clusters.find(world, request)
    if cluster is None:
        message = f"The resource {request.path.lower().partition('/providers/microsoft.insights')[0]} was not found"
        return _refused(404, "ResourceNotFoundError", message)
    refusal = _unanswered(request, _OF_RESOURCES)
    if refusal:
        return refusal
    readable = _readable(world, request, cluster)
    if not readable:
        inner = {
            "code": "AuthorizationFailedError",
            "message": f"User '{(request.caller or world.caller).object_id}' does not have access to read logs for "
            "this resource",
        }
        return _refused(403, "InsufficientAccessError", _INSUFFICIENT, inner)
    logs = workspaces.of(world)
    there = tables.there(world, logs) if logs and cluster in workspaces.senders(world, logs) else []
    hidden = set(tables.COLUMNS) - set(readable)
    if logs and not _opens(world, request, logs):
        hidden |= set(there)
    elif logs:
        hidden |= set(_closed(world, request, logs, resource=True))
    answer = _answer(world, request, str(_asked(request).get("query", "")), logs, there, hidden, cluster)
    if answer.status == 200 and "include-permissions=true" in request.headers.get("prefer", ""):
        answer.body["permissions"] = _permissions(cluster, logs if there else None, readable, hidden >= set(there))
    return answer


def _unanswered(request: Request, versions: Iterable[str]) -> Response | None:
    """What never becomes a query."""
    if request.api_version not in versions:
        message = (
            f"The HTTP resource that matches the request URI does not support the API version '{request.api_version}'."
        )
        return arm_error(400, "UnsupportedApiVersion", message)
    if request.method == "POST":
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" or not isinstance(request.body, dict):
            return Response(200)
    return None


def _asked(request: Request) -> Mapping[str, Any]:
    return request.query if request.method == "GET" else request.body


def _closed(world: World, request: Request, logs: Logs, *, resource: bool = False) -> list[str]:
    """The tables of a workspace that the caller may not read; with ``resource`` for its own access control alone."""
    denied = list(logs.given.get("denied", ()))
    if resource:
        return denied
    caller, access = request.caller or world.caller, authorizer.of(world)
    principals = authorizer.principals_of(access, caller)
    if authorizer.UNQUESTIONED in caller.groups:
        return denied
    return denied + [
        name
        for name in tables.COLUMNS
        if not authorizer.allowed(access, principals, f"{_WORKSPACE_QUERY}{name}/read", logs.id)
    ]


def _readable(world: World, request: Request, cluster: Cluster) -> list[str]:
    """The tables for which the caller has a right on the cluster."""
    caller, access = request.caller or world.caller, authorizer.of(world)
    principals = authorizer.principals_of(access, caller)
    return [
        name
        for name in tables.COLUMNS
        if authorizer.UNQUESTIONED in caller.groups
        or authorizer.allowed(access, principals, f"{_RESOURCE_LOGS}{name}/read", cluster.id)
    ]


def _opens(world: World, request: Request, logs: Logs) -> bool:
    """Whether a workspace lets in who has a right on the cluster."""
    if logs.given.get("resourcePermissions", True):
        return True
    caller, access = request.caller or world.caller, authorizer.of(world)
    principals = authorizer.principals_of(access, caller)
    return authorizer.allowed(access, principals, f"{_WORKSPACE_QUERY}read", logs.id)


def _permissions(cluster: Cluster, logs: Logs | None, readable: Iterable[str], shut: bool) -> Resource:
    """Where the rows would come from: all the workspaces of the cluster, and below those that the caller may read."""
    denied = sorted(set(tables.COLUMNS) - set(readable))
    resource: Resource = {"resourceId": cluster.id, "dataSources": [logs.id] if logs else []}
    if denied:
        resource["denyTables"] = denied
    source: Resource = {"resourceId": logs.id} if logs else {}
    if logs and logs.given.get("denied"):
        source["denyTables"] = list(logs.given["denied"])
    return {"resources": [resource], "dataSources": [source] if logs and not shut else []}


def _answer(
    world: World,
    request: Request,
    query: str,
    logs: Logs | None,
    there: Iterable[str],
    hidden: Iterable[str],
    cluster: Cluster | None = None,
) -> Response:
    try:
        span = _span(request, world.utc())
    except ValueError as error:
        return _bad({"code": "InvalidTimespanError", "message": str(error)})
    filled: dict[str, kql.Table] = {}
    for name in there:
        rows = tables.table(world, logs, name, span).rows if logs and name not in hidden and name in query else []
        own = [row for row in rows if cluster is None or row["_ResourceId"] == cluster.id.lower()]
        filled[name] = kql.Table(tables.COLUMNS[name], own)
    try:
        result = kql.run(query, filled, now=world.utc())
    except kql.QueryError as error:
        return _bad(_inner(error))
    body = _body(result)
    if logs and logs.given.get("partial"):
        body["error"] = _PARTIAL
    return Response(200, body)


#: The codes are documented, the words modelled.
_PARTIAL = {
    "code": "PartialError",
    "message": "There were some errors when processing your query.",
    "details": [{"code": "EngineError", "message": "Something went wrong processing your query on the server."}],
}


def _span(request: Request, now: datetime) -> Span:
    """Of the query string and the body: what lies in both."""
    given = [request.query.get("timespan")]
    if request.method == "POST":
        given.append(request.body.get("timespan"))
    span = EVER
    for text in given:
        span = span.within(timespan.parse(text, now)) if text else span
    return span


def _inner(error: kql.QueryError) -> Resource:
    if isinstance(error, kql.QuerySyntaxError):
        deepest = {"code": "SYN0002", "message": f"Query could not be parsed: {error}"}
        return {"code": "SyntaxError", "message": "A recognition error occurred in the query.", "innererror": deepest}
    deepest = {"code": "SEM0100", "message": str(error)}
    return {"code": "SemanticError", "message": "A semantic error occurred.", "innererror": deepest}


def _bad(inner: Resource) -> Response:
    return _refused(400, "BadArgumentError", "The request had some invalid properties", inner)


def _refused(status: int, code: str, message: str, inner: Resource | None = None) -> Response:
    """An error of Log Analytics, which has an inner one where ARM's have details."""
    correlation = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{status} {code} {message}"))
    error: Resource = {"message": message, "code": code, "correlationId": correlation}
    return Response(status, {"error": {**error, "innererror": inner} if inner else error})


def _body(result: kql.Result) -> Resource:
    columns = [{"name": name, "type": kind} for name, kind in zip(result.names, result.types)]
    rows = [[_cell(value) for value in row] for row in result.rows]
    return {"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]}


def _cell(value: Any) -> Any:
    """Dynamic values are texts of JSON (as clients read them); times have a Z and no more digits than they need."""
    if isinstance(value, datetime):
        text = value.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
        return f"{text}Z"
    return kql.text(value) if isinstance(value, (list, dict)) else value


_LOGS = clusters.PATH + "/providers/microsoft.insights/logs"

OPERATIONS = (
    *(
        Operation(
            f"logs-workspace{suffix}",
            method,
            workspaces.PATH + "/query",
            _of_workspace,
            f"{_WORKSPACE_QUERY}read",
            at="/query",
        )
        for method, suffix in (("POST", ""), ("GET", "-get"))
    ),
    *(
        Operation(f"logs-resource{suffix}", method, _LOGS, _of_resource)
        for method, suffix in (("POST", ""), ("GET", "-get"))
    ),
)
