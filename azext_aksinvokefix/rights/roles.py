"""The smallest grants that give a principal what invoke needs, as commands to paste.

No built-in role holds exactly the three actions: Reader lacks runCommand, Cluster Admin lacks commandResults/read,
Cluster User lacks both. Roles that hold more than these are for a person to choose, never proposed here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS, READ_CLUSTER, READ_RESULT, RUN_COMMAND, Fix
from azext_aksinvokefix.quoting import az
from azext_aksinvokefix.rights.gap import is_reads
from azext_aksinvokefix.shapes import same

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
CLUSTER_ADMIN = "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8"

WRITE_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments/write"
WRITE_DEFINITIONS = "Microsoft.Authorization/roleDefinitions/write"

DESCRIPTION = "Run commands in an AKS cluster through Azure Resource Manager and read their results."


@dataclass(frozen=True)
class Principal:
    """Who is to get the role. The type spares a directory lookup, which many may not make; it is empty if not known."""

    object_id: str
    type: str


def proposals(
    gap: Iterable[str],
    principal: Principal | None,
    target: Target,
    *,
    admin_credential_escalates: bool = False,
    is_caller: bool = False,
    said: str = "",
) -> tuple[Fix, ...]:
    """The grants that close ``gap`` at the cluster, first the one that `grant-role` and `repair` make unless told
    otherwise; none where there is no gap.

    A custom role would give less than the built-in ones, but it is a new object of the whole directory, which few may
    create: it is made only where somebody says so.

    Without a principal the stock line has no name to give a role to, and ours takes the signed-in account;
    ``is_caller`` says that the principal is that account. ``said`` is the refusal, where only that tells of the gap.
    ``admin_credential_escalates``: on this cluster the Cluster Admin role gives more than running commands does.
    """
    missing = tuple(gap)
    if not missing:
        return ()
    to = _Grantee(principal, target, ("--error", said) if said else (), is_caller)
    if is_reads(missing):
        return (_reader(missing, to),)
    return (_built_in(missing, to, admin_credential_escalates), _custom(to))


@dataclass(frozen=True)
class _Grantee:
    """Who gets a role, and at which cluster; ``known`` are the arguments that tell our command of the gap."""

    principal: Principal | None
    target: Target
    known: tuple[str, ...]
    is_caller: bool

    def ours(self, *words: str) -> str:
        who: tuple[str, ...] = ()
        if self.principal:
            kind = self.principal.type
            who = ("--assignee-object-id", self.principal.object_id)
            who += ("--assignee-principal-type", kind) if kind else ()
        return self.target.invoke_fix("grant-role", *who, *words, *self.known)

    @property
    def whom(self) -> str:
        return "yourself" if self.is_caller else "this principal"

    def short(self, *words: str) -> str | None:
        """Ours without a name: the signed-in account is who gets the role then."""
        return self.target.invoke_fix("grant-role", *words, *self.known) if self.is_caller else None

    def stock(self, *roles: str) -> str | None:
        if self.principal is None:
            return None
        return " && ".join(assignment(self.principal, role, self.target.id) for role in roles)


def assignment(principal: Principal, role: str, scope: str) -> str:
    """The command that assigns a role; the role is a GUID or a name."""
    return az(
        *("role", "assignment", "create", "--assignee-object-id", principal.object_id),
        *(("--assignee-principal-type", principal.type) if principal.type else ()),
        *("--role", role, "--scope", scope),
    )


def _reader(gap: Sequence[str], to: _Grantee) -> Fix:
    return Fix(
        "grant-role",
        "reviewed",
        f"Assign Reader on this cluster: read-only; it adds {_short(gap)}.",
        to.ours(),
        (WRITE_ASSIGNMENTS,),
        to.stock(READER),
        f"Assign Reader on this cluster to {to.whom}: read-only, it adds {_short(gap)}.",
        to.short(),
    )


def custom_role_name(subscription: str, group: str = "") -> str:
    """What a custom role with exactly the three actions is called: names are unique in a whole directory."""
    return f"AKS Run Command Invoker ({' '.join([subscription[:8], group]).strip()})"


def definition(name: str, actions: Iterable[str], scope: str) -> str:
    """The command that creates a custom role which can be assigned within ``scope``."""
    body = {"Name": name, "Description": DESCRIPTION, "Actions": list(actions), "AssignableScopes": [scope]}
    subscription = scope.split("/")[2]
    return az(*("role", "definition", "create", "--subscription", subscription, "--role-definition", json.dumps(body)))


def _custom(to: _Grantee) -> Fix:
    target = to.target
    name = custom_role_name(target.subscription)
    define = definition(name, NEEDED_ACTIONS, f"/subscriptions/{target.subscription}")
    return Fix(
        "grant-role",
        "reviewed",
        f"Or, for less: create the custom role '{name}' with exactly what run command needs, and assign it on this "
        "cluster. If the role already exists, only assign it.",
        to.ours("--allow-custom-role"),
        (WRITE_DEFINITIONS, WRITE_ASSIGNMENTS),
        f"{define} && {to.stock(name)}" if to.principal else None,
        f"Create a role with only the required permissions, and assign it on this cluster to {to.whom}.",
        to.short("--allow-custom-role"),
    )


_WHY_BUILT_IN = (
    "An existing custom role that grants less is preferred. Assigning a role needs only permission to assign "
    "roles, while a custom role has to be created in the directory first."
)


def _built_in(gap: Sequence[str], to: _Grantee, escalates: bool) -> Fix:
    needs_reader = any(same(action, READ_RESULT) for action in gap)
    roles = [CLUSTER_ADMIN, *([READER] if needs_reader else [])]
    named = "Azure Kubernetes Service Cluster Admin Role" + (" and Reader" if needs_reader else "")
    excess = "the Cluster Admin role also lets its holder download the cluster's admin credentials"
    warning = f" Note that {excess}, which bypass Entra ID here." if escalates else f" ({excess})."
    return Fix(
        "grant-role",
        "reviewed",
        f"Assign {named} on this cluster{'.' if escalates else ''}{warning} {_WHY_BUILT_IN}",
        to.ours(),
        (WRITE_ASSIGNMENTS,),
        to.stock(*roles),
        f"Assign {named} on this cluster to {to.whom}; that also lets its holder download the admin credential.",
        to.short(),
    )


def _short(actions: Iterable[str]) -> str:
    names = {READ_CLUSTER: "managedClusters/read", RUN_COMMAND: "runCommand/action", READ_RESULT: "commandResults/read"}
    return ", ".join(names.get(action, action) for action in actions) or "read access"
