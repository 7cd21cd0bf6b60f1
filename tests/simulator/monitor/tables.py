"""The tables of Container Insights, filled from the events, pods and nodes of the clusters that send.

Columns and their types are documented; what stands in them is what the ``agent`` sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.simulator.core.kql import Row, Table
from tests.simulator.monitor import agent, workspaces
from tests.simulator.monitor.timespan import Span
from tests.simulator.monitor.workspaces import ALL_STREAMS, Logs

if TYPE_CHECKING:
    from tests.simulator.core.world import World

_EVERYWHERE = {"TimeGenerated": "datetime", "ClusterId": "string", "ClusterName": "string", "Computer": "string"}
_LAST = {"TenantId": "string", "_ResourceId": "string", "_SubscriptionId": "string", "Type": "string"}


def _columns(**types: str) -> Mapping[str, str]:
    named = {name: kind for kind, names in types.items() for name in names.split()}
    return {**_EVERYWHERE, **named, **_LAST}


COLUMNS: Mapping[str, Mapping[str, str]] = {
    "KubeEvents": _columns(
        string="Namespace Name ObjectKind Reason Message KubeEventType SourceComponent",
        datetime="FirstSeen LastSeen",
        real="Count",
    ),
    "KubePodInventory": _columns(
        string="Namespace Name PodUid PodStatus ContainerName ContainerStatus ContainerStatusReason ControllerKind "
        "ControllerName PodLabel",
        datetime="PodCreationTimeStamp PodStartTime",
        real="PodRestartCount",
    ),
    "KubeNodeInventory": _columns(
        string="Status Labels KubeletVersion", datetime="LastTransitionTimeReady CreationTimeStamp"
    ),
}


def there(logs: Logs) -> tuple[str, ...]:
    """The tables that the workspace has: those that something was ever sent to."""
    streams = logs.streams
    sent = [name for name in COLUMNS if ALL_STREAMS in streams or f"Microsoft-{name}" in streams]
    return tuple(name for name in sent if logs.is_sent or (name == "KubeEvents" and logs.given.get("events")))


def table(world: World, logs: Logs, name: str, span: Span) -> Table:
    """One table of the workspace, with the rows of a time span that can be found by now."""
    newest = world.utc() - timedelta(minutes=logs.given.get("lag", 0))
    rows = (row for row in _ROWS[name](world, logs) if row["when"] in span and row["when"] <= newest)
    return Table(COLUMNS[name], [_stored(row, name, logs) for row in rows])


def _stored(row: Row, name: str, logs: Logs) -> Row:
    cluster = str(row["ClusterId"])
    written = {key: _text(value) if isinstance(value, datetime) else value for key, value in row.items()}
    return {
        **written,
        "TimeGenerated": _text(row["when"]),
        "ClusterName": cluster.rpartition("/")[2],
        "TenantId": workspaces.customer(logs),
        "_ResourceId": cluster.lower(),
        "_SubscriptionId": cluster.split("/")[2].lower(),
        "Type": name,
    }


def _text(when: datetime) -> str:
    return when.strftime("%Y-%m-%d %H:%M:%S.%f")


_ROWS: Mapping[str, Callable[[World, Logs], Iterable[Row]]] = {
    "KubeEvents": agent.events_of,
    "KubePodInventory": agent.pods_of,
    "KubeNodeInventory": agent.nodes_of,
}
