"""A simulated Azure behind a session, without a server in between and without real time."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Union

import pytest

from azext_aksinvokefix.arm import Answer, Arm
from azext_aksinvokefix.changes import apply
from azext_aksinvokefix.changes.apply import Wishes
from azext_aksinvokefix.changes.journal import Journal
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.fixes.add_capacity import planner
from tests.simulator.core.direct import Direct
from tests.simulator.core.routing import Response
from tests.worlds.changes import ACCOUNT, Console, OpenSession
from tests.worlds.http import Reply

CRITICAL = "CriticalAddonsOnly=true:NoSchedule"
SYSTEM = {"name": "system", "taints": [CRITICAL]}
#: The name of a file in tests/scenarios, or what could stand in one.
Scenario = Union[str, dict[str, Any]]
FULL = {"cpu": "100m", "memory": "200Mi"}


class Pipeline:
    """What stands in for the CLI's client: it hands every request to the simulated Azure."""

    def __init__(self, direct: Direct) -> None:
        self.direct = direct
        self.writes: list[tuple[str, str, Any]] = []

    def send_request(self, request: Any, **_: Any) -> Reply:
        body = json.loads(request.content) if request.content else None
        if request.method not in ("GET", "POST") or request.url.partition("?")[0].endswith(("/start", "/stop")):
            self.writes.append((request.method, request.url.partition("?")[0], body))
        return _answered(self.direct.ask(request.method, request.url, body))


def _answered(response: Response) -> Reply:
    text = b"" if response.body is None else json.dumps(response.body).encode()
    headers = {str(name).lower(): value for name, value in response.headers.items()}
    return Reply(response.status, text, headers)


class Edge:
    """The signed-in edge: see _client_factory.CliEdge."""

    account = ACCOUNT

    def __init__(self, direct: Direct) -> None:
        self.pipeline = Pipeline(direct)
        self.arm = Arm(self.pipeline, "https://management.example.com")
        self.probes = 0

    def post(self, cluster: Target, payload: Mapping[str, str | None], read_timeout: float) -> Answer:
        self.probes += 1
        url = self.arm.url(f"{cluster.id}/runCommand", "2024-02-01")
        answer = self.arm.pipeline.send_request(SimpleNamespace(method="POST", url=url, content=json.dumps(payload)))
        return Answer(answer.status_code, answer.headers, answer.read())

    def cluster_token(self, cluster: Mapping[str, Any]) -> str:
        return "token"


class Asked(Console):
    """Somebody at a terminal who also chooses among ways; ``choice`` None is a terminal where nobody does."""

    def __init__(self, answers: Any = None, choice: int | None = None) -> None:
        super().__init__(answers)
        self.choice = choice
        self.offered: list[str] = []

    def choose(self, question: str, options: Sequence[str]) -> int | None:
        self.offered = list(options)
        return self.choice


class Cloud:
    """One world, and what a user does in it; a pause of the program lets time pass in it."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, scenario: Scenario) -> None:
        self.direct = Direct(scenario)
        self.world = self.direct.world
        self.edge = Edge(self.direct)
        self.console = Asked()
        self.folder = folder
        self._slept = 0.0
        clock = time.monotonic
        monkeypatch.setattr("time.monotonic", lambda: clock() + self._slept)
        monkeypatch.setattr("time.sleep", self._sleep)

    def _sleep(self, seconds: float) -> None:
        self._slept += seconds
        self.world.advance(seconds)

    @property
    def id(self) -> str:
        return self.direct.cluster.id

    def session(self) -> OpenSession:
        now = datetime.now(timezone.utc)
        return OpenSession(self.edge, Target.of(self.id), self.console, Journal(self.folder), now)

    def plan(self, **options: Any) -> Any:
        return planner.plan(self.session(), planner.Options(**options))

    def carry_out(self, plan: Any, **wishes: Any) -> Any:
        return apply.carry_out(self.session(), plan, Wishes(yes=True, **wishes))

    def pool(self, name: str = "nodepool1") -> dict[str, Any]:
        found: dict[str, Any] = self.direct.get(f"{self.id}/agentPools/{name}?api-version=2024-09-01").body
        properties: dict[str, Any] = found.get("properties", {})
        return properties

    @property
    def written(self) -> list[str]:
        return [f"{method} {url.rsplit('/', 1)[-1]}" for method, url, _ in self.edge.pipeline.writes]

    def run_works(self) -> bool:
        """Whether a command runs now: an invoke as the service sees it."""
        from azext_aksinvokefix.changes.probe import probe

        return probe(self.session()).outcome == "succeeded"
