"""The composition: every module that answers, and the one way in which every request is answered."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

from tests.simulator.aks import agent_pools, clusters, commands, long_running, outbound, subscriptions
from tests.simulator.authorization import access, authorizer, restrictions, role_definitions, roles
from tests.simulator.cluster import admission_engines
from tests.simulator.core import edits, routing, scenario
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Caller, Operation, Request, Response
from tests.simulator.core.world import World
from tests.simulator.graph import resources as graph
from tests.simulator.identity import directory, discovery, entra
from tests.simulator.identity import tokens as identity
from tests.simulator.monitor import activity, collection, detectors, insights, logs, workspaces
from tests.simulator.policy import assignments as policy_assignments
from tests.simulator.policy import definitions as policy_definitions
from tests.simulator.policy import exemptions as policy_exemptions
from tests.simulator.policy import governance as policy
from tests.simulator.policy import safeguards
from tests.simulator.policy import states as policy_states

#: In the order in which their routes are tried; a later one may build on the state of an earlier one.
PARTS: tuple[ModuleType, ...] = (
    identity,
    discovery,
    entra,
    subscriptions,
    clusters,
    agent_pools,
    outbound,
    commands,
    long_running,
    access,
    role_definitions,
    roles,
    restrictions,
    directory,
    policy,
    policy_assignments,
    policy_exemptions,
    policy_definitions,
    policy_states,
    safeguards,
    admission_engines,
    insights,
    activity,
    workspaces,
    collection,
    logs,
    detectors,
    graph,
)

OPERATIONS: tuple[Operation, ...] = tuple(operation for part in PARTS for operation in getattr(part, "OPERATIONS", ()))

_SECTIONS: dict[str, ModuleType] = {part.SECTION: part for part in PARTS if hasattr(part, "SECTION")}

#: Where and with which version of the API the requests of nobody in particular are made.
_SOMEWHERE, _NEWEST = "https://management.example.com", "2026-06-01"

#: What needs a token but no rights: the calls of a sign-in, which are about no subscription in particular.
_ANYWHERE = {"tenants-list", "subscriptions-list"}


def new_world(source: str | dict[str, Any]) -> World:
    """Load a scenario by name, or from a mapping of the same shape as its file."""
    world = World(scenario.load(source, tuple(_SECTIONS)))
    clusters.load(world)
    for section, part in _SECTIONS.items():
        world.state[section] = {}
        part.load(world, world.scenario.sections.get(section))
    return world


def find(request: Request) -> tuple[Operation | None, Request]:
    """The operation that a request is for, and the request with the variables of its path."""
    found = routing.find(OPERATIONS, request.method, request.path)
    if found is None:
        return None, request
    return found[0], replace(request, params=found[1])


def answer(world: World, operation: Operation | None, request: Request) -> Response:
    """Authenticate, authorize and handle: what the service does when no fault keeps it from it."""
    world.settle()
    if operation is not None and operation.anonymous:
        return operation.handler(world, request)
    caller = identity.authenticate(world, request, anywhere=operation is not None and operation.name in _ANYWHERE)
    if isinstance(caller, Response):
        return caller
    if operation is None:
        return subscriptions.missing(world, request.path) or _no_such_resource(request)
    return _handle(world, operation, replace(request, caller=caller))


def _handle(world: World, operation: Operation, request: Request) -> Response:
    if len(request.raw) > world.scenario.body_limit:
        return _TOO_LARGE
    return (
        subscriptions.missing(world, request.path)
        or _unauthorized(world, operation, request, request.caller or world.caller)
        or _edited_behind(world, operation, request, operation.handler(world, request))
    )


def ask(world: World, caller: Caller, method: str, path: str, body: Any = None) -> Response:
    """What the service does for somebody who may do everything, at the newest version of its API."""
    asked = Request(method, _SOMEWHERE + path, path, {"api-version": _NEWEST}, body=body, caller=caller)
    operation, request = find(asked)
    if operation is None:
        return _no_such_resource(request)
    return operation.handler(world, request)


def _edited_behind(world: World, operation: Operation, request: Request, response: Response) -> Response:
    """The answer as it was before somebody else's edits that follow it."""
    due = world.edits.due(operation.name, request.path)
    if not due:
        return response
    shown = replace(response, body=copy.deepcopy(response.body))
    for edit in due:
        edits.carry_out(world, edit, request.path, partial(ask, world, edit.author))
    return shown


def _unauthorized(world: World, operation: Operation, request: Request, caller: Caller) -> Response | None:
    if operation.action is None:
        return None
    return authorizer.check(world, caller, operation.action, operation.scope(request.path, request.params))


def _no_such_resource(request: Request) -> Response:
    message = f"No HTTP resource was found that matches the request URI '{request.url}'."
    return arm_error(404, "InvalidResourceType", message)


#: A body over the limit never reaches anything that answers in JSON. The page is nginx's.
# modelled: the size at which a body is refused
# proof: runCommand recorded with contexts of growing size, until one is refused
_TOO_LARGE = Response(
    413,
    "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n"
    "<center><h1>413 Request Entity Too Large</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
    {"content-type": "text/html", "server": "nginx"},
)
