"""`python -m tests.faults`: every operation that a command sends with every fault, and every request with a SIGKILL.

With `--quick` a share of it, in which every operation meets some faults and every fault some operations.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from tests.faults import clock

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
#: Seconds between two lines of progress.
_OFTEN = 15.0
#: Every line of a journal is brought to the disk, which costs more than all the rest of a cell.
_MEMORY = "/dev/shm"

T = TypeVar("T")


def main(arguments: Sequence[str]) -> int:
    """Zero when nothing went wrong."""
    clock.install()
    from tests.faults import page, share
    from tests.faults.crew import Crew

    asked = _parsed(arguments)
    began = time.perf_counter()
    with (
        tempfile.TemporaryDirectory(prefix="faults-", dir=_MEMORY if os.path.isdir(_MEMORY) else None) as folder,
        Crew(Path(folder), asked.jobs) as crew,
    ):
        places = [place for number, place in enumerate(crew.places()) if asked.scene in (None, number)]
        cells = share.distinct([cell for one, _ in places for cell in one])
        shots = share.distinct_shots([shot for _, one in places for shot in one])
        of = f"of {len(cells)} cells and {len(shots)} kills"
        everything = len(cells), len(shots)
        stale = asked.quick and page.operations(cells) != page.rows(PAGE.read_text(encoding="utf-8"))
        if asked.quick:
            cells, shots = share.of_cells(cells), share.of_shots(shots)
        if asked.families:
            cells, shots = share.of_families(cells), share.shots_of_moments(shots)
        print(f"{len(cells)} cells and {len(shots)} kills {of}, {time.perf_counter() - began:.0f} s", flush=True)
        results = list(_told("cells", len(cells), crew.tried(cells), page.wrong_cell))
        deaths = list(_told("kills", len(shots), crew.killed(shots), page.wrong_kill))
    wrong = sum(len(one.wrong) for one in results) + sum(len(one.wrong) for one in deaths)
    if not asked.quick and asked.scene is None:
        PAGE.write_text(page.page(results, deaths, everything), encoding="utf-8")
    if stale:
        print("docs/faults.md has other operations than the matrix: `make faults` writes it anew")
    seconds = time.perf_counter() - began
    print(f"{len(results)} cells and {len(deaths)} kills in {seconds:.0f} s, {wrong} wrong")
    return int(bool(wrong) or stale)


def _told(what: str, count: int, found: Iterable[T], wrong: Callable[[T], Iterable[str]]) -> Iterator[T]:
    began = said = time.perf_counter()
    for number, one in enumerate(found, 1):
        yield one
        for line in wrong(one):
            print(line, flush=True)
        now = time.perf_counter()
        if now - said > _OFTEN or number == count:
            said = now
            print(f"  {number} of {count} {what}, {now - began:.0f} s", flush=True)


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a share of it")
    parser.add_argument("--families", action="store_true", help="two faults of each family at each operation")
    parser.add_argument("--jobs", type=int, default=1, help="so many processes side by side")
    parser.add_argument("--scene", type=int, help="one scene alone, by its number")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
