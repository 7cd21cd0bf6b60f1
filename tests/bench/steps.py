"""`run` with several commands, several clusters and a large output against stock calls: same server, taking turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from tests.bench.measure import CLUSTER, Sample, call, median, table
from tests.e2e.azure import Azure

LATENCY = 0.1
LINES = 10
CLUSTERS = 10
#: A kubectl line of 0.3 s.
LINE = "kubectl get pods >/dev/null; sleep 0.2"
_LARGE = 'awk \'BEGIN { while (n++ < 70000) print "default   web-" n "   1/1   Running   0   12d" }\''


def measure(azure: Azure, rounds: int) -> str:
    azure.load({"latency": LATENCY})
    rows = [_lines(azure, rounds), _clusters(azure, rounds), _wrapper(azure, rounds), _large(azure, rounds)]
    columns = ["what", "stock or plain, s", "invoke-fix run, s", "ratio", "difference, s", "invokes", "exit codes"]
    return table(f"run with steps, {LATENCY * 1000:.0f} ms a call, medians of {rounds}", columns, rows)


def _repeatedly(rounds: int, *measured: Callable[[], list[Sample]]) -> list[list[list[Sample]]]:
    """Each of ``measured`` once a round; one may be several calls, one after the other."""
    return [[measure() for measure in measured] for _ in range(rounds)]


def _row(what: str, rounds: list[list[list[Sample]]], invokes: str) -> list[object]:
    totals = [[_sum(round_[side]) for round_ in rounds] for side in (0, 1)]
    stock, ours = (median(samples) for samples in totals)
    codes = sorted({sample.rc for round_ in rounds for side in round_ for sample in side})
    return [what, stock, ours, ours / stock, ours - stock, invokes, ", ".join(map(str, codes))]


def _sum(samples: list[Sample]) -> Sample:
    return Sample(sum(sample.seconds for sample in samples), 0.0, max(sample.rc for sample in samples), 0)


def _lines(azure: Azure, rounds: int) -> list[object]:
    steps = [word for _ in range(LINES) for word in ("-c", LINE)]
    found = _repeatedly(
        rounds,
        lambda: [call(azure, "aks", "command", "invoke", *CLUSTER, "-c", LINE) for _ in range(LINES)],
        lambda: [call(azure, "aks", "invoke-fix", "run", *CLUSTER, *steps)],
    )
    return _row(f"{LINES} kubectl lines", found, f"{LINES} / 1")


def _clusters(azure: Azure, rounds: int) -> list[object]:
    world = azure.load({"latency": LATENCY, "clusters": [{"name": f"c{number}"} for number in range(CLUSTERS)]})
    ids = [cluster.id for cluster in world.clusters.values()]
    command = "sleep 0.3"
    found = _repeatedly(
        rounds,
        lambda: [
            call(azure, "aks", "command", "invoke", "-g", cluster.group, "-n", cluster.name, "-c", command)
            for cluster in world.clusters.values()
        ],
        lambda: [call(azure, "aks", "invoke-fix", "run", "--ids", *ids, "-c", command)],
    )
    azure.load({"latency": LATENCY})
    return _row(f"{CLUSTERS} clusters", found, f"{CLUSTERS} / {CLUSTERS}")


def _wrapper(azure: Azure, rounds: int) -> list[object]:
    """A plain run beside a wrapped one of the same command: what the wrapper itself costs."""
    found = _repeatedly(
        max(rounds, 5),
        lambda: [call(azure, "aks", "invoke-fix", "run", *CLUSTER, "-c", LINE)],
        lambda: [call(azure, "aks", "invoke-fix", "run", *CLUSTER, "-c", LINE, "--keep-going")],
    )
    return _row("the wrapper itself", found, "1 / 1")


def _large(azure: Azure, rounds: int) -> list[object]:
    """Stock gives 512 KiB of it."""
    stock = [call(azure, "aks", "command", "invoke", *CLUSTER, "-c", _LARGE) for _ in range(rounds)]
    before, seconds = len(azure.simulator.world.runs), []
    for _ in range(rounds):
        began = time.perf_counter()
        result = azure.invoke_fix("run", *CLUSTER, "-c", _LARGE, "--full-output", timeout=120)
        seconds.append(time.perf_counter() - began)
    invokes = (len(azure.simulator.world.runs) - before) / rounds
    what = f"{len(result.out) / 1024 / 1024:.1f} MiB of output, whole"
    ours = statistics.median(seconds)
    return [what, median(stock), ours, ours / median(stock), ours - median(stock), f"1 / {invokes:g}", result.rc]
