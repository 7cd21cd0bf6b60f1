"""`make record` as its user runs it: with an `az` that is signed in, to a simulator here."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tests.e2e.azure import Azure
from tools.build_wheel import ROOT
from tools.record import stand_in, steps


def record(azure: Azure, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    world = azure.simulator.world
    place = ("--subscription", world.subscription, "--group", "rg1", "--cluster", "c1")
    command = [sys.executable, "-m", "tools.record", *place, "--az", azure.executable, "--out", str(out), *options]
    return subprocess.run(
        command, env=azure.environment(), cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
    )


def test_a_recording_finds_no_difference_sends_what_it_said_and_leaves_nothing_behind(
    azure: Azure, tmp_path: Path
) -> None:
    world = azure.load(stand_in.like({}))
    assignment = next(iter(world.state["policy"]["model"].arm.assignments.values()))["id"]
    writing = ("--allow-writes", "--assignment", assignment)

    said = record(azure, tmp_path, *writing, "--what-if")
    assert (said.returncode, len(world.requests), list(tmp_path.iterdir())) == (0, 0, [])

    done = record(azure, tmp_path, *writing)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    assert f"{len(steps.every())} steps, 0 differ" in done.stdout
    [report] = tmp_path.glob("*/report.md")
    assert "| run-long-output | 202, 200 | none |" in report.read_text(encoding="utf-8")
    assert not world.state["policy"]["model"].arm.exemptions

    # What was shown is what was sent, and beside it nothing but polls and the calls of a sign-in.
    shown = {unquote(line.partition("?")[0]) for line in said.stdout.splitlines() if re.match(r"[A-Z]+ /", line)}
    sent = {f"{each.method} {unquote(urlsplit(each.url).path)}" for each in world.requests}
    assert _alike(shown) <= _alike(sent)
    beside = {
        line for line in _alike(sent) - _alike(shown) if line.startswith(("get /subscr", "post /", "put ", "delete "))
    }
    assert beside and all("/commandresults/" in line for line in beside)


def _alike(lines: set[str]) -> set[str]:
    """Without the part of a name that is drawn."""
    return {re.sub(r"record-[0-9a-f]{8}", "record", line.lower()) for line in lines}
