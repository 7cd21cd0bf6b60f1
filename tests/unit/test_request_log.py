"""With --verbose every request is a line of the CLI's logger; without it, nothing is worked out."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from azure.core.rest import HttpRequest

from azext_aksinvokefix import request_log
from azext_aksinvokefix.arm import Arm, ArmError
from tests.worlds.http import Reply

NAME = "cli.azext_aksinvokefix.request_log"


class Pipeline:
    def __init__(self, answer: OSError | Reply) -> None:
        self.answer = answer

    def send_request(self, request: HttpRequest, **_: Any) -> Reply:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def arm(answer: OSError | Reply) -> Arm:
    return Arm(Pipeline(answer), "https://management.example.com")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == NAME]


def test_a_request_is_told_with_method_path_version_status_and_time(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, NAME):
        arm(Reply(404, {})).send("GET", "https://management.example.com/a/b?api-version=2024-01-01&$skiptoken=s3cret")
    [line] = lines(caplog)
    assert line.startswith("GET management.example.com/a/b?api-version=2024-01-01 -> 404 in ")
    assert line.endswith(" ms") and "s3cret" not in line


def test_a_request_without_an_answer_is_told_as_well(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, NAME), pytest.raises(ArmError):
        arm(OSError("[Errno 111] refused")).send("PUT", "https://management.example.com/a")
    [line] = lines(caplog)
    assert line.startswith("PUT management.example.com/a -> no answer (") and "refused" in line


def test_a_secret_and_an_escape_in_a_path_do_not_get_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, NAME):
        request_log.tell("GET", "https://h/a\x1b[2J/Bearer abcdefghijklmnopqrstuvwxyz", 200, 0.0)
    [line] = lines(caplog)
    assert "\x1b" not in line and "abcdefghijklmnop" not in line


def test_nothing_is_logged_without_verbose(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, NAME):
        arm(Reply(200, {})).send("GET", "https://management.example.com/a")
    assert lines(caplog) == []
