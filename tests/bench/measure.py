"""Time, memory and requests of one `az` call, and tables of them."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import certifi

from tests.e2e.azure import Azure

CLUSTER = ("-g", "rg1", "-n", "c1")


#: A process is born with the peak memory of its parent, so a parent much smaller than `az` has to start it.
LAUNCHER = """
import json, resource, subprocess, sys, time
began, silent = time.perf_counter(), subprocess.DEVNULL
rc = subprocess.call(sys.argv[1:], stdin=silent, stdout=silent, stderr=silent)
seconds, used = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([seconds, used.ru_maxrss, rc, used.ru_utime + used.ru_stime]))
"""


@dataclass(frozen=True)
class Sample:
    """One `az` call: wall time, peak memory and CPU seconds of its process, exit code, and how many requests it sent to
    ARM."""

    seconds: float
    mebibytes: float
    rc: int
    requests: int
    cpu: float = 0.0


def trust_as_installed(azure: Azure) -> None:
    """Let the client check certificates as everybody's does, against all roots that the CLI ships. Reading them is a
    good part of opening a connection, which a bundle with one certificate would hide."""
    bundle = Path(azure.simulator.ca_file)
    bundle.write_bytes(bundle.read_bytes() + Path(certifi.where()).read_bytes())


def call(azure: Azure, *args: str) -> Sample:
    """Run `az` with its output thrown away."""
    sent = _arm_requests(azure)
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LAUNCHER, azure.executable, *args],
        env=azure.environment(),
        cwd=azure.config_dir,
        capture_output=True,
        check=True,
    )
    seconds, kibibytes, rc, cpu = json.loads(ended.stdout)
    return Sample(seconds, kibibytes / 1024, rc, _arm_requests(azure) - sent, cpu)


def _arm_requests(azure: Azure) -> int:
    return sum(exchange.operation != "token" for exchange in azure.simulator.world.requests)


def alternately(rounds: int, *measured: Callable[[], Sample]) -> list[list[Sample]]:
    """Each of ``measured`` once a round, so that a slow minute of the machine slows all of them."""
    samples: list[list[Sample]] = [[] for _ in measured]
    for _ in range(rounds):
        for index, measure in enumerate(measured):
            samples[index].append(measure())
    return samples


def median(samples: Iterable[Sample], of: Callable[[Sample], float] = lambda sample: sample.seconds) -> float:
    return statistics.median(map(of, samples))


def exits(samples: Iterable[Sample]) -> str:
    """The exit codes seen: a measured call that failed would otherwise look fast."""
    return ", ".join(str(rc) for rc in sorted({sample.rc for sample in samples}))


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A markdown table under a heading; numbers to the right."""
    lines = [f"### {title}", "", _row(columns), _row(["---"] + ["---:"] * (len(columns) - 1))]
    return "\n".join([*lines, *map(_row, rows), ""])


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(f'{cell:.3f}' if isinstance(cell, float) else str(cell) for cell in cells)} |"
