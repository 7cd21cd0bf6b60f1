"""The container of a command pod, for real: `sh` in a folder of its own, with the tools of the command's image.

Of the image only kubectl, helm, jq, xargs, grep, awk and kustomize are documented. A scenario takes tools away. There
is no helm and no kustomize here: no package carries the programs.
"""

# modelled: the image of the command pod has a shell's usual company, gzip, base64 and tar among it
# proof: `make record`, step run-tools

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulator.aks.attachments import AttachedFile

_TOOLS = (
    "sh kubectl jq xargs grep awk gzip base64 tar cat mv rm wc head tail ls cp mkdir rmdir touch chmod ln sleep seq "
    "printf echo env true false tr sort uniq cut sed date tee find id hostname dirname basename mktemp pwd expr test "
    "stat cmp diff setsid uname yes dd sha256sum kill timeout"
).split()
#: A command that is not over by then is killed, as the kubelet kills one that its node evicts.
_SECONDS = 120.0
# modelled: the files of a container may fill 64 MiB
# proof: runCommand recorded with a command that writes until it cannot; it uses the node's disk, so it is no step
_FILE_BLOCKS = 64 * 1024 * 1024 // 512
_MEMORY_KIB = 4 * 1024 * 1024
_BOUNDED = f'ulimit -f {_FILE_BLOCKS}; ulimit -v {_MEMORY_KIB}; exec sh -c "$1"'


@dataclass
class Execution:
    """One command while it runs. ``finished(exit_code, output)`` is called once, from a thread of its own."""

    command: str
    files: Iterable[AttachedFile]
    kubeconfig: str
    missing: tuple[str, ...]
    finished: Callable[[int, bytes], None]
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _stopped: bool = field(default=False, init=False)

    def start(self, after: float) -> None:
        """Run after so many seconds."""
        timer = threading.Timer(max(after, 0.0), self._run)
        timer.daemon = True
        timer.start()

    def stop(self) -> None:
        """The pod is killed, and everything in it."""
        self._stopped = True
        if self._process is not None:
            _kill(self._process)

    def _run(self) -> None:
        with tempfile.TemporaryDirectory(prefix="command-pod-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            self._lay_out(folder)
            with (folder / "output").open("wb") as output:
                code = self._wait(folder, output.fileno())
            written = (folder / "output").read_bytes()
        self.finished(code, written)

    def _wait(self, folder: Path, output: int) -> int:
        """Start the command, wait for its shell alone, and take down what that left behind."""
        self._process = process = subprocess.Popen(
            [str(folder / "bin" / "sh"), "-c", _BOUNDED, "sh", self.command],
            cwd=folder / "command-files",
            env=self._environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        if self._stopped:
            _kill(process)
        try:
            code = process.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            _kill(process)
            code = process.wait()
        _kill(process)
        return code if code >= 0 else 128 - code

    def _lay_out(self, folder: Path) -> None:
        for each in ("bin", "tmp", "home", "command-files"):
            (folder / each).mkdir()
        for tool in _TOOLS:
            found = find_tool(tool)
            if found and tool not in self.missing:
                (folder / "bin" / tool).symlink_to(found)
        (folder / "kubeconfig").write_text(self.kubeconfig)
        for file in self.files:
            path = folder / "command-files" / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.content)
            path.chmod(file.mode or 0o644)

    @staticmethod
    def _environment(folder: Path) -> dict[str, str]:
        return {
            "PATH": str(folder / "bin"),
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "KUBECONFIG": str(folder / "kubeconfig"),
            "KUBECACHEDIR": str(folder / "home" / "cache"),
            "LANG": "C.UTF-8",
        }


def find_tool(name: str) -> str | None:
    """A program of this machine; kubectl is the one of the test requirements, which lies beside the interpreter."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if name == "kubectl" and beside.exists() else shutil.which(name)


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
