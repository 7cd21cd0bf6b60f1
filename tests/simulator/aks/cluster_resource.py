"""The body of a managed cluster, in the order and the spelling of the recorded ones."""

from __future__ import annotations

from typing import Any

from tests.simulator.aks import pools
from tests.simulator.core.specs import ClusterSpec
from tests.simulator.core.world import World, cluster_id

Resource = dict[str, Any]


def build(world: World, spec: ClusterSpec) -> Resource:
    """What ARM shows of a cluster. Its id has ``resourcegroups`` in lower case, as the recorded ones."""
    shown_id = cluster_id(spec.subscription or world.subscription, spec.resource_group, spec.name)
    return {
        "id": shown_id.replace("/resourceGroups/", "/resourcegroups/"),
        "location": spec.location,
        "name": spec.name,
        "type": "Microsoft.ContainerService/ManagedClusters",
        **({"tags": dict(spec.tags)} if spec.tags else {}),
        "kind": "Automatic" if spec.automatic else "Base",
        "properties": _properties(world, spec),
        "identity": {"type": "SystemAssigned", "principalId": world.guid(), "tenantId": world.tenant},
        "sku": {"name": "Automatic" if spec.automatic else "Base", "tier": spec.tier},
    }


def _properties(world: World, spec: ClusterSpec) -> Resource:
    node_group = f"MC_{spec.resource_group}_{spec.name}_{spec.location}"
    return {
        "provisioningState": spec.provisioning,
        "powerState": {"code": spec.power},
        "kubernetesVersion": spec.kubernetes_version,
        "currentKubernetesVersion": f"{spec.kubernetes_version}.7",
        "dnsPrefix": f"{spec.name}-dns",
        **_names(spec),
        "agentPoolProfiles": [pools.profile(pool, spec) for pool in spec.pools],
        "servicePrincipalProfile": {"clientId": "msi"},
        **_addons(world, spec, node_group),
        "nodeResourceGroup": node_group,
        "enableRBAC": True,
        "supportPlan": "KubernetesOfficial",
        "networkProfile": {
            "networkPlugin": "azure",
            "networkPluginMode": "overlay",
            "networkDataplane": "azure",
            "loadBalancerSku": "standard",
            **_load_balancer(spec),
            "podCidr": "10.244.0.0/16",
            "serviceCidr": "10.0.0.0/16",
            "dnsServiceIP": "10.0.0.10",
            "outboundType": spec.outbound,
            "podCidrs": ["10.244.0.0/16"],
            "serviceCidrs": ["10.0.0.0/16"],
            "ipFamilies": ["IPv4"],
        },
        **_entra(world, spec),
        "maxAgentPools": 100,
        **_api_server(spec),
        "identityProfile": {"kubeletidentity": _identity(world, node_group, f"{spec.name}-agentpool")},
        "autoUpgradeProfile": {"nodeOSUpgradeChannel": "NodeImage"},
        "disableLocalAccounts": not spec.local_accounts,
        "securityProfile": {},
        "storageProfile": {
            "diskCSIDriver": {"enabled": True},
            "fileCSIDriver": {"enabled": True},
            "snapshotController": {"enabled": True},
        },
        "oidcIssuerProfile": {"enabled": False},
        "workloadAutoScalerProfile": {},
        "metricsProfile": {"costAnalysis": {"enabled": False}},
        "resourceUID": world.guid().replace("-", "")[:24],
        "nodeProvisioningProfile": {"mode": "Auto" if spec.automatic else "Manual", "defaultNodePools": "Auto"},
        "bootstrapProfile": _bootstrap(world, spec, node_group),
    }


def _load_balancer(spec: ClusterSpec) -> Resource:
    if spec.outbound != "loadBalancer":
        return {}
    return {"loadBalancerProfile": {"managedOutboundIPs": {"count": 1}, "backendPoolType": "nodeIPConfiguration"}}


def _bootstrap(world: World, spec: ClusterSpec, node_group: str) -> Resource:
    """Where the images come from."""
    # modelled: the registry that AKS keeps for an isolated cluster lies in its node group, and its name
    # proof: `az aks show` of an isolated cluster that was made without a registry of one's own
    if spec.artifacts != "Cache":
        return {"artifactSource": spec.artifacts}
    group = f"/subscriptions/{spec.subscription or world.subscription}/resourceGroups/{node_group}"
    own = f"{group}/providers/Microsoft.ContainerRegistry/registries/bootstrap{spec.name}"
    return {"artifactSource": "Cache", "containerRegistryId": spec.registry or own}


def _names(spec: ClusterSpec) -> Resource:
    """A private cluster has a private name instead of a public one."""
    host = f"{spec.name}-dns-0a1b2c3d"
    if spec.private:
        zone = f"d6490c87-a0fa-4895-8c3d-a79563e1e978.privatelink.{spec.location}.azmk8s.io"
        return {
            "azurePortalFQDN": f"{host}-priv.portal.hcp.{spec.location}.azmk8s.io",
            "privateFQDN": f"{host}.{zone}",
        }
    return {
        "fqdn": f"{host}.hcp.{spec.location}.azmk8s.io",
        "azurePortalFQDN": f"{host}.portal.hcp.{spec.location}.azmk8s.io",
    }


def _addons(world: World, spec: ClusterSpec, node_group: str) -> Resource:
    addons: Resource = {}
    if spec.azure_policy:
        identity = _identity(world, node_group, f"azurepolicy-{spec.name}")
        addons["azurepolicy"] = {"enabled": True, "config": None, "identity": identity}
    if spec.virtual_node:
        identity = _identity(world, node_group, f"aciconnectorlinux-{spec.name}")
        addons["aciConnectorLinux"] = {"enabled": True, "config": {"SubnetName": "virtual-node"}, "identity": identity}
    return {"addonProfiles": addons} if addons else {}


def _identity(world: World, group: str, name: str) -> Resource:
    provider = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"
    return {
        "resourceId": f"/subscriptions/{world.subscription}/resourcegroups/{group}/{provider}/{name}",
        "clientId": world.guid(),
        "objectId": world.guid(),
    }


def _entra(world: World, spec: ClusterSpec) -> Resource:
    if not (spec.entra or spec.azure_rbac):
        return {}
    profile = {
        "managed": True,
        "adminGroupObjectIDs": list(spec.admin_groups) or None,
        "adminUsers": None,
        "enableAzureRBAC": spec.azure_rbac,
        "tenantID": world.tenant,
    }
    return {"aadProfile": profile}


def _api_server(spec: ClusterSpec) -> Resource:
    profile: Resource = {}
    if spec.private:
        profile = {"enablePrivateCluster": True, "privateDNSZone": "system", "enablePrivateClusterPublicFQDN": False}
    if not spec.run_command:
        profile["disableRunCommand"] = True
    return {"apiServerAccessProfile": profile} if profile else {}
