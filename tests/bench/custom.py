"""`diagnose` where twenty custom policies bring templates: what reading and judging them adds to a preflight.

The simulator's own time for a query is not counted: each world stays, and is asked once before anything is measured.
"""

from __future__ import annotations

from typing import Any

from tests.bench.measure import CLUSTER, Sample, alternately, call, exits, median, table
from tests.bench.rego import CONTAINERS, TEMPLATES
from tests.e2e.azure import Azure
from tests.simulator.core.world import World

POLICIES = 20
LATENCY = 0.05
REGISTRIES = [f"registry{at}.io/" for at in range(20)]
URL = "https://contoso.example/{}/v1/template.yaml"


def scenario(kept: str) -> dict[str, Any]:
    """The same cluster with no custom policy, with templates at URLs, or with templates inline."""
    texts = list(TEMPLATES.values())
    definitions = [_definition(at, CONTAINERS + texts[at % len(texts)], kept) for at in range(POLICIES)]
    assignments = [{"of": one["name"], "name": one["name"], "effect": "Deny"} for one in definitions]
    custom = {"definitions": definitions, "assignments": assignments} if kept else {}
    return {
        "latency": LATENCY,
        "cluster": {"name": "c1", "azurePolicy": True},
        "policy": {"many": 10, **custom},
        "graph": {"kept": True},
    }


def _definition(at: int, text: str, kept: str) -> dict[str, Any]:
    """Each with a text of its own, so that none is read for another."""
    kind = f"K8sContoso{at}"
    return {
        "name": kind.lower(),
        "template": kind,
        "rego": f"# {at}\n{text.removeprefix('package t')}",
        "parameters": {"registries": {"type": "Array", "defaultValue": REGISTRIES}},
        **({"url": URL.format(kind.lower())} if kept == "at URLs" else {}),
    }


def measure(azure: Azure, rounds: int) -> str:
    kinds = ("", "at URLs", "inline")
    worlds = [azure.load(scenario(kept)) for kept in kinds]
    for world in worlds:
        _preflight(azure, world)
    samples = alternately(rounds, *(lambda world=world: _preflight(azure, world) for world in worlds))
    without = median(samples[0])
    rows = [
        [
            f"{POLICIES} templates {kept}" if kept else "no custom policy",
            median(found),
            median(found) / without,
            median(found, lambda sample: sample.cpu),
            f"{median(found, lambda sample: sample.requests):.0f}",
            exits(found),
        ]
        for kept, found in zip(kinds, samples)
    ]
    title = f"diagnose with custom policies, medians of {rounds}, {LATENCY * 1000:.0f} ms a call"
    return table(title, ["", "diagnose, s", "of the first", "CPU, s", "requests", "exit codes"], rows)


def _preflight(azure: Azure, world: World) -> Sample:
    azure.simulator.world = world
    return call(azure, "aks", "invoke-fix", "diagnose", *CLUSTER, "-o", "json")
