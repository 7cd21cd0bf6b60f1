"""What stands around a text changes nothing: how az ended, who printed it, and in which notation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from azext_aksinvokefix.failure import classify
from azext_aksinvokefix.lifecycle import Failure
from tests.data.failure_surroundings import (
    CODES,
    CONNECTIONS,
    MISSING_HERE,
    RUNNER_LINES,
    SUCCESSES,
    SURROUNDED,
    results,
)
from tests.data.failure_texts import CASES, UNRECOGNIZED
from tests.data.mangling import MANGLED, flattened
from tests.shared import SHARED

COLLECTED = SHARED / "data" / "failures.json"
KNOWN = [text for text, *_ in (*CASES, *SURROUNDED)]
#: Where the notation lives by its line ends, or where a mangling puts a text into what looks like another.
LAYOUT = {"table": {"wrapped at words", "Terraform"}, "jsonc": {"python bytes", "UTF-16 read as bytes"}}


def read(text: str) -> Failure:
    return classify(text, source="argument")


def told(text: str) -> tuple[str, str, str | None]:
    failure = read(text)
    return failure.finding, failure.stage, failure.code


@pytest.mark.parametrize("line", RUNNER_LINES)
def test_a_runners_line_before_or_after_a_text_changes_nothing(line: str) -> None:
    for text in (*KNOWN, *UNRECOGNIZED):
        assert told(f"{text}\n{line}") == told(text), text
        assert told(f"{line}\n{text}") == told(text), text


@pytest.mark.parametrize("line", RUNNER_LINES)
def test_a_runners_line_alone_is_no_failure_of_the_command(line: str) -> None:
    assert read(line).finding == "unrecognized"


@pytest.mark.skipif(not COLLECTED.exists(), reason="the collection of public failure texts is not beside this checkout")
def test_a_runners_line_changes_nothing_about_the_public_texts() -> None:
    for entry in json.loads(COLLECTED.read_text(encoding="utf-8")) if COLLECTED.exists() else ():
        for text, findings in zip(entry["messages"], entry["findings"]):
            for line in RUNNER_LINES if findings else ():
                assert told(f"{text}\n{line}") == told(f"{line}\n{text}") == told(text), text


@pytest.mark.parametrize(("text", "finding", "facts"), SURROUNDED, ids=[text[:60] for text, *_ in SURROUNDED])
def test_text_gives_its_finding_and_facts_in_every_mangling(text: str, finding: str, facts: dict[str, Any]) -> None:
    for name, mangle in MANGLED.items():
        failure = read(mangle(text))
        assert failure.finding == finding, name
        assert {fact: failure.facts.get(fact) for fact in facts} == facts, name


@pytest.mark.parametrize(("text", "is_its"), CONNECTIONS, ids=[text[:60] for text, _ in CONNECTIONS])
def test_the_api_server_is_blamed_for_connections_to_itself_alone(text: str, is_its: bool) -> None:
    for name, mangle in MANGLED.items():
        failure = read(mangle(text))
        told = (failure.finding, *failure.facts.get("also", ()))
        assert ("api-server-unreachable" in told) == is_its, name


@pytest.mark.parametrize("change", [str.lower, str.upper, str.swapcase, flattened])
def test_neither_the_case_of_a_text_nor_its_line_ends_matter(change: Any) -> None:
    for text, finding, _ in (*CASES, *SURROUNDED):
        assert read(change(text)).finding == finding, text


@pytest.mark.parametrize("notation", results(1))
def test_exit_code_is_read_in_every_notation(notation: str) -> None:
    for name, mangle in MANGLED.items():
        if name in LAYOUT.get(notation, ()):
            continue
        failure = read(mangle(results(3)[notation]))
        assert (failure.finding, failure.stage, failure.facts.get("exitCode")) == ("command-failed", "command", 3), name


@pytest.mark.parametrize("kind", SUCCESSES)
def test_a_success_is_one_whatever_a_runner_says_after_it(kind: str) -> None:
    for line in ("", *RUNNER_LINES):
        failure = read(f"{SUCCESSES[kind]}\n{line}")
        assert (failure.finding, failure.stage, failure.facts.get("exitCode")) == ("unrecognized", "command", 0), line


def test_a_request_that_failed_after_a_success_in_the_same_log_is_the_failure() -> None:
    text = results(0)["az"] + "\nERROR: Operation returned an invalid status 'OK'"
    assert read(text).finding == "result-hidden"


@pytest.mark.parametrize(("text", "program"), MISSING_HERE, ids=[program for _, program in MISSING_HERE])
def test_a_program_missing_on_the_callers_machine_is_not_blamed_on_the_pod(text: str, program: str) -> None:
    for name in ("as it is", "pipeline times", "wrapped at words", "colours", "JSON", "runner around it"):
        failure = read(MANGLED[name](text))
        assert (failure.finding, failure.stage) == ("unrecognized", "client"), name
        assert failure.facts["programHere"] == program, name


def test_a_program_that_the_commands_own_output_misses_was_missing_in_the_pod() -> None:
    text = results(127)["az"] + "\nsh: 1: az: not found"
    failure = read(text)
    assert (failure.finding, failure.facts["program"]) == ("command-not-found", "az")
    assert classify("sh: 1: az: not found", source="run", stage_hint="command").finding == "command-not-found"


def test_the_status_of_a_container_in_a_pod_is_no_result() -> None:
    pod = "state:\n  terminated:\n    exitCode: 137\n    finishedAt: '2026-01-01T10:00:00Z'\n    reason: OOMKilled"
    assert "exitCode" not in read(pod).facts


@pytest.mark.parametrize(("text", "code"), CODES, ids=[text[:40] for text, _ in CODES])
def test_a_word_in_prose_or_a_state_is_no_code(text: str, code: str | None) -> None:
    assert read(text).code == code
