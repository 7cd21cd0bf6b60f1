"""Every cluster of an estate, from a handful of queries to the contracted Scan."""

from __future__ import annotations

import contextlib
import gc
import queue
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from azext_aksinvokefix.arm import Arm
from azext_aksinvokefix.estate import queries
from azext_aksinvokefix.estate.accepted import Accepted
from azext_aksinvokefix.estate.graph import Graph, Rows
from azext_aksinvokefix.estate.graph import Scope as GraphScope
from azext_aksinvokefix.estate.inventory import ASSIGNMENTS_READ, EXEMPTIONS_READ, Inventory, Open, read_inventory
from azext_aksinvokefix.estate.judging import Judge, unseen
from azext_aksinvokefix.estate.who import read_who
from azext_aksinvokefix.evidence.access import read_denies, read_permissions
from azext_aksinvokefix.evidence.background import begin
from azext_aksinvokefix.lifecycle import READ_CLUSTER, Item
from azext_aksinvokefix.rights import permissions
from azext_aksinvokefix.shapes import mapping

SCHEMA_VERSION = 1
VERDICTS = ("blocked", "degraded", "unknown", "ready")
#: Pages of clusters that wait to be judged; more would fill the memory with documents.
_PAGES_AHEAD = 2

Follow = Callable[[Sequence[dict[str, Any]]], None]


@dataclass(frozen=True)
class Scope:
    """What is scanned. Subscriptions are ids; without any the management groups say what is."""

    subscriptions: tuple[str, ...] = ()
    management_groups: tuple[str, ...] = ()
    resource_group: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "subscriptions": list(self.subscriptions) or None,
            "managementGroups": list(self.management_groups) or None,
            "resourceGroup": self.resource_group,
        }


@dataclass(frozen=True)
class ScanOptions:
    """``follow`` looks closer at clusters once all are judged, and changes them in place."""

    who: bool = False
    accepted: Accepted = field(default_factory=Accepted)
    follow: Follow | None = None


def scan(  # pylint: disable=too-many-positional-arguments
    arm: Arm,
    scope: Scope,
    wishes: ScanOptions,
    sign_in: Callable[[], Item],
    now: datetime,
    told: Callable[[str, int], None],
) -> dict[str, Any]:
    """The contracted Scan; raises ArmError where Resource Graph does not answer about clusters at all."""
    signed_in = begin(sign_in)
    graph = Graph(arm, GraphScope(scope.subscriptions, scope.management_groups), told)
    rows = Rows()
    clusters: list[dict[str, Any]] = []
    access: dict[str, Mapping[str, Any]] = {}
    gaps: list[Open] = []
    with _no_search_for_cycles():
        pages = _Pages(graph, scope.resource_group, rows)
        inventory = read_inventory(graph, now)
        judge = Judge(
            inventory,
            wishes.accepted,
            signed_in.result(),
            now,
            readable=lambda one: _policies_unreadable(arm, one),
            denies=lambda one: read_denies(arm, one),
        )
        for row in pages.rows():
            gap = unseen(row)
            if gap is not None:
                gaps.append(gap)
                continue
            cluster = judge.cluster(row)
            clusters.append(cluster)
            if wishes.who:
                access[cluster["id"]] = _about_access(mapping(row.get("properties")))
    if rows.error is not None and not clusters:
        raise rows.error
    gaps += _of_clusters(rows, scope, inventory, clusters)
    if wishes.who:
        gaps += _add_who(graph, inventory, clusters, access)
    if wishes.follow is not None:
        wishes.follow(clusters)
    clusters.sort(key=lambda one: (VERDICTS.index(one["verdict"]), one["id"].lower()))
    return {
        "schemaVersion": SCHEMA_VERSION,
        "scannedAt": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "scope": scope.to_json(),
        "summary": _summary(clusters),
        "clusters": clusters,
        "unknowns": _once([*gaps, *inventory.gaps, *inventory.policy_gaps]),
        "queries": graph.answered,
    }


@contextlib.contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """JSON has no cycles: the collector would walk through thousands of documents again and again and free nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Pages:  # pylint: disable=too-few-public-methods
    """The rows about clusters, read ahead by a few pages while what is known of the estate is worked out."""

    def __init__(self, graph: Graph, resource_group: str | None, found: Rows) -> None:
        self._pages: queue.Queue[list[Mapping[str, Any]] | None] = queue.Queue(_PAGES_AHEAD)
        self._reading = begin(lambda: self._read(graph, resource_group, found))

    def _read(self, graph: Graph, resource_group: str | None, found: Rows) -> None:
        try:
            for page in graph.pages(queries.clusters(resource_group), found):
                self._pages.put(page)
        finally:
            self._pages.put(None)

    def rows(self) -> Iterator[Mapping[str, Any]]:
        while (page := self._pages.get()) is not None:
            yield from page
        self._reading.result()


def _about_access(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The little of a cluster that says who could do what with run command."""
    return {name: properties.get(name) for name in ("apiServerAccessProfile", "aadProfile")}


def _add_who(
    graph: Graph, inventory: Inventory, clusters: Sequence[dict[str, Any]], access: Mapping[str, Mapping[str, Any]]
) -> list[Open]:
    subscriptions = {one["subscriptionId"].lower(): one["subscriptionId"] for one in clusters}
    who = read_who(graph, inventory, list(subscriptions.values()))
    for cluster in clusters:
        cluster["runCommand"] = who.at(cluster, access[cluster["id"]])
        cluster["unknowns"] = [*cluster["unknowns"], *who.open_at(cluster)]
    return list(who.gaps)


def _policies_unreadable(arm: Arm, subscription: str) -> Open | None:
    """Why the policies of a subscription may be there unseen: Resource Graph leaves out what may not be read."""
    item = read_permissions(arm, f"/subscriptions/{subscription}")
    if not item.known:
        return Open(
            "", f"Resource Graph shows no policy, and it is not known whether there is one: {item.unread}", item.needs
        )
    lacking = permissions.lacking(permissions.held(item).entries, (ASSIGNMENTS_READ, EXEMPTIONS_READ))
    if not lacking:
        return None
    return Open("", f"Resource Graph omits what the caller is not allowed to read: {', '.join(lacking)}.", lacking)


def _of_clusters(rows: Rows, scope: Scope, inventory: Inventory, clusters: Sequence[Mapping[str, Any]]) -> list[Open]:
    """Why there may be more clusters than were seen."""
    gaps = [Open("the clusters", gap) for gap in rows.gaps]
    if rows.error is not None:
        gaps.append(Open("the clusters", rows.error.text, (READ_CLUSTER,)))
    seen = {one["subscriptionId"].lower() for one in clusters} | set(inventory.groups)
    for subscription in scope.subscriptions:
        if subscription.lower() not in seen:
            what = f"the clusters of subscription {subscription}"
            gaps.append(Open(what, "Resource Graph shows nothing of this subscription.", (READ_CLUSTER,)))
    if scope.resource_group and not clusters and not gaps:
        # Of a group that does not exist it shows nothing either: a slip in its name must not read as all is well.
        why = "Resource Graph shows none. The group might be empty, not exist, or be hidden from you."
        gaps.append(Open(f"the clusters of resource group {scope.resource_group}", why, (READ_CLUSTER,)))
    return gaps


def _summary(clusters: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    verdicts = Counter(one["verdict"] for one in clusters)
    findings = Counter(finding for one in clusters for finding in {each["id"] for each in one["findings"]})
    return {
        "clusters": len(clusters),
        **{verdict: verdicts[verdict] for verdict in ("ready", "blocked", "degraded", "unknown")},
        "findings": dict(sorted(findings.items(), key=lambda one: (-one[1], one[0]))),
    }


def _once(gaps: Sequence[Open]) -> list[dict[str, Any]]:
    return [gap.to_json() for gap in dict.fromkeys(gaps)]
