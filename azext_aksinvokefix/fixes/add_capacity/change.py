"""A way to a node as a request: the pool as it is, with nothing but the way's own settings changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.changes import reading
from azext_aksinvokefix.changes.documents import Pointer, restored, same_setting, value_at, with_value, writable
from azext_aksinvokefix.changes.plan import Change, RefusedError
from azext_aksinvokefix.changes.send import IN_PROGRESS
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.fixes.add_capacity.look import CapacityEvidence
from azext_aksinvokefix.nodes.pool_changes import ADD_POOL, PoolChange
from azext_aksinvokefix.shapes import same


def read_pool(session: Session, way: PoolChange) -> dict[str, Any] | None:
    """The document of the pool that a way changes; None where it makes one."""
    if way.method == ADD_POOL:
        return None
    return reading.document(session.arm, _pool_id(session.cluster_id, way), api_versions.CLUSTER_WRITE)


def _pool_id(cluster_id: str, way: PoolChange) -> str:
    return f"{cluster_id}/agentPools/{way.pool}"


def change_of(scene: CapacityEvidence, way: PoolChange, document: dict[str, Any] | None) -> Change:
    """The request. What it writes of an existing pool are its ``settings``: undo puts back these alone.

    Members that the pinned api-version does not know stay as they are: AKS keeps what a PUT leaves out.
    """
    pool_id = _pool_id(scene.evidence.cluster_id, way)
    if document is None:
        body = {"properties": dict(way.values)}
        return Change(way.what, "PUT", pool_id, api_versions.CLUSTER_WRITE, after=body, again_on=IN_PROGRESS)
    wanted = dict(_settings(way))
    _refuse_moved(scene, way, document, wanted)
    desired: dict[str, Any] = {}
    for pointer, value in wanted.items():
        desired = with_value(desired, pointer, value)
    after = restored(writable(document), desired, wanted)
    return Change(
        f"{way.what}",
        "PUT",
        pool_id,
        api_versions.CLUSTER_WRITE,
        before=document,
        after=after,
        settings=tuple(wanted),
        again_on=IN_PROGRESS,
    )


def _settings(way: PoolChange) -> Iterator[tuple[Pointer, Any]]:
    for name, value in way.values:
        if isinstance(value, dict):
            yield from ((("properties", name, inner), part) for inner, part in value.items())
        else:
            yield ("properties", name), value


def _refuse_moved(scene: CapacityEvidence, way: PoolChange, document: Any, settings: dict[Pointer, Any]) -> None:
    """The pool itself shows the same numbers as the cluster that the way was planned on."""
    profile = next(pool.profile for pool in scene.pools if same(pool.name, way.pool))
    planned_on = {"properties": profile}
    if not all(same_setting(value_at(document, each), value_at(planned_on, each)) for each in settings):
        raise RefusedError(
            f"Nothing was changed: node pool '{way.pool}' changed after the plan was made.", "Repeat the command."
        )
