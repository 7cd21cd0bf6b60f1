"""Signing in again, in the way in which this account signs in."""

from __future__ import annotations

from azext_aksinvokefix.lifecycle import Evidence, properties, value_of
from azext_aksinvokefix.quoting import az
from azext_aksinvokefix.shapes import dig, text

#: The server application of AKS-managed Entra integration, the same in every cloud.
SERVER_APP = "6dae42f8-4368-4678-94ff-3960e28e3630"


def again(evidence: Evidence, *, with_cluster: bool = False) -> str:
    """The command that renews the sign-in; ``with_cluster`` also for the cluster. A managed identity has no choices."""
    if value_of(evidence.signin).get("kind") == "managedIdentity":
        return az("login", "--identity")
    return into(own_tenant(evidence), with_cluster=with_cluster)


def into(tenant: str, *, with_cluster: bool = False) -> str:
    """The command that signs in to a tenant, the default one when it is empty."""
    return az("login", *_audience(tenant, with_cluster))


def inside_cloud_shell(evidence: Evidence) -> str:
    """The command that replaces Cloud Shell's own sign-in, where no browser opens, by the user's for the cluster."""
    return az("login", "--use-device-code", *_audience(own_tenant(evidence), with_cluster=True))


def _audience(tenant: str, with_cluster: bool) -> tuple[str, ...]:
    scope = ("--scope", f"{SERVER_APP}/.default") if with_cluster else ()
    return (*(("--tenant", tenant) if tenant else ()), *scope)


def own_tenant(evidence: Evidence) -> str:
    """The tenant of the sign-in, else the cluster's."""
    return text(value_of(evidence.signin).get("tenantId")) or cluster_tenant(evidence)


def cluster_tenant(evidence: Evidence) -> str:
    """The tenant whose users the cluster knows; empty when it has none."""
    return text(dig(properties(evidence), "aadProfile", "tenantID"))
