"""The addresses outside that a cluster needs, as its resource provider lists them for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.arm import Arm
from azext_aksinvokefix.evidence.reading import read
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.shapes import integer, mappings, text

SOURCE = "outboundNetworkDependenciesEndpoints"
NEEDS = ("Microsoft.ContainerService/managedClusters/outboundNetworkDependenciesEndpoints/read",)


@dataclass(frozen=True)
class Endpoint:
    """A host that the nodes have to reach; ``category`` is what for, in the words of the service in lower case."""

    category: str
    host: str
    port: int | None = None
    protocol: str = ""


def read_endpoints(arm: Arm, cluster_id: str) -> Item:
    """The Endpoints."""
    path = f"{cluster_id}/{SOURCE}"
    return read(SOURCE, NEEDS, lambda: [one for each in _listed(arm, path) for one in _endpoints(each)])


def _listed(arm: Arm, path: str) -> list[Mapping[str, Any]]:
    return mappings(arm.pages(path, api_versions.OUTBOUND))


def _endpoints(group: Mapping[str, Any]) -> Iterator[Endpoint]:
    category = text(group.get("category")).casefold()
    for endpoint in mappings(group.get("endpoints")):
        host = text(endpoint.get("domainName"))
        details = mappings(endpoint.get("endpointDetails")) or [{}]
        if host:
            yield from (
                Endpoint(category, host, integer(one.get("port")), text(one.get("protocol"))) for one in details
            )
