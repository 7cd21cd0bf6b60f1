"""Where the cluster's own RBAC decides, or nobody does: why no Azure role helps there, and the exact step that does."""

from __future__ import annotations

from azext_aksinvokefix.checks import forbidden
from azext_aksinvokefix.checks.forbidden import Request
from azext_aksinvokefix.fixes.grant_role.look import GrantEvidence
from azext_aksinvokefix.lifecycle import Fix
from azext_aksinvokefix.quoting import line, one_line
from azext_aksinvokefix.shapes import dig, texts

#: Kubernetes' own role for each level of --kubernetes-access.
_ROLES = {"reader": "view", "writer": "edit", "admin": "admin", "cluster-admin": "cluster-admin"}


def why_no_role(
    scene: GrantEvidence, request: Request | None, access: str | None, namespace: str | None
) -> tuple[str, str]:
    """Why no Azure role helps, and the exact step that does, with who can take it."""
    evidence = scene.evidence
    if request is None and not evidence.cluster.known:
        return (
            f"It is not known whether the cluster uses Azure RBAC: {evidence.cluster.unread}",
            "Grant managedClusters/read first: repeat the command without --kubernetes-access.",
        )
    if request is None and not scene.properties.get("aadProfile"):
        return (
            "No Azure role is needed: on a cluster without Entra ID every command runs as cluster-admin.",
            "Anyone who is allowed to run commands there can do everything in the cluster.",
        )
    complete = request is not None and request.is_complete
    fixes = forbidden.native_fixes(request, evidence) if request and complete else (_binding(scene, access, namespace),)
    steps = " ".join(f"{fix.description.rstrip('.:')}: {fix.command}" for fix in fixes if fix.command)
    return (
        "Nothing was granted: this cluster uses its own RBAC, and no Azure role helps there.",
        f"Cluster administrators are {_administrators(scene)}. {steps}",
    )


def _administrators(scene: GrantEvidence) -> str:
    groups = texts(dig(scene.properties, "aadProfile", "adminGroupObjectIDs"))
    known = [f"the members of the admin group {group}" for group in groups[:1]]
    if scene.properties.get("disableLocalAccounts") is not True:
        known.append("everyone who is allowed to download the admin credential (`az aks get-credentials --admin`)")
    return one_line(" and ".join(known)) or "everyone who is an administrator through the cluster's own role bindings"


def _binding(scene: GrantEvidence, access: str | None, namespace: str | None) -> Fix:
    """A built-in role of Kubernetes, bound to the principal."""
    role = _ROLES[access or "reader"]
    name = f"aks-invoke-{role}"
    who = scene.who
    is_user = who.principal.type == "User" and who.names
    subject = f"--group={who.id}" if who.principal.type == "Group" else f"--user={who.names[0] if is_user else who.id}"
    kind = "rolebinding" if namespace else "clusterrolebinding"
    place = ["-n", namespace] if namespace else []
    command = line("kubectl", "create", kind, name, f"--clusterrole={role}", subject, *place)
    return Fix("command", "reviewed", f"Ask a cluster administrator to bind the Kubernetes role '{role}'", command)
