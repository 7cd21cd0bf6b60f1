"""What `make` offers to a newcomer works as it is printed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.az import environment
from tests.e2e.azure import Result
from tools.build_wheel import ROOT
from tools.demo import SCENES, Scene, Step, UnexpectedEndError, play


def simulator(scenario: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tools.simulator", scenario]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_lines_of_the_simulator_work_in_another_shell_and_nothing_is_left_of_it(tmp_path: Path) -> None:
    serving = simulator("nodes-tainted")
    assert serving.stdout is not None
    lines: list[str] = []
    try:
        for line in serving.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        exports = "".join(line for line in lines if line.startswith("export "))
        (diagnose,) = (line for line in lines if line.startswith("az aks invoke-fix diagnose"))
        inherited = {name: value for name, value in environment(tmp_path).items() if not name.startswith("AZURE_")}
        pasted = subprocess.run(
            ["bash", "-c", f'{exports}{diagnose}echo "$AZURE_CONFIG_DIR"'],
            env=inherited,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        serving.send_signal(signal.SIGINT)
        said = serving.communicate(timeout=60)[1]
    finally:
        serving.kill()
    assert '"id": "nodes-tainted"' in pasted.stdout, pasted.stderr
    assert (serving.returncode, "are removed" in said) == (0, True), said
    assert not os.path.exists(pasted.stdout.splitlines()[-1])


def test_the_demo_runs_through_where_nobody_presses_enter() -> None:
    command = [sys.executable, "-m", "tools.demo"]
    ended = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    steps = sum(len(scene.steps) for scene in SCENES)
    assert ended.stdout.count("[exit code ") == steps
    assert "\x1b" not in ended.stdout and "Traceback" not in ended.stdout


def test_the_demo_stops_at_a_step_that_ends_otherwise_than_it_should(capsys: pytest.CaptureFixture[str]) -> None:
    stops: list[str] = []
    with pytest.raises(UnexpectedEndError, match="ended with 3, and should have ended with 0"):
        play(Ending(3), Scene("healthy", "", (Step("first", ("show",)), Step("never", ()))), lambda: stops.append(""))  # type: ignore[arg-type]
    assert stops == [""] and "never" not in capsys.readouterr().out


class Ending:
    """An Azure in which everything ends with one exit code."""

    def __init__(self, rc: int) -> None:
        self.rc = rc

    def load(self, _scenario: str) -> None:
        pass

    def az(self, *command: str, **_options: object) -> Result:
        return Result(command, self.rc, "", "")


def test_the_simulator_names_the_nearest_scenarios_to_one_that_does_not_exist() -> None:
    ended = simulator("nodes-ful").communicate(timeout=60)
    assert ended == ("", "error: there is no scenario 'nodes-ful'; the nearest are: nodes-full, nodes-arm-only\n")
