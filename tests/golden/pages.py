"""The reports of a scenario, of a preflight and of a run, made in process at a moment that stands still."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone, tzinfo
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from azext_aksinvokefix import diagnosis
from azext_aksinvokefix.arm import SignInError
from azext_aksinvokefix.evidence.sign_in import read_signin
from azext_aksinvokefix.lifecycle import Diagnosis, Item
from azext_aksinvokefix.report import terminal
from azext_aksinvokefix.report.lines import as_text
from azext_aksinvokefix.report.text import render
from tests.simulator.identity import tokens
from tests.worlds import roles
from tests.worlds.roles import Roles

FOLDER = Path(__file__).parent
COMMAND = "kubectl get pods"
_PATIENCE = 600
_NOW = datetime(2026, 11, 28, 3, 0, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Look:
    """One way to look at a report; its files lie in a folder of its name."""

    folder: str
    columns: int
    colour: bool = False
    detail: bool = False
    unicode: bool = True


LOOKS = (
    Look("60", 60),
    Look("100", 100),
    Look("140", 140),
    Look("colour", 100, colour=True),
    Look("detail", 100, detail=True, unicode=False),
)


class _Clock(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> _Clock:
        return cls.fromtimestamp(_NOW.timestamp(), _NOW.tzinfo)


class _Edge(roles.Edge):
    """The edge of a client of the newest CLI. How a token for the cluster is refused is modelled."""

    def sign_in(self) -> Item:
        world = self.pipeline.direct.world
        token = tokens.issue(world, "arm")
        return read_signin(token=token, cli_version="2.91.0", cloud_shell=world.scenario.cloud_shell)

    def cluster_token(self, cluster: Mapping[str, Any]) -> str:
        if self.pipeline.direct.world.scenario.cloud_shell:
            raise SignInError("Audience 6dae42f8-… is not a supported MSI token audience.", "cloud-shell-token")
        return super().cluster_token(cluster)

    def cluster_token_error(self, cluster: Mapping[str, Any]) -> str:
        try:
            self.cluster_token(cluster)
        except SignInError as error:
            return error.message
        return ""


def pages(name: str, scratch: Path) -> Iterator[tuple[Look, str]]:
    """Every look at a scenario, with the text of its file."""
    with pytest.MonkeyPatch.context() as patch:
        found = _diagnoses(name, scratch, patch)
        for look in LOOKS:
            patch.setenv("COLUMNS", str(look.columns))
            yield look, "\n".join(f"# {title}\n{_shown(each, look)}" for title, each in found)


def _shown(found: Diagnosis, look: Look) -> str:
    lines = render(found, width=terminal.columns(), unicode=look.unicode, detail=look.detail)
    return as_text(lines, terminal.paint(SimpleNamespace(enable_color=True), _Terminal()) if look.colour else None)


class _Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def _diagnoses(name: str, scratch: Path, patch: pytest.MonkeyPatch) -> list[tuple[str, Diagnosis]]:
    """Of a preflight, and of a run where it fails. The names of what was looked at come from the scenario alone."""
    patch.setattr("azext_aksinvokefix.lifecycle.datetime", _Clock)
    patch.setattr("tests.simulator.core.world.time", SimpleNamespace(time=_NOW.timestamp))
    patch.setenv("TERM", "xterm")
    patch.delenv("NO_COLOR", raising=False)
    world = Roles(scratch, patch, name)
    world.edge = _Edge(world.direct)
    found = [("diagnose", diagnosis.diagnose(world.edge, world.id))]
    # A pause lets the time of the simulated world pass, and for what never ends there is a deadline.
    world.edge.arm.deadline = time.monotonic() + _PATIENCE
    failure = world.run(COMMAND).failure
    world.edge.arm.deadline = None
    if failure is not None:
        found.append((f"run -c '{COMMAND}'", diagnosis.diagnose(world.edge, world.id, failure)))
    return [(title, replace(each, correlation_id="00000000-0000-0000-0000-000000000000")) for title, each in found]
