"""What Azure answers when there can be no more nodes, or not now: in words, with what helps.

The codes are those of AKS and Azure Compute; see
https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/welcome-azure-kubernetes
"""

from __future__ import annotations

from collections.abc import Mapping

from azext_aksinvokefix.changes.send import IN_PROGRESS

_QUOTA = (
    "The subscription's vCPU quota in this region is used up for that VM size.",
    "Request more with `az quota` or in the portal under Quotas, or name another size with --node-vm-size.",
)
_SUBNET = (
    "The subnet of the node pool has too few free addresses for one more node and its pods.",
    "Free up addresses there, scale another pool (--nodepool-name), or add a pool in another subnet by hand.",
)
_NO_SIZE = (
    "Azure currently has no capacity for that VM size here, or does not offer it to this subscription.",
    "Name another size with --node-vm-size; `az vm list-skus --location LOCATION --output table` lists them.",
)
_BUSY = (
    "Another operation on the cluster is in progress, or the quota does not allow one more node.",
    "Repeat the command: it waits for the operation. If the text names a quota, request more or use another size.",
)
_FROZEN = (
    "The state of the cluster or of the node pool does not allow this change.",
    "Check it with `az aks show` and `az aks nodepool list`; first start what is stopped and fix what failed.",
)
_POLICY = (
    "An Azure Policy does not allow this node pool.",
    "The message names the policy; choose a method that it allows with --method, or ask its owner.",
)
_LINKED = (
    "A node pool in this subnet needs permission to join the subnet, and you lack it.",
    "Request Microsoft.Network/virtualNetworks/subnets/join/action on the subnet, for example with the role "
    "Network Contributor.",
)

EXPLANATIONS: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(IN_PROGRESS, _BUSY),
    **dict.fromkeys(
        ("QuotaExceeded", "ErrCode_InsufficientVCPUQuota", "InsufficientVCPUQuota", "ResourceQuotaExceeded"), _QUOTA
    ),
    **dict.fromkeys(("InsufficientSubnetSize", "SubnetIsFull", "SubnetIsDelegated"), _SUBNET),
    **dict.fromkeys(
        (
            "SkuNotAvailable",
            "SKUNotAvailable",
            "AllocationFailed",
            "ZonalAllocationFailed",
            "OverconstrainedAllocationRequest",
            "OverconstrainedZonalAllocationRequest",
            "VMSizeNotSupported",
            "AvailabilityZoneNotSupported",
        ),
        _NO_SIZE,
    ),
    **dict.fromkeys(("RequestDisallowedByPolicy",), _POLICY),
    **dict.fromkeys(("LinkedAuthorizationFailed",), _LINKED),
    **dict.fromkeys(("ProvisioningStateNotAllowed", "PowerStateNotAllowed"), _FROZEN),
}
