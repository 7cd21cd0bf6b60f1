"""The software bill of materials of the wheel, in the form of CycloneDX."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.build_wheel import EPOCH


def document(wheel: Path, url: str, cyclonedx: Path) -> str:
    """What is there once ``wheel`` is installed, as the tool of CycloneDX sees it; the same text for the same wheel."""
    with tempfile.TemporaryDirectory() as folder:
        python = _environment(Path(folder), wheel)
        listed = subprocess.run(
            [cyclonedx, "environment", "--output-reproducible", "--of", "JSON", python],
            env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH},
            capture_output=True,
            text=True,
            check=True,
        )
    bill = json.loads(listed.stdout)
    _published(bill, wheel, url)
    return json.dumps(bill, indent=2, sort_keys=True) + "\n"


def _environment(folder: Path, wheel: Path) -> Path:
    """The interpreter of an environment that holds the wheel, and what it asks for, and nothing else."""
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    install = [sys.executable, "-m", "pip", "-qq", "--python", str(python), "install", "--no-index", str(wheel)]
    subprocess.run(install, check=True)
    return python


def _published(bill: dict[str, list[dict[str, list[dict[str, str]]]]], wheel: Path, url: str) -> None:
    """Say where the wheel is published instead of where it lay."""
    for component in bill["components"]:
        for reference in component["externalReferences"]:
            if reference["url"] == wheel.resolve().as_uri():
                reference["url"] = url
