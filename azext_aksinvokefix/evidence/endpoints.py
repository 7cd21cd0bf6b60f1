"""Reading the addresses outside that a cluster needs."""

from __future__ import annotations

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.arm import Arm
from azext_aksinvokefix.evidence.reading import read
from azext_aksinvokefix.inside.endpoints import Endpoint, endpoints
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.shapes import mappings

SOURCE = "outboundNetworkDependenciesEndpoints"
NEEDS = ("Microsoft.ContainerService/managedClusters/outboundNetworkDependenciesEndpoints/read",)


def read_endpoints(arm: Arm, cluster_id: str) -> Item:
    """The Endpoints."""

    def fetch() -> list[Endpoint]:
        listed = mappings(arm.pages(f"{cluster_id}/{SOURCE}", api_versions.OUTBOUND))
        return [one for group in listed for one in endpoints(group)]

    return read(SOURCE, NEEDS, fetch)
