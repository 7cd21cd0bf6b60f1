"""How soon a terminal shows the first useful line, beside an earlier build: both take turns in one run.

Useful is the first line of words that stays: what turns while one waits is erased again. The commands end there.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench import former
from tests.bench.measure import CLUSTER, table, trust_as_installed
from tests.e2e.azure import Azure, signed_in

LATENCY = 0.1
SCENARIO: dict[str, Any] = {"latency": LATENCY, "pools": [{"taints": ["CriticalAddonsOnly=true:NoSchedule"]}]}
#: The command line, and the most that it may take of the earlier build's time, where that is a goal.
COMMANDS: Sequence[tuple[tuple[str, ...], str]] = (
    (("run", *CLUSTER, "-c", "kubectl get pods -A"), ""),
    (("diagnose", *CLUSTER), "0.9"),
    (("repair", *CLUSTER, "--yes"), "0.9"),
)
_TITLE = "time to the first useful line"
_LONGEST, _PATIENCE = 60.0, 20.0
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
_TURNING = re.compile(r"^[|/\\-]\s|\d\d:\d\d$|\.\.$")
_WIDTH = 100


def measure(azure: Azure, rounds: int) -> str:
    """Where there is no history to build from, a line that says so."""
    with tempfile.TemporaryDirectory(prefix="aks-invoke-fix-") as folder:
        try:
            commit = former.commit()
        except former.NoHistoryError as error:
            return f"### {_TITLE}\n\nskipped: there is no earlier build to measure against: {error}\n"
        with signed_in(Path(folder, "client"), former.wheel(commit, Path(folder))) as earlier:
            trust_as_installed(earlier)
            return _side_by_side(azure, earlier, commit, rounds)


def _side_by_side(now: Azure, earlier: Azure, commit: str, rounds: int) -> str:
    rows = []
    for words, goal in COMMANDS:
        taken: dict[int, list[float]] = {0: [], 1: []}
        lines = ["", ""]
        for _ in range(rounds):
            for number, azure in enumerate((earlier, now)):
                seconds, lines[number] = first_line(azure, *words)
                taken[number].append(seconds)
        before, after = (statistics.median(taken[number]) for number in (0, 1))
        rows.append([words[0], before, after, f"{after / before:.2f}", goal, *(_cell(line) for line in lines)])
    columns = ["", f"{commit[:7]}, s", "now, s", "ratio", "goal", f"line of {commit[:7]}", "line now"]
    return table(f"{_TITLE}, medians of {rounds}, {LATENCY * 1000:.0f} ms a call", columns, rows)


def first_line(azure: Azure, *words: str) -> tuple[float, str]:
    """The seconds until it came, and the line. All rounds have the same cluster, so nothing of it is remembered."""
    azure.load(SCENARIO)
    shutil.rmtree(azure.config_dir / "aks-invoke-fix", ignore_errors=True)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, _WIDTH, 0, 0))
    began = time.perf_counter()
    process = subprocess.Popen(
        [azure.executable, "aks", "invoke-fix", *words],
        env=azure.environment(),
        cwd=azure.config_dir,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        return _await_line(ours, began)
    finally:
        _end(process)
        os.close(ours)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Politely: the CLI may be writing a file of its own."""
    for way in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, way)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
            return


def _await_line(terminal: int, began: float) -> tuple[float, str]:
    seen = b""
    while (left := began + _LONGEST - time.perf_counter()) > 0:
        if not select.select([terminal], [], [], left)[0]:
            break
        try:
            seen += os.read(terminal, 65536)
        except OSError:
            # The other end of the terminal was closed.
            break
        found = useful(seen)
        if found:
            return time.perf_counter() - began, found
    raise AssertionError(f"no useful line came: {seen!r}")


def useful(seen: bytes) -> str:
    """The first whole line of words in what a terminal was sent; empty as long as there is none."""
    for raw in seen.split(b"\n")[:-1]:
        line = _ESCAPES.sub(b"", raw).rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace").strip()
        if any(letter.isalpha() for letter in line) and not _TURNING.search(line):
            return line
    return ""


def _cell(line: str) -> str:
    return line.replace("|", "\\|")[:60]
