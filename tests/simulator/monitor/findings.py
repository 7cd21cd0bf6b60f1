"""What the detectors of a cluster find: what the scenario says, else what is true of its nodes and pools.

What a healthy cluster's detectors say was seen in published answers, markup and all; that of a broken one was not.
"""

# modelled: every word of a detector about something that is wrong
# proof: `make record`, step detectors, against a cluster with nodes that are not ready or a pool at its limit

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulator.cluster import scheduling

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster

#: From the worst to the best, as numbers the ids of a detector's status; 0 and 2 were never seen.
STATUSES = ("Critical", "Warning", "Info", "Success", "None")


class Insight(NamedTuple):
    """One thing that was found. ``data`` are pairs of a name and a value; ``apart``: it has a table of its own."""

    status: str
    message: str
    data: tuple[tuple[str, str], ...] = ()
    apart: bool = False


def worst(insights: Iterable[Insight]) -> int:
    return min((STATUSES.index(each.status) for each in insights), default=STATUSES.index("None"))


def insights(cluster: Cluster, detector: str, healthy: str, scenario: Sequence[Mapping[str, Any]]) -> Iterator[Insight]:
    """The insights of one detector; ``healthy`` is what it says when there is nothing to say."""
    given = [each for each in scenario if each["of"].lower() == detector.lower()]
    if given:
        yield from (_given(cluster, each) for each in given)
        return
    found = list(_DERIVED[detector](cluster)) if detector in _DERIVED else []
    if found:
        yield from found
    elif healthy:
        yield Insight("Success", healthy)


def _given(cluster: Cluster, given: Mapping[str, Any]) -> Insight:
    node = next(iter(scheduling.nodes(cluster)), None)
    words = {"cluster": cluster.name, "node": node.name if node else "", "pool": node.pool if node else ""}
    data = tuple((name, _filled(str(value), words)) for name, value in (given.get("data") or {}).items())
    message = _filled(given.get("message", ""), words)
    return Insight(given.get("status", "Warning"), message, data, bool(given.get("apart")))


def _filled(text: str, words: Mapping[str, str]) -> str:
    for name, value in words.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _not_ready(cluster: Cluster) -> Iterator[Insight]:
    names = [node.name for node in scheduling.nodes(cluster) if not node.is_ready]
    if names:
        listed = "".join(f"<li>{name}</li>\r\n" for name in names)
        data = (("Nodes", f"<markdown><ul>\r\n{listed}</ul></markdown>"), ("Count", str(len(names))))
        yield Insight("Critical", "Nodes were reported as not ready in this time", data)


def _provisioning(cluster: Cluster) -> Iterator[Insight]:
    """All pools stand in its table, those included that nothing is wrong with."""
    rows = [_cells(pool["name"], str(pool["count"]), pool["provisioningState"]) for pool in cluster.pools]
    table = f"<markdown><table style='width:100%;'>\r\n{''.join(rows)}</table>\r\n</markdown>"
    state = f"<markdown>{cluster.provisioning} &nbsp;  <span title='{cluster.provisioning}'></span></markdown>"
    data = (("Cluster State", state), ("Node Pools", table))
    ended = all(pool["provisioningState"] == "Succeeded" for pool in cluster.pools)
    if ended:
        yield Insight("Success", "All node pools have the provisioning state 'Succeeded'.", data)
    else:
        yield Insight("Warning", "Some node pools do not have the provisioning state 'Succeeded'.", data)


def _cells(*cells: str) -> str:
    return "<tr>\r\n" + "".join(f"<td> {cell} </td>\r\n" for cell in cells) + "</tr>\r\n"


_DERIVED: Mapping[str, Callable[[Cluster], Iterator[Insight]]] = {
    "nodes-not-ready-alerts": _not_ready,
    "ProvisioningStatusNodePool": _provisioning,
}
