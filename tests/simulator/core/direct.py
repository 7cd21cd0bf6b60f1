"""Asking a world without a server in between: the way unit tests do it."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.simulator.aks.clusters import Cluster
from tests.simulator.core import app
from tests.simulator.core.routing import Caller, Request, Response
from tests.simulator.core.world import World
from tests.simulator.identity import tokens

_BASE = "https://management.example.com"


class Direct:
    """A world and a caller who signed in to it: the scenario's."""

    def __init__(self, scenario: str | dict[str, Any]) -> None:
        self.world: World = app.new_world(scenario)
        self._caller: Caller = self.world.caller

    def signed_in_as(self, object_id: str, kind: str = "User") -> Direct:
        """The same world for somebody else."""
        other = copy.copy(self)
        other._caller = Caller(object_id, self.world.tenant, object_id, kind)
        return other

    @property
    def cluster(self) -> Cluster:
        return next(iter(self.world.clusters.values()))

    def ask(self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Response:
        """One request. ``url`` is a whole one or starts with the path; a body says that it is JSON unless told."""
        parts = urlsplit(url)
        typed = {"content-type": "application/json"} if body is not None else {}
        token = tokens.issue(self.world, _BASE, self._caller)
        request = Request(
            method=method,
            url=url if parts.netloc else _BASE + url,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query)),
            headers={"authorization": f"Bearer {token}", **typed, **(headers or {})},
            body=body,
        )
        operation, request = app.find(request)
        response = app.answer(self.world, operation, request)
        return dataclasses.replace(response, body=copy.deepcopy(response.body))

    def get(self, url: str) -> Response:
        return self.ask("GET", url)

    def put(self, url: str, body: Any) -> Response:
        return self.ask("PUT", url, body)

    def run(self, command: str = "kubectl get pods") -> Response:
        """Invoke a command in the first cluster."""
        return self.ask("POST", f"{self.cluster.id}/runCommand?api-version=2024-02-01", {"command": command})

    def pages(self, url: str) -> list[dict[str, Any]]:
        """All items of a list, following ``nextLink`` as it is."""
        items: list[dict[str, Any]] = []
        following: str | None = url
        while following:
            body = self.get(following).body
            items += body["value"]
            following = body.get("nextLink")
        return items
