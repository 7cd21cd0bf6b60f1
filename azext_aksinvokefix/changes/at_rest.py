"""A cluster at rest: what goes on in it, and waiting until nothing does; nothing is planned on moving ground."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.reading import document
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.cluster import ENDED, Target
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.shapes import mapping, mappings, text

_AT_REST = ENDED | {""}
_PATIENCE = 1800.0
_PAUSES = (0.5, 1.0, 2.0, 5.0)


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
            abort = az("aks", "operation-abort", *Target.of(session.cluster_id).options)
            raise RefusedError(
                f"Nothing was changed: after {_spoken(patience)}, still not done: {busy}.",
                f"If the operation hangs, abort it with `{abort}`.",
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
