"""What `run` prints and how it exits when the service answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.azure import Azure, Result
from tests.simulator.core.world import World

CLUSTER = ("-g", "rg1", "-n", "c1")


def run(azure: Azure, command: str = "kubectl get pods", *more: str, **options: Any) -> Result:
    return azure.invoke_fix("run", *CLUSTER, "-c", command, *more, **options)


def submitted(world: World) -> Any:
    """The body of the one runCommand that the service saw."""
    [body] = [x.request_body for x in world.requests if x.operation == "run-command"]
    return body


def commands(*entries: Any, **more: Any) -> dict[str, Any]:
    return {"commands": list(entries), **more}


@pytest.mark.smoke
def test_the_output_of_the_command_is_printed_as_it_is(azure: Azure) -> None:
    azure.load(commands({"match": "*", "logs": "NAME  READY\nweb   1/1\n", "exitCode": 0}))
    result = run(azure)
    assert (result.rc, result.out) == (0, "NAME  READY\nweb   1/1\n")


@pytest.mark.smoke
@pytest.mark.parametrize("code", [1, 7, 127])
def test_the_exit_code_is_that_of_the_command(azure: Azure, code: int) -> None:
    azure.load(commands({"match": "*", "logs": "no such thing\n", "exitCode": code}))
    result = run(azure)
    assert (result.rc, result.out) == (code, "no such thing\n")
    assert f"The command ran and exited with {code}." in result.err


@pytest.mark.smoke
@pytest.mark.parametrize("output", ["json", "jsonc", "yaml", "yamlc", "table", "tsv", "none"])
def test_the_exit_code_holds_for_every_output_format(azure: Azure, output: str) -> None:
    azure.load(commands({"match": "*", "logs": "x", "exitCode": 3}))
    assert run(azure, "x", "-o", output).rc == 3


@pytest.mark.smoke
def test_the_object_has_every_member_of_the_contract(azure: Azure) -> None:
    azure.load(commands({"match": "*", "logs": "hello\n", "exitCode": 0}))
    found = run(azure, "x", "-o", "json").json()
    assert sorted(found) == [
        "commandId",
        "diagnosis",
        "exitCode",
        "failure",
        "finishedAt",
        "logs",
        "outcome",
        "startedAt",
        "truncated",
    ]
    assert (found["outcome"], found["exitCode"], found["logs"], found["truncated"]) == (
        "succeeded",
        0,
        "hello\n",
        False,
    )
    assert found["failure"] is None
    assert found["diagnosis"] is None
    assert found["startedAt"] <= found["finishedAt"]


@pytest.mark.parametrize("how", [("--query", "exitCode"), ("--query", "exitCode", "-o", "tsv")])
def test_a_query_needs_no_output_format(azure: Azure, how: tuple[str, ...]) -> None:
    azure.load(commands({"match": "*", "logs": "hello\n", "exitCode": 5}))
    result = run(azure, "x", *how)
    assert (result.rc, result.out.strip()) == (5, "5")


def test_a_configured_output_format_counts(azure: Azure) -> None:
    result = run(azure, env={"AZURE_CORE_OUTPUT": "json"})
    assert result.json()["outcome"] == "succeeded"


def test_the_command_id_is_on_stderr_and_nothing_else(azure: Azure) -> None:
    result = run(azure)
    assert result.err.startswith("Command id: ")
    assert len(result.err.splitlines()) == 1


def test_only_show_errors_is_silent_on_success(azure: Azure) -> None:
    assert run(azure, "true", "--only-show-errors").err == ""


def test_no_wait_prints_the_id_and_the_result_can_be_had_later(azure: Azure) -> None:
    azure.load(commands({"match": "*", "logs": "late\n", "exitCode": 4, "duration": 1}))
    begun = run(azure, "x", "--no-wait")
    assert begun.rc == 0
    resumed = azure.invoke_fix("run", *CLUSTER, "--command-id", begun.out.strip())
    assert (resumed.rc, resumed.out) == (4, "late\n")


def test_no_wait_as_an_object(azure: Azure) -> None:
    found = run(azure, "x", "--no-wait", "-o", "json").json()
    assert (found["outcome"], found["exitCode"]) == ("running", None)
    assert found["commandId"]


def test_a_timeout_exits_124_and_says_how_to_resume(azure: Azure) -> None:
    azure.load(commands({"match": "*", "logs": "done\n", "exitCode": 0, "duration": 3}))
    result = run(azure, "x", "--timeout", "1", "-o", "json")
    found = result.json()
    assert (result.rc, found["outcome"], found["exitCode"]) == (124, "timedOut", None)
    assert f"--command-id {found['commandId']}" in result.err
    resumed = azure.invoke_fix("run", *CLUSTER, "-i", found["commandId"])
    assert (resumed.rc, resumed.out) == (0, "done\n")


def test_output_that_the_service_cut_is_flagged(azure: Azure) -> None:
    azure.load("output-truncated")
    result = run(azure, "x", "-o", "json")
    assert result.json()["truncated"] is True
    assert "512 KiB" in result.err


def test_output_of_any_bytes_passes(azure: Azure) -> None:
    text = "snow ☃ \x1b[31mred\x1b[0m tab\t\u202e end\n"
    azure.load(commands({"match": "*", "logs": text, "exitCode": 0}))
    assert run(azure, env={"PYTHONIOENCODING": "utf-8"}).out == text
    assert "\\u2603" in run(azure, env={"PYTHONIOENCODING": "ascii"}).out


def test_several_clusters_by_id(azure: Azure) -> None:
    world = azure.load({"clusters": [{"name": "c1"}, {"name": "c2"}], "commands": [{"match": "*", "exitCode": 2}]})
    ids = [cluster.id for cluster in world.clusters.values()]
    result = azure.invoke_fix("run", "--ids", *ids, "-c", "kubectl get pods", "-o", "json")
    assert result.rc == 2
    assert [found["exitCode"] for found in result.json()] == [2, 2]


@pytest.mark.smoke
def test_an_entra_cluster_gets_the_users_token(azure: Azure) -> None:
    world = azure.load("healthy-entra")
    assert run(azure).rc == 0
    assert submitted(world)["clusterToken"]


def test_the_request_is_what_the_service_expects(azure: Azure) -> None:
    world = azure.load({})
    run(azure, "kubectl get pods -A")
    assert submitted(world) == {"command": "kubectl get pods -A", "context": ""}
