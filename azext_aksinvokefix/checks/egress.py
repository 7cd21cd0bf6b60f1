"""The way from the nodes to the registry of the command pod's image: what is known of it, and who opens it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from azext_aksinvokefix.checks.basis import manual
from azext_aksinvokefix.inside.endpoints import Endpoint
from azext_aksinvokefix.lifecycle import Datum, Evidence, Failure, Fix, properties
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.shapes import dig, items, mapping, same, text

#: How the registry took it: refused, not reached, without the image, or nothing of it is known.
Trouble = Literal["refused", "unreached", "missing", "unknown"]
#: https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
_REGISTRY = "mcr.microsoft.com and *.data.mcr.microsoft.com"
_REGISTRY_IN_CHINA = "mcr.azure.cn and *.data.mcr.azure.cn"
#: How the nodes reach the network, by the outbound type in lower case.
_WAYS: Mapping[str, str] = {
    "loadbalancer": "through the AKS load balancer: check network security groups and DNS servers",
    "managednatgateway": "through the AKS NAT gateway: check network security groups and DNS servers",
    "userassignednatgateway": "through your own NAT gateway: check it and the network security groups",
    "userdefinedrouting": "through your own route table, usually to a firewall: add the rule there (in Azure Firewall, "
    "the FQDN tag AzureKubernetesService)",
}
#: A cluster without a way out pulls from a registry of its own, which caches the images of MCR.
_ISOLATED = frozenset({"none", "block"})
_CACHE_RULE = "aks-managed-mcr (mcr.microsoft.com/* to aks-managed-repository/*)"
_WRITE_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments/write"
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


def is_isolated(evidence: Evidence) -> bool:
    """Whether the cluster is to reach no public registry: it pulls from its bootstrap registry instead. One without a
    way out whose profile says Direct needs the public one like any other."""
    source = text(dig(properties(evidence), "bootstrapProfile", "artifactSource"))
    return same(source, "Cache") or (not source and _outbound(evidence).lower() in _ISOLATED)


def trouble_of(failure: Failure) -> Trouble:
    """What the text says of the way to the registry."""
    if failure.facts.get("refused") is True:
        return "refused"
    if failure.facts.get("unreached") is True:
        return "unreached"
    return "missing" if failure.facts.get("missing") is True else "unknown"


def fixes(evidence: Evidence, trouble: Trouble = "unknown", image: str = "") -> tuple[Fix, ...]:
    """What gets the image to the nodes."""
    if is_isolated(evidence) or "/aks-managed-repository/" in image:
        right = _pull_right(evidence) if trouble in ("refused", "unknown") else ()
        return (*right, _bootstrap(evidence, trouble))
    if trouble == "refused":
        return (_refused(image),)
    return (manual(" ".join(_sentences(evidence))),)


def listed(evidence: Evidence, *categories: str) -> str:
    """The addresses of some categories that this cluster needs, as the service lists them; empty when it did not."""
    known = [one for one in items(evidence.endpoints.value) if isinstance(one, Endpoint)]
    hosts = [
        f"{one.host}:{one.port}" + (f" ({one.protocol})" if one.protocol.casefold() == "udp" else "")
        if one.port
        else one.host
        for one in known
        if one.category.startswith(categories)
    ]
    *others, last = [*dict.fromkeys(hosts)] or [""]
    return one_line(f"{', '.join(others)} and {last}" if others else last)


def _refused(image: str) -> Fix:
    host = image.partition("/")[0]
    if host.endswith(("mcr.microsoft.com", "mcr.azure.cn")) or "." not in host:
        return manual(
            "The registry answered and refused the pull, so the network path is open. Microsoft's registry "
            "requires no sign-in: look for a proxy, firewall or registry mirror that answers instead of it."
        )
    return manual(
        f"The registry {one_line(host)} answered and refused the pull, so the network path is open. Give the "
        "cluster's kubelet identity the role AcrPull on that registry, and check its network rules and cache rule."
    )


def _pull_right(evidence: Evidence) -> Iterator[Fix]:
    """AcrPull for the kubelet identity, where the registry is one of the owner's own."""
    known = properties(evidence)
    registry = text(dig(known, "bootstrapProfile", "containerRegistryId"))
    kubelet = text(dig(known, "identityProfile", "kubeletidentity", "objectId"))
    node_group = text(known.get("nodeResourceGroup"))
    if registry and kubelet and not (node_group and f"/resourcegroups/{node_group}/".lower() in registry.lower()):
        words = ("--assignee-object-id", kubelet, "--assignee-principal-type", "ServicePrincipal")
        yield Fix(
            "command",
            "reviewed",
            "Allow the cluster's kubelet identity to pull from the bootstrap registry, if it lacks that role.",
            az("role", "assignment", "create", *words, "--role", "AcrPull", "--scope", registry),
            (_WRITE_ASSIGNMENTS,),
            at=registry,
        )


#: Which of them goes with which answer is inferred: an isolated cluster whose pull failed was never recorded.
_REMEDIES: Mapping[Trouble, str] = {
    "refused": "The registry answered and refused the pull: the kubelet identity needs the role AcrPull there.",
    "unreached": "The registry was not reached: it needs a private endpoint and private DNS zone that the cluster's "
    "network can reach.",
    "missing": f"The registry does not have the image: it needs the cache rule {_CACHE_RULE}.",
    "unknown": "For 401 or 403, give the kubelet identity the role AcrPull; for a timeout or an unknown name, fix the "
    f"private endpoint and private DNS zone; for not found, add the cache rule {_CACHE_RULE}.",
}


def _bootstrap(evidence: Evidence, trouble: Trouble) -> Fix:
    registry = text(dig(properties(evidence), "bootstrapProfile", "containerRegistryId"))
    which = f"the bootstrap registry {one_line(registry)}" if registry else "its bootstrap registry"
    return manual(
        f"The cluster pulls from {which}, not from a public one. {_REMEDIES[trouble]} Do not change a registry "
        "that AKS manages: 'az aks update' restores it."
    )


def _sentences(evidence: Evidence) -> Iterator[str]:
    needed = listed(evidence, "images")
    where = f"{needed}, which this cluster needs for its images" if needed else f"{_hosts(evidence)} on port 443"
    yield f"Allow the nodes to reach {where}, then run the command again."
    outbound = _outbound(evidence)
    way = _WAYS.get(outbound.lower())
    if way:
        yield one_line(f"They reach the network {way} (outboundType {outbound}).")
    elif outbound:
        yield one_line(f"It is not known how they reach the network (outboundType {outbound}).")
    if _has_proxy(evidence):
        yield "They use an HTTP proxy, which must allow these addresses too."


def _hosts(evidence: Evidence) -> str:
    location = text(dig(evidence.cluster.value, "location")).lower()
    if not location:
        return f"{_REGISTRY} (in China {_REGISTRY_IN_CHINA})"
    return _REGISTRY_IN_CHINA if location.startswith("china") else _REGISTRY


def _outbound(evidence: Evidence) -> str:
    return text(dig(properties(evidence), "networkProfile", "outboundType"))


def _has_proxy(evidence: Evidence) -> bool:
    return bool(mapping(properties(evidence).get("httpProxyConfig")))
