"""`exempt-policy`: let the command pod past every policy that denies it, and nothing else.

Excluding its namespace in an assignment switches the policy off for one namespace, on every cluster under the
assignment; an exemption switches it off for one whole cluster. The first is done wherever it can be; the second only by
``mode`` exemption, or once somebody at a terminal has said yes to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.changes.apply import StuckError
from azext_aksinvokefix.changes.plan import Plan
from azext_aksinvokefix.changes.reading import document
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.checks.admission.azure import title_of
from azext_aksinvokefix.cluster import POLICY_TAKES, POLICY_TAKES_AT_WORST
from azext_aksinvokefix.evidence.policy import read_policy
from azext_aksinvokefix.evidence.reading import refused
from azext_aksinvokefix.fixes.exempt_policy import asking, changes, handling
from azext_aksinvokefix.fixes.exempt_policy import source as policy_failure
from azext_aksinvokefix.fixes.exempt_policy import targets as policy_targets
from azext_aksinvokefix.fixes.exempt_policy.changes import COMMAND
from azext_aksinvokefix.fixes.exempt_policy.exemption import DEFAULT_TERM, Terms
from azext_aksinvokefix.lifecycle import NOT_ASKED, READ_CLUSTER, Evidence, Failure, Item
from azext_aksinvokefix.policy import denial
from azext_aksinvokefix.policy.match import DenialText
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.shapes import dig, text

#: Seconds after which `--wait` gives up.
PATIENCE = POLICY_TAKES_AT_WORST.total_seconds()

_NEXT = f"Wait {POLICY_TAKES} and run the command again; add --wait to wait until it takes effect."
_TRAVEL = f"It takes {POLICY_TAKES} to reach the cluster; until then the pod is denied as before."


@dataclass(frozen=True)
class Options:  # pylint: disable=too-many-instance-attributes
    """``assignments`` are names or ids; without any, every assignment that denies the pod is dealt with.

    ``mode`` is namespace or exemption; None is namespace where that is possible, else a refusal that offers the
    exemption. ``category`` and ``expires_in`` (None is forever) are those of an exemption. ``ask`` allows questions at
    the terminal. With ``yes`` the command `true` may be run to see what denies it; with ``what_if`` nothing is run.
    """

    failure: Failure | None = None
    assignments: tuple[str, ...] = ()
    mode: str | None = None
    category: str = "Waiver"
    expires_in: timedelta | None = DEFAULT_TERM
    what_if: bool = False
    yes: bool = False
    ask: bool = False

    @property
    def terms(self) -> Terms:
        return Terms(self.category, self.expires_in)


def plan(session: Session, options: Options) -> Plan:
    """The plan; without changes where no policy denies the pod any more. RefusedError where no change may be made."""
    cluster = _cluster(session)
    ask = options.ask and not options.what_if
    told = policy_failure.known(session, options.failure)
    if told is None and options.what_if:
        told = policy_failure.DenialSource()
    if told is None:
        told = policy_failure.after_trying(asking.tried(session, yes=options.yes, ask=ask), session.target)
    if told.admitted:
        return _nothing(session, told.admitted)
    if told.denied is None and denial.has_no_addon(cluster):
        return _nothing(session, "The Azure Policy add-on is not enabled: no policy applies inside the cluster.")
    session.console.stage("Looking for the policies that deny the command pod")
    evidence = _evidence(session, cluster)
    targets = policy_targets.choose(session, evidence, told, options.assignments)
    open_ways = handling.sorted_by(options.mode, targets.policies)
    until = options.terms.until(session)
    agreed = asking.agrees(session, handling.question(open_ways, options.mode, until), ask=ask)
    ways = handling.decided(open_ways, options.mode, session.cluster_id, until, agreed=agreed)
    source = (f"Starts from {told.source}.",) if told.source else ()
    return _together(
        Plan(COMMAND, session.cluster_id, notes=(*source, *targets.notes, *ways.notes)),
        *changes.plans(session, ways, evidence.safeguards, options.terms),
        Plan(
            COMMAND,
            session.cluster_id,
            warnings=(*((_TRAVEL,) if targets.policies else ()), *targets.warnings, *told.others),
            next_step=_NEXT if targets.policies else targets.next_step,
        ),
    )


def effect(session: Session, planned: Plan) -> bool | None:
    """Whether the command pod is let in now; None when something else kept it from getting that far.

    StuckError where a policy denies it that the plan leaves alone.
    """
    from azext_aksinvokefix.changes.probe import probe

    result = probe(session)
    if result.outcome in ("succeeded", "failed"):
        return True
    if result.failure is None:
        return None
    if denial.was_admitted(result.failure):
        return True
    denied = denial.denied(result.failure).azure
    if denied is not None:
        _end_at_others(session, planned, denied)
        return False
    session.console.note(f"The pod of `true` was denied for another reason: {policy_failure.reason(result.failure)}")
    return None


def _end_at_others(session: Session, planned: Plan, denied: DenialText) -> None:
    """A policy that showed only once those before it were dealt with; waiting does not lift that one."""
    others = [each for each in denial.blame(denied, _evidence(session)).denying if not _is_changed(planned, each)]
    if others:
        names = ", ".join(dict.fromkeys(title_of(policy) for policy in others))
        session.console.note(f"Another policy denies the command pod now: {names}. Run exempt-policy once more for it.")
        raise StuckError


def _is_changed(planned: Plan, policy: PolicyInForce) -> bool:
    """Whether the plan changes this assignment, or exempts from it: Azure may show the document of before for a while.

    What changes Deployment Safeguards names no assignment, and their policies are Azure's own.
    """
    named = {change.document_id.casefold() for change in planned.changes}
    named |= {text(dig(change.after, "properties", "policyAssignmentId")).casefold() for change in planned.changes}
    return policy.assignment_id.casefold() in named or any("/deploymentsafeguards/" in each for each in named)


def _nothing(session: Session, note: str) -> Plan:
    return Plan(COMMAND, session.cluster_id, notes=(note,))


def _evidence(session: Session, cluster: Item = NOT_ASKED) -> Evidence:
    items: dict[str, Any] = read_policy(session.arm, session.cluster_id, session.now)
    return Evidence(session.cluster_id, session.now, cluster=cluster, **items)


def _cluster(session: Session) -> Item:
    """The cluster, which must exist; who may not read it may still change policies."""
    try:
        return Item(value=document(session.arm, session.cluster_id, api_versions.CLUSTER), source="managedClusters")
    except ArmError as error:
        if error.is_missing:
            raise
        return refused("managedClusters", (READ_CLUSTER,), error)


def _together(first: Plan, *others: Plan) -> Plan:
    """One plan with the parts of all, each part once; what is to be done next is the last one's."""
    everything = (first, *others)
    return Plan(
        command=COMMAND,
        cluster_id=first.cluster_id,
        changes=_each(plan.changes for plan in everything),
        requires=_each(plan.requires for plan in everything),
        refused=_each(plan.refused for plan in everything),
        warnings=_each(plan.warnings for plan in everything),
        notes=_each(plan.notes for plan in everything),
        otherwise=_each(plan.otherwise for plan in everything),
        consents=_each(plan.consents for plan in everything),
        next_step=everything[-1].next_step,
        stock=_each(plan.stock for plan in everything),
        attachments=_each(plan.attachments for plan in everything),
    )


def _each(parts: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    found: list[Any] = []
    for part in parts:
        found.extend(one for one in part if one and one not in found)
    return tuple(found)
