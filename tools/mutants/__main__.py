"""See the package's own text."""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from hypothesis import Phase, settings

import tools.mutants
from tools.mutants.places import PACKAGE, ROOT, Mutant, candidates
from tools.mutants.trials import Trial, Trials, Verdict


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """The status is zero where every mutant could be tried, whatever became of it."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=tools.mutants.__doc__)
    parser.add_argument("--count", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at", nargs="+", metavar="FILE[:LINE]", help="all mutants of these places instead")
    parser.add_argument("--tests", nargs="+", default=["tests/unit"], help="folders or files")
    asked = parser.parse_args(arguments)
    every = candidates(root)
    chosen = _at(asked.at, every) if asked.at else random.Random(asked.seed).sample(every, asked.count)
    print(f"{len(chosen)} of {len(every)} mutants; those that no test notices:", flush=True)

    screen = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1, encoding="utf-8")

    def tell(trial: Trial) -> None:
        if trial.verdict != "killed":
            code = (root / trial.mutant.file).read_text(encoding="utf-8").splitlines()[trial.mutant.line - 1]
            screen.write(
                f"{trial.verdict}: {trial.mutant.file}:{trial.mutant.line}: {trial.mutant.what}: {code.strip()}\n"
            )

    os.chdir(root)
    _once_each()
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        # What pytest prints of a test run that is meant to fail is nothing to read.
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
        trials = Trials(root, chosen, asked.tests, Path(scratch, "tests")).run(tell)
        if trials is None:
            log.seek(0)
            screen.write("".join(log.readlines()[-30:]))
    seen = Counter(trial.verdict for trial in trials or ())
    verdicts = get_args(Verdict) if trials else ()
    screen.write(", ".join(f"{seen[verdict]} {verdict}" for verdict in verdicts) + "\n")
    return int(trials is None)


def _at(places: Sequence[str], every: Sequence[Mutant]) -> list[Mutant]:
    return [each for each in every if any(_is_at(each, place) for place in places)]


def _is_at(mutant: Mutant, place: str) -> bool:
    file, _, line = place.partition(":")
    return mutant.file == Path(PACKAGE, file) and line in ("", str(mutant.line))


def _once_each() -> None:
    """A failed example is enough: hypothesis does not look for a simpler one."""
    settings.register_profile("mutants", deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
