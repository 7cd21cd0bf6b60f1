"""Which way to a node is taken: the cheapest that is possible, or the one that the user names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.fixes.add_capacity.look import CapacityEvidence
from azext_aksinvokefix.fixes.add_capacity.options import CapacityRequest
from azext_aksinvokefix.nodes import pool_changes as ways
from azext_aksinvokefix.nodes.pool_changes import ADD_POOL, REMOVE_TAINT, PoolChange
from azext_aksinvokefix.nodes.pools import Pool
from azext_aksinvokefix.quoting import az
from azext_aksinvokefix.shapes import integer, same, text

_USAGE = "List the pools with `az aks nodepool list`; --what-if shows the cheapest way."


def possible(scene: CapacityEvidence, wanted: CapacityRequest, finding: str) -> list[PoolChange]:
    """The ways that are possible and asked for, the cheapest first; RefusedError when there is none."""
    if wanted.remove_taint or wanted.method == REMOVE_TAINT:
        return [_untainted(scene.pools, wanted)]
    _refuse_unknown_pool(scene.pools, wanted)
    found = [way for way in _ranked(scene, wanted, finding) if _is_wanted(way, wanted)]
    if not found:
        raise RefusedError(_no_way(scene.pools, wanted), _advice(scene))
    return found


def is_untainted(scene: CapacityEvidence, wanted: CapacityRequest) -> bool:
    """Whether the taints that are to be removed are gone already, and the pod has a pool to go to."""
    taints = [taint for pool in scene.pools for taint in pool.taints]
    there = any(_names(named, taint) for named in wanted.remove_taint for taint in taints)
    return bool(wanted.remove_taint) and not there and any(pool.usable for pool in scene.pools)


def _ranked(scene: CapacityEvidence, wanted: CapacityRequest, finding: str) -> Iterator[PoolChange]:
    """By what they cost: nodes that were paid for before, one more node, one more pool. A pool whose nodes do not
    become ready would mostly not get a better one."""
    added = [way for way in (_added(scene, wanted),) if way]
    if finding == "nodes-not-ready":
        yield from added
    pools = [pool for pool in scene.pools if not ways.is_broken(pool) or same(pool.name, wanted.nodepool)]
    # A set of single machines is described by members that the pinned version does not show.
    yield from ways.start([pool for pool in pools if pool.scale_set])
    yield from ways.autoscale(pools)
    yield from ways.scale(pools)
    if finding != "nodes-not-ready":
        yield from added


def _added(scene: CapacityEvidence, wanted: CapacityRequest) -> PoolChange | None:
    limit = integer(scene.properties.get("maxAgentPools"))
    if (limit is not None and len(scene.pools) >= limit) or _left_over(scene.pools):
        return None
    name = wanted.nodepool if wanted.method == ADD_POOL and wanted.nodepool else ""
    way = ways.add(scene.pools, size=wanted.node_vm_size or "", name=name)
    return way if way.size else None


def _left_over(pools: Sequence[Pool]) -> Pool | None:
    """A pool for commands that could not be made: another one would fail as well and be left over, too."""
    return next((pool for pool in pools if ways.is_broken(pool) and pool.name.startswith(ways.NEW_POOL)), None)


def _is_wanted(way: PoolChange, wanted: CapacityRequest) -> bool:
    if wanted.method and way.method != wanted.method:
        return False
    if wanted.node_vm_size and way.method != ADD_POOL:
        return False
    return wanted.nodepool is None or same(way.pool, wanted.nodepool)


def _refuse_unknown_pool(pools: Sequence[Pool], wanted: CapacityRequest) -> None:
    known = wanted.nodepool is None or any(same(pool.name, wanted.nodepool) for pool in pools)
    if wanted.method == ADD_POOL:
        if known and wanted.nodepool is not None:
            raise RefusedError(f"There is already a node pool '{wanted.nodepool}'.", "Give another --nodepool-name.")
    elif not known:
        names = ", ".join(pool.name for pool in pools)
        raise RefusedError(f"There is no node pool '{wanted.nodepool}'.", f"The cluster has: {names}.", is_missing=True)


def _untainted(pools: Sequence[Pool], wanted: CapacityRequest) -> PoolChange:
    """The pool that takes the pod once the named taints are gone."""
    if wanted.method not in (None, REMOVE_TAINT):
        raise RefusedError(f"--remove-taint and --method {wanted.method} cannot be combined.", "Omit one of them.")
    closed = [pool for pool in ways.untaintable(pools) if _is_in(pool, wanted)]
    if not wanted.remove_taint:
        raise RefusedError("No taint is named.", f"Add --remove-taint. {_removable(closed)}")
    for named in wanted.remove_taint:
        _refuse_system(named, pools)
    for pool in closed:
        removed = [taint for taint in pool.taints if any(_names(named, taint) for named in wanted.remove_taint)]
        if removed and len(removed) == len(pool.taints):
            return ways.untaint(pool, removed)
    partly = next(
        (pool for pool in closed if any(_names(n, t) for n in wanted.remove_taint for t in pool.taints)), None
    )
    if partly:
        others = ", ".join(t for t in partly.taints if not any(_names(n, t) for n in wanted.remove_taint))
        raise RefusedError(
            f"The node pool '{partly.name}' would still block the command pod: it also has {others}.",
            "Name these taints too, each with --remove-taint, or choose another method.",
        )
    raise RefusedError(
        f"No running Linux node pool has the taint {', '.join(wanted.remove_taint)}.", _removable(closed)
    )


def _refuse_system(named: str, pools: Sequence[Pool]) -> None:
    meant = [taint for pool in pools for taint in pool.taints if _names(named, taint)]
    if ways.is_system(named) or any(ways.is_system(taint) for taint in meant):
        raise RefusedError(
            f"The taint {named} is not removed: AKS uses it to keep workloads off these nodes.",
            "Choose another method, such as --method add-pool.",
        )


def _names(named: str, taint: str) -> bool:
    """Whether a taint is meant: written whole, without its effect, or by its key."""
    pair = taint.rpartition(":")[0]
    return any(same(named, written) for written in (taint, pair, pair.partition("=")[0]))


def _removable(pools: Sequence[Pool]) -> str:
    shown = "; ".join(f"{pool.name}: {', '.join(pool.taints)}" for pool in pools)
    return f"These can be removed: {shown}." if shown else "No pool has a taint that could be removed."


def _is_in(pool: Pool, wanted: CapacityRequest) -> bool:
    return wanted.nodepool is None or same(pool.name, wanted.nodepool)


def _no_way(pools: Sequence[Pool], wanted: CapacityRequest) -> str:
    named = next((pool for pool in pools if wanted.nodepool and same(pool.name, wanted.nodepool)), None)
    reason = obstacle(named) if named else ""
    if named and reason:
        return f"The node pool '{named.name}' cannot make room: {reason}."
    if wanted.method:
        where = f" in the node pool '{named.name}'" if named else ""
        return f"--method {wanted.method} is not possible{where}."
    return "No known change to the node pools makes room for the command pod."


def _advice(scene: CapacityEvidence) -> str:
    left_over = _left_over(scene.pools)
    if left_over:
        delete = az("aks", "nodepool", "delete", *scene.target.pool_options, "--name", left_over.name)
        return (
            f"The creation of node pool '{left_over.name}' failed: remove it with `az aks invoke-fix undo` or with "
            f"`{delete}`, and fix the cause."
        )
    if scene.makes_own_nodes:
        return "Node auto-provisioning creates a node when a pod needs one: run the command again in a few minutes."
    if not ways.add(scene.pools).size:
        return "No pool has a VM size for Linux on x64: name one with --node-vm-size, for instance Standard_D2s_v5."
    return _USAGE


def obstacle(pool: Pool) -> str:
    """Why one more node of a pool would not take the command pod; empty when it would."""
    mode = text(pool.profile.get("mode"))
    reasons = (
        (not pool.linux, "its nodes are Windows"),
        (pool.spot, "its nodes are spot VMs, which can be evicted and have a taint for that"),
        (pool.is_arm, "its nodes are Arm64, and the command's image might not run on them"),
        (same(mode, "Gateway"), "its nodes are egress gateways"),
        (bool(pool.taints), f"its nodes have {', '.join(pool.taints)}"),
        (
            not pool.scale_set,
            "it consists of single VMs; `az aks nodepool manual-scale` in a newer azure-cli scales them",
        ),
    )
    return next((words for holds, words in reasons if holds), "")
