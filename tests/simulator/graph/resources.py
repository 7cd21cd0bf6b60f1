"""Azure Resource Graph: a query over what the caller may read, within a scope, in pages, against a quota.

.. code-block:: yaml

    graph:
      quota: 15                 # queries of a user in each window of five seconds, then 429
      page: 1000                # rows of an answer at most
      refused: [policyresources]         # tables whose query is refused with 403
      hidden: [authorizationresources]   # tables that look empty
      truncated: false          # every answer says that it is not whole
      subscriptionLimit: false  # the header of a scope with more than 10,000 subscriptions
      unplaced: false           # subscriptions do not show the management groups above them
      kept: false               # the rows of a query are kept until something is written, as they are of a large estate

A caller who can read nothing at all is refused, and so is a management group that does not exist.
"""

# modelled: Resource Graph refuses a caller who can read nothing at all
# proof: a query recorded with a principal that has no role
# modelled: Resource Graph refuses a management group that does not exist
# proof: `make record`, step graph-unknown-management-group

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization import authorizer
from tests.simulator.authorization.scopes import management_groups
from tests.simulator.core import kql
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Caller, Operation, Request, Response
from tests.simulator.graph import tables

if TYPE_CHECKING:
    from tests.simulator.core.world import World

Row = dict[str, Any]

SECTION = "graph"

_READ = "Microsoft.ResourceGraph/resources/read"
_MAX, _WINDOW = 1000, 5.0
_LARGE = 100
_MOST_SUBSCRIPTIONS, _MOST_GROUPS = 1000, 10
_GROUPS = "/providers/Microsoft.Management/managementGroups/"

#: Resource Graph expands so many elements of a list where the query names no other limit.
EXPANDED = 128
_EXPAND = re.compile(r"\bmv-expand\b[^|]*")


def load(world: World, section: Mapping[str, Any] | None) -> None:
    world.state[SECTION] = {"options": dict(section or {}), "window": 0.0, "used": 0, "kept": {}}


def _query(world: World, request: Request) -> Response:
    """``$skipToken`` is the row to start at; ``$top`` and ``$skip`` are as documented, ``resultFormat`` too."""
    state, caller = world.state[SECTION], request.caller or world.caller
    left, resets = _quota(world)
    headers = {
        "x-ms-user-quota-remaining": str(max(left, 0)),
        "x-ms-user-quota-resets-after": f"00:00:{max(int(resets + 0.999), 1):02d}",
        "x-ms-tenant-subscription-limit-hit": str(bool(state["options"].get("subscriptionLimit"))).lower(),
    }
    answer = _throttled(resets) if left < 0 else _answered(world, request, caller)
    return Response(answer.status, answer.body, {**answer.headers, **headers})


def _quota(world: World) -> tuple[int, float]:
    """How many more queries the window takes, and the seconds until the next one begins."""
    state, now = world.state[SECTION], world.now()
    if now - state["window"] >= _WINDOW:
        state["window"], state["used"] = now, 0
    state["used"] += 1
    return state["options"].get("quota", 15) - state["used"], state["window"] + _WINDOW - now


def _throttled(resets: float) -> Response:
    answer = arm_error(429, "RateLimiting", "Please provide below info when asking for support")
    return Response(429, answer.body, {**answer.headers, "retry-after": str(max(int(resets + 0.999), 1))})


def _answered(world: World, request: Request, caller: Caller) -> Response:
    body, options = request.body, request.body.get("options") or {}
    scopes = _scopes(world, body)
    if isinstance(scopes, Response):
        return scopes
    wanted = options.get("authorizationScopeFilter", tables.FILTERS[0])
    key = repr((caller.object_id, body["query"], scopes, wanted, _version(world)))
    keeps = world.state[SECTION]["options"].get("kept") or len(world.clusters) >= _LARGE
    kept = world.state[SECTION]["kept"] if keeps else {}
    if key not in kept:
        found = _found(world, caller, body["query"], scopes, wanted)
        if isinstance(found, Response):
            return found
        kept[key] = found
    return Response(200, _page(world, request, kept[key]))


def _version(world: World) -> int:
    """Changes with every write."""
    return sum(exchange.method not in ("GET", "POST") or "/start" in exchange.url for exchange in world.requests)


def _scopes(world: World, body: Row) -> list[str] | Response:
    wanted, groups = body.get("subscriptions"), body.get("managementGroups")
    if len(wanted or ()) > _MOST_SUBSCRIPTIONS or len(groups or ()) > _MOST_GROUPS:
        return _bad_request("BadRequest", "The scope names more than a query may.")
    chains = management_groups(world)
    known = {name.lower() for one in world.subscriptions for name in chains.above(f"/subscriptions/{one}")}
    for name in groups or ():
        if f"{_GROUPS}{name}".lower() not in known:
            return _bad_request("ManagementGroupNotFound", f"The management group '{name}' was not found.")
    if groups:
        return [f"{_GROUPS}{name}" for name in groups]
    mine = {one.lower() for one in world.subscriptions}
    return [f"/subscriptions/{one}" for one in (wanted or world.subscriptions) if one.lower() in mine]


def _found(world: World, caller: Caller, query: str, scopes: Sequence[str], wanted: str) -> list[Row] | Response:
    options = world.state[SECTION]["options"]
    asked = re.split(r"[\s|]", query.strip(), maxsplit=1)[0].lower()
    if asked in options.get("refused", ()):
        return authorizer.forbidden(caller, _READ, scopes[0] if scopes else "/")
    found = {name: tables.readable(world, caller, _rows(world, name)) for name in tables.BUILDERS}
    if not found["resourcecontainers"] and not found["resources"]:
        return authorizer.forbidden(caller, _READ, f"/subscriptions/{world.subscription}")
    try:
        return _run(query, {name: tables.within(world, name, rows, scopes, wanted) for name, rows in found.items()})
    except kql.QueryError as error:
        return _bad_request("InvalidQuery", str(error), "ParserFailure")


def _run(query: str, found: Mapping[str, Sequence[Row]]) -> list[Row]:
    filled = {name: tables.table(rows) for name, rows in found.items()}
    return kql.run(_EXPAND.sub(_capped, query), filled, any_case=True).objects()


def _capped(found: re.Match[str]) -> str:
    expand = found[0]
    return expand if re.search(r"\blimit\b", expand) else f"{expand.rstrip()} limit {EXPANDED} "


def _rows(world: World, table: str) -> list[Row]:
    options = world.state[SECTION]["options"]
    if table in options.get("hidden", ()):
        return []
    found = tables.rows(world, table)
    if options.get("unplaced") and table == "resourcecontainers":
        return [{**row, "properties": {"state": "Enabled"}} for row in found]
    return found


def _bad_request(code: str, message: str, *more: str) -> Response:
    details = [{"code": code, "message": message}, *({"code": each, "message": each} for each in more)]
    return arm_error(400, "BadRequest", "Please provide below info when asking for support", details=details)


def _page(world: World, request: Request, rows: list[Row]) -> Row:
    given = world.state[SECTION]["options"]
    options = request.body.get("options") or {}
    top = min(int(options.get("$top", _MAX)), given.get("page", _MAX))
    start = int(options.get("$skipToken") or options.get("$skip", 0))
    shown = rows[start : start + top]
    page: Row = {
        "totalRecords": len(rows),
        "count": len(shown),
        "data": shown if options.get("resultFormat", "objectArray") == "objectArray" else _table(shown),
        "facets": [],
        "resultTruncated": str(bool(given.get("truncated"))).lower(),
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


OPERATIONS = (Operation("resource-graph", "POST", "/providers/Microsoft.ResourceGraph/resources", _query),)
