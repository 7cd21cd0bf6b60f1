"""Where the image of a command pod comes from, and containerd's words when a node cannot have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulator.cluster import pods

if TYPE_CHECKING:
    from tests.simulator.aks.clusters import Cluster

_PUBLIC = "mcr.microsoft.com/"

#: Public reports have these sentences about other images.
# modelled: the sentences about a pull that failed look alike for the image of the command pod
# proof: the events of a command pod in a cluster whose firewall keeps mcr.microsoft.com out
_REFUSALS = {
    "timeout": 'failed to resolve reference "{image}": failed to do request: Head "{url}": dial tcp {address}:443: '
    "i/o timeout",
    "unauthorized": 'failed to resolve reference "{image}": failed to authorize: failed to fetch anonymous token: '
    "unexpected status from GET request to https://{host}/oauth2/token?scope=repository%3A{scope}%3Apull&service="
    "{host}: 401 Unauthorized",
    "no-such-host": 'failed to resolve reference "{image}": failed to do request: Head "{url}": dial tcp: lookup '
    "{host} on 168.63.129.16:53: no such host",
    "not-found": 'failed to resolve reference "{image}": {image}: not found',
}


def command_image(cluster: Cluster) -> str:
    """A cluster without a way out takes everything from the registry that caches Microsoft's (documented)."""
    profile = cluster.properties.get("bootstrapProfile") or {}
    registry = str(profile.get("containerRegistryId") or "").rpartition("/")[2]
    if profile.get("artifactSource") != "Cache" or not registry:
        return pods.IMAGE
    return pods.IMAGE.replace(_PUBLIC, f"{registry}.azurecr.io/aks-managed-repository/")


def refusal(cluster: Cluster, image: str) -> str:
    """The kubelet's message about an image that the node did not get, in the way that the scenario says."""
    host, _, path = image.partition("/")
    repository, _, tag = path.rpartition(":")
    words = _REFUSALS[cluster.spec.image_pull].format(
        image=image,
        host=host,
        url=f"https://{host}/v2/{repository}/manifests/{tag}",
        scope=repository.replace("/", "%2F"),
        address="150.171.69.10" if image.startswith(_PUBLIC) else "20.51.4.32",
    )
    code = "NotFound" if cluster.spec.image_pull == "not-found" else "Unknown"
    reason = f'rpc error: code = {code} desc = failed to pull and unpack image "{image}": {words}'
    return f'Failed to pull image "{image}": {reason}'
