"""`make bench`: every figure of the README, side by side in one run. Nothing here passes or fails.

ROUNDS sets how often each thing is measured (5), ONLY which parts (run steps loader classify
memory diagnose scan rego).
"""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench import classify, diagnose, loader, memory, rego, run, scan, steps
from tests.e2e.azure import Azure, signed_in
from tools.build_wheel import ROOT, build

PARTS = ("run", "steps", "loader", "classify", "memory", "diagnose", "scan", "rego")


def tables(azure: Azure, without: Azure, rounds: int, parts: list[str]) -> Iterator[str]:
    can_diagnose = azure.az("aks", "invoke-fix", "diagnose", "--help").rc == 0
    if "run" in parts:
        yield run.measure(azure, rounds)
    if "steps" in parts:
        yield steps.measure(azure, rounds)
    if "loader" in parts:
        yield loader.measure(azure, without, rounds)
    if "classify" in parts:
        yield classify.measure(rounds)
    if "rego" in parts:
        yield rego.measure(rounds)
    if "memory" in parts:
        yield memory.measure(azure, rounds, diagnose=can_diagnose)
    if "diagnose" in parts and can_diagnose:
        yield diagnose.measure(azure, rounds)
    if "scan" in parts and can_diagnose:
        yield scan.measure(azure, rounds)


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
            for text in tables(azure, without, rounds, parts):
                print(text, flush=True)
                with report.open("a", encoding="utf-8") as out:
                    out.write(f"\n{text}")


if __name__ == "__main__":
    main()
