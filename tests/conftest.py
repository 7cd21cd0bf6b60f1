"""Fixtures that more than one kind of test needs."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.rego import opa
from tests.simulator.policy import rego
from tools.build_wheel import build

# No test fails because the machine was busy, and none by the luck of a draw: `make fuzz` draws at random.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("random", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The wheel of this checkout, built once for all workers of the test run."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "wheel"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return next(folder.glob("*.whl"), None) or build(folder)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not opa.AVAILABLE:
        terminalreporter.write_line(f"The policies of simulated clusters were judged by {rego.judge().name}.")
