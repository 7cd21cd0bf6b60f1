"""Metrics, the Activity Log and Resource Graph say what happened in the world, to those who may know."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.core.direct import Direct
from tests.simulator.core.routing import Response

TAINTED = {"taints": ["CriticalAddonsOnly=true:NoSchedule"]}


def metric(azure: Direct, name: str, dimensions: str = "", top: int = 1000) -> Response:
    url = f"{azure.cluster.id}/providers/Microsoft.Insights/metrics?api-version=2018-01-01&metricnames={name}&top={top}"
    return azure.get(f"{url}&$filter={dimensions}" if dimensions else url)


def values(response: Response) -> list[tuple[dict[str, str], float]]:
    return [
        ({v["name"]["value"]: v["value"] for v in series["metadatavalues"]}, series["data"][-1]["average"])
        for series in response.body["value"][0]["timeseries"]
    ]


def activity(azure: Direct, more: str = "") -> list[dict[str, Any]]:
    url = f"/subscriptions/{azure.world.subscription}/providers/Microsoft.Insights/eventtypes/management/values"
    since = "eventTimestamp ge '2026-01-01T00:00:00Z'"
    found: list[dict[str, Any]] = azure.get(f"{url}?api-version=2015-04-01&$filter={since}{more}").body["value"]
    return found


def graph(azure: Direct, query: str, **options: Any) -> Response:
    body = {"query": query, "subscriptions": [azure.world.subscription], "options": options}
    return azure.ask("POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01", body)


def test_a_pending_command_pod_shows_with_its_namespace_and_name() -> None:
    azure = Direct({"pools": [TAINTED]})
    azure.run()
    [(dimensions, value)] = values(
        metric(azure, "kube_pod_status_phase", "phase eq '*' and namespace eq 'aks-command' and pod eq '*'")
    )
    assert value == 1
    assert dimensions["phase"] == "Pending"
    assert dimensions["pod"].startswith("command-")


def test_a_metric_of_something_that_is_not_there_has_no_series() -> None:
    assert not values(metric(Direct("healthy"), "cluster_autoscaler_unschedulable_pods_count"))


def test_a_node_that_is_not_ready_says_so() -> None:
    azure = Direct({"pools": [{"count": 2, "notReady": 1}]})
    found = values(
        metric(azure, "kube_node_status_condition", "condition eq 'Ready' and status eq '*' and node eq '*'")
    )
    assert sorted(dimensions["status"] for dimensions, _ in found) == ["false", "true"]


def test_without_a_filter_values_are_added_up() -> None:
    [(dimensions, value)] = values(metric(Direct({"pools": [{"count": 3}]}), "kube_node_status_allocatable_cpu_cores"))
    assert dimensions == {}
    assert value == pytest.approx(5.7)


def test_a_metric_that_the_scenario_does_not_emit_is_empty() -> None:
    assert not values(metric(Direct({"metrics": {"emits": []}}), "kube_node_status_condition"))


def test_a_query_that_does_not_say_gets_ten_series() -> None:
    azure = Direct({"pools": [{"count": 20}]})
    url = f"{azure.cluster.id}/providers/Microsoft.Insights/metrics?metricnames=kube_node_status_condition"
    assert len(values(azure.get(f"{url}&$filter=node eq '*'"))) == 10


def test_an_unknown_metric_is_a_bad_request_that_lists_the_known_ones() -> None:
    refusal = metric(Direct("healthy"), "nope")
    assert refusal.status == 400
    assert "metric: nope, Valid metrics: kube_node" in refusal.body["message"]


def test_an_earlier_failure_of_the_scenario_is_in_the_activity_log() -> None:
    event = {"minutesAgo": 5, "code": "KubernetesOperationError", "message": "boom"}
    azure = Direct({"activity": {"events": [event]}})
    [found] = activity(azure, f" and resourceUri eq '{azure.cluster.id.upper()}'")
    assert found["status"]["value"] == "Failed"
    assert '"message": "boom"' in found["properties"]["statusMessage"]


def test_the_activity_log_wants_a_start_time() -> None:
    azure = Direct("healthy")
    url = f"/subscriptions/{azure.world.subscription}/providers/Microsoft.Insights/eventtypes/management/values"
    assert azure.get(url).status == 400


def test_a_query_runs_over_nested_properties() -> None:
    query = (
        "Resources | where type =~ 'Microsoft.ContainerService/managedClusters' "
        "| mv-expand pool = properties.agentPoolProfiles "
        "| project name, power = tostring(properties.powerState.code), taints = pool.nodeTaints"
    )
    rows = graph(Direct({"pools": [TAINTED]}), query).body["data"]
    assert rows == [{"name": "c1", "power": "Running", "taints": TAINTED["taints"]}]


def test_results_come_in_pages() -> None:
    azure = Direct({"policy": {"many": 40}})
    query = "policyresources | where type == 'microsoft.authorization/policyassignments' | project id | order by id asc"
    first = graph(azure, query, **{"$top": 20}).body
    second = graph(azure, query, **{"$top": 20, "$skipToken": first["$skipToken"]}).body
    assert (first["totalRecords"], first["count"], second["count"]) == (30, 20, 10)
    assert "$skipToken" not in second


def test_only_what_the_caller_may_read_is_in_the_tables() -> None:
    azure = Direct({"access": {"assignments": [{"role": "Reader", "scope": "cluster"}]}, "policy": {"many": 4}})
    assert len(graph(azure, "resources | project id").body["data"]) == 1
    assert len(graph(azure, "policyresources | project id").body["data"]) == 1
    assert graph(azure.signed_in_as("nobody"), "resources").status == 403


def test_a_query_that_is_wrong_is_refused_with_the_reason() -> None:
    refusal = graph(Direct("healthy"), "resources | wher name == 'x'")
    assert refusal.status == 400
    assert refusal.body["error"]["details"][0]["code"] == "InvalidQuery"
