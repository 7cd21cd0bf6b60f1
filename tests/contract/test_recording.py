"""A recorded run command, replayed through `run`: a simulator of our own could share a misunderstanding with us."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.az import environment
from tests.contract.sandbox import install

RECORDING = Path(os.environ.get("RECORDING", "../shared/data/recordings/test_aks_run_command.yaml"))
REPLAY = Path(__file__).with_name("replay.py")


@pytest.mark.skipif(not RECORDING.exists(), reason=f"there is no recording at {RECORDING}")
def test_run_prints_the_logs_of_the_recorded_command(wheel: Path, tmp_path: Path) -> None:
    install(tmp_path, wheel)
    command = ["run", "-g", "clitest000001", "-n", "cmdtest000002", "-c", "kubectl get pods -A"]
    ended = subprocess.run(
        [sys.executable, str(REPLAY), str(RECORDING.resolve()), "aks", "invoke-fix", *command],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("NAMESPACE     NAME ")
    assert "konnectivity-agent" in ended.stdout
