"""Write requirements/*.txt from requirements/*.in: every distribution that is installed, with the hashes of its files.

A file is good for any platform and for every Python from the one named here on: markers say what differs. What is
pinned already stays as it is unless `--upgrade` is given.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "requirements"

#: The oldest Python that each file is installed with.
PYTHON = {
    "build": "3.9",
    "dev": "3.11",
    "lock": "3.9",
    "min": "3.9",
    "readers": "3.11",
    "release": "3.11",
    "rego": "3.14",
    "workflows": "3.11",
}

#: Unpacked beside what they would depend on, which the tests do not use.
ALONE = {"rego"}


def lock(uv: str, name: str, *options: str) -> None:
    """Resolve one .in file into its .txt file."""
    command = [uv, "pip", "compile", "--quiet", "--no-config", "--universal", "--generate-hashes"]
    command += ["--python-version", PYTHON[name], "--custom-compile-command", "make requirements", *options]
    command += ["--no-deps"] if name in ALONE else []
    # Not the index of this machine's own settings: its address would not be good anywhere else.
    subprocess.run(
        [*command, "--no-emit-index-url", f"{name}.in", "-o", f"{name}.txt"],
        cwd=FOLDER,
        env={name: value for name, value in os.environ.items() if not name.startswith("UV_")},
        stdout=subprocess.DEVNULL,
        check=True,
    )


if __name__ == "__main__":
    for each in PYTHON:
        lock(sys.argv[1], each, *sys.argv[2:])
