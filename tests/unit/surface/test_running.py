"""In which order somebody at a terminal is told how a command ended."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from azext_aksinvokefix import failure
from azext_aksinvokefix.invoke.request import Request
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.report.console import Console
from azext_aksinvokefix.report.turn import Turn
from azext_aksinvokefix.surface import running
from azext_aksinvokefix.surface.asked import Asked


class Stream:
    """A terminal; both streams write to one ``screen``."""

    encoding = "utf-8"

    def __init__(self, screen: list[str]) -> None:
        self._screen = screen

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._screen.append(text)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def readline(self) -> str:
        return "n\n"


FAILED = RunResult(
    "failed", exit_code=1, logs="NAME\nError from server\n", failure=failure.classify("exit 1", source="run")
)


@pytest.fixture
def see(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """All that is shown at the terminal of a command that failed, from now on."""

    def sit() -> list[str]:
        shown: list[str] = []
        for name in ("stdin", "stdout", "stderr"):
            monkeypatch.setattr(f"sys.{name}", Stream(shown))
        monkeypatch.setattr(running, "_run", lambda *_: FAILED)
        log = SimpleNamespace(error=lambda text: shown.append(f"ERROR: {text}\n"))
        monkeypatch.setattr("knack.log.get_logger", lambda *_: log)
        return shown

    return sit


def console(turn: Turn | None = None) -> Console:
    config = SimpleNamespace(get=lambda *_, **__: None, getboolean=lambda *_, **__: True)
    context = SimpleNamespace(config=config, data={}, only_show_errors=False, register_event=lambda *_: None)
    context.invocation = SimpleNamespace(data={})
    return Console(context, "rg1", "c1", turn=turn)


def test_the_output_comes_first_then_how_it_ended_then_the_question(see: Callable[[], list[str]]) -> None:
    screen = see()
    running.ended(None, console(), Asked(Request(("x",)), []), None)
    shown = "".join(screen)
    places = [shown.index(part) for part in ("Error from server", "ERROR: The command ran", "(Y/n)")]
    assert places == sorted(places)


def test_of_several_clusters_the_label_stands_above_the_output(see: Callable[[], list[str]]) -> None:
    screen, turn = see(), Turn()
    running.ended(None, console(turn=turn), Asked(Request(("x",)), []), "none")
    assert screen == []
    turn.come()
    shown = "".join(screen)
    assert shown.startswith("==> c1 (rg1) exit 1\nNAME\n") and shown.index("ERROR") > shown.index("Error from server")
