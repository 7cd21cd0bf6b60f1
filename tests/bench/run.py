"""`run` against stock `az aks command invoke`: same server, same machine, taking turns."""

from __future__ import annotations

from tests.bench.measure import CLUSTER, alternately, call, exits, median, table
from tests.e2e.azure import Azure

LATENCY = 0.1
DURATIONS = (0.5, 1.2, 2.5, 6.0)


def measure(azure: Azure, rounds: int) -> str:
    rows = []
    for duration in DURATIONS:
        azure.load({"latency": LATENCY, "commands": [{"match": "*", "logs": "done\n", "duration": duration}]})
        stock, ours = alternately(
            rounds,
            lambda: call(azure, "aks", "command", "invoke", *CLUSTER, "-c", "kubectl get pods"),
            lambda: call(azure, "aks", "invoke-fix", "run", *CLUSTER, "-c", "kubectl get pods"),
        )
        requests = f"{median(stock, lambda s: s.requests):.0f} / {median(ours, lambda s: s.requests):.0f}"
        rows.append(
            [
                f"{duration} s",
                median(stock),
                median(ours),
                median(ours) / median(stock),
                requests,
                exits([*stock, *ours]),
            ]
        )
    columns = ["the command takes", "command invoke, s", "invoke-fix run, s", "ratio", "requests", "exit codes"]
    return table(f"run, {LATENCY * 1000:.0f} ms a call, medians of {rounds}", columns, rows)
