"""How to make a node available that takes the command pod, the smallest change first, as commands to paste."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.lifecycle import Fix
from azext_aksinvokefix.nodes import pool_changes as ways
from azext_aksinvokefix.nodes.pool_changes import PoolChange
from azext_aksinvokefix.nodes.pools import Pool
from azext_aksinvokefix.quoting import az

WRITE_POOLS = "Microsoft.ContainerService/managedClusters/agentPools/write"


def start(pools: Sequence[Pool], target: Target) -> tuple[Fix, ...]:
    """Start the first stopped pool whose nodes would take the pod."""
    return _first(ways.start(pools), target)


def grow(pools: Sequence[Pool], target: Target) -> tuple[Fix, ...]:
    """One more node in the first pool whose nodes would take the pod."""
    return _first((*ways.autoscale(pools), *ways.scale(pools)), target)


def add(pools: Sequence[Pool], target: Target) -> tuple[Fix, ...]:
    """A pool of its own for commands."""
    return _first((ways.add(pools),), target, " It costs one more VM.")


def remove_taints(pools: Sequence[Pool], target: Target) -> tuple[Fix, ...]:
    """Clear the taints of a user pool: by hand, since they keep away what somebody wanted kept away."""
    pool = next((pool for pool in ways.untaintable(pools) if pool.user), None)
    if pool is None:
        return ()
    taints = ", ".join(pool.taints)
    return (
        Fix(
            "add-capacity",
            "manual",
            f"Or remove all taints from node pool '{pool.name}' ({taints}), which then also accepts other pods. "
            "Ask the person who set them.",
            ours(ways.untaint(pool, pool.taints), target),
            (WRITE_POOLS,),
            stock(ways.untaint(pool, pool.taints), target),
        ),
    )


def ours(way: PoolChange, target: Target) -> str | None:
    """Our command of a way; None where `add-capacity` does not go that way."""
    if not way.by_add_capacity:
        return None
    if way.method == ways.REMOVE_TAINT:
        how = [word for taint in way.removed for word in ("--remove-taint", taint)]
    else:
        how = ["--method", way.method]
    return target.invoke_fix("add-capacity", *how, "--nodepool-name", way.pool)


def stock(way: PoolChange, target: Target) -> str:
    """The stock command of a way."""
    return az("aks", "nodepool", way.verb, *target.pool_options, "--name", way.pool, *way.words)


def _first(found: Iterable[PoolChange], target: Target, more: str = "") -> tuple[Fix, ...]:
    way = next(iter(found), None)
    if way is None:
        return ()
    own, line = ours(way, target), stock(way, target)
    stocked = line if own else None
    return (Fix("add-capacity", "reviewed", way.what + more, own or line, (WRITE_POOLS,), stocked, _brief(way)),)


def _brief(way: PoolChange) -> str:
    """What a way does and costs."""
    if way.nodes:
        return f"{way.what} It adds {way.nodes} {way.size or 'VM'}, billed while it runs."
    return way.what if way.nodes == 0 else f"{way.what} Its nodes are billed while they run."
