"""`scan` of 10, 1,000 and 10,000 clusters beside one `diagnose`, and beside what one would do without it.

The clusters lie in ten subscriptions below one management group, with 300 policy assignments; every tenth is broken.
Their rows are made in memory by the simulator, whose own time is not counted: a first scan warms it up for the first
answer to a query, and what it needs to write an answer lies within the latency of the call.
"""

from __future__ import annotations

from typing import Any

from tests.bench.measure import CLUSTER, Sample, call, exits, median, table
from tests.e2e.azure import Azure
from tests.simulator.authorization.scopes import MANAGEMENT_GROUP

CLUSTERS = (10, 1000, 10_000)
SUBSCRIPTIONS = 10
LATENCY = 0.1
BY_HAND = 100
_OWN = "5ca1ab1e-0000-4000-8000-00000000c0de"


def scenario(clusters: int, assignments: int = 300, latency: float = LATENCY) -> dict[str, Any]:
    others = [f"50000000-0000-4000-8000-{number:012d}" for number in range(1, SUBSCRIPTIONS)]
    owners = ["Owner", *({"role": "Owner", "scope": f"/subscriptions/{one}"} for one in others)]
    return {
        "latency": latency,
        "subscriptions": [{"id": one, "name": f"Team {number}"} for number, one in enumerate(others, 1)],
        "clusters": [_cluster(number, ["", *others]) for number in range(1, clusters + 1)],
        "access": {"assignments": [*owners, {"role": "Owner", "scope": "managementGroup"}]},
        "policy": {
            "addon": False,
            "many": assignments - 1,
            "assignments": [
                {
                    "of": "readOnlyRootFilesystem",
                    "name": "read-only",
                    "title": "Read-only root",
                    "effect": "Deny",
                    "scope": f"/subscriptions/{_OWN}/resourceGroups/rg11",
                }
            ],
        },
        "graph": {"quota": 1000},
    }


def _cluster(number: int, subscriptions: list[str]) -> dict[str, Any]:
    return {
        "name": f"c{number}",
        "resourceGroup": f"rg{number % 50}" if number > 1 else "rg1",
        "subscription": subscriptions[(number - 1) % len(subscriptions)],
        "azurePolicy": True,
        "power": "Stopped" if number % 10 == 0 else "Running",
        "pools": [{"name": "system"}, {"name": "work", "mode": "User"}, {"name": "spot", "priority": "Spot"}],
    }


SCAN = ("aks", "invoke-fix", "scan", "--management-groups", MANAGEMENT_GROUP, "-o", "json")


def measure(azure: Azure, rounds: int) -> str:
    return "\n".join([_sizes(azure, rounds), _by_hand(azure)])


def _sizes(azure: Azure, rounds: int) -> str:
    rows = []
    for clusters in CLUSTERS:
        azure.load(scenario(clusters))
        scans, others = [call(azure, *SCAN)], []
        for _ in range(rounds):
            scans.append(call(azure, *SCAN))
            others.append(call(azure, "aks", "invoke-fix", "diagnose", *CLUSTER, "-o", "json"))
        rows.append(_row(clusters, scans[1:], others))
    columns = ["clusters", "scan, s", "CPU, s", "diagnose of one, s", "ratio", "requests", "peak, MiB", "exit codes"]
    return table(f"scan, {SUBSCRIPTIONS} subscriptions, 300 assignments, {LATENCY * 1000:.0f} ms a call", columns, rows)


def _row(clusters: int, scans: list[Sample], others: list[Sample]) -> list[object]:
    wall, one = median(scans), median(others)
    return [
        clusters,
        wall,
        median(scans, lambda sample: sample.cpu),
        one,
        f"{wall / one:.2f}",
        f"{median(scans, lambda sample: sample.requests):.0f}",
        f"{median(scans, lambda sample: sample.mebibytes):.0f}",
        exits(scans + others),
    ]


def _by_hand(azure: Azure) -> str:
    """`az aks list` in each subscription and a preflight of each cluster, counted from one of each."""
    azure.load(scenario(BY_HAND))
    scanned = call(azure, *SCAN)
    listed = call(azure, "aks", "list", "-o", "json")
    diagnosed = call(azure, "aks", "invoke-fix", "diagnose", *CLUSTER, "-o", "json")
    by_hand = SUBSCRIPTIONS * listed.requests + BY_HAND * diagnosed.requests
    row = [BY_HAND, by_hand, scanned.requests, f"{by_hand / scanned.requests:.0f}"]
    columns = ["clusters", "aks list and diagnose of each, requests", "scan, requests", "times fewer"]
    return table("against a preflight of each cluster (requests of one, times the clusters)", columns, [row])
