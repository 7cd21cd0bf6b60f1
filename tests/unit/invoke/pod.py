"""Runs a plan's wrapper in a folder that stands for the pod's, with a shell of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from azext_aksinvokefix.cluster import LOG_LIMIT
from azext_aksinvokefix.invoke import steps
from azext_aksinvokefix.invoke.plan import Plan

#: The POSIX shells that the wrapper is held to; each is a Debian package of the same name.
SHELLS = {"dash": ("dash",), "bash": ("bash",), "busybox": ("busybox", "sh")}
#: What the wrapper cannot do without.
_BASICS = ("sh", "cat", "mv", "rm", "wc")


@dataclass(frozen=True)
class Ended:
    """How the wrapper ended: everything that it printed, and what its folders hold afterwards."""

    code: int
    output: bytes
    left: list[str]

    def read(self, plan: Plan, limit: int | None = None) -> steps.Transcript:
        found = steps.read(self.output[:limit], plan)
        assert found is not None, self.output[:500]
        return found


def run(
    plan: Plan,
    folder: Path,
    shell: Iterable[str] = ("sh",),
    path: str | None = None,
    files: Mapping[str, bytes] = MappingProxyType({}),
) -> Ended:
    """Run the wrapper of ``plan`` below ``folder``; ``path`` replaces PATH, ``files`` are there as well."""
    words = list(shell)
    working, moved = folder / "command-files", folder / "tmp"
    for each in (working, moved):
        shutil.rmtree(each, ignore_errors=True)
        each.mkdir(parents=True)
    for name, content in (*plan.files(), *files.items()):
        (working / name).parent.mkdir(exist_ok=True)
        (working / name).write_bytes(content)
    ended = subprocess.run(
        [shutil.which(words[0]) or words[0], *words[1:], *plan.command.split()[1:]],
        cwd=working,
        env={"PATH": path or os.environ["PATH"], "TMPDIR": str(moved)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    left = [name for each in (working, moved) for name in os.listdir(each) if name not in files]
    return Ended(ended.returncode, ended.stdout, left)


def path_with(folder: Path, *tools: str) -> str:
    """A PATH that has the wrapper's basics and the named tools alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for tool in (*_BASICS, *tools):
        found = shutil.which(tool)
        assert found, f"this machine has no {tool}"
        (folder / tool).symlink_to(found)
    return str(folder)


__all__ = ["LOG_LIMIT", "SHELLS", "Ended", "path_with", "run"]
