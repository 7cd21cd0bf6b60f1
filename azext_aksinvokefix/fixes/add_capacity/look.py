"""What `add-capacity` looks at: the cluster, its pools, its nodes, the failure to repair, and what was done before."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.evidence.activity import latest_failure, read_activity
from azext_aksinvokefix.evidence.gather import Reader, gather
from azext_aksinvokefix.evidence.metrics import read_metrics
from azext_aksinvokefix.fixes.add_capacity import earlier
from azext_aksinvokefix.fixes.add_capacity.earlier import EarlierChange
from azext_aksinvokefix.lifecycle import Evidence, Failure, Item
from azext_aksinvokefix.nodes import pools as agent_pools
from azext_aksinvokefix.nodes.pools import Pool
from azext_aksinvokefix.quoting import az
from azext_aksinvokefix.shapes import dig, mapping, same

_EVIDENCE_SECONDS = 30.0


@dataclass(frozen=True)
class CapacityEvidence:
    """``failed_at`` is known of a failure from the Activity Log; ``busy`` says what still goes on, if it was not
    waited for; ``recent`` is the room that this extension made earlier."""

    cluster: Mapping[str, Any]
    evidence: Evidence
    failure: Failure | None = None
    failed_at: datetime | None = None
    busy: str = ""
    recent: EarlierChange | None = None

    @property
    def properties(self) -> Mapping[str, Any]:
        return mapping(self.cluster.get("properties"))

    @property
    def pools(self) -> list[Pool]:
        return agent_pools.pools_of(self.properties)

    @property
    def target(self) -> Target:
        return Target.of(self.evidence.cluster_id)

    @property
    def makes_own_nodes(self) -> bool:
        return agent_pools.makes_own_nodes(self.properties)


def look(session: Session, cluster: Mapping[str, Any], busy: str, failure: Failure | None) -> CapacityEvidence:
    """The scene of a cluster as it was read, in which ``busy`` goes on; RefusedError where it is stopped."""
    _refuse_stopped(session, cluster, busy)
    arm, at, now = session.arm, session.cluster_id, session.now
    readers: dict[str, Reader] = {"metrics": partial(read_metrics, arm, at, now)}
    if failure is None:
        readers["activity"] = partial(read_activity, arm, at, now)
    items: dict[str, Any] = dict(gather(readers, time.monotonic() + _EVIDENCE_SECONDS))
    evidence = Evidence(cluster_id=at, now=now, cluster=Item(value=cluster, source="managedClusters"), **items)
    said, failed_at = (failure, None) if failure is not None else latest_failure(evidence.activity)
    return CapacityEvidence(cluster, evidence, said, failed_at, busy, earlier.latest(session))


def _refuse_stopped(session: Session, cluster: Mapping[str, Any], busy: str) -> None:
    if not same(dig(cluster, "properties", "powerState", "code"), "Stopped"):
        return
    if busy:
        raise RefusedError(f"Nothing was changed: {busy}.", "Repeat the command when the cluster is running.")
    start = az("aks", "start", *Target.of(session.cluster_id).options)
    raise RefusedError(
        "The cluster is stopped: none of its node pools is running.",
        f"Start it first with `{start}`, which takes a few minutes; its nodes might then have room.",
    )
