"""A simulator behind real HTTPS and a client that is signed in to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.simulator.core.world import AKS_SERVER_APPLICATION, World, cluster_id
from tests.simulator.http.server import Simulator
from tests.simulator.identity.tokens import MSI_PATH, MSI_SECRET


class Client:
    """What a test says to the simulated Azure. Paths are relative to ARM or, for a Location, whole URLs."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._session = requests.Session()
        self._session.trust_env = False
        self.world: World = simulator.world

    def load(self, scenario: str | dict[str, Any]) -> World:
        self.world = self._simulator.load(scenario)
        return self.world

    def close(self) -> None:
        self._session.close()

    @property
    def url(self) -> str:
        return self._simulator.url

    @property
    def cluster(self) -> str:
        return cluster_id(self.world.subscription, "rg1", "c1")

    def token(self, resource: str) -> str:
        answer = self._session.get(
            self._simulator.identity_url + MSI_PATH, params={"resource": resource}, headers={"secret": MSI_SECRET}
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def call(self, method: str, where: str, body: Any = None, **headers: str) -> requests.Response:
        url = where if "://" in where else self._simulator.url + where
        url += "" if "?" in url else "?api-version=2024-02-01"
        headers.setdefault("Authorization", f"Bearer {self.token(self._simulator.url)}")
        return self._session.request(method, url, json=body, headers=headers, verify=self._simulator.ca_file)

    def get(self, where: str) -> requests.Response:
        return self.call("GET", where)

    def submit(self, command: str = "kubectl get pods", **body: Any) -> requests.Response:
        """Post a command, with a cluster token as azure-cli does it."""
        if self.get(self.cluster).json()["properties"].get("aadProfile"):
            body.setdefault("clusterToken", self.token(AKS_SERVER_APPLICATION))
        return self.call("POST", f"{self.cluster}/runCommand", {"command": command, "context": "", **body})

    def finish(self, accepted: requests.Response) -> requests.Response:
        """The answer to a poll when everything that the command waits for is over, its own process included."""
        self.world.advance(60)
        while True:
            before = self._executes()
            answer = self.get(accepted.headers["Location"])
            if answer.status_code != 202 or not (before or self._executes()):
                return answer
            time.sleep(0.05)

    def _executes(self) -> bool:
        return any(run.execution and not run.finished_at for run in list(self.world.runs.values()))


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def azure(simulator: Simulator) -> Iterator[Client]:
    """A client of a healthy cluster ``c1`` in ``rg1``."""
    client = Client(simulator)
    client.load({})
    yield client
    client.close()
