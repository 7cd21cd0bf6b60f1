"""`diagnose` on clusters with many policies: wall time, requests, and how many of them wait for one another.

The serial depth is the slope of wall time over the latency of a call: a request that runs beside another adds nothing.
"""

from __future__ import annotations

from typing import Any

from tests.bench.measure import CLUSTER, Sample, alternately, call, exits, median, table
from tests.e2e.azure import Azure

ASSIGNMENTS = (10, 200, 1000)
POOLS = 20
LATENCIES = (0.05, 0.25)


def scenario(assignments: int, latency: float) -> dict[str, Any]:
    pools = [{"name": f"pool{number}", "mode": "System" if number == 0 else "User"} for number in range(POOLS)]
    return {
        "latency": latency,
        "cluster": {"name": "c1", "azurePolicy": True, "pools": pools},
        "policy": {"many": assignments},
    }


def measure(azure: Azure, rounds: int) -> str:
    rows = []
    for assignments in ASSIGNMENTS:
        at = {latency: _both(azure, scenario(assignments, latency), rounds) for latency in LATENCIES}
        quick, slow = (at[latency] for latency in LATENCIES)
        rows.append(
            [
                assignments,
                median(quick[0]),
                median(quick[1]),
                median(quick[1]) - median(quick[0]),
                f"{median(quick[1], lambda s: s.requests):.0f}",
                f"{_depth(quick[1], slow[1]):.1f}",
                f"{_depth(quick[0], slow[0]):.1f}",
                exits(quick[1] + slow[1]),
            ]
        )
    title = f"diagnose, {POOLS} pools, medians of {rounds}, wall time at {LATENCIES[0] * 1000:.0f} ms a call"
    columns = [
        "assignments",
        "aks show, s",
        "diagnose, s",
        "beyond, s",
        "requests",
        "serial depth",
        "of aks show",
        "exit codes",
    ]
    return table(title, columns, rows)


def _both(azure: Azure, scenario: dict[str, Any], rounds: int) -> list[list[Sample]]:
    azure.load(scenario)
    return alternately(
        rounds,
        lambda: call(azure, "aks", "show", *CLUSTER),
        lambda: call(azure, "aks", "invoke-fix", "diagnose", *CLUSTER, "-o", "json"),
    )


def _depth(quick: list[Sample], slow: list[Sample]) -> float:
    return (median(slow) - median(quick)) / (LATENCIES[1] - LATENCIES[0])
