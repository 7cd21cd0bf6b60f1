"""An `az` that has imported what its commands import, and forks one for every call: it takes no second to start.

Run as a program by the interpreter of an `az`, this file is that process; imported, it has the class that talks to it.
What a call brings is its own, as if it had been started: arguments, environment, folder, streams, session, signals.
What is read while modules are imported is not, so that a call with another such setting is started for real. So are all
calls where ``COLD_AZ`` is set, as in the legs for the oldest and the newest interpreters.

Each fork tells what it still had to import, and the next one has that as well. Nothing of the extension is among it.
"""

from __future__ import annotations

import atexit
import importlib
import io
import json
import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Variables that modules, or the interpreter itself, read while they are loaded.
_READ_AT_START = re.compile(r"AZURE_CONFIG_DIR$|AZURE_EXTENSION_DIR$|HOME$|PYTHON|LANG$|LC_|TMPDIR$|TZ$")
_LONGEST = 1 << 20


class Process:
    """One call of `az`, with what the tests need of a subprocess.Popen."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self.pid = int(_number(line))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0.001)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._line.settimeout(timeout)
            try:
                self.returncode = int(_number(self._line) or -signal.SIGKILL)
            except (TimeoutError, socket.timeout, BlockingIOError):
                raise subprocess.TimeoutExpired(["az"], timeout or 0.0) from None
            self._line.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


def _number(line: socket.socket) -> bytes:
    """What stands on the next line; nothing when the other end is gone."""
    found = b""
    while not found.endswith(b"\n"):
        more = line.recv(1)
        if not more:
            return b""
        found += more
    return found.strip()


class Warm:
    """The process that forks, for one interpreter and one environment; it ends with this object."""

    def __init__(self, az: str, env: Mapping[str, str], folder: Path) -> None:
        self._base = _at_start(env)
        self._address = str(folder / "warm")
        interpreter = Path(az).read_text(encoding="utf-8").splitlines()[0].removeprefix("#!")
        self._server = subprocess.Popen(
            [interpreter, "-s", __file__, self._address], env=dict(env), cwd=folder, stdin=subprocess.PIPE
        )

    def fits(self, env: Mapping[str, str]) -> bool:
        """Whether a call with this environment may be forked."""
        return _at_start(env) == self._base

    def start(self, args: Sequence[str], env: Mapping[str, str], cwd: str | None, streams: Sequence[int]) -> Process:
        line = self._connected()
        call = json.dumps({"args": list(args), "env": dict(env), "cwd": cwd or os.getcwd()}).encode()
        socket.send_fds(line, [len(call).to_bytes(4, "big")], list(streams))
        line.sendall(call)
        return Process(line)

    def close(self) -> None:
        self._server.kill()
        self._server.wait()

    def _connected(self) -> socket.socket:
        deadline = time.monotonic() + 30
        while True:
            line = socket.socket(socket.AF_UNIX)
            try:
                line.connect(self._address)
                return line
            except (FileNotFoundError, ConnectionRefusedError):
                line.close()
                if time.monotonic() > deadline or self._server.poll() is not None:
                    raise
                time.sleep(0.02)


def _at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if _READ_AT_START.match(name)}


def serve(address: str) -> str:
    """Fork for every call, until the tests are gone.

    Returns in the fork that is to be `az`, with the folder in which it tells what it had to import.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    learned = f"{address}-modules"
    os.makedirs(learned, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen(16)
        parent = os.getppid()
        door.settimeout(5)
        while os.getppid() == parent:
            with suppress(socket.timeout):
                line, _ = door.accept()
                _learn(learned)
                if _is_az(line):
                    return learned
                line.close()
    sys.exit(0)


def _learn(folder: str) -> None:
    for name in os.listdir(folder):
        if name.startswith("."):
            continue
        file = os.path.join(folder, name)
        with open(file, encoding="utf-8") as text:
            for module in json.load(text):
                with suppress(Exception):
                    importlib.import_module(module)
        os.unlink(file)


def _is_az(line: socket.socket) -> bool:
    """Whether this is the fork that is to be `az`. Between it and the server stands one that waits for it."""
    if os.fork():
        return False
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, streams, _, _ = socket.recv_fds(line, 4, 3)
    call = json.loads(_exactly(line, int.from_bytes(size, "big")))
    pid = os.fork()
    if pid == 0:
        line.close()
        _become(call, streams)
        return True
    for stream in streams:
        os.close(stream)
    line.sendall(f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    with suppress(OSError):
        line.sendall(f"{_exit_code(status)}\n".encode())
    os._exit(0)


def _exit_code(status: int) -> int:
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _exactly(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        found += line.recv(min(size - len(found), _LONGEST))
    return found


def _become(call: Mapping[str, Any], streams: Sequence[int]) -> None:
    """Take over what a started process would have."""
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(call["cwd"])
    os.environ.clear()
    os.environ.update(call["env"])
    os.environ.setdefault("AZ_INSTALLER", "PIP")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # The objects stay, since defaults of functions hold them; of what they are over, they ask every time.
    assert isinstance(sys.stdout, io.TextIOWrapper)
    sys.stdout.reconfigure(line_buffering=os.isatty(1))
    sys.path.insert(0, call["cwd"])
    sys.argv = ["az", *call["args"]]


def _tell(folder: str, known: set[str]) -> None:
    """What this fork had to import of what is installed; an extension is none of it."""
    extensions = os.environ.get("AZURE_EXTENSION_DIR", "")
    new = [
        name
        for name, module in list(sys.modules.items())
        if name not in known and _is_installed(str(getattr(module, "__file__", None) or ""), extensions)
    ]
    if new:
        fresh = os.path.join(folder, f".{os.getpid()}")
        with open(fresh, "w", encoding="utf-8") as file:
            json.dump(new, file)
        os.replace(fresh, os.path.join(folder, str(os.getpid())))


def _is_installed(file: str, extensions: str) -> bool:
    return file.startswith(sys.prefix) and not (extensions and file.startswith(extensions)) and "__main__" not in file


if __name__ == "__main__":
    # The folder of this file, whose modules have names like those of installed ones.
    del sys.path[0]
    told = serve(sys.argv[1])
    atexit.register(_tell, told, set(sys.modules))
    runpy.run_module("azure.cli", run_name="__main__", alter_sys=True)
