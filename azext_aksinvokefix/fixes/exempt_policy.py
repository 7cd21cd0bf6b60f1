"""`exempt-policy`: let the command pod past every policy that denies it, and nothing else.

Excluding its namespace in an assignment switches the policy off for one namespace, on every cluster under the
assignment; an exemption switches it off for one whole cluster. The first is done wherever it can be; the second only by
``mode`` exemption, or once somebody at a terminal has said yes to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from azext_aksinvokefix.arm import ArmError
from azext_aksinvokefix.checks import policy_blame, policy_command, policy_fix
from azext_aksinvokefix.checks.policy_model import PolicyInForce
from azext_aksinvokefix.evidence import Evidence
from azext_aksinvokefix.evidence.cluster import API_VERSION
from azext_aksinvokefix.evidence.policy import read_policy
from azext_aksinvokefix.evidence.reading import refused
from azext_aksinvokefix.lifecycle import READ_CLUSTER, Failure, Item

from . import policy_code, policy_exclusion, policy_exemption, policy_failure, policy_reach, policy_safeguards
from . import policy_targets as targeting
from .plan import Change, Plan
from .policy_exemption import DEFAULT_TERM, Terms
from .policy_ways import Ways, by_assignment, choose
from .session import Session

COMMAND = "exempt-policy"
_AUTHORIZATION = "Microsoft.Authorization"
_NOT_FOUND = 404
_NEXT = "Wait 15 to 20 minutes, at worst an hour, and run the command again; --wait waits until it is let in."


@dataclass(frozen=True)
class Options:  # pylint: disable=too-many-instance-attributes
    """``assignments`` are names or ids; without any, every assignment that denies the pod is dealt with.

    ``mode`` is namespace or exemption; None is namespace where that is possible, else a refusal that offers the
    exemption. ``category`` and ``expires_in`` (None is for ever) are those of an exemption. ``ask`` allows questions at
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
    told = policy_failure.look(
        session, options.failure, what_if=options.what_if, yes=options.yes, ask=options.ask and not options.what_if
    )
    if told.admitted:
        return _nothing(session, told.admitted)
    if told.denied is None and policy_blame.has_no_addon(cluster):
        return _nothing(session, "The Azure Policy add-on is not enabled: no policy reaches into the cluster.")
    session.console.stage("Looking for the policies that deny the command pod")
    items: dict[str, Any] = read_policy(session.arm, session.cluster_id, session.now)
    evidence = Evidence(session.cluster_id, session.now, cluster=cluster, **items)
    targets = targeting.choose(session, evidence, told, options.assignments)
    source = (f"Starts from {told.source}.",) if told.source else ()
    if not targets.policies:
        return Plan(
            COMMAND,
            session.cluster_id,
            notes=(*source, *targets.notes),
            warnings=(*targets.warnings, *told.others),
            next_step=targets.next_step,
        )
    ways = choose(session, targets.policies, options.mode, options.terms, ask=options.ask and not options.what_if)
    made = _changes(session, ways, evidence.safeguards, options.terms)
    return Plan(
        command=COMMAND,
        cluster_id=session.cluster_id,
        changes=tuple(made.changes),
        requires=tuple(dict.fromkeys(made.requires)),
        warnings=(*made.warnings, _travel(), *targets.warnings, *told.others) if made.changes else targets.warnings,
        notes=(*source, *targets.notes, *ways.notes, *made.notes),
        consents=tuple(dict.fromkeys(made.consents)),
        next_step=_NEXT,
        stock=tuple(dict.fromkeys(made.stock)),
        attachments=tuple(made.attachments),
    )


def effect(session: Session, _: Plan) -> bool | None:
    """Whether the command pod is let in now; None when something else kept it from getting that far."""
    from .probe import probe

    result = probe(session)
    if result.outcome in ("succeeded", "failed"):
        return True
    if result.failure is None:
        return None
    if policy_blame.was_admitted(result.failure):
        return True
    if policy_blame.denied(result.failure).azure is not None:
        return False
    session.console.note(f"`true` was not let in for another reason: {policy_failure.reason(result.failure)}")
    return None


def _nothing(session: Session, note: str) -> Plan:
    return Plan(COMMAND, session.cluster_id, notes=(note,))


def _cluster(session: Session) -> Item:
    """The cluster, which must exist; who may not read it may still change policies."""
    try:
        return Item(value=session.arm.get(session.cluster_id, API_VERSION), source="managedClusters")
    except ArmError as error:
        if error.status == _NOT_FOUND:
            raise
        return refused("managedClusters", (READ_CLUSTER,), error)


def _travel() -> str:
    return f"It takes {policy_fix.TRAVEL} to reach the cluster; until then the pod is denied as before."


@dataclass
class _Made:
    """The parts of the plan, put together way by way."""

    changes: list[Change] = field(default_factory=list)
    requires: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    consents: list[Any] = field(default_factory=list)
    stock: list[str] = field(default_factory=list)
    attachments: list[tuple[str, str]] = field(default_factory=list)


def _changes(session: Session, ways: Ways, safeguards: Item, terms: Terms) -> _Made:
    made = _Made()
    for policies in by_assignment(ways.excluded):
        _exclude(made, session, policies)
    for policies in by_assignment(ways.exempted):
        _exempt(made, session, policies, terms)
    if ways.safeguarded:
        _safeguard(made, session, safeguards)
    return made


def _exclude(made: _Made, session: Session, policies: Sequence[PolicyInForce]) -> None:
    first = policies[0]
    change = policy_exclusion.change(session.arm, policies, session.cluster_id)
    if change is None:
        made.notes.append(
            f"Policy assignment {policy_fix.named(first)} has just been changed so that it lets the pod in."
        )
        return
    made.changes.append(change)
    made.requires.append((f"{_AUTHORIZATION}/policyAssignments/write", first.scope))
    made.warnings.append(policy_reach.warning(first, session.cluster_id))
    made.consents.extend(policy_reach.consents(first))
    made.stock.extend(_stock(session, policies))
    owner = policy_code.owner(first)
    if owner:
        made.warnings.append(policy_code.warning(first, owner))
        made.attachments.append(policy_code.snippet(first, owner, policy_exclusion.lists(change, policies)))


def _stock(session: Session, policies: Sequence[PolicyInForce]) -> Iterator[str]:
    for policy in policies:
        fix = policy_fix.exclusion(policy, policies, session.cluster_id)
        if fix and fix.command:
            yield fix.command


def _exempt(made: _Made, session: Session, policies: Sequence[PolicyInForce], terms: Terms) -> None:
    first = policies[0]
    change = policy_exemption.change(session, policies, terms)
    made.changes.append(change)
    made.requires.append((f"{_AUTHORIZATION}/policyExemptions/write", session.cluster_id))
    made.requires.append((f"{_AUTHORIZATION}/policyAssignments/exempt/action", first.scope))
    made.warnings.append(
        f"The exemption switches policy assignment {policy_fix.named(first)} off for the whole cluster, in every "
        f"namespace, {terms.until(session)}."
    )
    made.stock.append(policy_command.create_exemption(change.id, change.after["properties"]))


def _safeguard(made: _Made, session: Session, safeguards: Item) -> None:
    made.changes.append(policy_safeguards.change(session, safeguards))
    made.requires.append(("Microsoft.ContainerService/deploymentSafeguards/write", session.cluster_id))
    made.warnings.append("All of Deployment Safeguards are off in that namespace then.")
    made.stock.append(policy_safeguards.stock(session, safeguards))
