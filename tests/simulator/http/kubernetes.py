"""The API server of the simulated clusters over HTTPS: each command pod has a prefix of its own, and its token."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from urllib.parse import unquote

from aiohttp import web

from tests.simulator.cluster import api
from tests.simulator.core.world import World
from tests.simulator.http import wire

_WATCH_SECONDS = 30.0
_KUBECONFIG = """apiVersion: v1
kind: Config
clusters: [{{name: here, cluster: {{server: "{url}/runs/{run}", certificate-authority: "{authority}"}}}}]
users: [{{name: me, user: {{token: "{token}"}}}}]
contexts: [{{name: here, context: {{cluster: here, user: me}}}}]
current-context: here
"""


def kubeconfig(url: str, authority: str, run: str, token: str) -> str:
    """What the service lays into a command pod."""
    return _KUBECONFIG.format(url=url, authority=authority, run=run, token=token)


def application(world: Callable[[], World]) -> web.Application:
    """``world`` gives the one that is loaded."""
    served = web.Application(client_max_size=16 * 1024 * 1024)

    async def serve(incoming: web.Request) -> web.StreamResponse:
        return await _serve(world(), incoming)

    served.router.add_route("*", "/runs/{run}/{path:.*}", serve)
    return served


async def _serve(world: World, incoming: web.Request) -> web.StreamResponse:
    run = world.runs.get(incoming.match_info["run"])
    if run is None:
        return web.Response(status=401)
    if "protobuf" in incoming.headers.get("content-type", ""):
        # What `kubectl create KIND` sends; only JSON is understood here.
        return web.json_response(api.UNKNOWN_FORMAT, status=415)
    asked = api.Asked(
        run=run,
        method=incoming.method,
        path=tuple(unquote(part) for part in incoming.match_info["path"].split("/") if part),
        query=dict(incoming.query),
        body=wire.parse(await incoming.read()),
        accept=incoming.headers.get("accept", ""),
    )
    world.settle()
    reply = api.answer(world, asked)
    if reply.watches:
        return await _watched(incoming, reply.body)
    if isinstance(reply.body, bytes):
        return web.Response(status=reply.status, body=reply.body, content_type="text/plain")
    return web.Response(status=reply.status, text=json.dumps(reply.body), content_type="application/json")


async def _watched(incoming: web.Request, events: str) -> web.StreamResponse:
    """Everything at once, and then nothing for a while: clients distrust a watch that ends soon."""
    stream = web.StreamResponse(headers={"content-type": "application/json"})
    await stream.prepare(incoming)
    await stream.write(events.encode())
    await asyncio.sleep(_WATCH_SECONDS)
    return stream
