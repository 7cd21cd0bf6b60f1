"""The smallest grants that give a principal what invoke needs, as stock az commands.

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
    may_define_roles: bool = True,
) -> tuple[Fix, ...]:
    """The grants that close ``gap`` at the cluster, the least first; without a principal they have no command.

    ``admin_credential_escalates``: on this cluster the Cluster Admin role gives more than running commands does.
    """
    missing = tuple(gap)
    if _only_reads(missing):
        return (_reader(missing, principal, target),)
    custom = _custom(missing, principal, target)
    built_in = _built_in(missing, principal, target, admin_credential_escalates)
    # An administrator of role assignments only cannot write role definitions.
    return (custom, built_in) if may_define_roles else (built_in, custom)


def assignment(principal: Principal, role: str, scope: str) -> str:
    """The command that assigns a role; the role is a GUID or a name."""
    return az(
        *("role", "assignment", "create", "--assignee-object-id", principal.object_id),
        *(("--assignee-principal-type", principal.type) if principal.type else ()),
        *("--role", role, "--scope", scope),
    )


def _only_reads(gap: Sequence[str]) -> bool:
    return all(action.casefold().endswith("/read") for action in gap)


def _reader(gap: Sequence[str], principal: Principal | None, target: Target) -> Fix:
    return Fix(
        "grant-role",
        "reviewed",
        f"Assign Reader on this cluster: it adds {_short(gap)} and changes nothing.",
        assignment(principal, READER, target.id) if principal else None,
        (WRITE_ASSIGNMENTS,),
    )


def custom_role_name(subscription: str, group: str = "") -> str:
    """What a custom role with exactly the three actions is called: names are unique in a whole directory."""
    return f"AKS Run Command Invoker ({' '.join([subscription[:8], group]).strip()})"


def definition(name: str, actions: Iterable[str], scope: str) -> str:
    """The command that creates a custom role which can be assigned within ``scope``."""
    body = {"Name": name, "Description": DESCRIPTION, "Actions": list(actions), "AssignableScopes": [scope]}
    subscription = scope.split("/")[2]
    return az(*("role", "definition", "create", "--subscription", subscription, "--role-definition", json.dumps(body)))


def _custom(gap: Sequence[str], principal: Principal | None, target: Target) -> Fix:
    name = custom_role_name(target.subscription)
    others = [action for action in gap if not any(same(action, needed) for needed in NEEDED_ACTIONS)]
    define = definition(name, [*NEEDED_ACTIONS, *others], f"/subscriptions/{target.subscription}")
    return Fix(
        "grant-role",
        "reviewed",
        f"Create the custom role '{name}' with exactly what run command needs, and assign it on this cluster. Where "
        "the role exists already, only assign it.",
        f"{define} && {assignment(principal, name, target.id)}" if principal else None,
        (WRITE_DEFINITIONS, WRITE_ASSIGNMENTS),
    )


def _built_in(gap: Sequence[str], principal: Principal | None, target: Target, escalates: bool) -> Fix:
    needs_reader = any(same(action, READ_RESULT) for action in gap)
    roles = [CLUSTER_ADMIN, *([READER] if needs_reader else [])]
    named = "Azure Kubernetes Service Cluster Admin Role" + (" and Reader" if needs_reader else "")
    excess = "the Cluster Admin role also lets its holder download the cluster's admin credentials"
    warning = f" Mind that {excess}, which go past Entra ID here." if escalates else f" ({excess})."
    return Fix(
        "grant-role",
        "reviewed",
        f"Assign {named} on this cluster, without a custom role{'.' if escalates else ''}{warning}",
        " && ".join(assignment(principal, role, target.id) for role in roles) if principal else None,
        (WRITE_ASSIGNMENTS,),
    )


def _short(actions: Iterable[str]) -> str:
    names = {READ_CLUSTER: "managedClusters/read", RUN_COMMAND: "runCommand/action", READ_RESULT: "commandResults/read"}
    return ", ".join(names.get(action, action) for action in actions) or "read access"
