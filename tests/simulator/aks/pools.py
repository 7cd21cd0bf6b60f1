"""Agent pools: their profiles inside a cluster, and their life as resources of their own.

A profile in ``agentPoolProfiles`` and the properties of the agent pool resource are the same data; the resource moves
the name out. A pool that is stopped shows a count of 0 and gets its count back when it is started (recorded).
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tests.simulator.core.specs import ClusterSpec, PoolSpec

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster

Profile = dict[str, Any]

#: The modes of which a cluster needs a pool.
# modelled: a managed system pool counts as the system pool that a cluster needs
# proof: a DELETE recorded of the last other system pool of an Automatic cluster that has a managed one
OF_THE_SYSTEM = ("System", "ManagedSystem")

DEFAULT_SIZE = "Standard_DS2_v2"

#: What every node of a spot pool has.
_SPOT_LABEL = "kubernetes.azure.com/scalesetpriority"
_SPOT_TAINT = f"{_SPOT_LABEL}=spot:NoSchedule"

_READ_ONLY = {"name", "provisioningState", "currentOrchestratorVersion", "nodeImageVersion", "eTag"}
#: What azure-cli sends empty or as 0 to get the service's own choice (recorded).
_EMPTY_MEANS_DEFAULT = ("vmSize", "osDiskSizeGB", "orchestratorVersion")

#: What azure-cli sends for every pool and the service shows of spot pools alone (recorded).
_SPOT_ONLY = ("scaleSetPriority", "scaleSetEvictionPolicy", "spotMaxPrice")

_EMPTY_MEANS_ABSENT = ("nodeTaints", "nodeLabels", "tags")


def profile(pool: PoolSpec, cluster: ClusterSpec) -> Profile:
    """The profile of a pool as a scenario describes it."""
    return _with_spot(_profile(pool, cluster))


def _with_spot(pool: Profile) -> Profile:
    """AKS itself taints and labels the nodes that Azure may take away (documented)."""
    if pool.get("scaleSetPriority") == "Spot":
        pool.setdefault("scaleSetEvictionPolicy", "Delete")
        pool.setdefault("spotMaxPrice", -1.0)
        pool["nodeLabels"] = {**pool.get("nodeLabels", {}), _SPOT_LABEL: "spot"}
        pool["nodeTaints"] = [*dict.fromkeys([*pool.get("nodeTaints", []), _SPOT_TAINT])]
    return pool


def _profile(pool: PoolSpec, cluster: ClusterSpec) -> Profile:
    stopped = pool.power == "Stopped"
    return {
        "name": pool.name,
        "count": 0 if stopped else pool.count,
        "vmSize": pool.size,
        "osDiskSizeGB": 128,
        "osDiskType": "Managed",
        "kubeletDiskType": "OS",
        "maxPods": 110,
        "type": pool.type,
        **_autoscaling(pool),
        "scaleDownMode": "Delete",
        "provisioningState": pool.provisioning,
        "powerState": {"code": pool.power},
        "orchestratorVersion": cluster.kubernetes_version,
        "currentOrchestratorVersion": f"{cluster.kubernetes_version}.7",
        "enableNodePublicIP": False,
        **({"vnetSubnetID": pool.subnet} if pool.subnet else {}),
        **({"availabilityZones": list(pool.zones)} if pool.zones else {}),
        **({"scaleSetPriority": "Spot"} if pool.priority == "Spot" else {}),
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
    """Let the nodes be what the profiles say, except of pools whose last operation did not succeed."""
    before = cluster.live
    cluster.live = {
        pool["name"]: copy.deepcopy(pool) for pool in cluster.pools if pool["name"] not in cluster.unfinished
    }
    cluster.live.update({name: before[name] for name in cluster.unfinished if name in before})


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
        _with_spot(pool)
        pool["provisioningState"] = "Creating"
        return pool
    before = copy.deepcopy(pool)
    _switch(cluster, pool, (desired.get("powerState") or {}).get("code"))
    if pool["powerState"] == before["powerState"]:
        _apply(pool, desired)
        _with_spot(pool)
    pool["provisioningState"] = _state(before, pool)
    return pool


def remove(cluster: Cluster, pool: Profile) -> None:
    cluster.pools.remove(pool)
    cluster.unfinished.discard(pool["name"])


def _apply(pool: Profile, desired: Profile) -> None:
    for key, value in desired.items():
        if key not in _READ_ONLY and value is not None and not (key in _EMPTY_MEANS_DEFAULT and not value):
            pool[key] = value
    if pool.get("scaleSetPriority") != "Spot":
        for key in _SPOT_ONLY:
            pool.pop(key, None)
    if not pool.get("enableAutoScaling"):
        pool.pop("minCount", None)
        pool.pop("maxCount", None)
    for key in _EMPTY_MEANS_ABSENT:
        if not pool.get(key):
            pool.pop(key, None)


def end(cluster: Cluster, pool: Profile, status: str) -> None:
    """An operation on the pool is over: ``status`` says how."""
    pool["provisioningState"] = status
    if status == "Succeeded":
        cluster.unfinished.discard(pool["name"])
    else:
        cluster.unfinished.add(pool["name"])


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
