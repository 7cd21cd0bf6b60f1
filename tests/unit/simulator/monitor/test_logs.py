"""Log Analytics tells what the cluster's own scheduler and kubelet wrote, to those who may know, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.present import present
from tests.simulator.cluster import pods
from tests.simulator.core.direct import Direct
from tests.simulator.core.routing import Response
from tests.simulator.monitor import workspaces

FULL = {"free": {"cpu": "100m", "memory": "2Gi"}}
EVERY = "KubeEvents | order by TimeGenerated asc"
OTHER = "/subscriptions/S/resourcegroups/rg2/providers/Microsoft.ContainerService/managedClusters/c2"
REASONS = {"reader": ["Reader"], "cluster alone": [{"role": "Reader", "scope": "cluster"}]}


def at_workspace(azure: Direct) -> str:
    logs = workspaces.of(azure.world)
    assert logs is not None
    return f"{logs.id}/query?api-version=2017-10-01"


def at_cluster(azure: Direct) -> str:
    return f"{azure.cluster.id}/providers/microsoft.insights/logs?api-version=2018-03-01-preview"


def ask(
    azure: Direct, query: str = EVERY, where: Any = at_workspace, span: str | None = None, **headers: str
) -> Response:
    body = {"query": query, **({"timespan": span} if span else {})}
    return azure.ask("POST", where(azure), body, headers)


def rows(response: Response) -> list[dict[str, Any]]:
    assert response.status == 200, response.body
    (table,) = response.body["tables"]
    assert table["name"] == "PrimaryResult"
    return [dict(zip((column["name"] for column in table["columns"]), row)) for row in table["rows"]]


def full(**logs: Any) -> Direct:
    """A cluster whose only node is full, after a command that found no room."""
    azure = Direct({"pools": [FULL], "logs": logs})
    azure.run()
    return azure


def pod_of(azure: Direct) -> str:
    return pods.name((*azure.world.runs.values(), *azure.world.abandoned)[0].id)


@pytest.mark.parametrize("where", [at_workspace, at_cluster])
def test_a_pod_without_room_is_told_in_the_schedulers_words(where: Any) -> None:
    azure = full()
    (event,) = rows(ask(azure, where=where))
    assert (event["Namespace"], event["Name"], event["Reason"]) == ("aks-command", pod_of(azure), "FailedScheduling")
    assert event["Message"].startswith("0/1 nodes are available: 1 Insufficient cpu. preemption: ")
    assert (event["SourceComponent"], event["KubeEventType"], event["Count"]) == ("default-scheduler", "Warning", 1.0)


def test_columns_have_the_documented_types() -> None:
    columns = {column["name"]: column["type"] for column in ask(full()).body["tables"][0]["columns"]}
    assert {name for name, kind in columns.items() if kind == "datetime"} == {"TimeGenerated", "FirstSeen", "LastSeen"}
    assert columns["Count"] == "real"
    assert set(columns.values()) == {"datetime", "string", "real"}


def test_the_agents_spelling_of_the_cluster_is_not_that_of_a_request() -> None:
    azure = full()
    (event,) = rows(ask(azure))
    assert event["ClusterId"] != azure.cluster.id and event["ClusterId"].lower() == azure.cluster.id.lower()
    assert event["_ResourceId"] == azure.cluster.id.lower()
    asked = f"KubeEvents | where ClusterId == '{azure.cluster.id}'"
    assert not rows(ask(azure, asked)) and rows(ask(azure, asked.replace("==", "=~")))


def test_an_event_that_happens_again_comes_in_a_row_of_its_own() -> None:
    azure = full()
    azure.world.advance(11 * 60)
    assert [event["Count"] for event in rows(ask(azure))] == [1.0, 2.0, 3.0]
    newest = "KubeEvents | summarize arg_max(LastSeen, *) by Name, Reason"
    assert [event["Count"] for event in rows(ask(azure, newest))] == [3.0]


@pytest.mark.parametrize(
    ("normal", "reasons"), [(False, {"Failed"}), (True, {"Failed", "BackOff", "Pulling", "Scheduled"})]
)
def test_what_is_normal_is_not_collected_unless_the_agent_is_told_to(normal: bool, reasons: set[str]) -> None:
    azure = Direct({"surface": "failed", "cluster": {"startup": "image-pull"}, "logs": {"normal": normal}})
    azure.run()
    azure.world.advance(120)
    found = rows(ask(azure))
    assert {event["Reason"] for event in found} == reasons
    messages = " ".join(event["Message"] for event in found)
    assert f'Failed to pull image "{pods.IMAGE}": rpc error' in messages and "i/o timeout" in messages
    assert "Error: ErrImagePull" in messages and "Error: ImagePullBackOff" in messages


@pytest.mark.parametrize(
    ("startup", "reason", "words"),
    [
        ("no-addresses", "FailedCreatePodSandBox", "no IPs available"),
        ("init-failed", "BackOff", "Back-off restarting failed container init-command"),
        ("ok", "FailedMount", '"kube-root-ca.crt" not registered'),
    ],
)
def test_each_trouble_of_a_pod_has_its_event(startup: str, reason: str, words: str) -> None:
    azure = Direct({"surface": "failed", "cluster": {"startup": startup}, "logs": {}})
    azure.run()
    azure.world.advance(60)
    found = rows(ask(azure))
    assert {event["Reason"] for event in found} == {reason}
    assert words in found[0]["Message"] and found[0]["Computer"].startswith("aks-nodepool1-")


def test_a_denied_pod_leaves_no_event() -> None:
    azure = Direct({"admission": [{"engine": "gatekeeper"}], "logs": {}})
    assert azure.run().body["code"] == "KubernetesOperationError"
    azure.world.advance(600)
    assert not rows(ask(azure))


def test_rows_come_minutes_late_where_the_scenario_says_so() -> None:
    azure = full(lag=5)
    assert not rows(ask(azure))
    azure.world.advance(5 * 60 + 1)
    assert rows(ask(azure))


def test_anothers_events_are_there_beside_the_pods_own() -> None:
    hostile = {"name": "{pod}", "message": "\x1b[2J{pod} --yes'; rm -rf /", "reason": "Failed"}
    azure = full(events=[{**hostile, "cluster": OTHER}, {"name": "command-other", "minutesAgo": 7, "count": 3}])
    found = rows(ask(azure))
    assert {event["ClusterName"] for event in found if event["Reason"] == "Failed" and "rm" in event["Message"]} == {
        "c2"
    }
    assert [event["Count"] for event in found if event["Name"] == "command-other"] == [1.0, 2.0, 3.0]
    assert "c2" not in {event["ClusterName"] for event in rows(ask(azure, where=at_cluster))}


@pytest.mark.parametrize("where", [at_workspace, at_cluster])
@pytest.mark.parametrize(
    ("span", "there"),
    [
        ("PT1H", True),
        ("PT1M", False),
        ("2020-01-01T00:00:00Z/2020-01-02T00:00:00Z", False),
        ("2020-01-01/P9999D", True),
    ],
)
def test_a_time_span_bounds_what_the_query_sees(where: Any, span: str, there: bool) -> None:
    azure = full()
    azure.world.advance(120)
    assert bool(rows(ask(azure, where=where, span=span))) is there


def test_two_time_spans_mean_what_lies_in_both() -> None:
    azure = full()
    azure.world.advance(120)
    assert rows(azure.ask("POST", f"{at_workspace(azure)}&timespan=PT1H", {"query": EVERY, "timespan": "P1D"}))
    assert not rows(azure.ask("POST", f"{at_workspace(azure)}&timespan=PT1M", {"query": EVERY, "timespan": "P1D"}))


def test_times_in_the_query_count_too_and_its_clock_is_the_worlds() -> None:
    azure = full()
    assert rows(ask(azure, "KubeEvents | where TimeGenerated > ago(1h)"))
    azure.world.advance(7200)
    assert not rows(ask(azure, "KubeEvents | where TimeGenerated between (ago(10s) .. now())"))


def test_a_query_may_come_by_get() -> None:
    azure = full()
    assert rows(azure.get(f"{at_workspace(azure)}&query=KubeEvents&timespan=PT1H"))


@pytest.mark.parametrize("where", [at_workspace, at_cluster])
def test_a_body_that_does_not_say_that_it_is_json_is_an_empty_200(where: Any) -> None:
    response = ask(full(), where=where, **{"content-type": "text/plain"})
    assert (response.status, response.body) == (200, None)


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("KubeEvents | wher Name == 'x'", "SyntaxError", "could not be parsed"),
        ("Nope | take 1", "SemanticError", "Failed to resolve table or column expression named 'Nope'"),
        ("kubeevents | take 1", "SemanticError", "Failed to resolve table or column expression named 'kubeevents'"),
        ("union KubeEvents, Nope", "SemanticError", "Failed to resolve table or column expression named 'Nope'"),
        ("KubeEvents | where name == 'x'", "SemanticError", "named 'name'"),
        ("KubeEvents | where Nam == 'x'", "SemanticError", "Nam"),
    ],
)
def test_a_query_that_is_wrong_says_in_which_way(query: str, code: str, words: str) -> None:
    refusal = ask(full(), query)
    error = refusal.body["error"]
    assert (refusal.status, error["code"], error["innererror"]["code"]) == (400, "BadArgumentError", code)
    assert words in error["innererror"]["innererror"]["message"]


def test_a_time_span_that_is_none_is_a_bad_argument() -> None:
    assert ask(full(), span="an hour").body["error"]["code"] == "BadArgumentError"


def test_a_version_that_is_not_there_is_refused() -> None:
    azure = full()
    assert azure.ask("POST", at_workspace(azure).replace("2017", "2016"), {"query": EVERY}).status == 400


def test_a_table_that_nobody_ever_sent_does_not_exist() -> None:
    azure = full(streams=["Microsoft-KubePodInventory"])
    assert "'KubeEvents'" in str(ask(azure).body)
    assert rows(ask(azure, "KubePodInventory"))


def test_a_namespace_that_is_left_out_leaves_no_events() -> None:
    assert not rows(ask(full(filtering={"mode": "Exclude", "namespaces": ["aks-command"]})))
    assert rows(ask(full(filtering={"mode": "Include", "namespaces": ["aks-command"]})))


def test_a_workspace_without_any_data_has_no_content() -> None:
    response = ask(full(empty=True))
    assert (response.status, response.body) == (204, None)


def test_a_part_of_an_answer_says_that_it_is_one() -> None:
    response = ask(full(partial=True))
    assert rows(response) and response.body["error"]["code"] == "PartialError"


def test_what_the_cluster_no_longer_sends_is_not_there() -> None:
    assert not rows(
        ask(full(enabled=False, events=[{"name": "old", "minutesAgo": 1}]), "KubeEvents | where Name != 'old'")
    )


def test_a_workspace_that_is_gone_is_not_found() -> None:
    assert ask(full(exists=False, group="rg1")).body["error"]["code"] == "ResourceNotFound"
    assert ask(full(exists=False)).body["error"]["code"] == "ResourceGroupNotFound"


def test_the_workspace_refuses_who_has_rights_on_the_cluster_alone_and_the_cluster_does_not() -> None:
    azure = Direct({"pools": [FULL], "logs": {}, "access": {"assignments": [{"role": "Owner", "scope": "cluster"}]}})
    azure.run()
    refusal = ask(azure)
    assert (refusal.status, refusal.body["error"]["code"]) == (403, "AuthorizationFailed")
    assert "Microsoft.OperationalInsights/workspaces/query/read" in refusal.body["error"]["message"]
    assert rows(ask(azure, where=at_cluster))


def test_a_workspace_that_wants_its_own_rights_is_left_out_in_silence() -> None:
    access = {"assignments": [{"role": "Owner", "scope": "cluster"}]}
    azure = Direct({"pools": [FULL], "logs": {"resourcePermissions": False}, "access": access})
    azure.run()
    assert not rows(ask(azure, where=at_cluster))
    told = ask(azure, where=at_cluster, prefer="wait=60, include-permissions=true").body["permissions"]
    assert told["resources"][0]["dataSources"] and not told["dataSources"]


def test_a_table_without_a_right_is_refused_by_the_workspace_and_left_out_by_the_cluster() -> None:
    azure = full(denied=["KubeEvents"])
    assert ask(azure).body["error"]["code"] == "InsufficientAccessError"
    assert rows(ask(azure, "KubePodInventory"))
    assert not rows(ask(azure, where=at_cluster))
    told = ask(azure, where=at_cluster, prefer="include-permissions=true").body["permissions"]
    assert told["dataSources"][0]["denyTables"] == ["KubeEvents"]


def test_a_right_to_query_opens_no_table() -> None:
    action = "Microsoft.OperationalInsights/workspaces/query/"
    for more, status in (("", 403), (f"{action}KubeEvents/read", 200)):
        role = {"name": "Asker", "actions": [f"{action}read", *([more] if more else [])]}
        azure = Direct({"logs": {}, "access": {"custom": [role], "assignments": ["Asker"]}})
        assert ask(azure).status == status


def test_a_query_comes_over_http_as_clients_send_it(azure: Any) -> None:
    world = azure.load({"pools": [FULL], "logs": {}})
    azure.submit()
    logs = present(workspaces.of(world))
    answer = azure.call("POST", f"{logs.id}/query?api-version=2017-10-01", {"query": EVERY, "timespan": "PT1H"})
    assert answer.json()["tables"][0]["rows"][0][6:8] == ["Pod", "FailedScheduling"]
    untyped = azure.call("POST", f"{logs.id}/query?api-version=2017-10-01", {"query": EVERY}, **{"Content-Type": ""})
    assert (untyped.status_code, untyped.content) == (200, b"")


def test_who_may_not_read_logs_of_the_cluster_is_told_so() -> None:
    invoker = {"name": "Invoker", "actions": ["Microsoft.ContainerService/managedClusters/*"]}
    azure = Direct({"logs": {}, "access": {"custom": [invoker], "assignments": ["Invoker"]}})
    error = ask(azure, where=at_cluster).body["error"]
    assert (error["code"], error["innererror"]["code"]) == ("InsufficientAccessError", "AuthorizationFailedError")


def test_a_cluster_that_sends_nowhere_has_no_table() -> None:
    azure = Direct("healthy")
    assert "Failed to resolve table" in str(ask(azure, where=at_cluster).body)


def test_the_node_of_a_pod_is_empty_until_it_has_one() -> None:
    query = "KubePodInventory | project Computer, PodStatus, ContainerStatusReason"
    assert rows(ask(full(), query))[0] == {"Computer": "", "PodStatus": "Pending", "ContainerStatusReason": ""}
    azure = Direct({"surface": "failed", "cluster": {"startup": "image-pull"}, "logs": {}})
    azure.run()
    (row,) = rows(ask(azure, query))
    assert row["Computer"].startswith("aks-nodepool1-") and row["ContainerStatusReason"] == "ImagePullBackOff"


def test_a_node_that_is_not_ready_has_no_condition_that_is_true() -> None:
    azure = Direct({"pools": [{"count": 2, "notReady": 1}], "logs": {}})
    found = rows(ask(azure, "KubeNodeInventory | summarize by Computer, Status | order by Computer asc"))
    assert [row["Status"] for row in found] == ["", "Ready"]
