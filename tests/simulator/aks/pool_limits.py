"""What the resource provider refuses to do with an agent pool, before it starts.

The sentences about bounds, quota, sizes, subnets, changes and missing counts were seen in public reports.
"""

# modelled: the status 400 of every refusal of a pool; the sentences about modes and names
# proof: recorded PUTs of a pool over its maximum, over the quota, with another size, with a bad name, and as User
# where it is the last System pool

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.simulator.aks import pools
from tests.simulator.aks.pools import Profile
from tests.simulator.core.responses import rp_error
from tests.simulator.core.routing import Response

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster

_FIXED = ("vmSize", "osType", "vnetSubnetID", "availabilityZones", "scaleSetPriority", "osDiskType")
_NAME = {"Linux": re.compile(r"[a-z][a-z0-9]{0,11}"), "Windows": re.compile(r"[a-z][a-z0-9]{0,5}")}

#: Virtual CPUs of the sizes whose number is not the number of their CPUs.
_CORES = {"standard_ds1_v2": 1, "standard_ds2_v2": 2, "standard_ds3_v2": 4, "standard_ds4_v2": 8}


def refusal(cluster: Cluster, name: str, desired: Profile) -> Response | None:
    """The first objection to a PUT of a pool, None when there is none."""
    return next((found for found in _objections(cluster, name, desired) if found), None)


def _objections(cluster: Cluster, name: str, desired: Profile) -> Iterator[Response | None]:
    before = pools.of(cluster, name)
    after = {**(before or {}), **{key: value for key, value in desired.items() if value not in (None, "")}}
    if before is None:
        yield _bad_name(name, after)
        yield _no_count(desired)
    else:
        yield _changed(before, desired)
    yield _wrong_mode(cluster, name, before or {}, after)
    yield _out_of_bounds(before, after)
    yield _wrong_size(cluster, name, after)
    yield _no_cores(cluster, before, after)
    yield _no_addresses(cluster, before, after)


def _bad_name(name: str, after: Profile) -> Response | None:
    if _NAME[after.get("osType") or "Linux"].fullmatch(name):
        return None
    return _invalid("agentPoolProfile.name", "Please see https://aka.ms/aks-naming-rules for more details.")


def _no_count(desired: Profile) -> Response | None:
    if desired.get("count") is not None:
        return None
    message = "Required parameter properties.count is missing (null)."
    return rp_error(400, "InvalidParameter", message, target="properties.count")


def _changed(before: Profile, desired: Profile) -> Response | None:
    for name in _FIXED:
        wanted = desired.get(name)
        if wanted and name in before and _lower(wanted) != _lower(before[name]):
            message = f"Changing property 'properties.{name}' is not allowed."
            return rp_error(400, "PropertyChangeNotAllowed", message, target=f"properties.{name}")
    return None


def _wrong_mode(cluster: Cluster, name: str, before: Profile, after: Profile) -> Response | None:
    """A system pool runs, on Linux, on regular machines; and there is always one."""
    if after.get("mode", "User") == "System":
        if after.get("osType") == "Windows" or after.get("scaleSetPriority") == "Spot":
            return _invalid("agentPoolProfile.mode", "A system pool takes regular Linux nodes.")
        if _power(after) == "Stopped" and _power(before) == "Running":
            return rp_error(400, "OperationNotAllowed", f"The system agent pool '{name}' cannot be stopped.")
        return None
    others = [
        pool for pool in cluster.pools if pool["name"].lower() != name.lower() and pool["mode"] in pools.OF_THE_SYSTEM
    ]
    return no_system_pool() if before.get("mode") == "System" and not others else None


def no_system_pool() -> Response:
    message = "There has to be at least one system agent pool."
    return rp_error(400, "InvalidParameter", message, target="properties.mode")


def _out_of_bounds(before: Profile | None, after: Profile) -> Response | None:
    """A count that stays as it is may lie outside the bounds: they can be moved past it (said by AKS in public)."""
    count, system = after.get("count"), after.get("mode") == "System"
    unchanged = before is not None and count == before["count"]
    if not after.get("enableAutoScaling"):
        none = count == 0 and not unchanged and _power(after) == "Running"
        return _invalid("agentPoolProfile.count") if system and none else None
    least, most = after.get("minCount"), after.get("maxCount")
    if least is None or most is None or least > most or least < (1 if system else 0):
        return _invalid("agentPoolProfile.minCount")
    if least <= count <= most or unchanged or _power(after) == "Stopped":
        return None
    message = (
        f"agentPoolProfile.count was {count}. It must be greater or equal to minCount:{least} and less than or equal "
        f"to maxCount:{most}. If allowedMinCount was expected to be 0 but is 1: 1) The nodepool is a VMAS pool. "
        "2) api Version is less than 2020-03-01. 3) The node is a system pool."
    )
    return rp_error(400, "InvalidParameter", message, target="agentPoolProfile.count")


def _wrong_size(cluster: Cluster, name: str, after: Profile) -> Response | None:
    refused = {size.lower() for size in cluster.spec.limits.sizes}
    if str(after.get("vmSize", "")).lower() not in refused:
        return None
    message = (
        f"The VM size of AgentPoolProfile:{name} is not allowed in your subscription in location "
        f"'{cluster.spec.location}'.  For more details, please visit https://aka.ms/cpu-quota"
    )
    return rp_error(400, "BadRequest", message)


def _no_cores(cluster: Cluster, before: Profile | None, after: Profile) -> Response | None:
    """A new node needs its cores at once; the cores are what the subscription has left beside the cluster as loaded."""
    left, size = cluster.spec.limits.cores, after.get("vmSize") or pools.DEFAULT_SIZE
    more = _nodes_for(after) - (_nodes_for(before) if before else 0)
    if left is None or more <= 0 or more * cores(size) <= left - _taken(cluster):
        return None
    family = re.sub(r"_(?=v\d)|\d+(?=[a-z]*_v)", "", size.replace("Standard_", "Standard", 1), flags=re.IGNORECASE)
    remaining = max(left - _taken(cluster), 0)
    message = (
        f"Insufficient vcpu quota requested {more * cores(size)}, remaining {remaining} for family {family}Family for "
        f"region {cluster.spec.location}. Surge nodes would also consume vcpu quota."
    )
    return rp_error(400, "ErrCode_InsufficientVCPUQuota", message)


def affordable(cluster: Cluster, pool: Profile, count: int) -> int:
    """As many of ``count`` nodes as the subscription has cores for: what an autoscaler gets."""
    left = cluster.spec.limits.cores
    if left is None:
        return count
    more = max(left - _taken(cluster), 0) // cores(pool["vmSize"])
    return min(count, int(pool["count"]) + more)


def _taken(cluster: Cluster) -> int:
    """The cores of the nodes that came since the scenario was loaded."""
    start = sum(spec.count * cores(spec.size) for spec in cluster.spec.pools if spec.power == "Running")
    return max(sum(_nodes_for(pool) * cores(pool["vmSize"]) for pool in cluster.pools) - start, 0)


def cores(size: str) -> int:
    """
    >>> cores("Standard_DS3_v2"), cores("Standard_D8ds_v5")
    (4, 8)
    """
    number = re.search(r"\d+", size)
    return _CORES.get(size.lower()) or (int(number[0]) if number else 1)


def _no_addresses(cluster: Cluster, before: Profile | None, after: Profile) -> Response | None:
    """With an autoscaler the maximum counts, and one node of every pool is kept for upgrades."""
    size = cluster.spec.limits.addresses
    others = [pool for pool in cluster.pools if before is None or pool["name"] != before["name"]]
    wanted = sum(_most(pool) + 1 for pool in [*others, after])
    if size is None or wanted <= size or (before and _most(after) <= _most(before)):
        return None
    message = (
        f"Pre-allocated IPs {wanted} exceeds IPs available {size} in Subnet Cidr 10.224.0.0/24, Subnet Name "
        "aks-subnet. If Autoscaler is enabled, the max-count from each nodepool is counted towards this total (which "
        "means that pre-allocated IPs count represents a theoretical max value, not the actual number of IPs "
        "requested). http://aka.ms/aks/insufficientsubnetsize"
    )
    return rp_error(400, "InsufficientSubnetSize", message, target="agentPoolProfile.count")


def _most(pool: Profile) -> int:
    return int(pool["maxCount"] if pool.get("enableAutoScaling") else _nodes_for(pool))


def _nodes_for(pool: Profile) -> int:
    return 0 if _power(pool) == "Stopped" else int(pool.get("count") or 0)


def _power(pool: Profile) -> str:
    return str((pool.get("powerState") or {}).get("code", "Running"))


def _invalid(target: str, more: str = "Please see https://aka.ms/aks-naming-rules for more details.") -> Response:
    return rp_error(400, "InvalidParameter", f"The value of parameter {target} is invalid. {more}", target=target)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
