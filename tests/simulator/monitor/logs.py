"""Queries of Log Analytics by way of Azure Resource Manager: of a workspace, or of the logs of one cluster.

The query is executed over the tables of ``tables``. Statuses, error codes and the two kinds of rights are documented.
"""

# modelled: how the errors of Kusto are worded below the documented codes
# proof: `make record`, step logs-syntax-error
# modelled: a workspace that keeps a table to itself says 403
# proof: a query recorded with a principal who may read other tables of the workspace alone
# modelled: the logs of a cluster that sends to nowhere are a table that cannot be resolved
# proof: `make record`, step logs-cluster, against a cluster without Container Insights

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.simulator.aks import clusters
from tests.simulator.core import kql
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.monitor import log_access, tables, timespan, workspaces
from tests.simulator.monitor.log_access import View
from tests.simulator.monitor.timespan import EVER, Span

if TYPE_CHECKING:
    from tests.simulator.core.world import World

Resource = dict[str, Any]

_OF_WORKSPACES, _OF_RESOURCES = ("2017-10-01",), ("2018-03-01-preview", "2018-08-01-preview")

_INSUFFICIENT = "The provided credentials have insufficient access to perform the requested operation"


def _of_workspace(world: World, request: Request) -> Response:
    """That a table needs its own right is said by Log Analytics, not by ARM."""
    logs = workspaces.find(world, request)
    if logs is None:
        return workspaces.not_found(request)
    refusal = _unanswered(request, _OF_WORKSPACES)
    if refusal:
        return refusal
    if logs.given.get("empty"):
        return Response(204)
    view = log_access.of_workspace(world, request.caller or world.caller, logs)
    if any(name in _query(request) for name in view.hidden):
        return _refused(403, "InsufficientAccessError", _INSUFFICIENT)
    return _answer(world, request, view)


def _of_resource(world: World, request: Request) -> Response:
    """Only the cluster's own rows, and in silence without those that the caller may not read."""
    cluster, caller = clusters.find(world, request), request.caller or world.caller
    if cluster is None:
        message = f"The resource {request.path.lower().partition('/providers/microsoft.insights')[0]} was not found"
        return _refused(404, "ResourceNotFoundError", message)
    refusal = _unanswered(request, _OF_RESOURCES)
    if refusal:
        return refusal
    if not log_access.readable(world, caller, cluster):
        message = f"User '{caller.object_id}' does not have access to read logs for this resource"
        inner = {"code": "AuthorizationFailedError", "message": message}
        return _refused(403, "InsufficientAccessError", _INSUFFICIENT, inner)
    view = log_access.of_cluster(world, caller, cluster)
    answer = _answer(world, request, view)
    if answer.status == 200 and "include-permissions=true" in request.headers.get("prefer", ""):
        answer.body["permissions"] = log_access.permissions(world, caller, view)
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


def _query(request: Request) -> str:
    asked: Mapping[str, Any] = request.query if request.method == "GET" else request.body
    return str(asked.get("query", ""))


def _answer(world: World, request: Request, view: View) -> Response:
    try:
        span = _span(request, world.utc())
        result = kql.run(_query(request), _tables(world, request, view, span), now=world.utc())
    except kql.QueryError as error:
        return _bad(_inner(error))
    except ValueError as error:
        return _bad({"code": "InvalidTimespanError", "message": str(error)})
    body = _body(result)
    if view.logs and view.logs.given.get("partial"):
        body["error"] = _PARTIAL
    return Response(200, body)


def _tables(world: World, request: Request, view: View, span: Span) -> dict[str, kql.Table]:
    """What exists for the query; only tables that it names and the caller sees are filled."""
    filled = {name: kql.Table(tables.COLUMNS[name], ()) for name in view.there}
    for name in view.there if view.logs else ():
        if view.shows(name) and name in _query(request) and view.logs:
            found = tables.table(world, view.logs, name, span)
            own = view.cluster.id.lower() if view.cluster else None
            filled[name] = kql.Table(found.columns, [row for row in found.rows if own in (None, row["_ResourceId"])])
    return filled


#: The codes are documented.
# modelled: the words of an answer that is not whole
# proof: none that is safe to provoke; the first one that a query meets
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
            f"{log_access.WORKSPACE_QUERY}read",
            at="/query",
        )
        for method, suffix in (("POST", ""), ("GET", "-get"))
    ),
    *(
        Operation(f"logs-resource{suffix}", method, _LOGS, _of_resource)
        for method, suffix in (("POST", ""), ("GET", "-get"))
    ),
)
