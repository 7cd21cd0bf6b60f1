"""The real `az`, signed in to a simulated Azure, and what it answered."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.az import environment, executable
from tests.e2e import process
from tests.e2e.warm import Warm
from tests.simulator.core.recorder import dump
from tests.simulator.core.world import World
from tests.simulator.http.server import Simulator

#: A JSON Web Token with a payload; the simulator issues no other.
_TOKEN = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+")

_CRASHES = ("Traceback (most recent call last)", "The command failed with an unexpected error")


@dataclass(frozen=True)
class Result:
    """What one `az` call printed and how it ended."""

    command: tuple[str, ...]
    rc: int
    out: str
    err: str

    def json(self) -> Any:
        """Standard output as JSON."""
        try:
            return json.loads(self.out)
        except ValueError:
            raise AssertionError(f"no JSON on standard output of {self}") from None

    def __str__(self) -> str:
        return f"az {' '.join(self.command)}\nexit code {self.rc}\n--- out\n{self.out}\n--- err\n{self.err}"


class Azure:
    """One signed-in client and the simulator that it talks to."""

    def __init__(self, az: str, simulator: Simulator, folder: Path, warm: Warm | None = None) -> None:
        self.simulator = simulator
        self.config_dir = folder / "azure"
        self.executable = az
        self._warm = warm
        self._folder = folder
        self._loaded: list[World] = []

    def load(self, scenario: str | dict[str, Any]) -> World:
        """Replace the simulated Azure by a scenario of `tests/scenarios`, or by one given as a mapping."""
        world = self.simulator.load(scenario)
        self._loaded.append(world)
        return world

    def environment(self) -> dict[str, str]:
        """What `az` runs with; it depends on the scenario, which may be one inside Cloud Shell."""
        return {**environment(self._folder), **self.simulator.environment(self.config_dir)}

    def az(
        self,
        *args: str,
        env: Mapping[str, str | None] | None = None,
        input: str | None = None,
        cwd: str | os.PathLike[str] | None = None,
        timeout: float = 60,
        tty: bool = False,
        interrupt_after: str | None = None,
        may_crash: bool = False,
    ) -> Result:
        """Run `az`; no stack trace may show unless ``may_crash``, and invoke-fix may never print a token.

        ``cwd`` is never the checkout by default: Python would import the extension from there, not from the wheel.
        A variable of ``env`` that is None is taken away. ``interrupt_after``: press Ctrl-C once this stands in standard
        error. ``tty``: under a terminal.
        """
        ended = process.run(
            [self.executable, *args],
            {name: value for name, value in {**self.environment(), **(env or {})}.items() if value is not None},
            cwd=os.fspath(cwd or self._folder),
            typed=input,
            timeout=timeout,
            tty=tty,
            interrupt_after=interrupt_after,
            warm=self._warm,
        )
        result = Result(args, ended.rc, ended.out, ended.err)
        if not may_crash:
            assert not any(crash in ended.err for crash in _CRASHES), f"a stack trace:\n{result}"
        if "invoke-fix" in args:
            assert not _TOKEN.search(ended.out + ended.err), f"a token was printed:\n{result}"
        return result

    def invoke_fix(self, *args: str, **options: Any) -> Result:
        """`az aks invoke-fix …` with the options of :meth:`az`."""
        return self.az("aks", "invoke-fix", *args, **options)

    def shell(self, line: str, cwd: str | os.PathLike[str] | None = None, timeout: float = 120) -> Result:
        """Run a line as a person would who pastes it: in a shell that finds `az`."""
        env = self.environment()
        folder = self._warm.on_path() if self._warm and self._warm.fits(env) else os.path.dirname(self.executable)
        env["PATH"] = f"{folder}{os.pathsep}{env['PATH']}"
        ended = process.run(["sh", "-c", line], env, cwd=os.fspath(cwd or self._folder), timeout=timeout)
        return Result((line,), ended.rc, ended.out, ended.err)

    def apart(self, folder: Path) -> Azure:
        """Another client of the same simulator, signed in anew: for Cloud Shell, another tenant or subscription."""
        other = Azure(self.executable, self.simulator, folder)
        other._loaded = self._loaded
        shutil.copytree(self.config_dir, other.config_dir)
        _succeed(other, "login", "--identity")
        return other

    def save_traffic(self, file: Path, source: str) -> None:
        """Append what was exchanged with the worlds loaded since the last call, one JSON line each."""
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            for world in self._loaded:
                dump(world.requests, out, source)
        self._loaded.clear()


@contextmanager
def signed_in(folder: Path, wheel: Path | None, az: str | None = None, *, warm: bool = False) -> Iterator[Azure]:
    """A simulator and a client of its own, kept below ``folder``; ``wheel`` is installed by `az` itself.

    ``warm``: calls are forked off an `az` that is there already, see tests.e2e.warm.
    """
    az = az or executable()
    with Simulator() as simulator, contextlib.ExitStack() as stack:
        azure = Azure(az, simulator, folder)
        azure.config_dir.mkdir(parents=True)
        for command in simulator.registration():
            _succeed(azure, *command)
        if wheel is not None:
            _succeed(azure, "extension", "add", "--source", str(wheel), "--yes")
        if warm:
            azure = Azure(
                az, simulator, folder, stack.enter_context(contextlib.closing(Warm(az, azure.environment(), folder)))
            )
        yield azure


def _succeed(azure: Azure, *command: str) -> None:
    result = azure.az(*command)
    assert result.rc == 0, str(result)
