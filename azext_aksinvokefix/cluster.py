"""The managed cluster as a target: its names, its ARM id, and the namespace in which every command pod runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from azext_aksinvokefix.quoting import az, one_line

#: Every run command creates its pod here, whatever the command is.
COMMAND_NAMESPACE = "aks-command"

#: States of an operation, or of what it was about, in which nothing goes on any more; ARM spells one either way.
BROKEN = frozenset({"failed", "canceled", "cancelled"})
ENDED = BROKEN | {"succeeded"}

#: How long a change of Azure Policy takes to reach the cluster, where its add-on asks for it now and then.
POLICY_USUALLY_TAKES = "15 to 20 minutes"
POLICY_TAKES = f"{POLICY_USUALLY_TAKES}, at worst an hour,"
POLICY_TAKES_AT_WORST = timedelta(hours=1)

#: How Azure Kubernetes Fleet Manager names the resource group of a hub cluster.
_FLEETS_GROUP = "fl_"

#: The service cuts the logs at 512 KiB, one byte short, without a word.
LOG_LIMIT = 524287


@dataclass(frozen=True)
class Target:
    """The cluster, as the options of an ``az aks`` command name it. ``id`` is its ARM id, which holds the names."""

    id: str
    subscription: str
    group: str
    name: str

    @classmethod
    def of(cls, cluster_id: str) -> Target:
        parts = [*cluster_id.split("/"), *[""] * 9]
        return cls(cluster_id, parts[2], parts[4], parts[8])

    @classmethod
    def named(cls, subscription: str, group: str, name: str) -> Target:
        return cls(cluster_path(subscription, group, name), subscription, group, name)

    @property
    def options(self) -> tuple[str, ...]:
        return ("-g", self.group, "-n", self.name, "--subscription", self.subscription)

    @property
    def may_be_a_fleets_hub(self) -> bool:
        """Whether the name of the resource group is that of a fleet, so that it is worth a look."""
        return self.group.casefold().startswith(_FLEETS_GROUP)

    def invoke_fix(self, verb: str, *words: str) -> str:
        """One of our own commands for this cluster, as a line to paste."""
        return az("aks", "invoke-fix", verb, *self.options, *words)

    @property
    def pool_options(self) -> tuple[str, ...]:
        return ("-g", self.group, "--cluster-name", self.name, "--subscription", self.subscription)


def cluster_path(subscription: str, group: str, name: str) -> str:
    """The ARM id of a managed cluster."""
    return (
        f"/subscriptions/{subscription}/resourceGroups/{group}"
        f"/providers/Microsoft.ContainerService/managedClusters/{name}"
    )


def place(scope: str) -> str:
    """A scope in words; a resource other than a cluster by its type and name."""
    parts = one_line(scope).strip("/").split("/")
    named = dict(zip([part.lower() for part in parts[::2]], parts[1::2]))
    if "managedclusters" in named:
        cluster = f"the cluster '{named['managedclusters']}'"
        return f"the namespace '{named['namespaces']}' of {cluster}" if "namespaces" in named else cluster
    if list(named) == ["providers", "managementgroups"]:
        return f"management group {named['managementgroups']}"
    if list(named) == ["subscriptions"]:
        return f"subscription {named['subscriptions']}"
    if list(named) == ["subscriptions", "resourcegroups"]:
        return f"resource group {named['resourcegroups']}"
    return f"{parts[-2]} {parts[-1]}" if len(parts) > 1 else one_line(scope)
