"""Which tests meet a mutant, and whether one of them fails when it shows.

All tests are collected once, and run once with every fault planted and none showing. A mutant is then tried in a fork
of that process, by the tests that meet it alone, the nearest first. One that is met before any test runs, because an
import evaluates it, shows before the tests are collected: it is tried by a test run of its own.
"""

from __future__ import annotations

import functools
import importlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Literal

import pytest

from tools.mutants.children import Ended, in_child, limit
from tools.mutants.places import PACKAGE, Mutant
from tools.mutants.planting import Planted
from tools.quick import FILES, nearest

Verdict = Literal["killed", "timed out", "survived", "not reached"]

#: The seconds that a test may take in any case, and how many times as long as it takes without a fault.
PATIENCE = 20.0
_TIMES = 5.0
#: The seconds for the collection of all tests, and for a test of which is not known how long it takes.
_COLLECTION = 300.0
_ANY_TEST = 120.0

_OPTIONS = ("-q", "--timeout=0", "-p", "no:cacheprovider")
#: What holds the stand-in to the truth tells nothing of the package.
_LEFT_OUT = "tests/unit/simulator"


@dataclass(frozen=True)
class Trial:
    """How a mutant ended, and what noticed it."""

    mutant: Mutant
    verdict: Verdict
    noticed: str = ""


@dataclass(frozen=True)
class _Met:
    """A test with the mutants that it meets, and the seconds that it takes without a fault."""

    test: pytest.Item
    mutants: frozenset[int]
    seconds: float


class Trials:
    """The trials of ``mutants`` by the tests in ``folders`` of the checkout at ``root``, where the process is.

    Each test run empties ``scratch`` and works there.
    """

    def __init__(self, root: Path, mutants: Sequence[Mutant], folders: Sequence[str], scratch: Path) -> None:
        self._root = root
        self._scratch = scratch
        self._mutants = mutants
        self._folders = folders
        self._planted = Planted(root, mutants)

    def run(self, tell: Callable[[Trial], None]) -> list[Trial] | None:
        """Tells of each trial as it ends, and returns all; None where the tests fail without any fault."""
        self._planted.install()
        loaded = set(in_child(self._loaded).value or ())
        others = [switch for switch in range(len(self._mutants)) if switch not in loaded]
        tried = in_child(partial(self._in_one_run, others, tell), apart=False).value
        if tried is None or len(tried) < len(others):
            return None
        trials = [Trial(self._mutants[switch], verdict, noticed) for switch, verdict, noticed in tried]
        for switch in sorted(loaded):
            trials.append(self._trial(switch, in_child(partial(self._run_near, switch))))
            tell(trials[-1])
        return trials

    def _loaded(self) -> list[int]:
        """The mutants that are met before any test runs."""
        self._pytest(self._folders, _Instead(lambda tests: self._import_all()))
        return sorted(self._planted.switches.met)

    def _run_near(self, switch: int) -> str:
        """What fails first of the tests nearest to the mutant, which shows from the first import on."""
        limit(_COLLECTION)
        self._planted.switches.active = switch
        folders = [self._root / folder for folder in self._folders]
        near = nearest({self._root / self._mutants[switch].file}, self._root)[:FILES]
        asked = [str(test) for test in near if any(folder in (test, *test.parents) for folder in folders)]
        watch = _Watch()
        status = self._pytest(["-x", *asked], watch) if asked else 0
        return watch.failed or (f"pytest ended with {status}" if status not in (0, 5) else "")

    def _in_one_run(self, switches: Sequence[int], tell: Callable[[Trial], None]) -> list[tuple[int, str, str]]:
        tried: list[tuple[int, str, str]] = []

        def work(tests: Sequence[pytest.Item]) -> None:
            met = list(self._without_fault(tests))
            for switch in switches:
                trial = self._by_those_that_meet(switch, met)
                tell(trial)
                tried.append((switch, trial.verdict, trial.noticed))

        self._pytest(self._folders, _Instead(work))
        return tried

    def _by_those_that_meet(self, switch: int, met: Sequence[_Met]) -> Trial:
        mutant = self._mutants[switch]
        meeting = sorted(
            (each for each in met if switch in each.mutants),
            key=lambda each: (-_kinship(mutant.file, each.test.path.relative_to(self._root)), each.seconds),
        )
        if not meeting:
            return Trial(mutant, "not reached")
        # A neighbour may have met it only in what a cache kept.
        files = {each.test.path for each in meeting}
        neighbours = [each for each in met if each.test.path in files and switch not in each.mutants]
        return self._trial(switch, in_child(partial(self._run_those, switch, [*meeting, *neighbours])))

    def _without_fault(self, tests: Sequence[pytest.Item]) -> Iterator[_Met]:
        """Each test with what it meets, if all pass."""
        self._import_all()
        seen = in_child(partial(self._record, tests)).value
        if seen is None:
            pytest.exit("The test run itself ended before its end.", returncode=1)
        for test, (failed, seconds, mutants) in zip(tests, seen):
            if failed:
                pytest.exit(f"{failed} fails without any fault: there is nothing to measure.", returncode=1)
            yield _Met(test, frozenset(mutants), seconds)

    def _record(self, tests: Sequence[pytest.Item]) -> list[tuple[str, float, list[int]]]:
        caches = list(_caches())
        met = self._planted.switches.met
        seen = []
        file = None
        for test, following in zip_longest(tests, tests[1:]):
            met.clear()
            # What others left there a test would not meet. For every single test that would take longer than all tests.
            for cache in caches if test.path != file else ():
                cache.cache_clear()
            file = test.path
            start = time.monotonic()
            failed = _run(test, following)
            seen.append((failed, time.monotonic() - start, sorted(met)))
        return seen

    def _run_those(self, switch: int, meeting: Sequence[_Met]) -> str:
        """What fails first."""
        self._planted.switches.active = switch
        tests = [each.test for each in meeting]
        for each, following in zip_longest(meeting, tests[1:]):
            if failed := _run(each.test, following, PATIENCE + _TIMES * each.seconds):
                return failed
        return ""

    def _trial(self, switch: int, ended: Ended) -> Trial:
        if ended.timed_out:
            return Trial(self._mutants[switch], "timed out")
        noticed = "the end of the process" if ended.value is None else str(ended.value)
        return Trial(self._mutants[switch], "killed" if noticed else "survived", noticed)

    def _import_all(self) -> None:
        for file in {mutant.file for mutant in self._mutants}:
            importlib.import_module(".".join(file.with_suffix("").parts).removesuffix(".__init__"))

    def _pytest(self, arguments: Sequence[str], plugin: object) -> int:
        return pytest.main([*_OPTIONS, f"--basetemp={self._scratch}", f"--ignore={_LEFT_OUT}", *arguments], [plugin])


class _Instead:
    """Does ``work`` with the collected tests instead of running them."""

    def __init__(self, work: Callable[[Sequence[pytest.Item]], None]) -> None:
        self._work = work

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed:
            return None
        self._work(session.items)
        return True


class _Watch:
    """Sees the first failure, and lets no test take longer than ``seconds``."""

    def __init__(self, seconds: float = _ANY_TEST) -> None:
        self.failed = ""
        self._seconds = seconds

    def pytest_runtest_logstart(self) -> None:
        limit(self._seconds)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid
            print(report.longreprtext, flush=True)


def _run(test: pytest.Item, following: pytest.Item | None, seconds: float = _ANY_TEST) -> str:
    """The id of the test if it fails. The process ends where it takes longer than that."""
    watch = _Watch(seconds)
    plugins = test.config.pluginmanager
    plugins.register(watch)
    try:
        test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
    finally:
        plugins.unregister(watch)
    return watch.failed


def _caches() -> Iterator[functools._lru_cache_wrapper[object]]:
    for name, module in list(sys.modules.items()):
        if name.startswith(PACKAGE):
            yield from (value for value in vars(module).values() if isinstance(value, functools._lru_cache_wrapper))


def _kinship(file: Path, test: Path) -> int:
    """How many parts of its path a test has in common with the one that mirrors the file."""
    inside = file.relative_to(PACKAGE)
    mirrored = Path("tests/unit", inside.parent, f"test_{inside.name}")
    pairs = list(zip(mirrored.parts, test.parts))
    return next((number for number, (own, other) in enumerate(pairs) if own != other), len(pairs))
