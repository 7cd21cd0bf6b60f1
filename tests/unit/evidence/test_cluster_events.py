"""How the events of a cluster are asked for: of the cluster itself and of its workspace, and what a refusal means."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.evidence.cluster_events import (
    NOT_SENT,
    QUERY_WORKSPACE,
    READ_RULES,
    Asked,
    query_for,
    read_events,
)
from azext_aksinvokefix.inside.events import Inside
from azext_aksinvokefix.lifecycle import Item
from tests.data.evidence import CLUSTER_ID, COMMAND, NOW, FakeArm, cluster, error
from tests.unit.inside.test_events import event, table
from tests.unit.inside.test_workspace import PLACE, RULE, addon, rule

POD = f"command-{COMMAND}"
LOGS = f"{CLUSTER_ID}/providers/Microsoft.Insights/logs"
RULES = f"{CLUSTER_ID}/providers/Microsoft.Insights/dataCollectionRuleAssociations"
NONE: dict[str, Any] = {"value": []}
ROWS, NO_ROWS = {"tables": [table(event())]}, {"tables": [table()]}


class LoggingArm(FakeArm):
    """ARM that also answers queries, and keeps their bodies."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__(answers)
        self.bodies: list[Any] = []

    def post(self, path: str, api_version: str | None = None, body: Any = None, **params: str) -> Any:
        self.bodies.append(body)
        return self.get(path, api_version, **params)


def ask(answers: dict[str, Any], known: Any = None, **more: Any) -> tuple[Item, LoggingArm]:
    arm = LoggingArm(answers)
    item = Item(value=known or cluster())
    asked = Asked(**{"cluster_id": CLUSTER_ID, "pod": POD, "moment": None, "now": NOW, **more})
    return read_events(arm, asked, lambda: item), arm


def with_addon() -> dict[str, Any]:
    return cluster(**addon())


def test_the_cluster_alone_is_enough_where_it_answers_with_rows() -> None:
    found, arm = ask({LOGS: ROWS, RULES: NONE})
    assert isinstance(found.value, Inside) and found.value.of(POD)
    assert not any("/workspaces/" in path for path in arm.paths())


@pytest.mark.parametrize("silent", [NO_ROWS, None, error(400, "BadArgumentError"), error(404), error(None)])
def test_the_workspace_is_asked_whatever_the_cluster_says(silent: Any) -> None:
    found, _ = ask({LOGS: silent, RULES: NONE, f"{PLACE}/query": ROWS}, with_addon())
    assert found.value.of(POD)


def test_the_rows_of_the_cluster_stand_where_the_workspace_refuses() -> None:
    found, _ = ask({LOGS: ROWS, RULES: NONE, f"{PLACE}/query": error(403, "AuthorizationFailed")}, with_addon())
    assert found.value.of(POD)


@pytest.mark.parametrize("code", ["AuthorizationFailed", "InsufficientAccessError"])
def test_a_workspace_that_refuses_names_the_right(code: str) -> None:
    found, _ = ask({LOGS: NO_ROWS, RULES: NONE, f"{PLACE}/query": error(403, code)}, with_addon())
    assert (found.known, found.needs) == (False, QUERY_WORKSPACE)
    assert "w1" in (found.unread or "")


@pytest.mark.parametrize("empty", [NO_ROWS, None])
def test_a_workspace_without_rows_is_no_refusal_and_no_pass(empty: Any) -> None:
    found, _ = ask({LOGS: NO_ROWS, RULES: NONE, f"{PLACE}/query": empty}, with_addon())
    assert found.known and found.value.is_empty


def test_a_rule_leads_to_the_workspace() -> None:
    listed = {"value": [{"properties": {"dataCollectionRuleId": RULE}}]}
    found, _ = ask({LOGS: NO_ROWS, RULES: listed, RULE: rule(), f"{PLACE}/query": ROWS})
    assert found.value.of(POD)


@pytest.mark.parametrize("refused", [RULES, RULE])
def test_rules_that_may_not_be_read_leave_it_open(refused: str) -> None:
    listed = {"value": [{"properties": {"dataCollectionRuleId": RULE}}]}
    answers = {LOGS: NO_ROWS, RULES: listed, RULE: rule(), refused: error(403, "AuthorizationFailed")}
    found, _ = ask(answers)
    assert (found.known, found.needs) == (False, READ_RULES)


def test_a_cluster_that_sends_nowhere_says_so() -> None:
    found, _ = ask({LOGS: error(400, "BadArgumentError"), RULES: NONE})
    assert (found.unread, found.needs) == (NOT_SENT, ())


@pytest.mark.parametrize(
    ("moment", "span"),
    [
        (None, "2026-03-01T11:05:00Z/2026-03-01T12:05:00Z"),
        (NOW - timedelta(hours=5), "2026-03-01T06:30:00Z/2026-03-01T07:30:00Z"),
        (NOW - timedelta(minutes=10), "2026-03-01T11:20:00Z/2026-03-01T12:05:00Z"),
        (NOW + timedelta(minutes=10), "2026-03-01T11:05:00Z/2026-03-01T12:05:00Z"),
    ],
)
def test_an_hour_around_the_failure_is_asked_for(moment: Any, span: str) -> None:
    _, arm = ask({LOGS: ROWS, RULES: NONE}, moment=moment)
    assert arm.bodies[0]["timespan"] == span


def test_whatever_is_in_a_name_stays_in_its_literal() -> None:
    asked = query_for("/subscriptions/x' or true or '/c1", "command-1' | take 9")
    assert "=~ '/subscriptions/x\\' or true or \\'/c1'" in asked
    assert "=~ 'command-1\\' | take 9'" in asked


def test_the_query_runs_over_the_tables_and_puts_the_own_pod_first() -> None:
    import duckdb_kql

    connection = duckdb_kql.connect()
    text = "Type, ClusterId, Namespace, Name, ObjectKind, Reason, Message varchar"
    columns = ", ".join(f"{name} varchar" for name in text.removesuffix(" varchar").split(", "))
    connection.execute(f"create table KubeEvents({columns}, TimeGenerated timestamp, LastSeen timestamp, Count double)")
    row = "('KubeEvents', '{id}', 'aks-command', '{pod}', 'Pod', 'Failed', 'm', now()::timestamp, now()::timestamp, 1)"
    for number in range(205):
        connection.execute("insert into KubeEvents values " + row.format(id=CLUSTER_ID, pod=f"command-{number}"))
    connection.execute(
        "insert into KubeEvents values "
        + row.format(id=CLUSTER_ID.upper(), pod=POD).replace("now()::timestamp,", "'2020-01-01'::timestamp,")
    )
    answered = duckdb_kql.query(connection, query_for(CLUSTER_ID, POD))
    names = [column[0] for column in answered.description]
    rows = [dict(zip(names, each)) for each in answered.fetchall()]
    assert len(rows) == 200 and rows[0]["Name"] == POD


def test_an_error_of_the_reader_is_an_item() -> None:
    found, _ = ask({LOGS: ArmError(None, None, "no answer"), RULES: ArmError(None, None, "no answer")})
    assert not found.known and found.needs == ()
