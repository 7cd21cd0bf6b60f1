"""What the extension costs every other `az aks` command, and any `az` command at all."""

from __future__ import annotations

import re
import statistics
from functools import partial

from tests.bench.measure import CLUSTER, alternately, call, median, table
from tests.e2e.azure import Azure

#: The CLI's own table under `--debug`: name, load time, groups, commands.
_ROW = re.compile(r"\baks-invoke-fix\s+(\d+\.\d+)\s+\d+\s+\d+")


def measure(with_extension: Azure, without: Azure, rounds: int) -> str:
    rows: list[list[object]] = []
    for words in (("aks", "show", *CLUSTER), ("aks", "show", "--help"), ("version",)):
        plain, ours = alternately(rounds, partial(call, without, *words), partial(call, with_extension, *words))
        rows.append([f"az {' '.join(words)}", median(plain), median(ours), median(ours) - median(plain)])
    text = table(
        f"other commands, medians of {rounds} (the CLI itself does more as soon as any extension is installed)",
        ["command", "without, s", "with, s", "difference, s"],
        rows,
    )
    return f"{text}\nThe CLI's own figure for loading the extension: {_own_figure(with_extension, rounds)}\n"


def _own_figure(azure: Azure, rounds: int) -> str:
    found = [_ROW.search(azure.az("aks", "show", "--help", "--debug").err) for _ in range(rounds)]
    seconds = [float(match[1]) for match in found if match]
    return f"{statistics.median(seconds) * 1000:.0f} ms (median)" if seconds else "not shown by this CLI"
