"""What a person does where no request of this extension helps: texts that name the state, the addresses, the tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from azext_aksinvokefix.checks import login
from azext_aksinvokefix.checks.basis import properties, target
from azext_aksinvokefix.evidence import Evidence
from azext_aksinvokefix.evidence.shapes import dig, mapping, mappings, same, text
from azext_aksinvokefix.quoting import az, one_line

#: Where the nodes fetch the image of the command pod: https://learn.microsoft.com/azure/aks/outbound-rules-control-egress
_REGISTRY = ("mcr.microsoft.com", "*.data.mcr.microsoft.com")
_REGISTRY_IN_CHINA = ("mcr.azure.cn", "*.data.mcr.azure.cn")
_WAYS_OUT: Mapping[str, str] = {
    "loadbalancer": "through the load balancer of AKS: look for network security groups and DNS servers in the way",
    "managednatgateway": "through the NAT gateway of AKS: look for network security groups and DNS servers in the way",
    "userassignednatgateway": "through a NAT gateway of your own: look at it and at the network security groups",
    "userdefinedrouting": "over a route table of your own, mostly to a firewall: the rule belongs there; in Azure "
    "Firewall the FQDN tag AzureKubernetesService covers it",
    "none": "nowhere: the cluster is isolated and needs a private registry as its image cache",
    "block": "nowhere: the cluster is isolated and needs a private registry as its image cache",
}


def advice(finding: str, evidence: Evidence) -> tuple[str, ...]:
    """Paragraphs for a finding that only a person can repair; empty where there are none of their own."""
    writer = _WRITERS.get(finding)
    return tuple(writer(evidence)) if writer else ()


def _in_progress(evidence: Evidence) -> Iterator[str]:
    at = target(evidence)
    for state in _states(evidence):
        yield f"Now {state}."
    yield f"Wait for it: {az('aks', 'wait', *at.options, '--updated', '--timeout', '1800')}"
    yield f"One that hangs can be given up: {az('aks', 'operation-abort', *at.options)}"


def _failed(evidence: Evidence) -> Iterator[str]:
    at = target(evidence)
    for state in _states(evidence):
        yield f"Now {state}."
    log = az("monitor", "activity-log", "list", "--resource-id", at.id, "--status", "Failed", "--offset", "7d")
    yield f"Why the last operation failed: {log}"
    yield (
        "Mend its cause first, mostly a quota, a subnet or a policy. Then let AKS bring the cluster to its desired "
        f"state: {az('aks', 'update', *at.options, '--yes')}"
    )


def _states(evidence: Evidence) -> Iterator[str]:
    known = properties(evidence)
    for what, holder in (
        ("the cluster", known),
        *((f"node pool '{text(pool.get('name'))}'", pool) for pool in mappings(known.get("agentPoolProfiles"))),
    ):
        state = text(holder.get("provisioningState"))
        if state and not same(state, "Succeeded"):
            yield one_line(f"{what} is {state}")


def _egress(evidence: Evidence) -> Iterator[str]:
    known = properties(evidence)
    outbound = text(dig(known, "networkProfile", "outboundType")) or "loadBalancer"
    way = _WAYS_OUT.get(outbound.lower(), "in a way that is not known here")
    yield one_line(f"The nodes reach the network {way} (outboundType {outbound}).")
    if mapping(known.get("httpProxyConfig")):
        yield "An HTTP proxy is set for the nodes: it has to let the addresses below through as well."
    hosts = _REGISTRY_IN_CHINA if _is_in_china(evidence) else _REGISTRY
    yield f"They need HTTPS on port 443 to {' and '.join(hosts)} for the image of the command pod."
    yield "Run the command again afterwards: an image pull that was under way will have finished."


def _is_in_china(evidence: Evidence) -> bool:
    return text(dig(evidence.cluster.value, "location")).lower().startswith("china")


def _cloud_shell(evidence: Evidence) -> Iterator[str]:
    tenant = login.cluster_tenant(evidence) or login.own_tenant(evidence)
    yield (
        "Cloud Shell's own sign-in cannot get the second token that this cluster asks for. Sign in there yourself: "
        f"{login.into(tenant, with_cluster=True)}"
    )
    yield "Or run the command from another machine with the same sign-in."


_WRITERS: Mapping[str, Callable[[Evidence], Iterator[str]]] = {
    "operation-in-progress": _in_progress,
    "cluster-not-ready": _failed,
    "image-pull-failed": _egress,
    "start-timeout": _egress,
    "cloud-shell-token": _cloud_shell,
}
