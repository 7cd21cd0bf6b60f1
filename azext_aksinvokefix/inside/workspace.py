"""The Log Analytics workspace that a cluster sends its events to, by each of the three ways in which it can be told to.

Microsoft Defender has a workspace of its own, which holds no events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from azext_aksinvokefix.cluster import COMMAND_NAMESPACE
from azext_aksinvokefix.shapes import dig, mapping, mappings, same, text, texts

_ADDON, _SETTING = "omsagent", "logAnalyticsWorkspaceResourceID"
#: The streams of a data collection rule that hold the events of a cluster.
_STREAMS = ("microsoft-containerinsights-group-default", "microsoft-kubeevents")
_KIND = "/providers/microsoft.operationalinsights/workspaces/"


def of_cluster(properties: Mapping[str, Any]) -> str:
    """The id of the workspace that the cluster itself names; empty where it names none, or no longer sends there."""
    profile = mapping(dig(properties, "azureMonitorProfile", "containerInsights"))
    addon = mapping(_member(mapping(properties.get("addonProfiles")), _ADDON))
    named = (
        (profile.get("enabled"), profile.get("logAnalyticsWorkspaceResourceId")),
        (addon.get("enabled"), _member(mapping(addon.get("config")), _SETTING)),
    )
    return next((_id(place) for enabled, place in named if enabled is True and _id(place)), "")


def rules_of(associations: Iterable[Mapping[str, Any]]) -> list[str]:
    """The data collection rules that a cluster is associated with; an association may be about something else."""
    ids = (text(dig(one, "properties", "dataCollectionRuleId")) for one in associations)
    return list(dict.fromkeys(one for one in ids if one.startswith("/subscriptions/")))


def of_rule(rule: Any) -> str:
    """The id of the workspace that a data collection rule sends the events of command pods to; empty where it sends
    none of them."""
    properties = mapping(dig(rule, "properties"))
    if _leaves_out_commands(properties):
        return ""
    places = {
        text(place.get("name")): _id(place.get("workspaceResourceId"))
        for place in mappings(dig(properties, "destinations", "logAnalytics"))
    }
    for flow in mappings(properties.get("dataFlows")):
        if any(stream.casefold() in _STREAMS for stream in texts(flow.get("streams"))):
            wanted = texts(flow.get("destinations")) or list(places)
            found = next((places[name] for name in wanted if places.get(name)), "")
            if found:
                return found
    return ""


def _leaves_out_commands(properties: Mapping[str, Any]) -> bool:
    """Whether the filter of namespaces keeps the events of command pods from being collected."""
    for source in mappings(dig(properties, "dataSources", "extensions")):
        settings = mapping(dig(source, "extensionSettings", "dataCollectionSettings"))
        named = any(same(one, COMMAND_NAMESPACE) for one in texts(settings.get("namespaces")))
        mode = text(settings.get("namespaceFilteringMode")).casefold()
        if (mode == "exclude" and named) or (mode == "include" and not named):
            return True
    return False


def _member(document: Mapping[str, Any], name: str) -> Any:
    """A member whose case drifts: ARM gives back what was written."""
    return next((value for key, value in document.items() if same(key, name)), None)


def _id(value: Any) -> str:
    """An id as a path of ARM, which tools write without the first slash or with one too many; empty for what is none.

    A token goes with the request to it, so nothing but an ARM id of a workspace is one.
    """
    path = "/" + text(value).strip().strip("/")
    parts = path.split("/")
    fits = len(parts) == 9 and all(parts[1:]) and _KIND in path.casefold()
    return path if fits and same(parts[1], "subscriptions") and not set(path) & set("?#\\%") else ""
