"""The exit code holds whatever became of the standard streams, and nothing but the output goes to stdout."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from tests.e2e.azure import Azure
from tests.e2e.run.test_run import CLUSTER, run
from tests.present import present

FAILING = {"commands": [{"match": "*", "logs": "boo\n", "exitCode": 7}]}
COMMAND = ("aks", "invoke-fix", "run", *CLUSTER, "-c", "kubectl get pods", "--on-failure", "none")


def shell(azure: Azure, redirection: str) -> subprocess.CompletedProcess[str]:
    """`az` started by a shell, with its streams as ``redirection`` leaves them."""
    script = f'"$0" "$@" {redirection}'
    return subprocess.run(
        ["sh", "-c", script, azure.executable, *COMMAND],
        check=False,
        env=azure.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        cwd=azure.config_dir.parent,
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"], ids=["stdin", "stdout", "stderr", "all"])
def test_a_closed_stream_changes_nothing(azure: Azure, closed: str) -> None:
    azure.load(FAILING)
    result = shell(azure, closed)
    assert result.returncode == 7
    assert result.stdout == ("" if ">&- 2" in closed or closed == ">&-" else "boo\n")
    assert "Traceback" not in result.stderr


def test_a_full_disk_is_one_line(azure: Azure) -> None:
    azure.load(FAILING)
    result = shell(azure, "> /dev/full")
    assert result.returncode == 1
    assert "The output cannot be written: No space left on device" in result.stderr
    assert "Traceback" not in result.stderr


def test_two_clusters_print_their_output_and_no_list_of_nothing(azure: Azure) -> None:
    azure.load({"commands": [{"match": "*", "logs": "done\n"}]})
    shown = azure.az("aks", "show", *CLUSTER, "--query", "id", "-o", "tsv").out.strip()
    assert azure.invoke_fix("run", "--ids", shown, shown, "-c", "x").out == "done\ndone\n"


def test_a_terminated_pipeline_learns_how_to_resume(azure: Azure) -> None:
    azure.load({"commands": [{"match": "*", "logs": "done\n", "duration": 20}]})
    process = subprocess.Popen(
        [azure.executable, *COMMAND],
        env=azure.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=azure.config_dir.parent,
    )
    seen = present(process.stderr).readline()
    os.kill(process.pid, signal.SIGTERM)
    _, rest = process.communicate(timeout=30)
    assert "Command id:" in seen
    assert (process.returncode, "--command-id" in rest) == (143, True)


def test_what_was_not_sent_is_not_said_to_run(azure: Azure) -> None:
    azure.load({"faults": [{"operation": "cluster-get", "latency": 5}]})
    result = run(azure, "x", "--timeout", "1")
    assert result.rc == 124
    assert "The command was not submitted." in result.err


def test_a_full_disk_under_an_object_is_one_line(azure: Azure) -> None:
    azure.load(FAILING)
    result = shell(azure, "-o json > /dev/full")
    assert result.returncode == 1
    assert "The output cannot be written: No space left on device" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_full_standard_error_leaves_the_exit_code(azure: Azure) -> None:
    azure.load(FAILING)
    result = shell(azure, "2> /dev/full")
    assert (result.returncode, result.stdout) == (7, "boo\n")


def test_a_standard_error_that_nobody_reads_leaves_the_exit_code(azure: Azure) -> None:
    azure.load(FAILING)
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [azure.executable, *COMMAND],
        check=False,
        env=azure.environment(),
        stdout=subprocess.PIPE,
        stderr=writer,
        timeout=60,
        cwd=azure.config_dir.parent,
    )
    os.close(writer)
    assert (ended.returncode, ended.stdout) == (7, b"boo\n")


QUERIES = {
    "a text compared with a number": "max([logs, exitCode])",
    "a function that wants another type": "starts_with(exitCode, 'a')",
    "a sum of texts": "sum([logs])",
    "an unknown function": "nonsense(@)",
    "a sort of unlike things": "sort_by([{a: logs}, {a: exitCode}], &a)",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("code", [0, 7])
def test_a_query_that_fails_leaves_the_exit_code_of_the_command(azure: Azure, query: str, code: int) -> None:
    azure.load({"commands": [{"match": "*", "logs": "boo\n", "exitCode": code}]})
    result = run(azure, "x", "--on-failure", "none", "--query", query)
    assert (result.rc, result.out) == (code, "")
    assert "The --query cannot be applied to the result" in result.err


def test_a_query_that_fails_leaves_the_exit_code_of_a_diagnosis(azure: Azure) -> None:
    azure.load("cluster-stopped")
    result = azure.invoke_fix("diagnose", *CLUSTER, "--fail-on", "error", "--query", "sum(findings[].id)")
    assert result.rc == 4
    assert "The --query cannot be applied to the result" in result.err
