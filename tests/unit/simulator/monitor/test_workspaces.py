"""Where a cluster says that its events go, in each of the ways in which clusters say it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.core.direct import Direct

NEW, OLD = "2026-06-01", "2024-02-01"
INSIGHTS = "/providers/Microsoft.Insights"
WORKSPACE = "/resourceGroups/monitoring/providers/Microsoft.OperationalInsights/workspaces/logs"


def sending(**logs: Any) -> Direct:
    return Direct({"logs": logs})


def shown(azure: Direct, version: str = NEW) -> dict[str, Any]:
    properties: dict[str, Any] = azure.get(f"{azure.cluster.id}?api-version={version}").body["properties"]
    return properties


def associations(azure: Direct) -> dict[str, dict[str, Any]]:
    path = f"{azure.cluster.id}{INSIGHTS}/dataCollectionRuleAssociations?api-version=2022-06-01"
    return {one["name"]: one["properties"] for one in azure.get(path).body["value"]}


@pytest.mark.parametrize("key", ["omsagent", "omsAgent", "oMSaGent"])
def test_the_add_on_keeps_the_letters_in_which_it_was_written(key: str) -> None:
    azure = sending(key=key, setting="LogAnalyticsWorkspaceResourceId", enabled=False, spelled="{bare}/")
    profile = shown(azure, OLD)["addonProfiles"][key]
    assert not profile["enabled"]
    written = profile["config"]["LogAnalyticsWorkspaceResourceId"]
    assert written == f"subscriptions/{azure.world.subscription}{WORKSPACE}/"


def test_an_add_on_stands_beside_the_others() -> None:
    azure = Direct({"cluster": {"azurePolicy": True}, "logs": {}})
    assert set(shown(azure)["addonProfiles"]) == {"azurepolicy", "omsagent"}


def test_only_the_newest_version_shows_the_profile_of_azure_monitor() -> None:
    azure = sending(by="profile")
    there = shown(azure)["azureMonitorProfile"]["containerInsights"]
    assert there["enabled"] and there["logAnalyticsWorkspaceResourceId"].endswith(WORKSPACE)
    assert "containerInsights" not in shown(azure, "2026-05-01").get("azureMonitorProfile", {})
    assert "addonProfiles" not in shown(azure)


def test_what_an_old_client_writes_keeps_what_its_version_does_not_show() -> None:
    azure = sending(by="profile")
    document = azure.get(f"{azure.cluster.id}?api-version={OLD}").body
    azure.put(f"{azure.cluster.id}?api-version={OLD}", document)
    assert "containerInsights" in shown(azure)["azureMonitorProfile"]


def test_a_rule_is_found_by_way_of_its_association() -> None:
    azure = sending(by="rule")
    found = associations(azure)
    assert "dataCollectionRuleId" not in found["configurationAccessEndpoint"]
    rules = {
        name: azure.get(f"{one['dataCollectionRuleId']}?api-version=2022-06-01").body["properties"]
        for name, one in found.items()
        if "dataCollectionRuleId" in one
    }
    assert "logAnalytics" not in rules["ContainerInsightsMetricsExtension"]["destinations"]
    insights = rules["ContainerInsightsExtension"]
    assert insights["destinations"]["logAnalytics"][0]["workspaceResourceId"].endswith(WORKSPACE)
    assert insights["dataFlows"][0]["streams"] == ["Microsoft-ContainerInsights-Group-Default"]


def test_a_rule_says_which_namespaces_it_leaves_out() -> None:
    azure = sending(by="rule", filtering={"mode": "Exclude", "namespaces": ["aks-command"]})
    rule = associations(azure)["ContainerInsightsExtension"]["dataCollectionRuleId"]
    (extension,) = azure.get(rule).body["properties"]["dataSources"]["extensions"]
    settings = extension["extensionSettings"]["dataCollectionSettings"]
    assert (settings["namespaceFilteringMode"], settings["namespaces"]) == ("Exclude", ["aks-command"])


@pytest.mark.parametrize("by", ["addon", "profile", []])
def test_without_a_rule_there_is_no_association(by: Any) -> None:
    assert associations(sending(by=by)) == {}


def test_only_the_clusters_that_are_named_send() -> None:
    azure = Direct({"clusters": [{"name": "c1"}, {"name": "c2"}], "logs": {"clusters": ["c2"]}})
    first, second = azure.world.clusters.values()
    assert "addonProfiles" not in first.properties and "addonProfiles" in second.properties


def test_rules_and_associations_need_their_rights() -> None:
    azure = Direct({"logs": {"by": "rule"}, "access": {"assignments": [{"role": "Reader", "scope": "cluster"}]}})
    rule = associations(azure)["ContainerInsightsExtension"]["dataCollectionRuleId"]
    assert azure.get(rule).status == 403


def test_a_workspace_says_whether_rights_on_a_resource_open_it() -> None:
    azure = sending(resourcePermissions=False)
    body = azure.get(f"/subscriptions/{azure.world.subscription}{WORKSPACE}?api-version=2022-10-01").body
    assert body["properties"]["features"] == {"enableLogAccessUsingOnlyResourcePermissions": False}
