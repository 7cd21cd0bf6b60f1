"""Where a cluster sends its events: by the add-on, by the profile, by a data collection rule."""

from __future__ import annotations

from typing import Any

import pytest

from azext_aksinvokefix.inside import workspace

SUBSCRIPTION = "/subscriptions/11111111-2222-3333-4444-555555555555"
PLACE = f"{SUBSCRIPTION}/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/w1"
RULE = f"{SUBSCRIPTION}/resourceGroups/rg1/providers/Microsoft.Insights/dataCollectionRules/MSCI-x-c1"
SETTING = "logAnalyticsWorkspaceResourceID"


def addon(key: str = "omsagent", setting: str = SETTING, *, on: Any = True, at: Any = PLACE) -> Any:
    return {"addonProfiles": {key: {"enabled": on, "config": {setting: at}}}}


def profile(*, on: Any = True, at: Any = PLACE) -> Any:
    return {"azureMonitorProfile": {"containerInsights": {"enabled": on, "logAnalyticsWorkspaceResourceId": at}}}


@pytest.mark.parametrize("key", ["omsagent", "omsAgent", "oMSaGent"])
@pytest.mark.parametrize("setting", ["logAnalyticsWorkspaceResourceID", "loganalyticsworkspaceresourceid"])
def test_the_add_on_is_found_in_any_case(key: str, setting: str) -> None:
    assert workspace.of_cluster(addon(key, setting)) == PLACE


@pytest.mark.parametrize("written", [PLACE, PLACE[1:], PLACE + "/", f" {PLACE} "])
def test_an_id_with_a_slash_too_few_or_too_many_is_that_workspace(written: str) -> None:
    assert workspace.of_cluster(addon(at=written)) == PLACE


def test_the_profile_of_azure_monitor_counts_before_the_add_on_that_mirrors_it() -> None:
    other = PLACE.replace("w1", "w2")
    assert workspace.of_cluster({**addon(), **profile(at=other)}) == other


@pytest.mark.parametrize("on", [False, None, "true"])
def test_an_id_that_stayed_after_it_was_switched_off_is_none(on: Any) -> None:
    assert workspace.of_cluster(addon(on=on)) == "" == workspace.of_cluster(profile(on=on))


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "",
        "w1",
        "https://example.com" + PLACE,
        PLACE + "?x=1",
        PLACE.replace("/w1", "/../../x"),
        PLACE.replace("OperationalInsights", "Storage"),
        PLACE + "/tables/KubeEvents",
        PLACE.replace("w1", "w%2f1"),
    ],
)
def test_what_is_no_id_of_a_workspace_gets_no_request(value: Any) -> None:
    assert workspace.of_cluster(addon(at=value)) == ""


def test_the_workspace_of_defender_holds_no_events() -> None:
    defender = {"defender": {"logAnalyticsWorkspaceResourceId": PLACE, "securityMonitoring": {"enabled": True}}}
    assert workspace.of_cluster({"securityProfile": defender}) == ""


@pytest.mark.parametrize("properties", [{}, {"addonProfiles": None}, {"addonProfiles": {"omsagent": []}}])
def test_a_cluster_of_any_shape_names_none(properties: Any) -> None:
    assert workspace.of_cluster(properties) == ""


def test_only_associations_with_a_rule_lead_anywhere() -> None:
    endpoint = {"name": "configurationAccessEndpoint", "properties": {"dataCollectionEndpointId": RULE}}
    rule = {"name": "ContainerInsightsExtension", "properties": {"dataCollectionRuleId": RULE}}
    assert workspace.rules_of([endpoint, rule, rule, {"properties": {"dataCollectionRuleId": "//evil/x"}}]) == [RULE]


def rule(streams: Any = ("Microsoft-KubeEvents",), settings: Any = None, destinations: Any = ("ci",)) -> Any:
    return {
        "properties": {
            "dataSources": {"extensions": [{"extensionSettings": {"dataCollectionSettings": settings or {}}}]},
            "destinations": {"logAnalytics": [{"workspaceResourceId": PLACE, "name": "ci"}]},
            "dataFlows": [{"streams": list(streams), "destinations": list(destinations)}],
        }
    }


@pytest.mark.parametrize("stream", ["Microsoft-KubeEvents", "Microsoft-ContainerInsights-Group-Default"])
def test_a_rule_that_collects_events_leads_to_its_workspace(stream: str) -> None:
    assert workspace.of_rule(rule([stream])) == PLACE


@pytest.mark.parametrize("streams", [[], ["Microsoft-ContainerLogV2"], ["Microsoft-PrometheusMetrics"]])
def test_a_rule_without_events_leads_nowhere(streams: list[str]) -> None:
    assert workspace.of_rule(rule(streams)) == ""


@pytest.mark.parametrize(
    ("mode", "namespaces", "found"),
    [
        ("Off", ["aks-command"], PLACE),
        ("Include", ["aks-command", "shop"], PLACE),
        ("Include", ["shop"], ""),
        ("Exclude", ["shop"], PLACE),
        ("Exclude", ["aks-command"], ""),
    ],
)
def test_a_rule_that_leaves_out_the_namespace_of_commands_leads_nowhere(
    mode: str, namespaces: list[str], found: str
) -> None:
    settings = {"namespaceFilteringMode": mode, "namespaces": namespaces}
    assert workspace.of_rule(rule(settings=settings)) == found


@pytest.mark.parametrize("answer", [None, {}, {"properties": {"dataFlows": [{"streams": 1}], "destinations": []}}])
def test_a_rule_of_another_shape_leads_nowhere(answer: Any) -> None:
    assert workspace.of_rule(answer) == ""
