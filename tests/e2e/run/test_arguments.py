"""What is typed is what runs, and what is asked of the result costs nothing but the result's printing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.azure import Azure
from tests.e2e.run.test_run import run

SCRIPT = "echo 'Grüße'"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "job.sh"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_command_from_a_file_arrives_as_its_text(azure: Azure, file: Path, encoding: str) -> None:
    world = azure.load("healthy")
    file.write_bytes(SCRIPT.encode(encoding))
    assert run(azure, f"@{file}").rc == 0
    assert world.executions(SCRIPT) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        (SCRIPT.encode("latin-1"), "not UTF-8 text"),
        (SCRIPT.encode("latin-1") + b" ", "not UTF-8 text"),
        (SCRIPT.encode("utf-16-le"), "not UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n\xff", "not UTF-8 text"),
    ],
    ids=["no file", "latin-1", "latin-1 of even length", "utf-16 without a mark", "binary"],
)
def test_a_file_that_is_no_command_is_a_usage_error(azure: Azure, file: Path, content: bytes | None, says: str) -> None:
    world = azure.load("healthy")
    if content is not None:
        file.write_bytes(content)
    result = run(azure, f"@{file}")
    assert result.rc == 2 and says in result.err and str(file) in result.err, result.err
    assert "run-command" not in [request.operation for request in world.requests]


@pytest.mark.parametrize("option", ["-c", "--command"])
@pytest.mark.parametrize("joined", [False, True], ids=["apart", "with ="])
def test_however_the_file_is_named_no_base64_arrives(azure: Azure, file: Path, option: str, joined: bool) -> None:
    world = azure.load("healthy")
    file.write_bytes(b"\xff\xfe" + SCRIPT.encode("latin-1") + b"!" * (len(SCRIPT) % 2 + 1))
    words = (f"{option}=@{file}",) if joined else (option, f"@{file}")
    result = azure.invoke_fix("run", "-g", "rg1", "-n", "c1", *words)
    assert result.rc == 2 and str(file) in result.err, result.err
    assert "run-command" not in [request.operation for request in world.requests]


@pytest.mark.parametrize("command", ["diagnose", "repair", "exempt-policy"])
def test_an_error_in_a_file_that_is_not_there_is_a_usage_error(azure: Azure, command: str) -> None:
    azure.load("healthy")
    result = azure.invoke_fix(command, "-g", "rg1", "-n", "c1", "--error", "@/nope.log")
    assert (result.rc, "'/nope.log' cannot be read" in result.err) == (2, True), result.err


@pytest.mark.parametrize("value", ["a" * 129, "ä", "x y", ""])
def test_a_command_id_that_cannot_be_one_is_a_usage_error(azure: Azure, value: str) -> None:
    azure.load("healthy")
    result = azure.az("aks", "invoke-fix", "run", "-g", "rg1", "-n", "c1", "--command-id", value)
    assert (result.rc, "Traceback" in result.err) == (2, False)


@pytest.mark.smoke
@pytest.mark.parametrize(("scenario", "code"), [("command-exits-1", 1), ("healthy", 0), ("nodes-tainted", 125)])
def test_a_query_that_fails_costs_no_exit_code(azure: Azure, scenario: str, code: int) -> None:
    azure.load(scenario)
    result = run(azure, "kubectl get pods", "--on-failure", "none", "--query", "[exitCode, logs, outcome][?@ > `0`]")
    assert result.rc == code, result.err
    assert "--query cannot be applied" in result.err and "Traceback" not in result.err
    assert result.out == ""


def test_a_query_that_works_still_selects(azure: Azure) -> None:
    azure.load("command-exits-1")
    result = run(azure, "kubectl get pods", "--query", "exitCode", "-o", "tsv")
    assert (result.rc, result.out.strip()) == (1, "1")
