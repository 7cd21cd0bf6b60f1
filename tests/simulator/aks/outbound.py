"""What a cluster has to reach outside: the endpoints of its outbound dependencies.

The categories, and the hosts in them, are those of the published example and of the documented rules.
"""

# modelled: a private cluster shows its private zone in the place of the public one
# proof: `make record`, step outbound, against a private cluster
# modelled: an isolated cluster gets the same list as every other one
# proof: `make record`, step outbound, against an isolated cluster

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.simulator.aks import clusters
from tests.simulator.core.routing import Operation, Request, Response

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster
    from tests.simulator.core.world import World

Resource = dict[str, Any]

#: By category: hosts, and the ports and protocols of all of them.
_EVERYWHERE: tuple[tuple[str, str, tuple[tuple[int, str], ...]], ...] = (
    ("azure-resource-management", "management.azure.com login.microsoftonline.com", ((443, "Https"),)),
    ("images", "mcr.microsoft.com *.data.mcr.microsoft.com", ((443, "Https"),)),
    ("artifacts", "packages.aks.azure.com acs-mirror.azureedge.net", ((443, "Https"),)),
    ("time-sync", "ntp.ubuntu.com", ((123, "UDP"),)),
    ("ubuntu-optional", "security.ubuntu.com azure.archive.ubuntu.com changelogs.ubuntu.com", ((80, "Http"),)),
    ("gpu", "nvidia.github.io us.download.nvidia.com download.docker.com", ((443, "Https"),)),
    ("windows", "onegetcdn.azureedge.net go.microsoft.com", ((443, "Https"),)),
)


def _list(world: World, request: Request) -> Response:
    cluster = clusters.find(world, request)
    if cluster is None:
        return clusters.not_found(request)
    return Response(200, {"value": list(_categories(cluster))}, source="rp")


def _categories(cluster: Cluster) -> Iterator[Resource]:
    zone = f"{'privatelink' if cluster.spec.private else 'hcp'}.{cluster.spec.location}.azmk8s.io"
    for category, hosts, ports in (
        *_EVERYWHERE,
        ("apiserver", f"*.{zone}", ((443, "Https"),)),
        ("tunnel-classic", f"*.{zone}", ((9000, "TCP"), (1194, "UDP"))),
    ):
        details = [{"port": port, "protocol": protocol} for port, protocol in ports]
        endpoints = [{"domainName": host, "endpointDetails": details} for host in hosts.split()]
        yield {"category": category, "endpoints": endpoints}


OPERATIONS = (
    Operation(
        "outbound-endpoints",
        "GET",
        clusters.PATH + "/outboundNetworkDependenciesEndpoints",
        _list,
        clusters.ACTION + "outboundNetworkDependenciesEndpoints/read",
        at="/outboundNetworkDependenciesEndpoints",
    ),
)
