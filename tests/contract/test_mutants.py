"""What `make mutants` says of a small package whose tests have a known hole of each kind."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.mutants.places import places
from tools.mutants.planting import planted

ROOT = Path(__file__).resolve().parents[2]

MODULE = """\
GROWN = 18
SPARE = 3

def grown(age):
    return age >= GROWN

def wait(done):
    while not done:
        pass

def unknown(age):
    return age is None
"""

TESTS = """\
from azext_aksinvokefix.ages import grown, wait

def test_grown():
    assert grown(18)
    assert not grown(17)

def test_wait():
    wait(True)
"""

#: A test is to wait a fraction of a second for what takes for ever.
RUN = """\
import sys
from pathlib import Path
from tools.mutants import trials
from tools.mutants.__main__ import main
trials.PATIENCE = 0.5
sys.exit(main(["--at", "ages.py"], Path.cwd()))
"""


def tried(folder: Path, tests: str) -> subprocess.CompletedProcess[str]:
    for name, text in {"azext_aksinvokefix/__init__.py": "", "azext_aksinvokefix/ages.py": MODULE}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "tests/unit").mkdir(parents=True)
    (folder / "tests/unit/test_ages.py").write_text(tests, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}
    return subprocess.run(
        [sys.executable, "-c", RUN], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_each_mutant_has_its_verdict_and_nothing_is_written(tmp_path: Path) -> None:
    ended = tried(tmp_path, TESTS)

    _, *holes, sum_ = ended.stdout.splitlines()
    assert sorted(holes) == [
        "not reached: azext_aksinvokefix/ages.py:12: comparison turned round: return age is None",
        "not reached: azext_aksinvokefix/ages.py:12: returned value dropped: return age is None",
        "survived: azext_aksinvokefix/ages.py:2: constant moved: SPARE = 3",
        "timed out: azext_aksinvokefix/ages.py:8: not dropped: while not done:",
    ], ended.stderr
    assert sum_ == "3 killed, 1 timed out, 1 survived, 2 not reached"
    assert ended.returncode == 0
    assert (tmp_path / "azext_aksinvokefix/ages.py").read_text(encoding="utf-8") == MODULE


def test_nothing_is_measured_with_tests_that_fail_anyway(tmp_path: Path) -> None:
    ended = tried(tmp_path, TESTS + "    assert False\n")

    assert "test_wait fails without any fault" in ended.stdout
    assert "killed" not in ended.stdout
    assert ended.returncode == 1


@pytest.mark.parametrize(
    ("expression", "sound", "faults"),
    [
        ("2 < x", True, [True, False]),
        ("x if x > 3 else 0", 0, [3, 3, 1, 0]),
        ("not x", False, [True]),
        ("x == 3 and x in (3,)", True, [True, False, False, False, False]),
        ("[i for i in range(x) if not i]", [0], [[1, 2]]),
    ],
)
def test_a_planted_fault_shows_when_it_is_switched_on_and_only_then(
    expression: str, sound: object, faults: list[object]
) -> None:
    tree = ast.parse(f"seen = {expression}")
    switches = range(len(list(places(tree))))
    code = compile(planted(tree, {switch: switch for switch in switches}), "<planted>", "exec")

    def seen(active: int | None) -> object:
        values: dict[str, object] = {"x": 3, "__mutant__": lambda switch: switch == active}
        exec(code, values)
        return values["seen"]

    assert seen(None) == sound
    assert [seen(switch) for switch in switches] == faults
