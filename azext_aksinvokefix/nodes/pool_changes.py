"""Every way to a node that takes the command pod, as data: which pool, what changes in it, and the stock command.

Diagnosis turns them into commands to paste, `add-capacity` into requests; both choose from what is said here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix.cluster import BROKEN
from azext_aksinvokefix.nodes.pools import Pool
from azext_aksinvokefix.shapes import mapping, same, text, texts

START, AUTOSCALE, SCALE, ADD_POOL, REMOVE_TAINT = "start", "autoscale", "scale", "add-pool", "remove-taint"
#: A pool of its own for commands. Names of Linux pools have at most 12 lower case letters and digits.
NEW_POOL = "invoke"

#: Taints by which AKS itself keeps pods away from nodes that are not meant for them.
_SYSTEM_KEYS = ("criticaladdonsonly", "node.kubernetes.io/", "virtual-kubelet.io/", "node.cloudprovider.kubernetes.io/")
_SYSTEM_DOMAIN = "kubernetes.azure.com/"
_CPUS = re.compile(r"^[a-z]{1,12}_[a-z]{1,8}(\d{1,4})", re.IGNORECASE)
_GPU = re.compile(r"^standard_n", re.IGNORECASE)
_UNKNOWN_CPUS = 9999


@dataclass(frozen=True)
class PoolChange:  # pylint: disable=too-many-instance-attributes
    """One change of one pool.

    ``values`` are members of the pool's properties and what they become; of a pool that is added, all of them.
    ``nodes`` is how many nodes it adds, None when that does not show. ``verb`` and ``words`` are those of
    ``az aks nodepool``. ``removed`` are the taints that go. ``by_add_capacity``: our own command goes this way, too.
    """

    method: str
    pool: str
    what: str
    values: tuple[tuple[str, Any], ...]
    verb: str
    words: tuple[str, ...] = ()
    nodes: int | None = 1
    size: str = ""
    removed: tuple[str, ...] = ()
    by_add_capacity: bool = True


def start(pools: Sequence[Pool]) -> Iterator[PoolChange]:
    """Start a stopped pool: AKS brings back the nodes that it had (recorded)."""
    for pool in _cheapest_first(pools):
        if _fits(pool) and not pool.running:
            yield PoolChange(
                method=START,
                pool=pool.name,
                what=f"Start the stopped node pool '{pool.name}'.",
                values=(("powerState", {"code": "Running"}),),
                verb="start",
                nodes=None,
                size=pool.size,
                # A set of single machines is described by members that the pinned api-version does not show.
                by_add_capacity=pool.scale_set,
            )


def autoscale(pools: Sequence[Pool]) -> Iterator[PoolChange]:
    """One more node at the lower bound of an autoscaler, which enforces it since July 2021:
    https://github.com/Azure/AKS/releases/tag/2021-07-22. The upper bound moves only where it is in the way."""
    for pool in _cheapest_first(pools):
        if not (_grows(pool) and pool.autoscaled):
            continue
        least = (pool.count or 0) + 1
        most = max(pool.maximum, least)
        yield PoolChange(
            method=AUTOSCALE,
            pool=pool.name,
            what=f"Make the autoscaler keep at least {least} node(s) in '{pool.name}' (now {pool.minimum} to "
            f"{pool.maximum}), so that one has room for a command.",
            values=(("minCount", least), ("maxCount", most)),
            verb="update",
            words=("--update-cluster-autoscaler", "--min-count", str(least), "--max-count", str(most)),
            size=pool.size,
        )


def scale(pools: Sequence[Pool]) -> Iterator[PoolChange]:
    """One more node in a pool that is scaled by hand."""
    for pool in _cheapest_first(pools):
        if not _grows(pool) or pool.autoscaled:
            continue
        more = (pool.count or 0) + 1
        yield PoolChange(
            method=SCALE,
            pool=pool.name,
            what=f"Scale the node pool '{pool.name}' from {pool.count} to {more} node(s).",
            values=(("count", more),),
            verb="scale",
            words=("--node-count", str(more)),
            size=pool.size,
        )


def add(pools: Sequence[Pool], *, size: str = "", name: str = "") -> PoolChange:
    """A pool of its own for commands: one Linux node without taints, sized and placed like the smallest that is there.

    The size is empty where no pool has one that runs Linux on x64.
    """
    name = name or _free_name(pools)
    like = _model(pools)
    values = _like(like, pools, size)
    return PoolChange(
        method=ADD_POOL,
        pool=name,
        what=f"Add a node pool '{name}' with one Linux node that has no taints.",
        values=tuple(values.items()),
        verb="add",
        words=tuple(_add_words(values)),
        size=str(values.get("vmSize", "")),
        # Without a size to take over, somebody has to name one.
        by_add_capacity=bool(values.get("vmSize")),
    )


def untaint(pool: Pool, removed: Sequence[str]) -> PoolChange:
    """Take ``removed`` from the taints of a pool; its other taints stay."""
    kept = [taint for taint in texts(pool.profile.get("nodeTaints")) if taint not in removed]
    return PoolChange(
        method=REMOVE_TAINT,
        pool=pool.name,
        what=f"Remove the taint(s) {', '.join(removed)} from the node pool '{pool.name}'.",
        values=(("nodeTaints", kept),),
        verb="update",
        words=("--node-taints", ",".join(kept)),
        nodes=0,
        size=pool.size,
        removed=tuple(removed),
    )


def untaintable(pools: Sequence[Pool]) -> list[Pool]:
    """Running Linux pools that only taints of their owner keep closed."""
    return [
        pool
        for pool in pools
        if _is_candidate(pool)
        and pool.running
        and not pool.empty
        and pool.taints
        and not any(is_system(taint) for taint in pool.taints)
    ]


def is_system(taint: str) -> bool:
    """Whether AKS relies on a taint: it keeps workloads off the system's nodes, or nodes that may vanish."""
    key = re.split("[=:]", taint.lower(), maxsplit=1)[0]
    return key.startswith(_SYSTEM_KEYS) or _SYSTEM_DOMAIN in key


def _is_candidate(pool: Pool) -> bool:
    """Whether the pod's kind of node comes out of a pool. That the image runs on Arm64 is not documented."""
    return pool.linux and not pool.is_arm and not pool.spot and not same(pool.profile.get("mode"), "Gateway")


def _fits(pool: Pool) -> bool:
    return pool.accepts and _is_candidate(pool)


def _grows(pool: Pool) -> bool:
    return _fits(pool) and pool.running and pool.scale_set and pool.count is not None


def _cheapest_first(pools: Sequence[Pool]) -> list[Pool]:
    """The smaller nodes first, and those last whose last operation went wrong."""
    return sorted(pools, key=lambda pool: (is_broken(pool), *_price(pool.size)))


def is_broken(pool: Pool) -> bool:
    """Whether the last operation on a pool went wrong: it shows what was asked for, not what there is."""
    return text(pool.profile.get("provisioningState")).lower() in BROKEN


def _price(size: str) -> tuple[bool, int]:
    """What stands in for the price of a size: GPU or not, and the number of CPUs in its name."""
    found = _CPUS.match(size)
    return _GPU.match(size) is not None, int(found[1]) if found else _UNKNOWN_CPUS


def _model(pools: Sequence[Pool]) -> Pool | None:
    """The pool to take size and place from; a Windows pool's size runs Linux as well."""
    sized = [pool for pool in pools if pool.size and not pool.is_arm]
    regular = [pool for pool in sized if not pool.spot] or sized
    return min(regular, key=lambda pool: (not pool.linux, *_price(pool.size)), default=None)


def _like(like: Pool | None, pools: Sequence[Pool], size: str) -> dict[str, Any]:
    """The properties of the new pool."""
    profile = mapping(like.profile) if like else {}
    values: dict[str, Any] = {"count": 1, "mode": "User", "osType": "Linux", "type": "VirtualMachineScaleSets"}
    values["vmSize"] = size or (like.size if like else "")
    values["vnetSubnetID"] = next((pool.subnet for pool in (*([like] if like else []), *pools) if pool.subnet), "")
    if values["vnetSubnetID"]:
        # The addresses of a node's pods may come from the subnet; see InsufficientSubnetSize.
        values.update({name: profile.get(name) for name in ("podSubnetID", "maxPods")})
    values.update({name: profile.get(name) for name in ("availabilityZones", "tags")})
    values.update({name: profile.get(name) for name in ("enableEncryptionAtHost", "enableFIPS")})
    if like and like.linux and not same(profile.get("osSKU"), "Ubuntu"):
        values["osSKU"] = profile.get("osSKU")
    if not size and same(profile.get("osDiskType"), "Ephemeral"):
        values.update({name: profile.get(name) for name in ("osDiskType", "osDiskSizeGB")})
    return {name: value for name, value in values.items() if value}


_WORDS = {
    "vmSize": "--node-vm-size",
    "vnetSubnetID": "--vnet-subnet-id",
    "podSubnetID": "--pod-subnet-id",
    "maxPods": "--max-pods",
    "osSKU": "--os-sku",
    "osDiskType": "--node-osdisk-type",
    "osDiskSizeGB": "--node-osdisk-size",
}
_FLAGS = {"enableEncryptionAtHost": "--enable-encryption-at-host", "enableFIPS": "--enable-fips-image"}


def _add_words(values: dict[str, Any]) -> Iterator[str]:
    yield from ("--mode", "User", "--os-type", "Linux", "--node-count", "1")
    for name, option in _WORDS.items():
        if name in values:
            yield from (option, str(values[name]))
    yield from (option for name, option in _FLAGS.items() if values.get(name) is True)
    if texts(values.get("availabilityZones")):
        yield from ("--zones", *texts(values["availabilityZones"]))
    tags = mapping(values.get("tags"))
    if tags:
        yield from ("--tags", *(f"{name}={value}" for name, value in tags.items()))


def _free_name(pools: Sequence[Pool]) -> str:
    taken = {pool.name.lower() for pool in pools}
    names = [NEW_POOL, *(f"{NEW_POOL}{number}" for number in range(2, 100))]
    return next((name for name in names if name not in taken), NEW_POOL)
