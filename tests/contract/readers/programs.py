"""The programs that read reports and pipeline commands, where they can be had."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
READERS = Path(os.environ.get("READERS", ROOT / ".work" / "readers")).absolute()


def found(*names: str) -> str:
    """The program of one of these names; the test is skipped where there is none."""
    program = next(filter(None, map(shutil.which, names)), None)
    return program or pytest.skip(f"{names[0]} is not installed")


def node(script: str, *arguments: str, needs: tuple[str, ...], stdin: str = "") -> subprocess.CompletedProcess[str]:
    """A script of this folder; skipped where npm could not install what it needs."""
    program = found("node")
    for package in needs:
        if not (READERS / "node_modules" / package).is_dir():
            pytest.skip(f"npm could not install {package} here")
    env = {**os.environ, "NODE_PATH": str(READERS / "node_modules"), "READERS": str(READERS)}
    return _run([program, str(HERE / script), *arguments], env, stdin)


def python_tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A program that pip installed; skipped where it could not."""
    program = READERS / "python" / "bin" / name
    if not program.exists():
        pytest.skip(f"pip could not install {name} here")
    return _run([str(program), *arguments], {**os.environ, "PYTHONPATH": str(READERS / "python")}, "")


def python_library(name: str) -> None:
    """Let a library that pip installed be imported, behind everything else; skipped where it could not."""
    folder = READERS / "python"
    if not (folder / name).is_dir():
        pytest.skip(f"pip could not install {name} here")
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def _run(command: list[str], env: dict[str, str], stdin: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=env, input=stdin, capture_output=True, text=True, timeout=120, check=False)
