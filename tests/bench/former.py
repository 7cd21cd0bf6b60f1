"""The build of an earlier commit, to be measured beside today's in one run."""

from __future__ import annotations

import os
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from tools.build_wheel import ROOT, build


class NoHistoryError(Exception):
    """The commit is not in this checkout."""


def commit() -> str:
    """``FORMER`` from the environment, or the first commit with `repair`, by git's own search."""
    wanted = os.environ.get("FORMER")
    if wanted:
        return _git("rev-parse", "--verify", "--quiet", f"{wanted}^{{commit}}").strip()
    found = _git("log", "--reverse", "--format=%H", '-S"repair"', "--", "azext_aksinvokefix/commands.py").split()
    if not found or _git("rev-parse", "--is-shallow-repository").strip() == "true":
        raise NoHistoryError("its history was not cloned")
    return found[0]


def wheel(of: str, folder: Path) -> Path:
    """The wheel of a commit, built below ``folder``."""
    sources = folder / "sources"
    packed = subprocess.run(["git", "archive", of], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=BytesIO(packed)) as archive:
        archive.extractall(sources)  # noqa: S202  git made it just now, of this very repository
    return build(folder / "wheel", sources)


def _git(*words: str) -> str:
    try:
        ended = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NoHistoryError("git is not installed") from error
    if ended.returncode:
        raise NoHistoryError(ended.stderr.strip() or "there is no such commit here")
    return ended.stdout
