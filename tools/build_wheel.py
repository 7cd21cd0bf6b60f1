"""Build the extension's wheel so that the same sources give the same bytes on every machine.

A wheel records dates and file modes, and setuptools packs whatever an earlier build left in ./build. So a fresh copy is
built, at a fixed date and under a fixed umask.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("setup.py", "pyproject.toml", "LICENSE", "README.md", "azext_aksinvokefix")

#: The earliest date that a zip archive can hold; a constant needs neither a clock nor a git history.
EPOCH = "315532800"


def copy_sources(source: Path, target: Path) -> None:
    """Copy what belongs in the wheel, with the modes that a checkout under umask 022 has."""
    for name in SOURCES:
        origin = source / name
        if origin.is_dir():
            shutil.copytree(origin, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(origin, target / name)
    for path in target.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def build(out: Path, source: Path = ROOT) -> Path:
    """Build the wheel of ``source`` into the folder ``out`` and return its path."""
    with tempfile.TemporaryDirectory(prefix="aks-invoke-fix-") as scratch:
        tree, built = Path(scratch, "tree"), Path(scratch, "built")
        tree.mkdir()
        copy_sources(source, tree)
        command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-index", "--no-build-isolation"]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
        subprocess.run([*command, "-w", str(built), str(tree)], env=environment, umask=0o022, check=True)
        (wheel,) = built.glob("*.whl")
        out.mkdir(parents=True, exist_ok=True)
        return Path(shutil.move(str(wheel), str(out / wheel.name)))


def main(out: Path) -> None:
    """Leave one wheel in ``out``, so that a pattern names it."""
    for older in out.glob("aks_invoke_fix-*.whl"):
        older.unlink()
    print(build(out))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "dist"))
