"""`make bench`: every figure of the README, side by side in one run. Nothing here passes or fails.

ROUNDS is how often each is measured (5), ONLY which parts (run steps loader classify memory diagnose chains
scan custom rego first-line), FORMER the commit that first-line is measured against (the first with `repair`).
"""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.bench import chains, classify, custom, diagnose, first_line, loader, memory, rego, run, scan, steps
from tests.bench.measure import trust_as_installed
from tests.e2e.azure import Azure, signed_in
from tools.build_wheel import ROOT, build

#: What is measured over one signed-in Azure, and what needs none.
_OVER_AZURE: Mapping[str, Callable[[Azure, int], str]] = {
    "run": run.measure,
    "steps": steps.measure,
    "memory": memory.measure,
    "diagnose": diagnose.measure,
    "chains": chains.measure,
    "scan": scan.measure,
    "custom": custom.measure,
    "first-line": first_line.measure,
}
_ALONE: Mapping[str, Callable[[int], str]] = {"classify": classify.measure, "rego": rego.measure}
PARTS = ("run", "steps", "loader", "classify", "memory", "diagnose", "chains", "scan", "custom", "rego", "first-line")


def tables(azure: Azure, without: Azure, rounds: int, parts: list[str]) -> Iterator[str]:
    for part in parts:
        if part == "loader":
            yield loader.measure(azure, without, rounds)
        elif part in _ALONE:
            yield _ALONE[part](rounds)
        else:
            yield _OVER_AZURE[part](azure, rounds)


def main() -> None:
    rounds = int(os.environ.get("ROUNDS", "5"))
    parts = os.environ.get("ONLY", " ".join(PARTS)).split()
    report = ROOT / ".work" / "bench.md"
    report.parent.mkdir(exist_ok=True)
    machine = f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.system()} {platform.machine()}\n"
    report.write_text(machine, encoding="utf-8")
    print(machine, flush=True)
    with tempfile.TemporaryDirectory(prefix="aks-invoke-fix-") as folder:
        wheel = build(Path(folder, "wheel"))
        with signed_in(Path(folder, "with"), wheel) as azure, signed_in(Path(folder, "without"), None) as without:
            for each in (azure, without):
                trust_as_installed(each)
            for text in tables(azure, without, rounds, parts):
                print(text, flush=True)
                with report.open("a", encoding="utf-8") as out:
                    out.write(f"\n{text}")


if __name__ == "__main__":
    main()
