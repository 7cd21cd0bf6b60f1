"""The simulator, loaded with a cluster of the same kind as the reader's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.simulator.core.world import AKS_SERVER_APPLICATION
from tests.simulator.http.server import Simulator
from tests.simulator.identity import tokens
from tests.simulator.policy import governance
from tools.record.http import Https
from tools.record.requests import Place

#: What the steps need to be answered: something to exempt from.
SCENARIO = {"policy": {"addon": False, "assignments": [{"of": "readOnlyRootFilesystem", "name": "recorded"}]}}


def like(cluster: Mapping[str, Any]) -> dict[str, Any]:
    """A scenario with a cluster that is the same in what decides how the steps go."""
    properties = cluster.get("properties") or {}
    entra, server = properties.get("aadProfile") or {}, properties.get("apiServerAccessProfile") or {}
    addon = (properties.get("addonProfiles") or {}).get("azurepolicy") or {}
    same = {
        "entra": bool(entra),
        "azureRbac": bool(entra.get("enableAzureRBAC")),
        "azurePolicy": bool(addon.get("enabled")),
        "private": bool(server.get("enablePrivateCluster")),
        "runCommand": not server.get("disableRunCommand"),
        "automatic": (cluster.get("sku") or {}).get("name") == "Automatic",
    }
    return {**SCENARIO, "cluster": same}


@contextmanager
def served(source: str | dict[str, Any]) -> Iterator[Https]:
    with Simulator() as simulator:
        simulator.load(source)
        yield client(simulator)


def client(simulator: Simulator) -> Https:
    world = simulator.world
    cluster = next(iter(world.clusters.values()))
    assignments: list[str] = [each["id"] for each in governance.of(world).arm.assignments.values()]
    return Https(
        Place(world.subscription, cluster.group, cluster.name, world.utc(), next(iter(assignments), "")),
        simulator.url,
        lambda: tokens.issue(world, simulator.url),
        lambda: tokens.issue(world, AKS_SERVER_APPLICATION),
        simulator.ca_file,
        pace=0.05,
    )
