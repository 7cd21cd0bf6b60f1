"""A recorded run command, replayed through `run`: a simulator of our own could share a misunderstanding with us."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.az import environment
from tests.contract.sandbox import install

RECORDING = Path(os.environ.get("RECORDING", "../shared/data/recordings/test_aks_run_command.yaml"))
REPLAY = Path(__file__).with_name("replay.py")


def invoked() -> list[Any]:
    """What `az aks command invoke` exchanged; the recording begins with the making of the cluster."""
    everything = yaml.safe_load(RECORDING.read_text(encoding="utf-8"))["interactions"]
    return [each for each in everything if each["request"]["headers"].get("CommandName") == ["aks command invoke"]]


@pytest.mark.skipif(not RECORDING.exists(), reason=f"there is no recording at {RECORDING}")
def test_run_prints_the_logs_of_the_recorded_command(wheel: Path, tmp_path: Path) -> None:
    install(tmp_path, wheel)
    recording = tmp_path / "recording.yaml"
    recording.write_text(yaml.safe_dump({"version": 1, "interactions": invoked()}), encoding="utf-8")
    command = ["run", "-g", "clitest000001", "-n", "cmdtest000002", "-c", "kubectl get pods -A"]
    ended = subprocess.run(
        [sys.executable, str(REPLAY), str(recording), "aks", "invoke-fix", *command],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("NAMESPACE     NAME ")
    assert "konnectivity-agent" in ended.stdout
