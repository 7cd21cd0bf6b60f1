"""Log Analytics workspaces, and how a cluster says which of them gets the events that Container Insights collects.

.. code-block:: yaml

    logs:
      by: addon                   # profile | rule, or a list of them: where the cluster says it; [] for nowhere
      clusters: [c1]              # those that send; all if not said
      workspace: logs             # a name in `group`, or an ARM id, perhaps of another subscription
      group: monitoring
      exists: true                # false: the id leads nowhere
      key: omsagent               # how addonProfiles spells the add-on
      setting: logAnalyticsWorkspaceResourceID
      spelled: "{id}"             # how the id is written there; {bare} is without the first slash
      enabled: true               # false: nothing is sent, and the id stays
      streams: [Microsoft-ContainerInsights-Group-Default]    # what the data collection rule sends
      filtering: {mode: "Off", namespaces: []}                # Include | Exclude: which namespaces it collects
      lag: 0                      # minutes until a row can be found
      normal: false               # whether Normal events are collected too
      empty: false                # nothing was ever sent by anybody
      partial: false              # queries find only a part and say so
      resourcePermissions: true   # false: rights on the cluster alone do not open the workspace
      denied: [KubeEvents]        # tables that its own access control keeps from everybody here
      events:                     # rows besides those that the clusters write
        - {minutesAgo: 3, name: web-1, reason: BackOff, message: "…", namespace: shop, type: Warning, count: 2,
           component: kubelet, host: node-1, kind: Pod, cluster: ID}

The ``name`` of an event may be ``{pod}``: one for each command pod of the clusters, from when it was made. ``cluster``
is the id of another one that sends to the same workspace.

The two old ways and the rule are as clients write them, ``profile`` is published (azureMonitorProfile, of api-version
2026-06-01); that a rule and an add-on may stand side by side is what azure-cli does.
"""

# modelled: the workspace as a resource: its members and its refusals
# proof: a GET recorded of the workspace that a cluster sends to

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Operation, Request, Response

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

Resource = dict[str, Any]

SECTION = "logs"

PATH = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.OperationalInsights/workspaces/"
    "{workspace}"
)
ALL_STREAMS = "Microsoft-ContainerInsights-Group-Default"


@dataclass(frozen=True)
class Logs:
    """The section, and ``id`` of its workspace."""

    id: str
    given: Mapping[str, Any]

    @property
    def ways(self) -> tuple[str, ...]:
        by = self.given.get("by", "addon")
        return (by,) if isinstance(by, str) else tuple(by)

    @property
    def exists(self) -> bool:
        return bool(self.given.get("exists", True))

    @property
    def is_sent(self) -> bool:
        return bool(self.ways) and self.exists and bool(self.given.get("enabled", True))

    @property
    def streams(self) -> tuple[str, ...]:
        return tuple(self.given.get("streams", (ALL_STREAMS,)))

    @property
    def denied(self) -> frozenset[str]:
        """The tables that the workspace itself keeps from everybody here."""
        return frozenset(self.given.get("denied", ()))

    @property
    def opens_to_resources(self) -> bool:
        return bool(self.given.get("resourcePermissions", True))

    def collects(self, namespace: str) -> bool:
        filtering = self.given.get("filtering") or {}
        listed = namespace in filtering.get("namespaces", ())
        mode = filtering.get("mode", "Off")
        return bool(mode == "Off" or listed == (mode == "Include"))


def of(world: World) -> Logs | None:
    """What the scenario says about logs, None when nothing."""
    logs: Logs | None = world.state[SECTION]["logs"]
    return logs


def load(world: World, section: Mapping[str, Any] | None) -> None:
    world.state[SECTION] = {"logs": None, "loaded": world.now()}
    if section is None:
        return
    logs = Logs(_id(world, section), section)
    world.state[SECTION]["logs"] = logs
    if logs.exists:
        world.further_groups.add(logs.id.split("/")[4].lower())
    for cluster in senders(world, logs):
        _say(cluster, logs)


def senders(world: World, logs: Logs) -> list[Cluster]:
    named = logs.given.get("clusters")
    return [cluster for cluster in world.clusters.values() if named is None or cluster.name in named]


def customer(logs: Logs) -> str:
    """The workspace's own id, which its rows have as their tenant's."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, logs.id.lower()))


def find(world: World, request: Request) -> Logs | None:
    logs = of(world)
    params = request.params
    asked = PATH.format(**{name: params[name] for name in ("subscription", "group", "workspace")})
    return logs if logs and logs.exists and logs.id.lower() == asked.lower() else None


def not_found(request: Request) -> Response:
    message = (
        f"The Resource 'Microsoft.OperationalInsights/workspaces/{request.params['workspace']}' under resource group "
        f"'{request.params['group']}' was not found. For more details please go to "
        "https://aka.ms/ARMResourceNotFoundFix"
    )
    return arm_error(404, "ResourceNotFound", message)


def _id(world: World, section: Mapping[str, Any]) -> str:
    name = section.get("workspace", "logs")
    if name.startswith("/"):
        return str(name)
    return PATH.format(subscription=world.subscription, group=section.get("group", "monitoring"), workspace=name)


def _say(cluster: Cluster, logs: Logs) -> None:
    """Write the workspace where the cluster shows it; a rule is a resource of its own."""
    enabled = bool(logs.given.get("enabled", True))
    written = logs.given.get("spelled", "{id}").format(id=logs.id, bare=logs.id.lstrip("/"))
    if "addon" in logs.ways:
        setting = logs.given.get("setting", "logAnalyticsWorkspaceResourceID")
        config = {setting: written, "useAADAuth": str("rule" in logs.ways).lower()}
        addons = cluster.properties.setdefault("addonProfiles", {})
        addons[logs.given.get("key", "omsagent")] = {"enabled": enabled, "config": config}
    if "profile" in logs.ways:
        profile = {"enabled": enabled, "logAnalyticsWorkspaceResourceId": written}
        cluster.properties.setdefault("azureMonitorProfile", {})["containerInsights"] = profile


def _get(world: World, request: Request) -> Response:
    logs = find(world, request)
    if logs is None:
        return not_found(request)
    body = {
        "properties": {
            "customerId": customer(logs),
            "provisioningState": "Succeeded",
            "sku": {"name": "PerGB2018"},
            "retentionInDays": 30,
            "features": {"enableLogAccessUsingOnlyResourcePermissions": logs.opens_to_resources},
        },
        "id": logs.id,
        "name": logs.id.rpartition("/")[2],
        "type": "Microsoft.OperationalInsights/workspaces",
        "location": "westus2",
    }
    return Response(200, body)


OPERATIONS = (Operation("workspace-get", "GET", PATH, _get, "Microsoft.OperationalInsights/workspaces/read"),)
