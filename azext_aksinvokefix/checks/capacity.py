"""How to make a node available that takes the command pod, the smallest change first, as stock az commands."""

from __future__ import annotations

from collections.abc import Sequence

from azext_aksinvokefix.checks.basis import Target
from azext_aksinvokefix.checks.pools import Pool
from azext_aksinvokefix.lifecycle import Fix
from azext_aksinvokefix.quoting import az

_WRITE_POOLS = "Microsoft.ContainerService/managedClusters/agentPools/write"
_NEW_POOL = "invoke"


def start(pools: Sequence[Pool], target: Target) -> tuple[Fix, ...]:
    """Start the first stopped pool whose nodes would take the pod."""
    pool = next((pool for pool in pools if pool.accepts and not pool.running), None)
    if pool is None:
        return ()
    line = az("aks", "nodepool", "start", *target.pool_options, "--name", pool.name)
    return (_fix(f"Start the stopped node pool '{pool.name}'.", line),)


def grow(pools: Sequence[Pool], target: Target) -> tuple[Fix, ...]:
    """One more node in the first pool whose nodes would take the pod."""
    fitting = [pool for pool in pools if pool.accepts and pool.running and pool.scale_set and pool.count is not None]
    if not fitting:
        return ()
    pool, more = fitting[0], (fitting[0].count or 0) + 1
    if pool.autoscaled:
        return (_widen(pool, more, target),)
    line = az("aks", "nodepool", "scale", *target.pool_options, "--name", pool.name, "--node-count", str(more))
    return (_fix(f"Scale the node pool '{pool.name}' from {pool.count} to {more} node(s).", line),)


def _widen(pool: Pool, minimum: int, target: Target) -> Fix:
    """The autoscaler keeps a pool between its bounds: one more node is one more at the lower bound."""
    maximum = max(pool.maximum, minimum)
    line = az(
        *("aks", "nodepool", "update", *target.pool_options, "--name", pool.name, "--update-cluster-autoscaler"),
        *("--min-count", str(minimum), "--max-count", str(maximum)),
    )
    return _fix(
        f"Let the autoscaler keep at least {minimum} node(s) in '{pool.name}' (now {pool.minimum} to "
        f"{pool.maximum}), so that one has room when a command comes.",
        line,
    )


def add(pools: Sequence[Pool], target: Target) -> tuple[Fix, ...]:
    """A pool of its own for commands: one Linux node without taints, sized and placed like a pool that is there."""
    name = _free_name(pools)
    like = next((pool for pool in pools if pool.linux and pool.size and not pool.is_arm), None)
    words = ["aks", "nodepool", "add", *target.pool_options, "--name", name]
    words += ["--mode", "User", "--os-type", "Linux", "--node-count", "1"]
    words += ["--node-vm-size", like.size] if like else []
    subnet = next((pool.subnet for pool in pools if pool.subnet), "")
    words += ["--vnet-subnet-id", subnet] if subnet else []
    return (
        _fix(f"Add a node pool '{name}' with one Linux node that has no taints. It costs one more VM.", az(*words)),
    )


def remove_taints(pools: Sequence[Pool], target: Target) -> tuple[Fix, ...]:
    """Clear the taints of a user pool: by hand, since they keep away what somebody wanted kept away."""
    pool = next(
        (p for p in pools if p.linux and p.user and not p.spot and p.taints and p.running and not p.empty), None
    )
    if pool is None:
        return ()
    line = az("aks", "nodepool", "update", *target.pool_options, "--name", pool.name, "--node-taints", "")
    return (
        Fix(
            "add-capacity",
            "manual",
            f"Or clear all taints of the node pool '{pool.name}' ({', '.join(pool.taints)}), which then also takes "
            "other pods. Ask whoever set them.",
            line,
            (_WRITE_POOLS,),
        ),
    )


def _free_name(pools: Sequence[Pool]) -> str:
    taken = {pool.name.lower() for pool in pools}
    names = [_NEW_POOL, *(f"{_NEW_POOL}{number}" for number in range(2, 100))]
    return next((name for name in names if name not in taken), _NEW_POOL)


def _fix(description: str, line: str) -> Fix:
    return Fix("add-capacity", "reviewed", description, line, (_WRITE_POOLS,))
