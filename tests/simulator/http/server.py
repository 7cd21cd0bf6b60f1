"""The loopback Azure itself: HTTPS for ARM, plain HTTP for the managed identity endpoint, in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import dataclasses
import json
import os
import re
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote

import trustme
from aiohttp import web

from tests.simulator.core import app, edits
from tests.simulator.core.faults import Fault
from tests.simulator.core.recorder import Exchange, safe_body, safe_headers
from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.core.world import World
from tests.simulator.http import kubernetes, proxy, wire
from tests.simulator.identity import entra
from tests.simulator.identity.discovery import CLOUD
from tests.simulator.identity.tokens import MSI_PATH, MSI_SECRET

_HOST = "127.0.0.1"
_MAX_BODY = 256 * 1024 * 1024
_CHUNK = 64 * 1024


class Simulator:
    """A running simulator. ``load`` replaces the whole state; everything else keeps its address.

    >>> with Simulator() as simulator:
    ...     world = simulator.load("nodes-tainted")
    """

    def __init__(self) -> None:
        self.world: World = app.new_world({})
        self.url = ""
        self.identity_url = ""
        self.ca_file = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runner: web.AppRunner | None = None
        self._proxy: asyncio.Server | None = None
        self._proxy_url = ""
        self._kubernetes_url = ""
        self._clusters: web.AppRunner | None = None
        self._files: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Listen on ports that the system chooses."""
        self._files = tempfile.TemporaryDirectory(prefix="simulated-azure-")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="simulated-azure", daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(timeout=30)

    def stop(self) -> None:
        if self._loop is None or self._thread is None or self._files is None:
            return
        self._stop_commands()
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=30)
        self._loop.close()
        self._files.cleanup()

    def load(self, scenario: str | dict[str, Any]) -> World:
        """Replace the whole state by that of a scenario: its name, or the mapping its file would hold."""
        world = app.new_world(scenario)
        world.kubernetes = self._kubeconfig
        self._stop_commands()
        self.world = world
        return self.world

    def _kubeconfig(self, run: str, token: str) -> str:
        return kubernetes.kubeconfig(self._kubernetes_url, self.ca_file, run, token)

    def _stop_commands(self) -> None:
        """No process of a world outlives it."""
        for run in list(self.world.runs.values()):
            if run.execution is not None:
                run.execution.stop()

    def ask(self, method: str, path: str, body: Any = None, by: str = "mallory@contoso.com") -> Response:
        """What somebody else does meanwhile, who may do everything."""
        assert self._loop is not None

        async def asking() -> Response:
            self.world.settle()
            return app.ask(self.world, edits.author(by), method, path, copy.deepcopy(body))

        return asyncio.run_coroutine_threadsafe(asking(), self._loop).result(timeout=30)

    def environment(self, config_dir: str | Path) -> dict[str, str]:
        """What a client's environment needs on top of its own, apart from every other sign-in on the machine."""
        common = {
            "AZURE_CONFIG_DIR": str(config_dir),
            "AZURE_EXTENSION_DIR": str(Path(config_dir) / "cliextensions"),
            "AZURE_CORE_COLLECT_TELEMETRY": "false",
            "AZURE_CORE_NO_COLOR": "true",
            "REQUESTS_CA_BUNDLE": self.ca_file,
            "NO_PROXY": _HOST,
            "no_proxy": _HOST,
        }
        if self.world.scenario.cloud_shell:
            return {**common, **self._cloud_shell()}
        return {**common, "MSI_ENDPOINT": self.identity_url + MSI_PATH, "MSI_SECRET": MSI_SECRET}

    def _cloud_shell(self) -> dict[str, str]:
        """Clients ask localhost:50342 and Entra whatever the environment says: proxies bring them here instead."""
        return {
            "ACC_CLOUD": "PROD",
            "AZUREPS_HOST_ENVIRONMENT": "cloud-shell/1.0",
            "HTTP_PROXY": self.identity_url,
            "http_proxy": self.identity_url,
            "HTTPS_PROXY": self._proxy_url,
            "https_proxy": self._proxy_url,
        }

    def registration(self) -> list[list[str]]:
        """The arguments of ``az`` that register this Azure as a cloud and sign in to it.

        azure-cli 2.67 has no argument for Microsoft Graph, and does not ask the cloud where it is.
        """
        endpoints = {"resourceManager": self.url, "microsoftGraphResourceId": f"{self.url}/msgraph/"}
        register = ["cloud", "register", "-n", CLOUD, "--cloud-config", json.dumps({"endpoints": endpoints})]
        return [register, ["cloud", "set", "-n", CLOUD], ["login", "--identity"]]

    def sign_in(self, az: list[str], config_dir: str | Path) -> None:
        """Sign in with a real ``az``, given as the words that start it."""
        environment = {**os.environ, **self.environment(config_dir)}
        for arguments in self.registration():
            subprocess.run([*az, *arguments], env=environment, check=True, capture_output=True, text=True)

    async def _listen(self) -> None:
        application = web.Application(client_max_size=_MAX_BODY)
        application.router.add_route("*", "/{path:.*}", self._serve)
        application.on_response_prepare.append(_only_own_headers)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        tls = self._tls()
        secure, plain = (
            web.TCPSite(self._runner, _HOST, 0, ssl_context=tls),
            web.TCPSite(self._runner, _HOST, 0),
        )
        await secure.start()
        await plain.start()
        ports = [address[1] for address in self._runner.addresses]
        self.url, self.identity_url = f"https://{_HOST}:{ports[0]}", f"http://{_HOST}:{ports[1]}"
        self._clusters = web.AppRunner(
            kubernetes.application(lambda: self.world), access_log=None, shutdown_timeout=0.1
        )
        await self._clusters.setup()
        await web.TCPSite(self._clusters, _HOST, 0, ssl_context=tls).start()
        self._kubernetes_url = f"https://{_HOST}:{self._clusters.addresses[0][1]}"
        self.world.kubernetes = self._kubeconfig
        self._proxy = await proxy.listen(_HOST, ports[0])
        self._proxy_url = f"http://{_HOST}:{self._proxy.sockets[0].getsockname()[1]}"

    async def _close(self) -> None:
        if self._proxy is not None:
            self._proxy.close()
        for runner in (self._runner, self._clusters):
            if runner is not None:
                await runner.cleanup()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def _tls(self) -> ssl.SSLContext:
        authority = trustme.CA()
        assert self._files is not None
        self.ca_file = str(Path(self._files.name) / "ca.pem")
        authority.cert_pem.write_to_path(self.ca_file)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(_HOST, entra.HOST).configure_cert(context)
        return context

    async def _serve(self, incoming: web.Request) -> web.StreamResponse:
        world, began = self.world, time.monotonic()
        request = await _read(incoming)
        operation, request = app.find(request)
        fault = world.faults.strike(operation.name if operation else "", request.path)
        response = _respond(world, operation, request, fault)
        payload, headers = wire.payload(response), wire.headers(response, request.method, request.headers)
        exchange = Exchange(
            method=request.method,
            url=request.url,
            request_headers=safe_headers(request.headers),
            request_body=safe_body(request.body, request.raw),
            status=0 if fault and fault.cuts else response.status,
            response_headers=headers,
            response_body=safe_body(wire.parse(payload), payload),
            operation=operation.name if operation else "",
            t=world.now(),
            injected=fault is not None and fault.status is not None,
        )
        # What the simulator itself needs for a large answer is a part of the latency, not added to it.
        left = max(world.scenario.latency - (time.monotonic() - began), 0)
        await asyncio.sleep(left + response.delay + (fault.latency if fault else 0))
        world.requests.append(dataclasses.replace(exchange, seconds=time.monotonic() - began))
        if fault is not None and fault.cuts:
            return await _cut(incoming, response.status, payload, headers, fault)
        if fault is not None and (fault.drip or fault.pad):
            return await _slow(incoming, response.status, payload, headers, fault)
        return web.Response(status=response.status, body=payload or None, headers=headers)


async def _read(incoming: web.Request) -> Request:
    """The request as clients wrote it; through a proxy they name the host in the request line."""
    raw = await incoming.read()
    target = incoming.raw_path
    return Request(
        method=incoming.method,
        url=target if "://" in target else f"{incoming.scheme}://{incoming.host}{target}",
        path=_path(incoming.rel_url.raw_path),
        query=dict(incoming.query),
        headers={name.lower(): value for name, value in incoming.headers.items()},
        body=wire.parse(raw),
        raw=raw,
    )


def _path(raw: str) -> str:
    """The path as ARM understands it. It forgives a doubled slash where clients put a whole id, in front and encoded,
    or an empty parent behind a provider's name."""
    return re.sub(r"^/+|(?<=/providers/Microsoft\.ContainerService)/+", "/", unquote(raw)).rstrip("/") or "/"


def _respond(world: World, operation: Operation | None, request: Request, fault: Fault | None) -> Response:
    """The service's own answer unless a fault stands in for it; with ``handled`` the service works all the same."""
    if fault is None:
        return app.answer(world, operation, request)
    keeps_answer = fault.status is None and not fault.reset
    response = app.answer(world, operation, request) if keeps_answer or fault.handled else Response(500)
    if fault.status is not None:
        return fault.response()
    return dataclasses.replace(response, headers={**response.headers, **fault.added()})


async def _cut(
    incoming: web.Request, status: int, payload: bytes, headers: Mapping[str, str], fault: Fault
) -> web.StreamResponse:
    """Break the connection: before the answer, or in the middle of its body."""
    answer = web.StreamResponse(status=status, headers=headers)
    if not fault.reset:
        answer.content_length = len(payload)
        await answer.prepare(incoming)
        await answer.write(payload[: len(payload) // 2 if fault.truncate is True else fault.truncate])
    if incoming.transport is not None:
        incoming.transport.abort()
    return answer


async def _slow(
    incoming: web.Request, status: int, payload: bytes, headers: Mapping[str, str], fault: Fault
) -> web.StreamResponse:
    """An answer that drips, or one that does not end."""
    answer = web.StreamResponse(status=status, headers=headers)
    answer.content_length = len(payload) + fault.pad
    await answer.prepare(incoming)
    with contextlib.suppress(ConnectionError):
        for place in range(len(payload) if fault.drip else 0):
            await answer.write(payload[place : place + 1])
            await asyncio.sleep(fault.drip)
        if not fault.drip:
            await answer.write(payload)
        for begin in range(0, fault.pad, _CHUNK):
            await answer.write(b" " * min(_CHUNK, fault.pad - begin))
    return answer


async def _only_own_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Take out what the HTTP library adds to answers that name no server and no type."""
    if response.headers.get("server", "").startswith("Python/"):
        del response.headers["server"]
    if response.headers.get("content-type") == "application/octet-stream":
        del response.headers["content-type"]
