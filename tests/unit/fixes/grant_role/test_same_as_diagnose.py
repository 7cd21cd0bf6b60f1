"""`diagnose`, `grant-role` and `repair` see one gap and make one grant of it, in every scenario about rights."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix import diagnosis
from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.changes.apply import Wishes
from azext_aksinvokefix.changes.plan import Plan
from azext_aksinvokefix.fixes import remedies
from azext_aksinvokefix.lifecycle import Failure
from azext_aksinvokefix.rights import roles
from tests.worlds.capacity import Scenario
from tests.worlds.roles import EXACT, MC, READ, RESULT, RUN, Roles, access, roles_of

CLUSTER_USER = "Azure Kubernetes Service Cluster User Role"
CLUSTER_ADMIN = "Azure Kubernetes Service Cluster Admin Role"
CONDITION = "@Resource[x] StringEquals 'y'"
_WORLDS: dict[str, Any] = {
    "nothing held": access(),
    "reader": access("Reader"),
    "cluster user": access(CLUSTER_USER),
    "admin role without the result": access(CLUSTER_ADMIN),
    "runs and reads the result": access("Runs", custom=[{"name": "Runs", "actions": [RUN, RESULT]}]),
    "a wildcard with the command left out": access(
        "Most", custom=[{"name": "Most", "actions": [f"{MC}/*"], "notActions": [RUN]}]
    ),
    "no run command": "no-run-command",
    "no read of the result": "result-read-missing",
    "cluster user role": "cluster-user-role",
}


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Scenario], Roles]:
    return lambda scenario: Roles(tmp_path, monkeypatch, scenario)


@pytest.mark.parametrize("scenario", _WORLDS.values(), ids=list(_WORLDS))
def test_all_three_make_the_same_grant(azure: Callable[[Scenario], Roles], scenario: Any) -> None:
    cloud = azure(scenario)
    failure = cloud.run("true").failure
    finding = _finding(cloud, failure)
    first = finding["fixes"][0]
    plan = cloud.grant(failure)

    assert first["kind"] == "grant-role" and "--allow-custom-role" not in first["command"]
    assert _assigned(first["stockCommand"]) == roles_of(plan)
    assert roles_of(_repaired(cloud, finding["id"], failure)) == roles_of(plan)
    assert _who(first["command"]) == {change.after["properties"]["principalId"] for change in plan.changes}


@pytest.mark.parametrize("scenario", _WORLDS.values(), ids=list(_WORLDS))
def test_both_name_the_same_actions_as_missing(azure: Callable[[Scenario], Roles], scenario: Any) -> None:
    cloud = azure(scenario)
    failure = cloud.run("true").failure
    message, notes = _finding(cloud, failure)["message"], " ".join(cloud.grant(failure).notes)

    assert [each in message for each in (READ, RUN, RESULT)] == [each in notes for each in (READ, RUN, RESULT)]


@pytest.mark.parametrize("text", ["", RUN, RESULT, READ])
def test_a_condition_that_a_refusal_shows_unmet_is_a_gap_for_both(
    azure: Callable[[Scenario], Roles], text: str
) -> None:
    cloud = azure(access({"role": "Azure Kubernetes Service Contributor Role", "condition": CONDITION}))
    failure = _refusal(cloud, text) if text else None
    found = _diagnosed(cloud, failure)["findings"]
    offered = [fix for each in found for fix in each["fixes"] if fix["kind"] == "grant-role"]
    plan = cloud.grant(failure)

    assert bool(offered) == bool(plan.changes) == bool(text)
    if offered:
        assert _assigned(offered[0]["stockCommand"]) == roles_of(plan)


def test_an_existing_custom_role_goes_first_by_the_very_command_that_diagnose_names(
    azure: Callable[[Scenario], Roles],
) -> None:
    cloud = azure(access("Reader", custom=[EXACT]))
    first = _finding(cloud, cloud.run("true").failure)["fixes"][0]

    assert "--role" not in first["command"] and "existing custom role" in first["description"]
    cloud.carry_out(cloud.grant())
    assert cloud.names_of_roles == ["Invokers"]


def test_the_plan_says_why_it_is_not_the_custom_role(azure: Callable[[Scenario], Roles]) -> None:
    cloud = azure(access("Reader"))
    notes = " ".join(cloud.grant().notes)

    assert "--allow-custom-role" in notes and roles.CLUSTER_ADMIN not in notes


def _diagnosed(cloud: Roles, failure: Failure | None) -> dict[str, Any]:
    return diagnosis.diagnose(cloud.edge, cloud.direct.cluster.id, failure).to_json()


def _finding(cloud: Roles, failure: Failure | None) -> dict[str, Any]:
    found: list[dict[str, Any]] = [each for each in _diagnosed(cloud, failure)["findings"] if each["stage"] == "access"]
    assert len(found) == 1
    return found[0]


def _repaired(cloud: Roles, finding: str, failure: Failure | None) -> Plan:
    remedy = remedies.for_finding(finding)
    assert remedy
    return remedy.plan(cloud.session(), failure, Wishes(what_if=True))


def _refusal(cloud: Roles, action: str) -> Failure:
    return texts.classify(
        f"(AuthorizationFailed) The client 'x' with object id '{_caller(cloud)}' does not have authorization to "
        f"perform action '{action}' over scope '{cloud.direct.cluster.id}' or the scope is invalid.",
        source="run",
    )


def _caller(cloud: Roles) -> str:
    return str(cloud.edge.sign_in().value.object_id)


def _assigned(stock: str) -> list[str]:
    """The roles that a stock line assigns."""
    return _after("--role", shlex.split(stock))


def _who(line: str) -> set[str]:
    return set(_after("--assignee-object-id", shlex.split(line)))


def _after(option: str, words: Sequence[str]) -> list[str]:
    return [words[place + 1] for place, word in enumerate(words) if word == option]
