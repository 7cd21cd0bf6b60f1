"""The shell script that runs several steps in the pod, as it travels with them."""

from __future__ import annotations

from pathlib import Path


def script() -> bytes:
    """The text of the wrapper."""
    return Path(__file__).with_name("run.sh").read_bytes()
