"""One clear line, the next step, the right exit code, no stack trace."""

from __future__ import annotations

import pytest

from tests.e2e.azure import Azure

CLUSTER = ("-g", "rg1", "-n", "c1")


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*CLUSTER,), "The command is empty"),
        ((*CLUSTER, "-c", "  "), "The command is empty"),
        ((*CLUSTER, "-c", "x", "--timeout", "0"), "not a positive number"),
        ((*CLUSTER, "-c", "x", "--timeout", "soon"), "not a positive number"),
        ((*CLUSTER, "-c", "x", "-f", ".", "-f", "a"), "omit the other --file"),
        ((*CLUSTER, "-c", "x", "-i", "1" * 32), "omit --command"),
        ((*CLUSTER, "-i", "not an id"), "not a command id"),
        ((*CLUSTER, "-c", "x", "--on-failure", "panic"), "panic"),
        (("-n", "c1", "-c", "x"), "--resource-group"),
        (("-g", "rg1", "-n", "c1/agentPools/p", "-c", "x"), "it contains a slash"),
        (("-g", "../rg1", "-n", "c1", "-c", "x"), "it contains a slash"),
        (("-g", "rg1", "-n", "..", "-c", "x"), "'..' is not a name"),
        (("-g", ".", "-n", "c1", "-c", "x"), "'.' is not a name"),
        ((*CLUSTER, "-c", "kubectl", "get", "pods"), "unrecognized arguments"),
    ],
)
def test_run_usage_errors_exit_2(azure: Azure, arguments: tuple[str, ...], says: str) -> None:
    result = azure.invoke_fix("run", *arguments)
    assert result.rc == 2
    assert says in result.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Name the cluster"),
        (("--offline",), "add --error or --error-file"),
        (("--offline", "--error", "x", "--command-id", "1"), "one of --error"),
        ((*CLUSTER, "--error", "x", "--error-file", "y"), "one of --error"),
        ((*CLUSTER, "--principal", "ada@contoso.com"), "not an object id"),
        ((*CLUSTER, "--fail-on", "info"), "info"),
        (("--offline", "--error", "x", "--policy-template", "t.yaml"), "omit --command-id, --principal and"),
    ],
)
def test_diagnose_usage_errors_exit_2(azure: Azure, arguments: tuple[str, ...], says: str) -> None:
    result = azure.invoke_fix("diagnose", *arguments)
    assert result.rc == 2
    assert says in result.err


def test_an_error_file_that_is_not_there_exits_1(azure: Azure) -> None:
    result = azure.invoke_fix("diagnose", "--offline", "--error-file", "nope.log")
    assert result.rc == 1
    assert "cannot be read" in result.err


@pytest.mark.smoke
def test_an_unknown_finding_exits_2_and_names_the_nearest(azure: Azure) -> None:
    result = azure.invoke_fix("explain", "--finding", "node-tainted")
    assert result.rc == 2
    assert "did you mean nodes-tainted" in result.err


HOSTILE = ["$(touch x)", "`id`", "'; drop", 'a"b', "\x1b]0;owned\x07", "☃", "..%2f..", "a b", "-", "x" * 300]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_a_name(azure: Azure, name: str) -> None:
    result = azure.invoke_fix("run", "-g", "rg1", f"--name={name}", "-c", "x", "-o", "json")
    assert result.rc in (3, 125)
    assert "\x1b" not in result.err
    assert result.json()["outcome"] == "notRun"
