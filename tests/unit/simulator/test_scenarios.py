"""Every scenario file loads, says what its user sees, and means every key it has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import __main__ as command_line
from tests.simulator.core import app, scenario
from tests.simulator.core.scenario import ScenarioError


@pytest.mark.parametrize("name", scenario.names())
def test_a_scenario_file_loads(name: str) -> None:
    world = app.new_world(name)
    assert world.scenario.name == name
    assert world.clusters


@pytest.mark.parametrize("name", scenario.names())
def test_a_scenario_file_says_first_what_the_user_sees(name: str) -> None:
    text = (scenario.SCENARIOS / f"{name}.yaml").read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert len(scenario.seen(name)) > 10


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"surfaces": "failed"}, "surfaces"),
        ({"start_budget": 1}, "start_budget"),
        ({"cluster": {"powerState": "Stopped"}}, "powerState"),
        ({"pools": [{"taint": []}]}, "taint"),
        ({"pools": [{"free": {"disk": "1Gi"}}]}, "disk"),
        ({"commands": [{"exitcode": 1}]}, "exitcode"),
        ({"faults": [{"operation": "token", "stauts": 500}]}, "stauts"),
        ({"caller": {"oid": "x"}}, "oid"),
    ],
)
def test_an_unknown_key_is_an_error_that_names_it(document: dict[str, Any], key: str) -> None:
    with pytest.raises(ScenarioError, match=f"unknown key '{key}'"):
        app.new_world(document)


def test_a_value_that_is_none_of_the_choices_is_an_error() -> None:
    with pytest.raises(ScenarioError, match="'lost' is none of"):
        app.new_world({"surface": "lost"})


def test_the_same_scenario_makes_the_same_identifiers() -> None:
    first, second = app.new_world("healthy-entra"), app.new_world("healthy-entra")
    assert [first.guid(), first.guid()] == [second.guid(), second.guid()]


def test_an_unknown_name_is_answered_with_the_names_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["nope"]) == 2
    assert "nodes-tainted" in capsys.readouterr().err


def test_the_list_says_what_the_user_sees(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["--list"]) == 0
    assert "A command runs and its output comes back." in capsys.readouterr().out
