"""Signing in again, in the way in which this account signs in: a person in a browser, everything else without one."""

from __future__ import annotations

from azext_aksinvokefix.checks.basis import command, manual
from azext_aksinvokefix.lifecycle import Evidence, Fix, properties
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.rights.sign_in import signed_in
from azext_aksinvokefix.shapes import dig, same, text

#: The server application of AKS-managed Entra integration, the same in every cloud.
SERVER_APP = "6dae42f8-4368-4678-94ff-3960e28e3630"

_AGAIN = "Sign in again, then run the command again."


def kind(evidence: Evidence) -> str:
    """user, servicePrincipal, managedIdentity or cloudShell; empty where nobody looked."""
    return signed_in(evidence.sign_in).kind


def is_person(evidence: Evidence) -> bool:
    """Whether somebody is there who can answer a prompt; where nobody looked, somebody may be."""
    return kind(evidence) not in ("servicePrincipal", "managedIdentity")


def again(evidence: Evidence, *, with_cluster: bool = False) -> Fix:
    """The sign-in of this account renewed; ``with_cluster`` also for the cluster."""
    if kind(evidence) == "managedIdentity":
        return command(_AGAIN, az("login", "--identity"))
    return into(own_tenant(evidence), evidence, with_cluster=with_cluster)


def into(tenant: str, evidence: Evidence, *, with_cluster: bool = False) -> Fix:
    """The sign-in to a tenant, the default one when it is empty."""
    if kind(evidence) == "managedIdentity" and not same(tenant, own_tenant(evidence)):
        return manual(
            f"Use an identity of tenant {one_line(tenant)}: a managed identity belongs to the tenant of its "
            "subscription and cannot sign in to another."
        )
    if kind(evidence) == "servicePrincipal":
        return _application(tenant, evidence)
    return command(_AGAIN, az("login", *_audience(tenant, with_cluster)))


def _application(tenant: str, evidence: Evidence) -> Fix:
    """A service principal signs in with its secret, certificate or federated token, which no command here may hold."""
    name = signed_in(evidence.sign_in).name
    description = (
        "Sign the service principal in again with its secret (az asks for it), with --certificate, or with "
        "--federated-token in a pipeline; then run the command again. No browser is involved."
    )
    if not name or not tenant:
        return manual(description)
    return command(description, az("login", "--service-principal", "--username", name, "--tenant", tenant))


def inside_cloud_shell(evidence: Evidence) -> str:
    """The command that replaces Cloud Shell's own sign-in, where no browser opens, by the user's for the cluster."""
    return az("login", "--use-device-code", *_audience(own_tenant(evidence), with_cluster=True))


def _audience(tenant: str, with_cluster: bool) -> tuple[str, ...]:
    scope = ("--scope", f"{SERVER_APP}/.default") if with_cluster else ()
    return (*(("--tenant", tenant) if tenant else ()), *scope)


def own_tenant(evidence: Evidence) -> str:
    """The tenant of the sign-in, else the cluster's."""
    return signed_in(evidence.sign_in).tenant_id or cluster_tenant(evidence)


def cluster_tenant(evidence: Evidence) -> str:
    """The tenant whose users the cluster knows; empty when it has none."""
    return text(dig(properties(evidence), "aadProfile", "tenantID"))
