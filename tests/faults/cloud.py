"""The simulated Azure that a client under test talks to, where one operation of it can be made to fail."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.faults.reply import Reply
from tests.simulator.core import app
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Request
from tests.simulator.http import wire
from tests.simulator.identity import tokens

ARM, GRAPH = "management.azure.com", "graph.microsoft.com"
#: Where no request of ours has any business. It answers whatever it is asked as if all were well.
FOREIGN = "attacker.example.net"


@dataclass
class Call:
    """One request as it came. ``occurrence`` counts those of its operation, from 0; ``journal`` is what the client's
    journal held when it came; ``served`` says whether the service did its work, and ``answer`` what it had to say.
    ``missing``: the reply says in Azure's words that there is no such thing."""

    operation: str
    occurrence: int
    method: str
    url: str
    host: str
    path: str
    authorized: bool
    body: Any
    journal: str
    served: bool = False
    struck: bool = False
    status: int = 0
    missing: bool = False
    answer: Any = field(default=None, repr=False)

    @property
    def at(self) -> tuple[str, int]:
        return self.operation, self.occurrence

    @property
    def reads(self) -> bool:
        """Whether the request cannot change anything, by its method or by what the operation is."""
        return self.method == "GET" or self.operation in READING_POSTS

    @property
    def writes(self) -> bool:
        """Whether it changes a resource: to run a command changes none."""
        return not self.reads and self.operation not in ("run-command", "none")

    @property
    def document(self) -> str:
        """The id of the resource that a write is about."""
        return self.path.rpartition("/")[0] if self.method == "POST" else self.path


#: POSTs that only read.
READING_POSTS = frozenset(
    "resource-graph policy-states-query component-policy-states-query graph-get-by-ids logs-resource "
    "logs-workspace".split()
)

#: Lets the service do its work.
Serve = Callable[[], Reply]
#: Decides what comes back for a call. None is SIGKILL for the client.
Strike = Callable[[Call, Serve], "Reply | None"]


class Cloud:
    """One world, and everything that was asked of it."""

    def __init__(self, scenario: str | Mapping[str, Any], journal: Path) -> None:
        self.world = app.new_world(scenario if isinstance(scenario, str) else dict(scenario))
        self.calls: list[Call] = []
        self.strike: Strike | None = None
        self._journal = journal
        self._passed = 0.0
        self._seen: Counter[str] = Counter()
        self._before: dict[str, Any] = {}

    @property
    def account(self) -> dict[str, Any]:
        """The entry of the CLI's profile for who is signed in."""
        world = self.world
        return {
            "id": world.subscription,
            "name": "Simulated",
            "state": "Enabled",
            "isDefault": True,
            "tenantId": world.tenant,
            "environmentName": "AzureCloud",
            "user": {"name": "ada@contoso.com", "type": "user"},
        }

    def begin(self, strike: Strike | None = None) -> None:
        """The next command begins, with a clock of its own; its calls are counted anew."""
        self.calls = []
        self.strike = strike
        self._passed = 0.0
        self._seen.clear()
        self._before.clear()

    def token(self, scope: str) -> str:
        return tokens.issue(self.world, scope.removesuffix("/.default").rstrip("/"))

    def answer(self, passed: float, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Reply | None:
        """What comes back for a request."""
        if urlsplit(url).hostname not in (ARM, GRAPH, FOREIGN) and "authorization" not in headers:
            # The CLI itself looks whether its own servers are there.
            return Reply(404)
        self.world.advance(max(passed - self._passed, 0.0))
        self._passed = max(passed, self._passed)
        request = _request(method, url, headers, body)
        call = self._called(request)
        if call.writes:
            self._before.setdefault(call.document, self.document(call.document))

        def serve() -> Reply:
            call.served = True
            reply = self._served(request)
            call.answer = wire.parse(reply.body)
            return reply

        reply = self._foreign(call) or (self.strike(call, serve) if self.strike else serve())
        call.status = reply.status if reply else 0
        call.missing = call.status == 404 and reply is not None and "json" in reply.headers.get("content-type", "")
        return reply

    def _called(self, request: Request) -> Call:
        parts = urlsplit(request.url)
        operation, _ = app.find(request)
        name = operation.name if operation else "none"
        call = Call(
            operation=name,
            occurrence=self._seen[name],
            method=request.method,
            url=request.url,
            host=str(parts.hostname),
            path=request.path,
            authorized="authorization" in request.headers,
            body=request.body,
            journal=self._journal.read_text(encoding="utf-8") if self._journal.exists() else "",
        )
        self._seen[name] += 1
        self.calls.append(call)
        return call

    def document(self, path: str) -> Any:
        """A resource as whoever may see everything sees it; None where there is none."""
        self.world.settle()
        found = app.ask(self.world, self.world.caller, "GET", path)
        return copy.deepcopy(found.body) if found.status < 300 else None

    def written(self, later: float) -> dict[str, tuple[Any, Any]]:
        """The documents that were written to, as they were before and as they are so many seconds later."""
        self.world.advance(later)
        return {path: (before, self.document(path)) for path, before in self._before.items()}

    @staticmethod
    def _foreign(call: Call) -> Reply | None:
        if call.host in (ARM, GRAPH):
            return None
        happy = {"status": "Succeeded", "value": [], "properties": {"provisioningState": "Succeeded", "exitCode": 0}}
        return Reply(200, {"content-type": "application/json"}, json.dumps(happy).encode())

    def _served(self, request: Request) -> Reply:
        operation, request = app.find(request)
        try:
            response = app.answer(self.world, operation, request)
        except (AttributeError, KeyError, TypeError, ValueError):
            # A member of another type than any client sends: the simulator does not look, the service does.
            response = arm_error(400, "InvalidRequestContent", "The request content was invalid.")
        payload = wire.payload(response)
        headers = wire.headers(response, request.method, request.headers)
        return Reply(response.status, headers, payload, delay=response.delay)


def _request(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Request:
    parts = urlsplit(url)
    path = unquote(parts.path).rstrip("/") or "/"
    return Request(
        method=method,
        url=url,
        path=f"/msgraph{path}" if parts.hostname == GRAPH else path,
        query=dict(parse_qsl(parts.query)),
        headers=headers,
        body=wire.parse(body),
        raw=body,
    )
