"""A request that the API server refused to the command's user: an Azure role helps, or only Kubernetes' own RBAC.

With Azure RBAC for Kubernetes the roles are Azure's, and its refusals end with its own words. Without it no Azure role
does anything, and only a binding in the cluster or the admin group helps.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace

from azext_aksinvokefix.checks.basis import finding_from_text, manual, target, text_confidence
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.lifecycle import Datum, Evidence, Failure, Finding, Fix, properties
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.rights import kubernetes_roles as aks_roles
from azext_aksinvokefix.rights import roles
from azext_aksinvokefix.rights.sign_in import signed_in
from azext_aksinvokefix.shapes import dig, same, text, texts

_AZURE, _NATIVE = "kubernetes-forbidden-azure-rbac", "kubernetes-forbidden"
#: What a refusal by Kubernetes is, whoever decides there.
FINDINGS = frozenset({_AZURE, _NATIVE})
#: What Azure's webhook says when its own check failed: no role is missing.
_CHECK_FAILED = "azure rbac check failure"
_GUID_LENGTH = 36


@dataclass(frozen=True)
class Request:
    """The refused request, in Kubernetes' words."""

    user: str
    verb: str
    resource: str
    group: str
    namespace: str

    @property
    def is_complete(self) -> bool:
        return bool(self.user and self.verb and self.resource)

    @property
    def by_cluster_itself(self) -> bool:
        """Whether the user is a service account or component: Azure RBAC has no opinion about those."""
        return self.user.lower().startswith("system:")

    def __str__(self) -> str:
        where = f"in namespace {self.namespace}" if self.namespace else "at the cluster scope"
        kind = f"{self.resource}.{self.group}" if self.group else self.resource
        return one_line(f"{self.user} is not allowed to {self.verb} {kind} {where}")


def finding(failure: Failure, evidence: Evidence) -> Finding:
    """The refusal, with the remedy of the authorization mode that the cluster is in."""
    request = _with_user(request_of(failure), failure, evidence)
    by_azure = is_azure(failure, request, evidence)
    mode = dig(properties(evidence), "aadProfile", "enableAzureRBAC") is True
    known = evidence.cluster.known
    agreed = known and mode == by_azure
    confidence = "confirmed" if agreed else text_confidence(failure) if not known else "likely"
    return finding_from_text(
        _AZURE if by_azure else _NATIVE,
        failure,
        confidence=confidence,
        message=_message(request, failure, by_azure),
        evidence=(Datum("aadProfile", f"enableAzureRBAC {str(mode).lower()}"),) if known else (),
        fixes=_azure_fixes(request, failure, evidence) if by_azure else native_fixes(request, evidence),
    )


def request_of(failure: Failure) -> Request:
    """The request that a text says was refused; parts that it does not name are empty."""
    names = ("user", "verb", "resource", "group", "namespace")
    return Request(*(one_line(text(failure.facts.get(name))) for name in names))


def _with_user(request: Request, failure: Failure, evidence: Evidence) -> Request:
    """A log may hide the user; the command ran as its caller, and here that is the account signed in now."""
    account = signed_in(evidence.sign_in)
    return replace(request, user=account.object_id) if failure.facts.get("userHidden") else request


def is_azure(failure: Failure, request: Request, evidence: Evidence) -> bool:
    """The refusal's own words decide; without them the cluster's mode, save for users that Azure does not judge."""
    if failure.finding == _AZURE or _AZURE in texts(failure.facts.get("also")):
        return True
    if request.by_cluster_itself or failure.facts.get("azureRbac"):
        return False
    return dig(properties(evidence), "aadProfile", "enableAzureRBAC") is True


def _message(request: Request, failure: Failure, by_azure: bool) -> str | None:
    if by_azure and check_failed(failure):
        return "The cluster could not reach Azure RBAC, so it denied the request; no role is known to be missing."
    if not request.is_complete:
        return None
    judge = "Azure RBAC for Kubernetes" if by_azure else "the cluster's own RBAC"
    return f"The command ran, but {judge} denied one of its requests: {request}."


def check_failed(failure: Failure) -> bool:
    """Whether Azure RBAC could not be asked: no role is missing then."""
    return _CHECK_FAILED in failure.message.lower()


def _azure_fixes(request: Request, failure: Failure, evidence: Evidence) -> tuple[Fix, ...]:
    if check_failed(failure):
        return (manual("Run the command again after a minute."),)
    if not request.is_complete:
        return (manual("Have an AKS RBAC role assigned that covers the denied request, on the cluster or namespace."),)
    action = aks_roles.data_action(request.verb, request.resource, request.group)
    role = aks_roles.smallest(action)
    scope = f"{evidence.cluster_id}/namespaces/{request.namespace}" if request.namespace else evidence.cluster_id
    where = f"namespace {request.namespace}" if request.namespace else "the cluster"
    return (
        Fix(
            "grant-role",
            "reviewed",
            f"Assign '{role.name}', the smallest built-in role that allows this, at {where}. It takes up to five "
            "minutes to reach the cluster.",
            target(evidence).invoke_fix(
                "grant-role", *_assignee(request.user, evidence), "--error", one_line(failure.message)
            ),
            (roles.WRITE_ASSIGNMENTS,),
            _assign(request.user, role.id, scope, evidence),
        ),
    )


def _assignee(user: str, evidence: Evidence) -> tuple[str, ...]:
    """Whom `grant-role` is told to help; the signed-in account needs no name."""
    account = signed_in(evidence.sign_in)
    if any(same(user, own) for own in (account.object_id, account.name)):
        return ()
    return ("--assignee-object-id" if _is_object_id(user) else "--assignee", user)


def _assign(user: str, role: str, scope: str, evidence: Evidence) -> str:
    account = signed_in(evidence.sign_in)
    object_id = account.object_id
    if object_id and (same(user, object_id) or same(user, account.name)):
        return roles.assignment(roles.Principal(object_id, account.principal_type or "User"), role, scope)
    return az("role", "assignment", "create", "--assignee", user, "--role", role, "--scope", scope)


def native_fixes(request: Request, evidence: Evidence) -> tuple[Fix, ...]:
    """What a cluster administrator can do where Azure RBAC does not decide."""
    if not request.is_complete:
        return (
            manual("Ask a cluster administrator to bind a Kubernetes role to this user. No Azure role helps here."),
        )
    fixes = [_binding(request, target(evidence))]
    groups = texts(dig(properties(evidence), "aadProfile", "adminGroupObjectIDs"))
    member = _member_id(request.user, evidence)
    if groups and not request.by_cluster_itself:
        fixes.append(
            manual(
                f"Or join the cluster's admin group {groups[0]}, which gives all rights in the cluster.",
                az("ad", "group", "member", "add", "--group", groups[0], "--member-id", member) if member else None,
            )
        )
    return tuple(fixes)


def _member_id(user: str, evidence: Evidence) -> str:
    account = signed_in(evidence.sign_in)
    if same(user, account.name):
        return account.object_id
    return user if _is_object_id(user) else ""


def _is_object_id(user: str) -> bool:
    return len(user) == _GUID_LENGTH and user.count("-") == 4


def _binding(request: Request, where: Target) -> Fix:
    """A role for just this request, bound to just this user, created by somebody who is an administrator already."""
    kind = f"{request.resource}.{request.group}" if request.group and "/" not in request.resource else request.resource
    scope = ["-n", request.namespace] if request.namespace else []
    role = "role" if request.namespace else "clusterrole"
    name = f"invoke-{request.verb}-{request.resource.replace('/', '-')}"
    lines = (
        ["kubectl", "create", role, name, f"--verb={request.verb}", f"--resource={kind}", *scope],
        ["kubectl", "create", f"{role}binding", name, f"--{role}={name}", subject_of(request.user), *scope],
    )
    script = " && ".join(shlex.join(line) for line in lines)
    return Fix(
        "command",
        "reviewed",
        "Ask a cluster administrator to bind a Kubernetes role for this request to the user. No Azure role helps.",
        where.invoke_fix("run", "--command", script),
        stock_command=az("aks", "command", "invoke", *where.options, "--command", script),
    )


def subject_of(user: str) -> str:
    prefix = "system:serviceaccount:"
    return f"--serviceaccount={user[len(prefix) :]}" if user.startswith(prefix) else f"--user={user}"
