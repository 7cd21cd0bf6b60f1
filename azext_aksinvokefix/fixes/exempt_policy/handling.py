"""How each policy is dealt with: an exclusion where it takes one, an exemption where that is agreed to, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from azext_aksinvokefix.changes import permission
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.checks.admission.azure import title_of
from azext_aksinvokefix.cluster import COMMAND_NAMESPACE, Target
from azext_aksinvokefix.fixes.exempt_policy.exemption import Terms
from azext_aksinvokefix.policy import advice as policy_fix
from azext_aksinvokefix.policy.advice import EXEMPTION, NAMESPACE
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.policy.safeguards import is_managed
from azext_aksinvokefix.quoting import az

_AUTHORIZATION = "Microsoft.Authorization"


@dataclass(frozen=True)
class PolicyHandling:
    """The policies by what is done about them; those of Deployment Safeguards have a way of their own."""

    excluded: tuple[PolicyInForce, ...] = ()
    exempted: tuple[PolicyInForce, ...] = ()
    safeguarded: tuple[PolicyInForce, ...] = ()
    notes: tuple[str, ...] = ()
    #: Take no exclusion, and nobody has agreed to an exemption yet.
    stuck: tuple[PolicyInForce, ...] = ()


def sorted_by(mode: str | None, policies: Sequence[PolicyInForce]) -> PolicyHandling:
    """The way of each policy as far as the mode and the policy decide it."""
    safeguarded = tuple(policy for policy in policies if is_managed(policy))
    others = tuple(policy for policy in policies if not is_managed(policy))
    if mode == EXEMPTION:
        note = "Deployment Safeguards have their own resource, which can exclude just the namespace."
        return PolicyHandling(exempted=others, safeguarded=safeguarded, notes=(note,) if safeguarded else ())
    stuck = tuple(policy for policy in others if not policy_fix.is_excludable(policy))
    free = tuple(policy for policy in others if policy not in stuck)
    return PolicyHandling(free, safeguarded=safeguarded, stuck=stuck)


def question(ways: PolicyHandling, mode: str | None, until: str) -> str:
    """What has to be asked before these ways are gone; empty where nothing is. ``until`` is the end of an exemption."""
    if not ways.stuck or mode is not None:
        return ""
    return f"{_impossible(ways.stuck)} {_switches_off(until)}. Make an exemption?"


def decided(ways: PolicyHandling, mode: str | None, cluster_id: str, until: str, *, agreed: bool) -> PolicyHandling:
    """The way of each policy, once it was asked what has to be asked.

    RefusedError where one takes no exclusion and nobody asked for an exemption: nothing is done by half in silence.
    Of an initiative of which only some parts take the exclusion, the mode ``namespace`` excludes it from those, and a
    note names the others.
    """
    stuck = ways.stuck
    if not stuck:
        return ways
    if mode == NAMESPACE and _are_parts_of(stuck, ways.excluded):
        return replace(ways, stuck=(), notes=(f"{_impossible(stuck)} {_if_meant(cluster_id, stuck, until)}",))
    if agreed:
        return replace(ways, stuck=(), exempted=stuck)
    raise _offer(cluster_id, stuck, (*ways.excluded, *ways.safeguarded), until)


def by_assignment(policies: Iterable[PolicyInForce]) -> list[list[PolicyInForce]]:
    """The policies of each assignment together, in their order."""
    groups: dict[str, list[PolicyInForce]] = {}
    for policy in policies:
        groups.setdefault(policy.assignment_id.lower(), []).append(policy)
    return list(groups.values())


def line(cluster_id: str, policies: Iterable[PolicyInForce], mode: str) -> str:
    """The command that deals with the assignments of these policies alone, in one mode."""
    names = dict.fromkeys(policy.assignment_id for policy in policies)
    where = Target.of(cluster_id).options
    narrowed = [word for name in names for word in ("--policy-assignment", name)]
    return az("aks", "invoke-fix", "exempt-policy", *where, *narrowed, "--mode", mode)


def _offer(cluster_id: str, stuck: Sequence[PolicyInForce], free: Sequence[PolicyInForce], until: str) -> RefusedError:
    advice = _if_meant(cluster_id, stuck, until)
    if free:
        advice += f" The namespace can be excluded from the others with: {line(cluster_id, free, NAMESPACE)}"
    return RefusedError(f"Nothing was changed: {_impossible(stuck)}", advice)


def _are_parts_of(stuck: Sequence[PolicyInForce], free: Sequence[PolicyInForce]) -> bool:
    """Whether each of them is of an assignment that takes the exclusion for others of its policies."""
    taking = {policy.assignment_id.lower() for policy in free}
    return all(policy.assignment_id.lower() in taking for policy in stuck)


def _if_meant(cluster_id: str, stuck: Sequence[PolicyInForce], until: str) -> str:
    return f"{_switches_off(until)}. If you want that: {line(cluster_id, stuck, EXEMPTION)}"


def _switches_off(until: str) -> str:
    return f"An exemption turns it off for this whole cluster, in every namespace, {until}"


def _impossible(stuck: Sequence[PolicyInForce]) -> str:
    reasons = "; ".join(f"{title_of(policy)}: {policy_fix.why_not_excluded(policy)}" for policy in stuck)
    return f"Namespace {COMMAND_NAMESPACE} cannot be excluded from {reasons}."


def instead(session: Session, policies: Sequence[PolicyInForce], terms: Terms) -> str:
    """The exemption as an offer to somebody who may not change the assignment; empty where they may not exempt."""
    scope = policies[0].scope
    needed = (
        (f"{_AUTHORIZATION}/policyExemptions/write", session.cluster_id),
        (f"{_AUTHORIZATION}/policyAssignments/exempt/action", scope),
    )
    if permission.missing(session.arm, needed):
        return ""
    return (
        f"You are not allowed to change policy assignment {policy_fix.named(policies[0])}. With {needed[1][0]} at "
        f"{scope} you can exempt this whole cluster from it, in every namespace, {terms.until(session)}: "
        f"{line(session.cluster_id, policies, EXEMPTION)}"
    )
