"""All the state behind one simulated Azure: who signs in, what exists, what ran, what was asked.

Time is real time plus what a test skipped with :meth:`World.advance`. What will happen later (a pool that finishes
starting, a policy that reaches the cluster) is put on the timeline and takes effect, in order, before the next request
is answered.
"""

from __future__ import annotations

import heapq
import itertools
import random
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from tests.simulator.core.edits import Edits
from tests.simulator.core.endings import Endings
from tests.simulator.core.faults import Faults
from tests.simulator.core.recorder import Exchange
from tests.simulator.core.routing import Caller
from tests.simulator.core.specs import Scenario

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.aks.long_running import LongRunning
    from tests.simulator.aks.runs import Run

#: The application that stands for the API server of every Entra cluster, in every cloud.
AKS_SERVER_APPLICATION = "6dae42f8-4368-4678-94ff-3960e28e3630"


class World:
    """One loaded scenario and everything that has happened to it since."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.subscription = scenario.subscription
        self.tenant = scenario.tenant
        self.caller: Caller = scenario.caller
        self.clusters: dict[str, Cluster] = {}
        self.runs: dict[str, Run] = {}
        self.abandoned: list[Run] = []
        self.long_running: dict[str, LongRunning] = {}
        self.faults = Faults(scenario.faults)
        self.endings = Endings(scenario.operations)
        self.edits = Edits(scenario.edits)
        #: Groups in which only what a scenario's sections bring lies, in lower case.
        self.further_groups: set[str] = set()
        self.requests: list[Exchange] = []
        self.state: dict[str, dict[str, Any]] = {}
        #: Makes the kubeconfig of a command pod, by its run and its token; None where there is no server to talk to.
        self.kubernetes: Callable[[str, str], str] | None = None
        self.cluster_updated: list[Callable[[Cluster], None]] = []
        self._random = random.Random(scenario.name)
        self._skipped = 0.0
        self._moment: float | None = None
        self._numbers = itertools.count()
        self._timeline: list[tuple[float, int, Callable[[], None]]] = []

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._skipped if self._moment is None else self._moment

    def utc(self, when: float | None = None) -> datetime:
        return datetime.fromtimestamp(self.now() if when is None else when, timezone.utc)

    def advance(self, seconds: float) -> None:
        """Let time pass at once; what falls due happens with the next request."""
        self._skipped += seconds

    def later(self, seconds: float, happen: Callable[[], None]) -> None:
        """Put something on the timeline."""
        heapq.heappush(self._timeline, (self.now() + seconds, next(self._numbers), happen))

    def settle(self) -> None:
        """Let everything that is due take effect, in its order and as of the moment when it fell due."""
        until = self.now()
        while self._timeline and self._timeline[0][0] <= until:
            self._moment, _, happen = heapq.heappop(self._timeline)
            happen()
        self._moment = None

    def guid(self) -> str:
        """The next identifier: the same ones, in the same order, whenever the scenario is loaded."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    @property
    def subscriptions(self) -> list[str]:
        """The ids of all subscriptions, the scenario's own first."""
        return [self.subscription, *(spec.id for spec in self.scenario.subscriptions)]

    def cluster(self, subscription: str, group: str, name: str) -> Cluster | None:
        return self.clusters.get(cluster_id(subscription, group, name).lower())

    def groups(self) -> set[str]:
        """The resource groups that exist, in lower case."""
        own = {group.lower() for group in self.scenario.groups} | {c.group.lower() for c in self.clusters.values()}
        return own | self.further_groups

    def executions(self, command: str) -> int:
        """How often a command really started inside a cluster, whatever the client was told about it."""
        now = self.now()
        return sum(run.command == command and run.has_started(now) for run in list(self.runs.values()))


def cluster_id(subscription: str, group: str, name: str) -> str:
    return (
        f"/subscriptions/{subscription}/resourceGroups/{group}"
        f"/providers/Microsoft.ContainerService/managedClusters/{name}"
    )


def rfc3339(when: datetime, digits: int = 0) -> str:
    """UTC with a ``Z`` and as many digits of a second as the service at hand writes (at most seven)."""
    fraction = f".{when.microsecond:06d}0"[: digits + 1] if digits else ""
    return f"{when:%Y-%m-%dT%H:%M:%S}{fraction}Z"
