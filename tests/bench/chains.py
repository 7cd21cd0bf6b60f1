"""A failed `run` with its diagnosis, and `diagnose` of a text: how many requests wait for one another.

The serial depth is the slope of wall time over the latency of a call, as for the other diagnoses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.bench.measure import CLUSTER, Sample, alternately, call, exits, median, table
from tests.e2e.azure import Azure

LATENCIES = (0.05, 0.25)
FULL = {"metrics": {"emits": []}, "pools": [{"free": {"cpu": "100m", "memory": "2Gi"}}]}
#: What fails, and where the cluster sends its events.
SITUATIONS: Mapping[str, Mapping[str, Any]] = {
    "start-timeout, metrics silent, no workspace": FULL,
    "start-timeout, metrics silent, workspace by the add-on": {**FULL, "logs": {}},
    "start-timeout, metrics silent, workspace by a rule": {**FULL, "logs": {"by": "rule"}},
    "image-pull-failed, no workspace": {"surface": "failed", "cluster": {"startup": "image-pull"}},
}


def measure(azure: Azure, rounds: int) -> str:
    rows = []
    for title, situation in SITUATIONS.items():
        quick, slow = (_run(azure, situation, latency, rounds) for latency in LATENCIES)
        depth = (median(slow) - median(quick)) / (LATENCIES[1] - LATENCIES[0])
        requests = f"{median(quick, lambda sample: sample.requests):.0f}"
        rows.append([title, median(quick), requests, f"{depth:.1f}", exits(quick + slow)])
    title = f"run that fails, with its diagnosis, medians of {rounds}, wall time at {LATENCIES[0] * 1000:.0f} ms a call"
    return table(title, ["situation", "run, s", "requests", "serial depth", "exit codes"], rows)


def _run(azure: Azure, situation: Mapping[str, Any], latency: float, rounds: int) -> list[Sample]:
    azure.load({"latency": latency, **situation})
    (samples,) = alternately(
        rounds,
        lambda: call(azure, "aks", "invoke-fix", "run", *CLUSTER, "-c", "kubectl get pods", "--on-failure", "explain"),
    )
    return samples
