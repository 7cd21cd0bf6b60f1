"""What `add-capacity` looks at: the cluster once it is at rest, its pools, its nodes, and the failure to repair."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.reading import document
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.cluster import ENDED, Target
from azext_aksinvokefix.evidence.activity import latest_failure, read_activity
from azext_aksinvokefix.evidence.gather import Reader, gather
from azext_aksinvokefix.evidence.metrics import read_metrics
from azext_aksinvokefix.lifecycle import Evidence, Failure, Item
from azext_aksinvokefix.nodes import pools as agent_pools
from azext_aksinvokefix.nodes.pools import Pool
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.shapes import dig, mapping, mappings, same, text

_AT_REST = ENDED | {""}
_EVIDENCE_SECONDS = 30.0
_PATIENCE = 1800.0
_PAUSES = (0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Scene:
    """``failed_at`` is known of a failure from the Activity Log; ``busy`` says what still goes on, if it was not
    waited for."""

    cluster: Mapping[str, Any]
    evidence: Evidence
    failure: Failure | None = None
    failed_at: datetime | None = None
    busy: str = ""

    @property
    def properties(self) -> Mapping[str, Any]:
        return mapping(self.cluster.get("properties"))

    @property
    def pools(self) -> list[Pool]:
        return agent_pools.of(self.properties)

    @property
    def target(self) -> Target:
        return Target.of(self.evidence.cluster_id)

    @property
    def makes_own_nodes(self) -> bool:
        return agent_pools.makes_own_nodes(self.properties)


def look(session: Session, failure: Failure | None, *, wait: bool) -> Scene:
    """The scene. ``wait``: let an operation in progress end first, so that nothing is planned on moving ground."""
    cluster, busy = at_rest(session, wait=wait)
    _refuse_stopped(session, cluster, busy)
    arm, at, now = session.arm, session.cluster_id, session.now
    readers: dict[str, Reader] = {"metrics": partial(read_metrics, arm, at, now)}
    if failure is None:
        readers["activity"] = partial(read_activity, arm, at, now)
    items: dict[str, Any] = dict(gather(readers, time.monotonic() + _EVIDENCE_SECONDS))
    evidence = Evidence(cluster_id=at, now=now, cluster=Item(value=cluster, source="managedClusters"), **items)
    if failure is not None:
        return Scene(cluster, evidence, failure, busy=busy)
    return Scene(cluster, evidence, *latest_failure(evidence.activity), busy=busy)


def at_rest(session: Session, *, wait: bool, patience: float | None = None) -> tuple[Mapping[str, Any], str]:
    """The managed cluster, and what is going on in it; with ``wait`` that is nothing, or RefusedError says what.

    ``patience`` is for how many seconds it is waited, half an hour when nothing is said.
    """
    patience = _PATIENCE if patience is None else patience
    pauses, until = iter(_PAUSES), time.monotonic() + patience
    while True:
        cluster = document(session.arm, session.cluster_id, api_versions.CLUSTER_WRITE)
        busy = going_on(cluster)
        if not (busy and wait):
            return cluster, busy
        if time.monotonic() > until:
            raise RefusedError(
                f"Nothing was changed: after {_spoken(patience)} {busy} still.",
                f"An operation that hangs is given up by `{az('aks', 'operation-abort', *_options(session))}`.",
            )
        session.console.stage(f"Waiting: {busy}")
        time.sleep(next(pauses, _PAUSES[-1]))


def _spoken(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 2 * 60 else f"{seconds / 60:.0f} minutes"


def going_on(cluster: Mapping[str, Any]) -> str:
    """The operation in progress in words; empty when cluster and pools are at rest."""
    properties = mapping(cluster.get("properties"))
    for pool in mappings(properties.get("agentPoolProfiles")):
        state = text(pool.get("provisioningState"))
        if state.lower() not in _AT_REST:
            return one_line(f"node pool '{text(pool.get('name'))}' is {state}")
    state = text(properties.get("provisioningState"))
    return "" if state.lower() in _AT_REST else one_line(f"the cluster is {state}")


def _refuse_stopped(session: Session, cluster: Mapping[str, Any], busy: str) -> None:
    if not same(dig(cluster, "properties", "powerState", "code"), "Stopped"):
        return
    if busy:
        raise RefusedError(f"Nothing was changed: {busy}.", "Repeat the command when it is running.")
    raise RefusedError(
        "The cluster is stopped: no node pool of it runs.",
        f"Start it first with `{az('aks', 'start', *_options(session))}`, which takes a few minutes; its nodes may "
        "then have room.",
    )


def _options(session: Session) -> tuple[str, ...]:
    return Target.of(session.cluster_id).options
