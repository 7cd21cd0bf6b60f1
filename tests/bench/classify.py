"""Classifying long error texts, in this process. Twice the text should take twice as long, whatever stands in it."""

from __future__ import annotations

import statistics
import time

from azext_aksinvokefix.failure import classify
from tests.bench.measure import table

MEBIBYTE = 1024 * 1024

DENIAL = (
    'admission webhook "validation.gatekeeper.sh" denied the request: '
    "[azurepolicy-k8sazurev2noprivilege-0123456789abcdef0123] Privileged container is not allowed: command\n"
)

FORBIDDEN = 'Error from server (Forbidden): pods is forbidden: User "u" cannot list resource "pods" in API group ""\n'

UNITS = {
    "ordinary log lines": "2026-11-22T18:00:00Z INFO the quick brown fox jumps over the lazy dog\n",
    "denials": DENIAL,
    "opening brackets": "[",
    "one word": "a",
    "blanks": " ",
    "escapes": "\x1b[31m",
    "token-like": "eyJ",
    "quotes": "\\\"'",
    "Forbidden": FORBIDDEN,
}


def milliseconds(unit: str, size: int, rounds: int) -> float:
    text = (unit * (size // len(unit) + 1))[:size]
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        classify(text, source="argument")
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def measure(rounds: int) -> str:
    rows = []
    for name, unit in UNITS.items():
        once, twice = (milliseconds(unit, size, rounds) for size in (MEBIBYTE, 2 * MEBIBYTE))
        rows.append([name, f"{once:.1f}", f"{twice:.1f}", f"{twice / once:.2f}"])
    return table(f"classify, medians of {rounds}", ["text", "1 MiB, ms", "2 MiB, ms", "ratio"], rows)
