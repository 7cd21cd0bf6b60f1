"""The agent pools of a cluster, seen with the eyes of the command pod: which of them could take it, and why not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import dig, integer, mappings, same, text, texts

#: A preference does not keep a pod away; the command pod tolerates none of the other two.
_HARD_EFFECTS = ("noschedule", "noexecute")
#: AKS gives these by itself, and a profile need not show them. That of a gateway pool is documented, its exact words
#: are inferred from the label.
_SPOT_TAINT = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"
_GATEWAY_TAINT = "kubernetes.azure.com/mode=gateway:NoSchedule"
# A `p` among the small letters of a size stands for an Arm processor:
# https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
_ARM = re.compile(r"^standard_[a-z]{1,8}\d{1,4}(?:-\d{1,4})?[a-z]{0,8}?p[a-z]{0,8}_", re.IGNORECASE)


@dataclass(frozen=True)
class Pool:  # pylint: disable=too-many-instance-attributes
    """One agent pool profile. ``taints`` are those that keep a pod away, as ``key=value:Effect``; ``count`` is None
    when the cluster does not say it. A pool of single machines instead of a scale set is scaled by other commands.
    ``strange`` is the mode or type of a pool of which it is not known here what its nodes take. ``profile`` is the pool
    as ARM gave it."""

    name: str
    size: str
    linux: bool
    running: bool
    count: int | None
    taints: tuple[str, ...]
    user: bool
    autoscaled: bool
    minimum: int
    maximum: int
    subnet: str
    spot: bool
    scale_set: bool = True
    strange: str = ""
    profile: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def accepts(self) -> bool:
        """Whether a node of the pool, if there is one, would take the pod as far as its kind goes."""
        return self.linux and not self.taints and not self.strange

    @property
    def unclear(self) -> bool:
        """Whether it might take the pod, as far as everything else than its mode or type goes."""
        return bool(self.strange) and self.linux and not self.taints and self.running and not self.empty

    @cached_property
    def usable(self) -> bool:
        return self.accepts and self.running and not self.empty

    @property
    def empty(self) -> bool:
        return self.count == 0

    @property
    def can_grow(self) -> bool:
        return self.accepts and self.running and self.autoscaled and (self.count or 0) < self.maximum

    @property
    def is_arm(self) -> bool:
        return is_arm_size(self.size)

    def owns(self, node: str) -> bool:
        """Whether a node's name is this pool's: ``aks-pool-12345678-vmss000000``, on Windows ``akspool000000``."""
        return node.lower().startswith((f"aks-{self.name}-".lower(), f"aks{self.name}0".lower()))

    def __str__(self) -> str:
        """The pool as evidence."""
        facts = ["Linux" if self.linux else "Windows", f"{'?' if self.count is None else self.count} node(s)"]
        facts += [] if self.running else ["stopped"]
        facts += [f"autoscaled {self.minimum} to {self.maximum}"] if self.autoscaled else []
        facts += [f"taints {', '.join(self.taints)}"] if self.taints else []
        return one_line(f"{self.name}: {', '.join(facts)}")


def is_arm_size(size: str) -> bool:
    return _ARM.match(size) is not None


def pools_of(properties: Mapping[str, Any]) -> list[Pool]:
    """The pools of a managed cluster, from its properties."""
    return [_pool(profile) for profile in mappings(properties.get("agentPoolProfiles"))]


def makes_own_nodes(properties: Mapping[str, Any]) -> bool:
    """Whether node auto-provisioning adds nodes that belong to no pool and that no profile shows."""
    return same(dig(properties, "nodeProvisioningProfile", "mode"), "Auto")


def are_managed(properties: Mapping[str, Any]) -> bool:
    """Whether AKS manages the system nodes, so that the namespaces of the system may not be touched."""
    return any(same(profile.get("mode"), "ManagedSystem") for profile in mappings(properties.get("agentPoolProfiles")))


def _pool(profile: Mapping[str, Any]) -> Pool:
    spot = same(profile.get("scaleSetPriority"), "Spot")
    machines = mappings(dig(profile, "virtualMachinesProfile", "scale", "manual"))
    count = _count(profile, machines)
    return Pool(
        name=text(profile.get("name")),
        size=text(profile.get("vmSize")) or next((text(one.get("size")) for one in machines), ""),
        linux=not same(profile.get("osType"), "Windows"),
        running=not same(dig(profile, "powerState", "code"), "Stopped"),
        count=count,
        taints=_hard_taints(profile, spot),
        user=same(profile.get("mode"), "User"),
        autoscaled=profile.get("enableAutoScaling") is True,
        minimum=integer(profile.get("minCount")) or 0,
        maximum=integer(profile.get("maxCount")) or count or 0,
        subnet=text(profile.get("vnetSubnetID")),
        spot=spot,
        scale_set=not same(profile.get("type"), "VirtualMachines"),
        strange=_strange(profile),
        profile=profile,
    )


_KNOWN = {
    "mode": ("system", "user", "gateway"),
    "type": ("virtualmachinescalesets", "availabilityset", "virtualmachines"),
    "osType": ("linux", "windows"),
}


def _strange(profile: Mapping[str, Any]) -> str:
    """The first of its kinds that is not known here; one that is not said is the default."""
    for name, known in _KNOWN.items():
        kind = profile.get(name)
        if kind is not None and str(kind).casefold() not in known:
            return one_line(f"{name} {kind}")
    return ""


def _count(profile: Mapping[str, Any], machines: Sequence[Mapping[str, Any]]) -> int | None:
    own = integer(profile.get("count"))
    if own is not None or not machines:
        return own
    return sum(integer(one.get("count")) or 0 for one in machines)


def _hard_taints(profile: Mapping[str, Any], spot: bool) -> tuple[str, ...]:
    taints = [one_line(taint) for taint in texts(profile.get("nodeTaints"))]
    hard = [taint for taint in taints if taint.rpartition(":")[2].lower() in _HARD_EFFECTS]
    given = [_SPOT_TAINT] if spot else []
    given += [_GATEWAY_TAINT] if same(profile.get("mode"), "Gateway") else []
    return (*hard, *(taint for taint in given if not any(same(taint, one) for one in hard)))


def listed(pools: Sequence[Pool]) -> str:
    """The pools in one line, cut where there are very many."""
    shown = [str(pool) for pool in pools[:20]]
    rest = len(pools) - len(shown)
    return "; ".join(shown) + (f"; and {rest} more" if rest else "")
