"""An `az` of its own for a test, without any sign-in."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.az import environment, executable


def az(folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    folder.mkdir(parents=True, exist_ok=True)
    # Not in the checkout: Python would import the extension from there, not from the wheel.
    return subprocess.run(
        [executable(), *args],
        env={**environment(folder), **env},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )


def install(folder: Path, wheel: Path) -> None:
    az(folder, "extension", "add", "--source", str(wheel), "--yes")
