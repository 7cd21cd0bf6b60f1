"""Try the wheel as users get it: from the file, and by name from an index, into an az without any extension."""

from __future__ import annotations

import functools
import json
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.az import environment
from tools.release import index
from tools.release.version import ReleaseError


def by_file(az: str, wheel: Path) -> str:
    """Install the file, let a command answer, and return the version that the CLI says is there."""
    with tempfile.TemporaryDirectory() as folder:
        _az(az, folder, "extension", "add", "--source", str(wheel.resolve()), "--yes")
        return _answering(az, folder)


def by_name(az: str, wheel: Path) -> str:
    """The same by name, from an index on this machine that differs from the published one by the address alone."""
    with tempfile.TemporaryDirectory() as folder, _served(wheel) as url:
        _az(az, folder, "extension", "add", "--name", index.NAME, "--allow-preview", "true", "--yes", index_url=url)
        return _answering(az, folder)


def _answering(az: str, folder: str) -> str:
    findings = json.loads(_az(az, folder, "aks", "invoke-fix", "explain", "-o", "json"))
    if not findings:
        raise ReleaseError(f"{az}: `aks invoke-fix explain` knows no finding.")
    version: str = json.loads(_az(az, folder, "extension", "show", "--name", index.NAME, "-o", "json"))["version"]
    return version


def _az(az: str, folder: str, *args: str, index_url: str = "") -> str:
    done = subprocess.run(
        [az, *args],
        env={**environment(Path(folder)), **({"AZURE_EXTENSION_INDEX_URL": index_url} if index_url else {})},
        # Not in the checkout: Python would import the extension from there, not from the wheel.
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReleaseError(f"`{az} {' '.join(args)}` failed with exit code {done.returncode}:\n{done.stderr}")
    return done.stdout


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Requests are of no interest."""


@contextmanager
def _served(wheel: Path) -> Iterator[str]:
    """The address of an index on this machine whose only entry is ``wheel``."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / wheel.name).write_bytes(wheel.read_bytes())
        with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder)) as server:
            address = f"http://127.0.0.1:{server.server_port}"
            Path(folder, "index.json").write_text(index.document(wheel, f"{address}/{wheel.name}"), encoding="utf-8")
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"{address}/index.json"
            finally:
                server.shutdown()
