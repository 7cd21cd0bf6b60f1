"""The change for each assignment, with the rights it needs, and what has to be known and agreed to before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.changes import permission
from azext_aksinvokefix.changes.plan import Change, Plan
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.fixes.exempt_policy import as_code, exclusion, exemption, reach
from azext_aksinvokefix.fixes.exempt_policy import safeguards as policy_safeguards
from azext_aksinvokefix.fixes.exempt_policy.exemption import Terms
from azext_aksinvokefix.fixes.exempt_policy.handling import PolicyHandling, by_assignment, instead
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.policy import advice, commands, initiative
from azext_aksinvokefix.policy.model import PolicyInForce

COMMAND = "exempt-policy"
_AUTHORIZATION = "Microsoft.Authorization"
_FORBIDDEN = 403


def plans(session: Session, ways: PolicyHandling, safeguards: Item, terms: Terms) -> Iterator[Plan]:
    """A plan for each assignment: the exclusions, then the exemptions, then Deployment Safeguards."""
    for policies in by_assignment(ways.excluded):
        yield _exclude(session, policies, terms)
    for policies in by_assignment(ways.exempted):
        yield _exempt(session, policies, terms)
    if ways.safeguarded:
        yield _safeguard(session, safeguards)


def _exclude(session: Session, policies: Sequence[PolicyInForce], terms: Terms) -> Plan:
    first = policies[0]
    requires = ((f"{_AUTHORIZATION}/policyAssignments/write", first.scope),)
    change, refused = _readable(session, policies, requires)
    if change is None:
        note = f"Policy assignment {advice.named(first)} was just changed and no longer denies the pod."
        return Plan(COMMAND, session.cluster_id, notes=(note,))
    owner = as_code.owner(first)
    lists = exclusion.lists(change, policies)
    may_not = refused or permission.missing(session.arm, requires)
    return Plan(
        COMMAND,
        session.cluster_id,
        changes=(change,),
        requires=requires,
        refused=refused,
        warnings=tuple(_warnings(session, first, owner)),
        notes=tuple(_notes(policies)),
        otherwise=tuple(filter(None, [instead(session, policies, terms)])) if may_not else (),
        consents=tuple(reach.consents(first)),
        stock=tuple(_stock(session, policies)),
        attachments=(as_code.snippet(first, owner, lists),) if owner else (),
    )


def _readable(
    session: Session, policies: Sequence[PolicyInForce], requires: tuple[tuple[str, str], ...]
) -> tuple[Change | None, tuple[tuple[str, str], ...]]:
    """The change, and the rights that the caller lacks where the assignment is shown by the cluster's list alone."""
    try:
        return exclusion.change(session.arm, policies, session.cluster_id), ()
    except ArmError as error:
        if error.status != _FORBIDDEN:
            raise
        return exclusion.as_listed(policies, session.cluster_id), requires


def _warnings(session: Session, policy: PolicyInForce, owner: as_code.Owner | None) -> Iterator[str]:
    yield reach.warning(policy, session.cluster_id)
    if owner:
        yield as_code.warning(policy, owner)
    else:
        yield (
            f"If policy assignment {advice.named(policy)} is managed as code, change it there too: otherwise the "
            "next deployment reverts this."
        )


def _notes(policies: Sequence[PolicyInForce]) -> Iterator[str]:
    if any(exclusion.is_default(policy) for policy in policies):
        yield (
            f"Policy assignment {advice.named(policies[0])} has no namespace list yet; the default namespaces "
            "are written out so that they stay excluded."
        )


def _stock(session: Session, policies: Sequence[PolicyInForce]) -> Iterator[str]:
    for policy in policies:
        fix = advice.exclusion(policy, policies, session.cluster_id)
        if fix and fix.stock_command:
            yield fix.stock_command


def _exempt(session: Session, policies: Sequence[PolicyInForce], terms: Terms) -> Plan:
    first = policies[0]
    change = exemption.change(session, policies, terms)
    asked = initiative.request(policies)
    return Plan(
        COMMAND,
        session.cluster_id,
        changes=(change,),
        requires=(
            (f"{_AUTHORIZATION}/policyExemptions/write", session.cluster_id),
            (f"{_AUTHORIZATION}/policyAssignments/exempt/action", first.scope),
        ),
        warnings=(
            f"The exemption turns policy assignment {advice.named(first)} off for the whole cluster, in every "
            f"namespace, {terms.until(session)}.",
        ),
        stock=(commands.create_exemption(change.id, change.after["properties"]),),
        attachments=(asked,) if asked else (),
    )


def _safeguard(session: Session, safeguards: Item) -> Plan:
    return Plan(
        COMMAND,
        session.cluster_id,
        changes=(policy_safeguards.change(session, safeguards),),
        requires=(("Microsoft.ContainerService/deploymentSafeguards/write", session.cluster_id),),
        warnings=("All Deployment Safeguards are then off in that namespace.",),
        stock=(policy_safeguards.stock(session, safeguards),),
    )
