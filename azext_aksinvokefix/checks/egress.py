"""The way from the nodes to the registry of the command pod's image: what is known of it, and who opens it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from azext_aksinvokefix.checks.basis import manual
from azext_aksinvokefix.lifecycle import Datum, Evidence, Fix, properties
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import dig, mapping, text

#: https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
_REGISTRY = "mcr.microsoft.com and *.data.mcr.microsoft.com"
_REGISTRY_IN_CHINA = "mcr.azure.cn and *.data.mcr.azure.cn"
_ISOLATED = "nowhere: such a cluster pulls from a private registry that caches the images, so look at that"
#: How the nodes reach the network, by the outbound type in lower case.
_WAYS: Mapping[str, str] = {
    "loadbalancer": "through the load balancer of AKS: look for network security groups and DNS servers in the way",
    "managednatgateway": "through the NAT gateway of AKS: look for network security groups and DNS servers in the way",
    "userassignednatgateway": "through a NAT gateway of your own: look at it and at the network security groups",
    "userdefinedrouting": "over a route table of your own, mostly to a firewall: the rule belongs there, in Azure "
    "Firewall as the FQDN tag AzureKubernetesService",
    "none": _ISOLATED,
    "block": _ISOLATED,
}
#: Where the way out of the cluster is the user's own to build, or there is none.
_OWN = frozenset({"userdefinedrouting", "userassignednatgateway", "none", "block"})


def is_own(evidence: Evidence) -> bool:
    """Whether the owner of the cluster decides what its nodes reach."""
    return _outbound(evidence).lower() in _OWN or _has_proxy(evidence)


def data(evidence: Evidence) -> tuple[Datum, ...]:
    """What the cluster says of its way out."""
    outbound = _outbound(evidence)
    if not outbound:
        return ()
    private = dig(properties(evidence), "apiServerAccessProfile", "enablePrivateCluster") is True
    words = [f"outboundType {outbound}", *(["private cluster"] if private else [])]
    return (Datum("networkProfile", one_line(", ".join([*words, *(["HTTP proxy"] if _has_proxy(evidence) else [])]))),)


def allow_registry(evidence: Evidence) -> Fix:
    """Let the nodes reach the registry: a rule in something that Azure Resource Manager does not show here."""
    return manual(" ".join(_sentences(evidence)))


def _sentences(evidence: Evidence) -> Iterator[str]:
    yield f"Let the nodes reach {_hosts(evidence)} on port 443, then run the command again."
    outbound = _outbound(evidence)
    way = _WAYS.get(outbound.lower())
    if way:
        yield one_line(f"They reach the network {way} (outboundType {outbound}).")
    elif outbound:
        yield one_line(f"How they reach the network is not known here (outboundType {outbound}).")
    if _has_proxy(evidence):
        yield "They use an HTTP proxy, which has to let these addresses through as well."


def _hosts(evidence: Evidence) -> str:
    location = text(dig(evidence.cluster.value, "location")).lower()
    if not location:
        return f"{_REGISTRY} (in China {_REGISTRY_IN_CHINA})"
    return _REGISTRY_IN_CHINA if location.startswith("china") else _REGISTRY


def _outbound(evidence: Evidence) -> str:
    return text(dig(properties(evidence), "networkProfile", "outboundType"))


def _has_proxy(evidence: Evidence) -> bool:
    return bool(mapping(properties(evidence).get("httpProxyConfig")))
