"""Peak memory of the extension's commands above that of `az aks show`."""

from __future__ import annotations

from functools import partial

from tests.bench.diagnose import scenario
from tests.bench.measure import CLUSTER, alternately, call, exits, median, table
from tests.e2e.azure import Azure


def measure(azure: Azure, rounds: int) -> str:
    measured = {
        "run": ("aks", "invoke-fix", "run", *CLUSTER, "-c", "kubectl get pods"),
        "diagnose, 1000 assignments": ("aks", "invoke-fix", "diagnose", *CLUSTER, "-o", "json"),
    }
    rows = []
    azure.load(scenario(1000, 0))
    for name, words in measured.items():
        show, ours = alternately(
            rounds,
            lambda: call(azure, "aks", "show", *CLUSTER),
            partial(call, azure, *words),
        )
        base, peak = (median(samples, lambda sample: sample.mebibytes) for samples in (show, ours))
        rows.append([name, f"{base:.1f}", f"{peak:.1f}", f"{peak - base:.1f}", exits(ours)])
    columns = ["command", "aks show, MiB", "this, MiB", "above, MiB", "exit codes"]
    return table(f"peak memory, medians of {rounds}", columns, rows)
