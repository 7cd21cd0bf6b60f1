"""What lets the command pod past a policy: the narrowest change that works, as our command and as a stock one.

Excluding the namespace switches the policy off for one namespace, on every cluster under the assignment. An exemption
switches it off for one whole cluster, every namespace of it; it is offered only where no parameter takes the exclusion.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from azext_aksinvokefix.cluster import COMMAND_NAMESPACE, POLICY_TAKES, POLICY_USUALLY_TAKES, Target, place
from azext_aksinvokefix.lifecycle import Fix
from azext_aksinvokefix.policy import commands
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.quoting import one_line

#: For how long an exemption holds by default, whoever makes it; `--expires-in` says otherwise.
EXEMPTION_DAYS = 30
WAIT = Fix(
    kind="manual",
    safety="manual",
    description=f"There is nothing to change. Wait {POLICY_TAKES} after the change was made, then run the command "
    "again.",
)

#: The modes of `exempt-policy`.
NAMESPACE, EXEMPTION = "namespace", "exemption"

_ASSIGNMENT = "Microsoft.Authorization/policyAssignments"
_EXEMPTION_ACTIONS = ("Microsoft.Authorization/policyExemptions/write", f"{_ASSIGNMENT}/exempt/action")
_SAFEGUARDS = "Microsoft.ContainerService/deploymentSafeguards"
_LONGEST_NAME = 120


def exclusion(
    policy: PolicyInForce, blamed: Sequence[PolicyInForce], cluster_id: str, cli_version: str = ""
) -> Fix | None:
    """Append the namespace to the assignment's own list, or to the default that setting it replaces."""
    if not is_excludable(policy):
        return None
    parameter = policy.namespaces.parameter
    together = [one for one in (*blamed, policy) if one.assignment_id == policy.assignment_id and is_excludable(one)]
    values = {one.namespaces.parameter: [*(one.namespaces.excluded or ()), COMMAND_NAMESPACE] for one in together}
    return Fix(
        kind="exempt-policy",
        safety="reviewed",
        description=(
            f"Exclude namespace {COMMAND_NAMESPACE} in policy assignment {named(policy)} (parameter {parameter}). "
            f"It affects only this namespace, on {reach(policy.scope, cluster_id)}. It takes {POLICY_TAKES} to "
            "reach the cluster. If the assignment is managed as code, change it there too: otherwise the next "
            "deployment reverts this."
        ),
        command=ours(policy, cluster_id, NAMESPACE),
        stock_command=commands.set_parameter(policy, parameter, values, cli_version),
        requires=(f"{_ASSIGNMENT}/read", f"{_ASSIGNMENT}/write"),
        brief=(
            f"Exclude namespace {COMMAND_NAMESPACE} from it, on {_reach_in_short(policy.scope, cluster_id)}; takes "
            f"{POLICY_USUALLY_TAKES}."
        ),
        short=_short(policy, blamed, cluster_id),
    )


def is_excludable(policy: PolicyInForce) -> bool:
    """Whether a parameter of the assignment, whose value is known, takes namespaces to leave out."""
    return policy.namespaces.source == "parameter" and policy.namespaces.excluded is not None


def exemption(
    policy: PolicyInForce, blamed: Sequence[PolicyInForce], references: Sequence[str], cluster_id: str, now: datetime
) -> Fix:
    """Exempt the cluster from the references that deny, for a few days."""
    return Fix(
        kind="exempt-policy",
        safety="reviewed",
        description=(
            f"Exempt this cluster from policy assignment {named(policy)} until {_expiry(now)}: "
            f"{why_not_excluded(policy)}. It turns the policy off for the whole cluster, in every namespace, not "
            f"only for {COMMAND_NAMESPACE}. It takes {POLICY_TAKES} to reach the cluster."
        ),
        command=ours(policy, cluster_id, EXEMPTION),
        stock_command=exempt(policy, references, cluster_id, now),
        requires=_EXEMPTION_ACTIONS,
        brief=(
            f"Exempt the whole cluster from it, in every namespace, for {EXEMPTION_DAYS} days; takes "
            f"{POLICY_USUALLY_TAKES}. Not just the namespace: {why_not_excluded(policy)}."
        ),
        short=_short(policy, blamed, cluster_id, "--mode", EXEMPTION),
    )


def exempt(policy: PolicyInForce, references: Sequence[str], cluster_id: str, now: datetime) -> str:
    """The command that exempts the cluster for a few days from an assignment, or from ``references`` of it alone."""
    wanted = [reference for reference in references if reference]
    properties = {
        "policyAssignmentId": policy.assignment_id,
        "policyDefinitionReferenceIds": wanted,
        "exemptionCategory": "Waiver",
        "expiresOn": _expiry(now),
    }
    return commands.create_exemption(exemption_id(policy, wanted, cluster_id), properties)


def _expiry(now: datetime) -> str:
    return (now + timedelta(days=EXEMPTION_DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _short(policy: PolicyInForce, blamed: Sequence[PolicyInForce], cluster_id: str, *words: str) -> str:
    """Our command that names the assignment by its name alone, where no other that denies has the same."""
    others = (one for one in blamed if one.assignment_id.lower() != policy.assignment_id.lower())
    shared = any(one.assignment_name.lower() == policy.assignment_name.lower() for one in others)
    name = policy.assignment_id if shared or not policy.assignment_name else policy.assignment_name
    return Target.of(cluster_id).invoke_fix("exempt-policy", "--policy-assignment", name, *words)


def ours(policy: PolicyInForce, cluster_id: str, mode: str) -> str:
    """Our command that deals with one assignment in one mode, and with nothing else."""
    only = ("--policy-assignment", policy.assignment_id, "--mode", mode)
    return Target.of(cluster_id).invoke_fix("exempt-policy", *only)


def safeguards(
    policy: PolicyInForce, resource: Mapping[str, Any] | None, cluster_id: str, cli_version: str = ""
) -> Fix:
    """Append the namespace to the cluster's own exclusions; without the resource they are not known."""
    command = None
    if resource is not None:
        command = commands.exclude_from_safeguards(resource, cluster_id, COMMAND_NAMESPACE, cli_version)
    return Fix(
        kind="exempt-policy",
        safety="reviewed",
        description=(
            f"Exclude namespace {COMMAND_NAMESPACE} from Deployment Safeguards of this cluster; its other "
            "exclusions stay. All safeguards are then off in that namespace. Do not change the policy assignment "
            "of Deployment Safeguards itself."
        ),
        command=ours(policy, cluster_id, NAMESPACE) if command else None,
        stock_command=command,
        requires=(f"{_SAFEGUARDS}/read", f"{_SAFEGUARDS}/write"),
        brief=f"Exclude namespace {COMMAND_NAMESPACE} on this cluster; all safeguards are then off in it.",
        short=Target.of(cluster_id).invoke_fix("exempt-policy") if command else None,
    )


def named(policy: PolicyInForce) -> str:
    """The assignment's name in quotation marks, on one line, however it was written."""
    return f'"{one_line(policy.display_name)[:_LONGEST_NAME]}"'


def reach(scope: str, cluster_id: str) -> str:
    """The clusters that an assignment at ``scope`` is about, in words."""
    same = scope.rstrip("/").lower() == cluster_id.rstrip("/").lower()
    return "this cluster" if same else f"every cluster under {place(scope)}"


def _reach_in_short(scope: str, cluster_id: str) -> str:
    """The same where the id of the subscription, which is the cluster's own, would fill a line."""
    whole = place(scope).startswith("subscription ")
    return "every cluster of the subscription" if whole else reach(scope, cluster_id)


def why_not_excluded(policy: PolicyInForce) -> str:
    """Why the namespace cannot be excluded through a parameter of the assignment, to follow a colon."""
    if policy.namespaces.source == "parameter":
        return "its namespace exclusion cannot be read"
    if policy.namespaces.source == "literal":
        return "its namespace exclusion is fixed in the definition"
    return "it has no parameter that excludes a namespace"


def exemption_id(policy: PolicyInForce, references: Sequence[str], cluster_id: str) -> str:
    """The ARM id of the exemption that this extension makes."""
    name = exemption_name(policy, references)
    return f"{cluster_id}/providers/Microsoft.Authorization/policyExemptions/{name}"


def exemption_name(policy: PolicyInForce, references: Sequence[str]) -> str:
    """The same for the same purpose, so that a second run renews it and no other exemption is overwritten."""
    return name_of_exemption(policy.assignment_id, references)


def name_of_exemption(assignment_id: str, references: Sequence[str]) -> str:
    """The same by the id of the policy assignment."""
    purpose = "|".join([assignment_id, *sorted(references)]).lower()
    return f"aks-command-invoke-{hashlib.sha256(purpose.encode()).hexdigest()[:8]}"
