"""Agent pools: their profiles inside a cluster, and their life as resources of their own.

A profile in ``agentPoolProfiles`` and the properties of the agent pool resource are the same data; the resource moves
the name out. A pool that is stopped shows a count of 0 and gets its count back when it is started (recorded).
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tests.simulator.scenario import ClusterSpec, PoolSpec

if TYPE_CHECKING:
    from tests.simulator.clusters import Cluster

Profile = dict[str, Any]

_READ_ONLY = {"name", "provisioningState", "currentOrchestratorVersion", "nodeImageVersion", "eTag"}
_EMPTY_MEANS_ABSENT = ("nodeTaints", "nodeLabels", "tags")


def profile(pool: PoolSpec, cluster: ClusterSpec) -> Profile:
    """The profile of a pool as a scenario describes it."""
    stopped = pool.power == "Stopped"
    return {
        "name": pool.name,
        "count": 0 if stopped else pool.count,
        "vmSize": pool.size,
        "osDiskSizeGB": 128,
        "osDiskType": "Managed",
        "kubeletDiskType": "OS",
        "maxPods": 110,
        "type": "VirtualMachineScaleSets",
        **_autoscaling(pool),
        "scaleDownMode": "Delete",
        "provisioningState": pool.provisioning,
        "powerState": {"code": pool.power},
        "orchestratorVersion": cluster.kubernetes_version,
        "currentOrchestratorVersion": f"{cluster.kubernetes_version}.7",
        "enableNodePublicIP": False,
        **({"nodeLabels": dict(pool.labels)} if pool.labels else {}),
        **({"nodeTaints": list(pool.taints)} if pool.taints else {}),
        "mode": pool.mode,
        "enableEncryptionAtHost": False,
        "enableUltraSSD": False,
        "osType": pool.os,
        "osSKU": "Ubuntu" if pool.os == "Linux" else "Windows2022",
        "nodeImageVersion": _image(pool.os),
        "upgradeSettings": {"maxSurge": "10%"},
        "enableFIPS": False,
    }


def _autoscaling(pool: PoolSpec) -> Profile:
    if pool.autoscale is None:
        return {"enableAutoScaling": False}
    return {"maxCount": pool.autoscale.max, "minCount": pool.autoscale.min, "enableAutoScaling": True}


def _image(os: str) -> str:
    return (
        "AKSUbuntu-2204gen2containerd-202510.29.0" if os == "Linux" else "AKSWindows-2022-containerd-20348.4294.251014"
    )


def go_live(cluster: Cluster) -> None:
    """Let the nodes be what the profiles say."""
    cluster.live = {pool["name"]: copy.deepcopy(pool) for pool in cluster.pools}


def of(cluster: Cluster, name: str) -> Profile | None:
    return next((pool for pool in cluster.pools if pool["name"].lower() == name.lower()), None)


def spec_of(cluster: Cluster, name: str) -> PoolSpec | None:
    return next((pool for pool in cluster.spec.pools if pool.name == name), None)


def put(cluster: Cluster, name: str, desired: Profile) -> Profile:
    """Create or change a pool; its new provisioning state says which of them this is."""
    pool = of(cluster, name)
    if pool is None:
        pool = profile(PoolSpec(name=name, mode="User", os=desired.get("osType") or "Linux"), cluster.spec)
        cluster.pools.append(pool)
        _apply(pool, desired)
        pool["provisioningState"] = "Creating"
        return pool
    before = copy.deepcopy(pool)
    _switch(cluster, pool, (desired.get("powerState") or {}).get("code"))
    if pool["powerState"] == before["powerState"]:
        _apply(pool, desired)
    pool["provisioningState"] = _state(before, pool)
    return pool


def remove(cluster: Cluster, pool: Profile) -> None:
    cluster.pools.remove(pool)


def _apply(pool: Profile, desired: Profile) -> None:
    for key, value in desired.items():
        if key not in _READ_ONLY and value is not None:
            pool[key] = value
    for key in _EMPTY_MEANS_ABSENT:
        if not pool.get(key):
            pool.pop(key, None)


def _switch(cluster: Cluster, pool: Profile, power: str | None) -> None:
    """Stop or start a pool. The count it had is what the scenario or the last PUT asked for."""
    if power is None or power == pool["powerState"]["code"]:
        return
    pool["powerState"] = {"code": power}
    if power == "Stopped":
        cluster.stopped_counts[pool["name"]] = pool["count"]
        pool["count"] = 0
    else:
        known = spec_of(cluster, pool["name"])
        pool["count"] = cluster.stopped_counts.pop(pool["name"], known.count if known else 1)


def _state(before: Profile, after: Profile) -> str:
    if before["powerState"] != after["powerState"]:
        return "Stopping" if after["powerState"]["code"] == "Stopped" else "Starting"
    return "Scaling" if before["count"] != after["count"] else "Updating"
