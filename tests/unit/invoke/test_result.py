"""What a commandResults body means, and what the process exits with."""

from __future__ import annotations

from typing import Any

import pytest

from azext_aksinvokefix.invoke.result import RunResult, command_id, interpret
from azext_aksinvokefix.surface import exits
from tests.present import present


def body(**properties: Any) -> dict[str, Any]:
    usual = {"provisioningState": "Succeeded", "finishedAt": "2026-01-01T00:00:00Z"}
    return {"id": "1", "properties": {**usual, **properties}}


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (1, 1), (255, 255), (256, 1), (300, 44), (2**40, 1), (-1, 255)])
def test_a_failure_never_exits_with_zero(code: int, expected: int) -> None:
    assert exits.of_run(interpret(body(exitCode=code), None)) == expected


@pytest.mark.parametrize(("written", "read"), [("0", 0), ("7", 7), (3.0, 3)])
def test_an_exit_code_in_another_type_is_read(written: float | str, read: int) -> None:
    found = interpret(body(exitCode=written), None)
    assert (found.exit_code, found.outcome) == (read, "failed" if read else "succeeded")


@pytest.mark.parametrize("written", [None, "", "x", True, 1.5, [], {}])
def test_what_is_no_exit_code_leaves_the_outcome_open(written: Any) -> None:
    found = interpret(body(exitCode=written), None)
    assert (found.outcome, exits.of_run(found), present(found.failure).finding) == ("unknown", 125, "result-lost")


def test_a_reason_stands_in_for_logs_that_are_not_there() -> None:
    found = interpret(body(provisioningState="Failed", exitCode=1, reason="OOMKilled"), None)
    assert (found.outcome, present(found.failure).message) == ("failed", "OOMKilled")


@pytest.mark.parametrize(
    ("more", "outcome"),
    [({"finishedAt": None}, "notRun"), ({"reason": "ImagePullBackoff", "finishedAt": None}, "notRun"), ({}, "unknown")],
    ids=["not finished", "not finished, with a reason", "finished"],
)
def test_a_zero_beside_a_failure_counts_only_when_it_finished(more: dict[str, Any], outcome: str) -> None:
    assert interpret(body(provisioningState="Failed", exitCode=0, **more), None).outcome == outcome


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({}, "unknown"),
        ({"reason": "Error"}, "unknown"),
        ({"reason": "ImagePullBackoff"}, "notRun"),
        ({"reason": "Unschedulable - 0/3 nodes are available: 3 Insufficient cpu."}, "notRun"),
        ({"logs": " \n"}, "notRun"),
        ({"logs": ["x"]}, "notRun"),
    ],
)
def test_what_printed_something_is_never_said_not_to_have_run(more: dict[str, Any], outcome: str) -> None:
    """Unless the reason is one that comes before the command. Modelled: no such result was recorded."""
    failed = {"provisioningState": "Failed", "finishedAt": None, "logs": "applying 1 of 3"}
    assert interpret(body(**{**failed, **more}), None).outcome == outcome


@pytest.mark.parametrize(
    ("error", "finding"),
    [
        ({"code": "Unschedulable", "message": "0/3 nodes are available: 3 Insufficient cpu."}, "nodes-full"),
        ({"message": "0/3 nodes are available: 3 Insufficient cpu."}, "nodes-full"),
        ({"code": "Unschedulable", "message": None}, "nodes-full"),
        ({"code": 7, "message": ["x"]}, "result-hidden"),
        ("Unschedulable", "result-hidden"),
    ],
)
def test_the_error_of_an_operation_that_failed_is_its_reason(error: Any, finding: str) -> None:
    """Modelled: ARM's own form of an operation that failed."""
    found = interpret({**body(provisioningState="Failed"), "error": error}, None)
    assert (found.outcome, present(found.failure).finding) == ("notRun", finding)


def test_the_error_beside_a_success_is_an_old_one() -> None:
    found = interpret({**body(exitCode=0), "error": {"code": "EtagMismatch", "message": "Leftover."}}, None)
    assert (found.outcome, found.failure) == ("succeeded", None)


@pytest.mark.parametrize(
    ("outcome", "expected"), [("running", 0), ("timedOut", 124), ("notRun", 125), ("unknown", 125)]
)
def test_what_is_no_exit_of_the_command_has_its_own(outcome: str, expected: int) -> None:
    assert exits.of_run(RunResult(outcome)) == expected


@pytest.mark.parametrize("given", [7, None, {"a": 1}, ["x"], "", "/", "a b", "a\nb", "\x1b[31m", "ä", "a" * 129, ".."])
def test_what_cannot_be_a_command_id_is_none(given: Any) -> None:
    assert command_id({"id": given}) is None
