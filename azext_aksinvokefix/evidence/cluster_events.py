"""The events of command pods from Log Analytics, through ARM: whichever way the cluster sends them.

The cluster itself can be asked, whatever workspace it sends to, but leaves out in silence what the caller may not read.
The workspace says so. Both are asked side by side where the workspace is known; finding it takes a request, or two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.cluster import COMMAND_NAMESPACE
from azext_aksinvokefix.evidence.background import begin
from azext_aksinvokefix.evidence.kql import literal
from azext_aksinvokefix.evidence.reading import concurrently, refused
from azext_aksinvokefix.inside import workspace
from azext_aksinvokefix.inside.events import EVENTS, NODES, PODS, Inside, inside
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.shapes import dig, last_segment, mapping, mappings

QUERY_CLUSTER = ("Microsoft.Insights/logs/KubeEvents/read",)
QUERY_WORKSPACE = ("Microsoft.OperationalInsights/workspaces/query/read",)
READ_RULES = (
    "Microsoft.Insights/dataCollectionRuleAssociations/read",
    "Microsoft.Insights/dataCollectionRules/read",
)
NOT_SENT = "No workspace receives the events of command pods: Container Insights is off, or excludes them."

_INSIGHTS = "/providers/Microsoft.Insights"
#: An hour: half of it on both sides of a failure whose moment is known, else the last one.
_AROUND, _WINDOW = timedelta(minutes=30), timedelta(hours=1)
#: The clocks of this machine and of the service differ, and an event may be of this very second.
_SKEW = timedelta(minutes=5)
_MOST = 200


@dataclass(frozen=True)
class EventsQuery:
    """What to look for: the cluster, the pod that failed where it is known, and when that was."""

    cluster_id: str
    pod: str
    moment: datetime | None
    now: datetime


def read_events(arm: Arm, asked: EventsQuery, cluster: Callable[[], Item]) -> Item:
    """An Inside of the hour around the failure. ``cluster`` is waited for only to find the workspace."""
    by_cluster = begin(lambda: _ask(arm, f"{asked.cluster_id}{_INSIGHTS}/logs", api_versions.CLUSTER_LOGS, asked))
    place = _workspace(arm, asked.cluster_id, cluster)
    if place.known and place.value:
        found = _ask(arm, f"{place.value}/query", api_versions.WORKSPACE_QUERY, asked)
        if _tells(found):
            return Item(value=found, source=EVENTS)
        otherwise = _said(found, place.value)
    else:
        otherwise = Item(source=EVENTS, unread=NOT_SENT) if place.known else place
    seen = by_cluster.result()
    return Item(value=seen, source=EVENTS) if _tells(seen) else otherwise


def _tells(found: Inside | ArmError) -> bool:
    """An answer without rows is as good as none: the other place may have some."""
    return isinstance(found, Inside) and not found.is_empty


def _said(found: Inside | ArmError, place: str) -> Item:
    if isinstance(found, Inside):
        return Item(value=found, source=EVENTS)
    item = refused(EVENTS, QUERY_WORKSPACE, found)
    return Item(
        source=EVENTS,
        unread=f"Its events in the workspace {last_segment(place)} cannot be read: {item.unread}",
        needs=item.needs,
    )


def _ask(arm: Arm, path: str, version: str, asked: EventsQuery) -> Inside | ArmError:
    body = {"query": query_for(asked.cluster_id, asked.pod), "timespan": _timespan(asked)}
    try:
        return inside(arm.post(path, version, body), asked.cluster_id)
    except ArmError as error:
        return error


def _timespan(asked: EventsQuery) -> str:
    latest = asked.now + _SKEW
    if asked.moment is None or asked.moment > latest:
        since, until = latest - _WINDOW, latest
    else:
        since, until = asked.moment - _AROUND, min(asked.moment + _AROUND, latest)
    return f"{since:%Y-%m-%dT%H:%M:%SZ}/{until:%Y-%m-%dT%H:%M:%SZ}"


def query_for(cluster_id: str, pod: str) -> str:
    """The query for the events and the pods of run command, those of ``pod`` first, and for the state of the nodes.

    A workspace has each of these tables only once something was sent to it: ``isfuzzy`` goes without those it lacks.
    """
    ours = f"ClusterId =~ {literal(cluster_id)}"
    pods = f"where {ours} and Namespace =~ {literal(COMMAND_NAMESPACE)}"
    newest = f"extend Other = iff(Name =~ {literal(pod)}, 0, 1) | order by Other asc, TimeGenerated desc | take {_MOST}"
    events = "project Type, TimeGenerated, ClusterId, Namespace, Name, ObjectKind, Reason, Message, LastSeen, Count"
    states = (
        "project Type, TimeGenerated, ClusterId, Namespace, Name, Computer, PodStatus, ContainerStatusReason, "
        "ContainerStatus"
    )
    nodes = "summarize arg_max(TimeGenerated, Status) by Computer, ClusterId, Type"
    return (
        f"union isfuzzy=true ({EVENTS} | {pods} | {newest} | {events}), ({PODS} | {pods} | {newest} | {states}), "
        f"({NODES} | where {ours} | {nodes})"
    )


def _workspace(arm: Arm, cluster_id: str, cluster: Callable[[], Item]) -> Item:
    """The id of the workspace; empty where the cluster sends to none."""
    path = f"{cluster_id}{_INSIGHTS}/dataCollectionRuleAssociations"
    listed = begin(lambda: arm.pages(path, api_versions.COLLECTION_RULES))
    known = cluster()
    named = workspace.of_cluster(mapping(dig(known.value, "properties"))) if known.known else ""
    if named:
        return Item(value=named, source=EVENTS)
    try:
        return _by_rules(arm, workspace.rules_of(mappings(listed.result())))
    except ArmError as error:
        return refused(EVENTS, READ_RULES, error)


def _by_rules(arm: Arm, ids: list[str]) -> Item:
    """By the data collection rules. One that cannot be read may be the one, so that nothing is known without it."""

    def read(rule_id: str) -> Any:
        try:
            return arm.get(rule_id, api_versions.COLLECTION_RULES)
        except ArmError as error:
            return error

    rules = concurrently(read, ids)
    found = next((workspace.of_rule(rule) for rule in rules if workspace.of_rule(rule)), "")
    errors = [rule for rule in rules if isinstance(rule, ArmError)]
    if errors and not found:
        return refused(EVENTS, READ_RULES, errors[0])
    return Item(value=found, source=EVENTS)
