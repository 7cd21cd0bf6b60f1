"""A person at a terminal sees progress; a pipe sees nothing but lines."""

from __future__ import annotations

import pytest

from tests.e2e.azure import Azure
from tests.e2e.run.test_run import run

SLOW = {"commands": [{"match": "*", "logs": "done\n", "duration": 1.5}]}


@pytest.mark.smoke
def test_a_terminal_shows_the_stage_and_the_time(azure: Azure) -> None:
    azure.load(SLOW)
    result = run(azure, tty=True)
    assert result.rc == 0
    assert "Running 00:0" in result.err
    assert result.out.replace("\r", "") == "done\n"


def test_a_pipe_shows_no_progress(azure: Azure) -> None:
    azure.load(SLOW)
    assert "Running" not in run(azure).err


def test_a_terminal_is_asked_before_the_cause_is_looked_for(azure: Azure) -> None:
    azure.load("cluster-stopped")
    declined = run(azure, tty=True, input="n\n")
    assert "Show how to fix it? (Y/n)" in declined.err
    assert declined.rc == 125


def test_nobody_is_asked_in_a_pipe(azure: Azure) -> None:
    azure.load("cluster-stopped")
    assert "(Y/n)" not in run(azure).err


def test_none_reports_the_failure_alone(azure: Azure) -> None:
    world = azure.load("cluster-stopped")
    found = run(azure, "x", "--on-failure", "none", "-o", "json").json()
    assert found["failure"]["finding"] == "cluster-stopped"
    assert found["diagnosis"] is None
    assert [x.operation for x in world.requests if x.operation not in ("token", "cluster-get", "run-command")] == []
