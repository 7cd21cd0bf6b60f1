"""An `az` that has imported what its commands import, and forks one for every call: it takes no second to start.

Run as a program by the interpreter of an `az`, this file is that process; with the arguments of a call besides, it has
one forked; imported, it has the class that talks to it.
What a call brings is its own, as if it had been started: arguments, environment, folder, streams, session, signals.
What is read while modules are imported is not, so that a call with another such setting is started for real. So are all
calls where ``COLD_AZ`` is set, as in the legs for the oldest and the newest interpreters.

Each fork tells what it still had to import, and the next one has that as well, the modules of the extension included.
What an import does, and that none is missing, is for the tests that start `az` and for those of the package alone.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import json
import os
import re
import runpy
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Variables that modules, or the interpreter itself, read while they are loaded.
_READ_AT_START = re.compile(r"AZURE_CONFIG_DIR$|AZURE_EXTENSION_DIR$|HOME$|PYTHON|LANG$|LC_|TMPDIR$|TZ$")
_LONGEST = 1 << 20
#: A misspelled command imports all of the CLI, which would make every fork after it a larger one.
_MOST_MODULES = 1500


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
        return _asked(self._connected(), args, env, cwd or os.getcwd(), streams)

    def on_path(self) -> str:
        """A folder with an `az` for a shell that has the environment of this object: it asks for a fork as well."""
        os.makedirs(folder := f"{self._address}-bin", exist_ok=True)
        script = os.path.join(folder, "az")
        with open(script, "w", encoding="utf-8") as file:
            file.write(
                f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -sE {shlex.quote(__file__)} {self._address} "$@"\n'
            )
        os.chmod(script, 0o700)
        return folder

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


def _asked(
    line: socket.socket, args: Sequence[str], env: Mapping[str, str], cwd: str, streams: Sequence[int]
) -> Process:
    call = json.dumps({"args": list(args), "env": dict(env), "cwd": cwd}).encode()
    socket.send_fds(line, [len(call).to_bytes(4, "big")], list(streams))
    line.sendall(call)
    return Process(line)


def ask(address: str, args: Sequence[str]) -> int:
    """Be an `az` to whoever started this program: the fork has its streams, environment and folder."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(address)
        return _asked(line, args, os.environ, os.getcwd(), (0, 1, 2)).wait()


def _at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if _READ_AT_START.match(name)}


def serve(address: str) -> str:
    """Fork for every call, until the tests are gone.

    Returns in the fork that is to be `az`, with the folder in which it tells what it had to import.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.path += [folder.path for folder in os.scandir(_extensions()) if folder.is_dir()]
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
    # What is there already is never looked through again: a page that nobody writes to is not copied.
    gc.freeze()
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
    """What this fork had to import of the CLI and of its extension."""
    homes = (sys.prefix, _extensions())
    new = [
        name
        for name, module in list(sys.modules.items())
        if name not in known and str(getattr(module, "__file__", None) or "").startswith(homes)
    ]
    if 0 < len(new) < _MOST_MODULES:
        fresh = os.path.join(folder, f".{os.getpid()}")
        with open(fresh, "w", encoding="utf-8") as file:
            json.dump(new, file)
        os.replace(fresh, os.path.join(folder, str(os.getpid())))


def _extensions() -> str:
    """The folder of the extensions, as the CLI finds it."""
    return os.environ.get("AZURE_EXTENSION_DIR") or os.path.join(os.environ["AZURE_CONFIG_DIR"], "cliextensions")


def _run_az() -> None:
    """As the `az` on the path does; a call that ended as it should leaves without taking its thousand modules apart."""
    try:
        runpy.run_module("azure.cli", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        # In the order in which the interpreter does it; of a stream that is gone, it has more to say itself.
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
            if ended.code is None or isinstance(ended.code, int):
                os._exit((ended.code or 0) & 0xFF)
        raise


if __name__ == "__main__":
    # The folder of this file, whose modules have names like those of installed ones.
    del sys.path[0]
    if len(sys.argv) > 2:
        sys.exit(ask(sys.argv[1], sys.argv[2:]))
    told = serve(sys.argv[1])
    atexit.register(_tell, told, set(sys.modules))
    _run_az()
