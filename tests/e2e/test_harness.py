"""The harness itself: a test that cannot fail proves nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.e2e import process
from tests.e2e.azure import Azure
from tests.simulator.identity.tokens import issue

ASK = "import os, sys; print(os.isatty(0), os.isatty(1), os.isatty(2)); print('said', input(), file=sys.stderr)"


def python(code: str, **options: object) -> process.Ended:
    return process.run([sys.executable, "-c", code], dict(os.environ), **options)  # type: ignore[arg-type]


def test_a_program_without_a_terminal_reads_what_was_typed() -> None:
    assert python(ASK, typed="hello\n") == process.Ended(0, "False False False\n", "said hello\n")


def test_a_program_under_a_terminal_sees_one_on_all_three_streams() -> None:
    ended = python(ASK, typed="hello\n", tty=True)

    assert ended.rc == 0
    assert "True True True\n" in ended.out
    assert ended.err == "said hello\n"


def test_more_output_than_a_pipe_holds_arrives_whole() -> None:
    assert len(python("print('x' * 1_000_000)").out) == 1_000_001


def test_an_interrupted_program_sees_ctrl_c() -> None:
    ended = python(
        "import sys, time; print('ready', file=sys.stderr, flush=True); time.sleep(30)", interrupt_after="ready"
    )

    assert ended.rc != 0
    assert "KeyboardInterrupt" in ended.err


def test_a_program_that_hangs_is_ended_and_reported() -> None:
    with pytest.raises(process.OverdueError, match="longer than 0.2 s"):
        python("import time; time.sleep(30)", timeout=0.2)


@pytest.mark.smoke
def test_the_client_is_signed_in_to_the_simulator_and_has_the_extension(azure: Azure) -> None:
    assert azure.az("account", "show").json()["user"]["type"] == "servicePrincipal"
    assert [extension["name"] for extension in azure.az("extension", "list").json()] == ["aks-invoke-fix"]
    assert azure.az("aks", "show", "-g", "rg1", "-n", "c1").json()["name"] == "c1"


def test_a_stack_trace_fails_a_test(azure: Azure, tmp_path: Path) -> None:
    crash = "import sys; print('Traceback (most recent call last):', file=sys.stderr)"
    (tmp_path / "sitecustomize.py").write_text(crash, encoding="utf-8")

    with pytest.raises(AssertionError, match="a stack trace"):
        azure.az("version", env={"PYTHONPATH": str(tmp_path)})


def test_a_printed_token_fails_a_test(azure: Azure, tmp_path: Path) -> None:
    leak = f"import sys; print({issue(azure.load({}), 'somebody')!r}, file=sys.stderr)"
    (tmp_path / "sitecustomize.py").write_text(leak, encoding="utf-8")

    with pytest.raises(AssertionError, match="a token was printed"):
        azure.invoke_fix("--help", env={"PYTHONPATH": str(tmp_path)})


def test_traffic_is_kept_for_validation(azure: Azure, tmp_path: Path) -> None:
    azure.az("aks", "show", "-g", "rg1", "-n", "c1")
    azure.save_traffic(tmp_path / "traffic.jsonl", "a test")

    assert "managedClusters/c1" in (tmp_path / "traffic.jsonl").read_text(encoding="utf-8")
