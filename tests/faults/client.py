"""One `az` command in a process of its own, forked off one that has imported everything: it takes no second to start.

It asks this process for every request and for its token, and can be killed at any of them, as a user's process can.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

from tests.az import environment
from tests.faults import clock, way
from tests.faults.reply import Reply

PACKAGE = Path(__file__).parents[2] / "azext_aksinvokefix"
#: What answers: the time that passed in the client, the method, the URL, the headers and the body to a reply; None is
#: SIGKILL for whoever asks.
Answering = Callable[[float, str, str, Mapping[str, str], bytes], "Reply | None"]
#: Real seconds after which a command is taken to hang.
_HANGS = 120.0
_METADATA = "Metadata-Version: 2.1\nName: aks-invoke-fix\nVersion: 0.0.0\n"


@dataclass(frozen=True)
class Ended:
    """``rc`` is -9 for a client that was killed. ``seconds`` passed on its own clock, ``took`` on ours; ``modules`` are
    those that it had to import."""

    rc: int
    out: str
    err: str
    seconds: float
    took: float
    hung: bool
    modules: tuple[str, ...]


class Client:
    """A signed-in client, with a configuration folder that every command of it shares until it is wiped."""

    def __init__(self, folder: Path, account: Mapping[str, Any], modules: Sequence[str] = ()) -> None:
        self.config = folder / "azure"
        self._folder = folder
        self._account = account
        self._break: Callable[[], object] = _leave_it
        os.environ.update(environment(folder))
        _install(folder / "extensions")
        self.config.mkdir(parents=True, exist_ok=True)
        for name in modules:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        # What is there now is shared by all forks; to look through it for garbage would copy it.
        gc.collect()
        gc.freeze()

    @contextlib.contextmanager
    def broken(self, how: Callable[[], object]) -> Iterator[None]:
        """The commands that are run meanwhile find the package as ``how`` leaves it."""
        self._break = how
        try:
            yield
        finally:
            self._break = _leave_it

    def wipe(self) -> None:
        """Forget what earlier commands left."""
        shutil.rmtree(self.config / "aks-invoke-fix", ignore_errors=True)

    def run(self, words: Sequence[str], answering: Answering, token: Callable[[str], str]) -> Ended:
        """Run one command to its end."""
        ours, theirs = Pipe()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            began = time.perf_counter()
            # Nothing that stands in a buffer here is written twice.
            sys.stdout.flush()
            sys.stderr.flush()
            pid = os.fork()
            if pid == 0:
                ours.close()
                self._be(words, theirs, out.fileno(), err.fileno())
            theirs.close()
            served = _Served(pid, ours, answering, token)
            served.serve()
            rc = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            took = time.perf_counter() - began
            return Ended(rc, _read(out), _read(err), served.seconds, took, served.hung, served.modules)

    def _be(self, words: Sequence[str], line: Connection, out: int, err: int) -> NoReturn:
        """The life of the forked process."""
        code = 70
        try:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out, 1)
            os.dup2(err, 2)
            # A test runner has its own streams and handlers in the place of the system's.
            logging.getLogger().handlers.clear()
            sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            os.chdir(self._folder)
            clock.start()
            self._break()
            code = _az(words, _Line(line), self._account)
        except BaseException:
            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)


def _leave_it() -> None:
    """Nothing is broken."""


class _Served:
    """A client that asks, until it ends."""

    def __init__(self, pid: int, line: Connection, answering: Answering, token: Callable[[str], str]) -> None:
        self._pid = pid
        self._line = line
        self._answering = answering
        self._token = token
        self.seconds = 0.0
        self.hung = False
        self.modules: tuple[str, ...] = ()

    def serve(self) -> None:
        began = time.perf_counter()
        with self._line, contextlib.suppress(EOFError, ConnectionResetError, BrokenPipeError):
            while self._line.poll(max(_HANGS - (time.perf_counter() - began), 0.0)):
                kind, self.seconds, *words = self._line.recv()
                self._heed(kind, words)
            self.hung = True
            os.kill(self._pid, signal.SIGKILL)

    def _heed(self, kind: str, words: list[Any]) -> None:
        if kind == "end":
            self.modules = tuple(words)
        elif kind == "token":
            self._line.send(self._token(*words))
        else:
            reply = self._answering(self.seconds, *words)
            if reply is None:
                os.kill(self._pid, signal.SIGKILL)
            else:
                self._line.send(reply)


def _read(file: Any) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "backslashreplace")  # type: ignore[no-any-return]


def _install(folder: Path) -> None:
    """The package of this checkout as an installed extension."""
    home = folder / "aks-invoke-fix"
    information = home / "aks_invoke_fix-0.0.0.dist-info"
    if home.exists():
        return
    information.mkdir(parents=True)
    (information / "METADATA").write_text(_METADATA, encoding="utf-8")
    (home / PACKAGE.name).symlink_to(PACKAGE)


def _az(words: Sequence[str], line: _Line, account: Mapping[str, Any]) -> int:
    known = set(sys.modules)
    from azure.cli.core import CommandIndex, get_default_cli
    from azure.cli.core._profile import Profile
    from azure.cli.core.auth.identity import Identity

    way.open_through(line.ask)
    with (
        # `az aks` has hundreds of commands of others, which take longer to load than ours to run.
        mock.patch.object(CommandIndex, "get", lambda *_: ([], [PACKAGE.name])),
        mock.patch.object(Profile, "load_cached_subscriptions", lambda *_, **__: [dict(account)]),
        mock.patch.object(Identity, "get_user_credential", lambda *_: _Credential(line)),
    ):
        try:
            cli = get_default_cli()
            cli.out_file = sys.stdout
            code = cli.invoke(["aks", "invoke-fix", *words])
        except SystemExit as left:
            code = left.code
    line.end(sorted(set(sys.modules) - known))
    return int(code or 0)


class _Line:
    """The way to the process that answers; the threads of a command take turns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._turn = threading.Lock()

    def ask(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Reply:
        reply: Reply = self._exchange("request", method, url, headers, body)
        return reply

    def token(self, scope: str) -> str:
        return str(self._exchange("token", scope))

    def end(self, modules: Sequence[str]) -> None:
        with self._turn:
            self._connection.send(("end", clock.passed(), *modules))

    def _exchange(self, kind: str, *words: Any) -> Any:
        with self._turn:
            self._connection.send((kind, clock.passed(), *words))
            return self._connection.recv()


class _Credential:
    """A user's sign-in, behind the CLI's own adaptor. As there, a challenge for claims wants a new sign-in."""

    def __init__(self, line: _Line) -> None:
        self._line = line

    def acquire_token(self, scopes: list[str], claims_challenge: str | None = None, **_: Any) -> dict[str, Any]:
        from azure.cli.core.azclierror import AuthenticationError

        if claims_challenge:
            raise AuthenticationError(
                "AADSTS50076: Due to a configuration change made by your administrator, or because you moved to a new "
                "location, you must use multi-factor authentication to access '797f4846-ba00-4fd7-ba43-dac1f8f63013'."
            )
        return {"access_token": self._line.token(scopes[0]), "expires_in": 3600, "token_type": "Bearer"}
