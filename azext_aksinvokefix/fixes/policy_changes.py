"""The change for each assignment, with the rights it needs, and what has to be known and agreed to before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.checks import policy_command, policy_fix
from azext_aksinvokefix.checks.policy_model import PolicyInForce
from azext_aksinvokefix.lifecycle import Item

from . import policy_code, policy_exclusion, policy_exemption, policy_reach, policy_safeguards, rights
from .plan import Change, Plan
from .policy_exemption import Terms
from .policy_ways import Ways, by_assignment, instead
from .session import Session

COMMAND = "exempt-policy"
_AUTHORIZATION = "Microsoft.Authorization"
_FORBIDDEN = 403


def plans(session: Session, ways: Ways, safeguards: Item, terms: Terms) -> Iterator[Plan]:
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
        note = f"Policy assignment {policy_fix.named(first)} has just been changed so that it lets the pod in."
        return Plan(COMMAND, session.cluster_id, notes=(note,))
    owner = policy_code.owner(first)
    lists = policy_exclusion.lists(change, policies)
    may_not = refused or rights.missing(session.arm, requires)
    return Plan(
        COMMAND,
        session.cluster_id,
        changes=(change,),
        requires=requires,
        refused=refused,
        warnings=tuple(_warnings(session, first, owner)),
        notes=(*_notes(policies), *((instead(session, policies, terms),) if may_not else ())),
        consents=tuple(policy_reach.consents(first)),
        stock=tuple(_stock(session, policies)),
        attachments=(policy_code.snippet(first, owner, lists),) if owner else (),
    )


def _readable(
    session: Session, policies: Sequence[PolicyInForce], requires: tuple[tuple[str, str], ...]
) -> tuple[Change | None, tuple[tuple[str, str], ...]]:
    """The change, and the rights that the caller lacks where the assignment is shown by the cluster's list alone."""
    try:
        return policy_exclusion.change(session.arm, policies, session.cluster_id), ()
    except ArmError as error:
        if error.status != _FORBIDDEN:
            raise
        return policy_exclusion.as_listed(policies, session.cluster_id), requires


def _warnings(session: Session, policy: PolicyInForce, owner: policy_code.Owner | None) -> Iterator[str]:
    yield policy_reach.warning(policy, session.cluster_id)
    if owner:
        yield policy_code.warning(policy, owner)
    else:
        yield (
            f"If policy assignment {policy_fix.named(policy)} is kept as code, change it there too: the next "
            "deployment takes this back."
        )


def _notes(policies: Sequence[PolicyInForce]) -> Iterator[str]:
    if any(policy_exclusion.is_default(policy) for policy in policies):
        yield (
            f"Policy assignment {policy_fix.named(policies[0])} has no list of its own so far: the default, which "
            "setting one replaces, is kept in it."
        )


def _stock(session: Session, policies: Sequence[PolicyInForce]) -> Iterator[str]:
    for policy in policies:
        fix = policy_fix.exclusion(policy, policies, session.cluster_id)
        if fix and fix.command:
            yield fix.command


def _exempt(session: Session, policies: Sequence[PolicyInForce], terms: Terms) -> Plan:
    first = policies[0]
    change = policy_exemption.change(session, policies, terms)
    return Plan(
        COMMAND,
        session.cluster_id,
        changes=(change,),
        requires=(
            (f"{_AUTHORIZATION}/policyExemptions/write", session.cluster_id),
            (f"{_AUTHORIZATION}/policyAssignments/exempt/action", first.scope),
        ),
        warnings=(
            f"The exemption lifts policy assignment {policy_fix.named(first)} from the whole cluster, in every "
            f"namespace, {terms.until(session)}.",
        ),
        stock=(policy_command.create_exemption(change.id, change.after["properties"]),),
    )


def _safeguard(session: Session, safeguards: Item) -> Plan:
    return Plan(
        COMMAND,
        session.cluster_id,
        changes=(policy_safeguards.change(session, safeguards),),
        requires=(("Microsoft.ContainerService/deploymentSafeguards/write", session.cluster_id),),
        warnings=("All of Deployment Safeguards are off in that namespace then.",),
        stock=(policy_safeguards.stock(session, safeguards),),
    )
