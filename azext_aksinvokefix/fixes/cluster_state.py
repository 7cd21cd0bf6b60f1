"""The cluster's own state as a fix: start what is stopped, switch run command on again, let an operation end.

Switching it on is a PUT of the whole cluster, as `az aks update` does it: without the secrets, which no GET shows and
without which AKS keeps those it has (recorded).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.changes.at_rest import at_rest
from azext_aksinvokefix.changes.documents import restored, with_value, writable
from azext_aksinvokefix.changes.plan import Change, Consent, Plan
from azext_aksinvokefix.changes.send import IN_PROGRESS
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.checks.admission import policies_disabling_run_command
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.evidence.policy import read_policy
from azext_aksinvokefix.fixes.exempt_policy import exemption
from azext_aksinvokefix.fixes.exempt_policy.exemption import Terms
from azext_aksinvokefix.lifecycle import Evidence, Item
from azext_aksinvokefix.nodes import pools as agent_pools
from azext_aksinvokefix.policy import advice
from azext_aksinvokefix.policy.commands import create_exemption
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.quoting import az
from azext_aksinvokefix.shapes import dig, mapping, same

#: Seconds after which the cluster is not waited for any longer.
PATIENCE = 900.0

COMMAND = "repair"
_CLUSTERS = "Microsoft.ContainerService/managedClusters"
_AUTHORIZATION = "Microsoft.Authorization"
_POWER = ("properties", "powerState", "code")
_SWITCH = ("properties", "apiServerAccessProfile", "disableRunCommand")
_WHY = "Keeps run command enabled on this cluster. Made by az aks invoke-fix, whose undo deletes it."
#: A start is refused while a stop is still under way.
_START_PATIENCE = 600.0


def plan_start(session: Session, *, wait: bool = True) -> Plan:
    """Start the cluster; nothing to do where it runs or is being started."""
    cluster, busy = at_rest(session, wait=wait)
    if not same(dig(cluster, *_POWER), "Stopped"):
        return _nothing(session, "The cluster is running.")
    if busy.lower().endswith("starting"):
        return _nothing(session, "The cluster is already starting.")
    pools = agent_pools.pools_of(mapping(cluster.get("properties")))
    stopped_by_hand = "Someone or a schedule stopped it: find out why, or it might be stopped again."
    return Plan(
        command=COMMAND,
        cluster_id=session.cluster_id,
        changes=(
            Change(
                "Start the cluster.",
                "POST",
                f"{session.cluster_id}/start",
                api_versions.CLUSTER_WRITE,
                before=cluster,
                settings=(_POWER,),
                becomes=("Running",),
                watched=session.cluster_id,
                inverse=f"{session.cluster_id}/stop",
                again_on=IN_PROGRESS,
                patience=_START_PATIENCE,
            ),
        ),
        requires=((f"{_CLUSTERS}/start/action", session.cluster_id),),
        warnings=(
            f"The nodes of {len(pools)} node pool(s) start with it and are billed from then on; their price is "
            "not known here.",
            stopped_by_hand,
        ),
        cost=f"the nodes of {len(pools)} node pool(s)",
        next_step="Run the command again: the first pods can need a few more minutes.",
        stock=(az("aks", "start", *Target.of(session.cluster_id).options),),
    )


def plan_enable_run_command(session: Session, *, wait: bool = True) -> Plan:
    """Switch run command on; an exemption first, where a policy would switch it off again."""
    cluster, _ = at_rest(session, wait=wait)
    if dig(cluster, *_SWITCH) is not True:
        return _nothing(session, "Run command is enabled on the cluster.")
    evidence = _policies(session, cluster)
    disabling = policies_disabling_run_command(evidence)
    exemptions = [_exemption(session, policy) for policy in disabling]
    after = restored(writable(cluster), with_value({}, _SWITCH, False), (_SWITCH,))
    enable = Change(
        "Enable run command on the cluster.",
        "PUT",
        session.cluster_id,
        api_versions.CLUSTER_WRITE,
        before=cluster,
        after=after,
        settings=(_SWITCH,),
        again_on=IN_PROGRESS,
    )
    return Plan(
        command=COMMAND,
        cluster_id=session.cluster_id,
        changes=(*exemptions, enable),
        requires=(*_exempting(session, disabling), (f"{_CLUSTERS}/write", session.cluster_id)),
        warnings=tuple(_warnings(evidence, disabling)),
        consents=tuple(_consent(policy, change) for policy, change in zip(disabling, exemptions)),
        next_step="Run the command again.",
        stock=(*(create_exemption(change.id, change.after["properties"]) for change in exemptions), *_enable(session)),
    )


def plan_wait(session: Session, *, wait: bool = True, patience: float | None = None) -> Plan:
    """Nothing to change: an operation in progress has ended by then. Without ``wait`` the plan only says that it will
    be waited for. RefusedError when it goes on after ``patience`` seconds."""
    _, busy = at_rest(session, wait=False)
    if not busy:
        return _nothing(session, "No operation is in progress.")
    if not wait:
        return _nothing(session, f"Waits for the operation in progress: {busy}.")
    session.console.note(f"Waiting until it is done (this changes nothing): {busy}.")
    at_rest(session, wait=True, patience=patience)
    return _nothing(session, "The operation that was in progress is done.")


def _nothing(session: Session, note: str) -> Plan:
    return Plan(COMMAND, session.cluster_id, notes=(note,))


def _policies(session: Session, cluster: Any) -> Evidence:
    items: dict[str, Any] = read_policy(session.arm, session.cluster_id, session.now)
    return Evidence(session.cluster_id, session.now, cluster=Item(value=cluster, source="managedClusters"), **items)


def _exemption(session: Session, policy: PolicyInForce) -> Change:
    """The cluster exempt from the assignment, or from its one reference that switches run command off."""
    made = exemption.change(session, [policy], Terms())
    ends = made.after["properties"]["expiresOn"]
    return replace(
        made,
        what=f"Exempt the cluster until {ends} from policy {advice.named(policy)}, which disables run command.",
        after=with_value(made.after, ("properties", "description"), _WHY),
    )


def _exempting(session: Session, policies: Sequence[PolicyInForce]) -> Iterator[tuple[str, str]]:
    if policies:
        yield (f"{_AUTHORIZATION}/policyExemptions/write", session.cluster_id)
    for policy in policies:
        yield (f"{_AUTHORIZATION}/policyAssignments/exempt/action", policy.scope)


def _consent(policy: PolicyInForce, change: Change) -> Consent:
    ends = change.after["properties"]["expiresOn"]
    return Consent(
        f"The owner of policy assignment {advice.named(policy)} wants run command disabled; this exempts the "
        f"cluster until {ends}.",
        "--mode exemption",
    )


def _warnings(evidence: Evidence, disabling: Sequence[PolicyInForce]) -> Iterator[str]:
    yield "Run command is sometimes disabled to harden a cluster: ask the person who did it."
    if disabling:
        yield (
            "The exemption must reach the cluster before the policy evaluates it again. When the exemption "
            "expires, the policy disables run command again."
        )
    if not evidence.assignments.known:
        yield f"It is not known whether a policy will disable it again: {evidence.assignments.unread}"


def _enable(session: Session) -> Iterator[str]:
    yield az("aks", "update", *Target.of(session.cluster_id).options, "--enable-run-command")
