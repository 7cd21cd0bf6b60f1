"""The version in the sources: setup.py says it, HISTORY.rst dates it, and the metadata says whether it is a preview."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

SETUP = Path("setup.py")
HISTORY = Path("HISTORY.rst")
METADATA = Path("azext_aksinvokefix", "azext_metadata.json")

_FORM = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:b([1-9]\d*))?", re.ASCII)
_SAID = re.compile(r'^VERSION = "([^"]*)"$', re.MULTILINE)
#: The newest section: its heading is a version, with a date once it was released, or `Unreleased`.
_NEWEST = re.compile(r"^(\S+)( \(\d{4}-\d\d-\d\d\))?\n-+$", re.MULTILINE)


class ReleaseError(Exception):
    """A release cannot be made; the text says why, and what to do."""


def parsed(version: str) -> tuple[int, int, int, float]:
    """The version as something to compare: a beta comes before what it is a beta of."""
    found = _FORM.fullmatch(version)
    if not found:
        raise ReleaseError(f"'{version}' is no version. Give one such as 1.2.3, or 1.2.3b1 for a preview.")
    major, minor, patch, beta = found.groups()
    return int(major), int(minor), int(patch), int(beta) if beta else float("inf")


def is_preview(version: str) -> bool:
    return parsed(version)[3] != float("inf")


def current(root: Path) -> str:
    """The version that the sources say."""
    said: list[str] = _SAID.findall((root / SETUP).read_text(encoding="utf-8"))
    return said[0]


def bump(root: Path, version: str, date: str) -> None:
    """Write ``version``, released on ``date``, into the sources; all of it is checked before any of it is written."""
    _refuse_a_dirty_tree(root)
    texts = {
        SETUP: _setup(root, version),
        HISTORY: _history(root, version, date),
        METADATA: _metadata(root, version),
    }
    for path, text in texts.items():
        (root / path).write_text(text, encoding="utf-8")


def _refuse_a_dirty_tree(root: Path) -> None:
    state = subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=False)
    if state.returncode:
        raise ReleaseError("A release is made in a git checkout, and this is none.")
    if state.stdout:
        raise ReleaseError(
            f"The checkout has changes that are not committed:\n{state.stdout}Commit or stash them first."
        )


def _setup(root: Path, version: str) -> str:
    before = current(root)
    if parsed(version) < parsed(before):
        raise ReleaseError(f"{version} is older than {before}, the version in {SETUP}. Give a newer one.")
    return _SAID.sub(f'VERSION = "{version}"', (root / SETUP).read_text(encoding="utf-8"), count=1)


def _history(root: Path, version: str, date: str) -> str:
    text = (root / HISTORY).read_text(encoding="utf-8")
    newest = _NEWEST.search(text)
    if not newest or newest[2]:
        released = f"since {newest[1]}" if newest else "so far"
        raise ReleaseError(
            f"{HISTORY} says nothing of what changed {released}. "
            "Put a section 'Unreleased' on top of it that tells users what changed."
        )
    heading = f"{version} ({date})"
    return f"{text[: newest.start()]}{heading}\n{'-' * len(heading)}{text[newest.end() :]}"


def _metadata(root: Path, version: str) -> str:
    metadata = json.loads((root / METADATA).read_text(encoding="utf-8"))
    metadata.pop("azext.isPreview", None)
    if is_preview(version):
        metadata["azext.isPreview"] = True
    return json.dumps(dict(sorted(metadata.items())), indent=4) + "\n"
