"""The harness itself: a test that cannot fail proves nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import process
from tests.e2e.azure import Azure
from tests.simulator.identity.tokens import issue

ASK = "import os, sys; print(os.isatty(0), os.isatty(1), os.isatty(2)); print('said', input(), file=sys.stderr)"


def python(code: str, **options: Any) -> process.Ended:
    return process.run([sys.executable, "-c", code], dict(os.environ), **options)


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


def started(azure: Azure) -> Azure:
    """The same client, each of whose calls is a started process."""
    return Azure(azure.executable, azure.simulator, azure.config_dir.parent)


#: Help, an object, an error of the parser, one of the CLI, and one of ours.
SAME = (
    ("aks", "invoke-fix", "explain", "--finding", "nodes-full"),
    ("account", "show", "-o", "yaml"),
    ("aks", "invoke-fix", "nonsense"),
    ("aks", "show", "-g", "rg1", "-n", "nope"),
    ("aks", "invoke-fix", "diagnose", "-g", "rg1", "-n", "c1", "--command-id", "x", "--error", "y"),
)


@pytest.mark.parametrize("words", SAME, ids=" ".join)
@pytest.mark.parametrize("tty", [False, True])
def test_a_forked_call_is_like_a_started_one(azure: Azure, words: tuple[str, ...], tty: bool) -> None:
    assert azure.az(*words, tty=tty) == started(azure).az(*words, tty=tty)


def test_a_forked_call_has_its_own_environment_and_folder(azure: Azure, tmp_path: Path) -> None:
    Path(tmp_path, "error.txt").write_text("0/1 nodes are available: 1 Insufficient cpu.", encoding="utf-8")
    words = ("diagnose", "--offline", "--error-file", "error.txt")
    assert azure.invoke_fix(*words, cwd=tmp_path).json()["findings"][0]["id"] == "nodes-full"
    assert azure.invoke_fix(*words, cwd=tmp_path.parent, may_crash=True).rc != 0
    shown = azure.invoke_fix(*words, cwd=tmp_path, env={"AZURE_CORE_OUTPUT": "table"})
    assert not shown.out.startswith("{")


def test_a_setting_that_is_read_at_the_start_is_never_forked(azure: Azure, tmp_path: Path) -> None:
    elsewhere = azure.az("extension", "list", env={"AZURE_EXTENSION_DIR": str(tmp_path)})
    assert elsewhere.json() == []
    assert azure.az("config", "get", env={"AZURE_CONFIG_DIR": str(tmp_path)}).rc == 0
    assert list(tmp_path.iterdir())


def test_a_forked_call_can_be_interrupted_and_killed(azure: Azure) -> None:
    azure.load({"commands": [{"match": "*", "duration": 60}]})
    ended = azure.invoke_fix(
        "run", "-g", "rg1", "-n", "c1", "-c", "sleep 60", "--verbose", interrupt_after="POST", timeout=40
    )
    assert ended.rc == 130


def test_a_shell_finds_an_az_that_is_like_a_started_one(azure: Azure, tmp_path: Path) -> None:
    line = "echo '{}' > it; az account show --query \"user.type\" -o tsv; az aks show -g 'no such' -n it; echo $?"
    assert azure.shell(line, tmp_path) == started(azure).shell(line, tmp_path)
    assert (tmp_path / "it").exists()
