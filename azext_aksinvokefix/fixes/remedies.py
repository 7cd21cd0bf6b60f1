"""The planners behind what the catalogue says of each finding: by what `repair` repairs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from azext_aksinvokefix.catalog import FINDINGS
from azext_aksinvokefix.catalog.entry import Repair
from azext_aksinvokefix.changes.apply import ApplyOptions, Effect
from azext_aksinvokefix.changes.plan import Plan, RefusedError
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.changes.writes import Explanations
from azext_aksinvokefix.lifecycle import Failure

#: The consent to an exemption, which switches a policy off for a whole cluster.
EXEMPTION = "--mode exemption"


@dataclass(frozen=True)
class Remedy:
    """How a finding is repaired. The planner never asks: the walk does. ``patience`` is for how many seconds the
    effect is waited for. One that ``waits`` changes nothing: making its plan is all there is to do."""

    plan: Callable[[Session, Failure | None, ApplyOptions], Plan]
    effect: Effect | None
    explanations: Callable[[], Explanations]
    patience: float
    waits: bool = False


def for_finding(finding: str) -> Remedy | None:
    """The remedy of a finding, as the catalogue names it; None when only a person can act."""
    entry = FINDINGS.get(finding)
    return _remedies()[entry.repaired_by] if entry and entry.repaired_by else None


def _past_policies(session: Session, failure: Failure | None, wishes: ApplyOptions) -> Plan:
    """The exclusion where it is possible; an exemption only where it is not, and only when that was said."""
    from azext_aksinvokefix.fixes.exempt_policy import planner as exempt_policy

    options = exempt_policy.Options(failure=failure, what_if=wishes.what_if, yes=wishes.yes)
    try:
        return exempt_policy.plan(session, options)
    except RefusedError:
        if EXEMPTION not in wishes.flags:
            raise
    return exempt_policy.plan(session, replace(options, mode="exemption"))


def _remedies() -> Mapping[Repair, Remedy]:
    from azext_aksinvokefix.fixes import cluster_state
    from azext_aksinvokefix.fixes.add_capacity import errors as capacity_errors
    from azext_aksinvokefix.fixes.add_capacity import planner as add_capacity
    from azext_aksinvokefix.fixes.exempt_policy import errors as policy_errors
    from azext_aksinvokefix.fixes.exempt_policy import planner as exempt_policy
    from azext_aksinvokefix.fixes.grant_role import errors as role_errors
    from azext_aksinvokefix.fixes.grant_role import planner as grant_role

    policy = Remedy(
        _past_policies,
        exempt_policy.effect,
        lambda: policy_errors.EXPLANATIONS,
        exempt_policy.PATIENCE,
    )
    role = Remedy(
        lambda session, failure, _: grant_role.plan(session, grant_role.Options(failure=failure)),
        grant_role.effect,
        lambda: role_errors.EXPLANATIONS,
        grant_role.PATIENCE,
    )
    nodes = Remedy(
        lambda session, failure, wishes: add_capacity.plan(
            session, add_capacity.Options(failure=failure, what_if=wishes.what_if, yes=wishes.yes)
        ),
        add_capacity.effect,
        lambda: capacity_errors.EXPLANATIONS,
        add_capacity.PATIENCE,
    )
    start = Remedy(
        lambda session, _, wishes: cluster_state.plan_start(session, wait=not wishes.what_if),
        None,
        lambda: capacity_errors.EXPLANATIONS,
        cluster_state.PATIENCE,
    )
    switch_on = Remedy(
        lambda session, _, wishes: cluster_state.plan_enable_run_command(session, wait=not wishes.what_if),
        None,
        lambda: capacity_errors.EXPLANATIONS,
        cluster_state.PATIENCE,
    )
    end = Remedy(
        lambda session, _, wishes: cluster_state.plan_wait(session, wait=not wishes.what_if, patience=wishes.wait),
        None,
        dict,
        cluster_state.PATIENCE,
        waits=True,
    )
    return {
        "exempt-policy": policy,
        "grant-role": role,
        "add-capacity": nodes,
        "start": start,
        "enable-run-command": switch_on,
        "wait": end,
    }
