"""What a caller sees of logs: by rights on the workspace, by rights on the cluster, by the workspace's own control.

Rights on a cluster open the workspace that its logs lie in, unless that wants rights of its own (documented).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization import authorizer
from tests.simulator.core.routing import Caller
from tests.simulator.monitor import tables, workspaces
from tests.simulator.monitor.workspaces import Logs

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

WORKSPACE_QUERY = "Microsoft.OperationalInsights/workspaces/query/"
_RESOURCE_LOGS = "Microsoft.Insights/logs/"


@dataclass(frozen=True)
class View:
    """The tables that exist for a query, and those among them whose rows the caller does not see.

    ``cluster`` is the one whose rows alone are seen; None for all rows of the workspace.
    """

    logs: Logs | None
    there: tuple[str, ...]
    hidden: frozenset[str] = frozenset()
    cluster: Cluster | None = None

    def shows(self, name: str) -> bool:
        return name in self.there and name not in self.hidden


def of_workspace(world: World, caller: Caller, logs: Logs) -> View:
    """To whom ARM has let ask a workspace."""
    shut = [name for name in tables.COLUMNS if not _may(world, caller, f"{WORKSPACE_QUERY}{name}/read", logs.id)]
    return View(logs, tables.there(logs), frozenset(shut) | logs.denied)


def of_cluster(world: World, caller: Caller, cluster: Cluster) -> View:
    """What is left out is left out in silence."""
    logs = workspaces.of(world)
    hidden = frozenset(tables.COLUMNS) - frozenset(readable(world, caller, cluster))
    if logs is None or cluster not in workspaces.senders(world, logs):
        return View(None, (), hidden, cluster)
    shut = frozenset() if _opens(world, caller, logs) else frozenset(tables.COLUMNS)
    return View(logs, tables.there(logs), hidden | shut | logs.denied, cluster)


def readable(world: World, caller: Caller, cluster: Cluster) -> list[str]:
    """The tables for which the caller has a right on the cluster."""
    return [name for name in tables.COLUMNS if _may(world, caller, f"{_RESOURCE_LOGS}{name}/read", cluster.id)]


def permissions(world: World, caller: Caller, view: View) -> dict[str, Any]:
    """Where rows would come from: all the workspaces of the cluster, and below those that the caller may read."""
    assert view.cluster is not None
    known = readable(world, caller, view.cluster)
    resource: dict[str, Any] = {"resourceId": view.cluster.id, "dataSources": [view.logs.id] if view.logs else []}
    denied = sorted(set(tables.COLUMNS) - set(known))
    if denied:
        resource["denyTables"] = denied
    if view.logs is None or not _opens(world, caller, view.logs):
        return {"resources": [resource], "dataSources": []}
    source: dict[str, Any] = {"resourceId": view.logs.id}
    if view.logs.denied:
        source["denyTables"] = sorted(view.logs.denied)
    return {"resources": [resource], "dataSources": [source]}


def _opens(world: World, caller: Caller, logs: Logs) -> bool:
    return logs.opens_to_resources or _may(world, caller, f"{WORKSPACE_QUERY}read", logs.id)


def _may(world: World, caller: Caller, action: str, scope: str) -> bool:
    if authorizer.UNQUESTIONED in caller.groups:
        return True
    access = authorizer.of(world)
    return authorizer.allowed(access, authorizer.principals_of(access, caller), action, scope)
