"""Stage ``scheduling``: is there a node that takes the command pod, which asks for 200m CPU and 500Mi of memory?

Agent pools tell for certain that none can; that one can only the scheduler knows, which sees requests where metrics
see use. So pools confirm, nodes that are down confirm, and a full cluster stays likely until the scheduler says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from azext_aksinvokefix import catalog
from azext_aksinvokefix.checks.basis import (
    is_service_text,
    manual,
    report,
    target,
    text_datum,
    unread,
    went_well,
)
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.finding_ids import UNRECOGNIZED, findings_of_text
from azext_aksinvokefix.lifecycle import (
    Confidence,
    Datum,
    Evidence,
    Failure,
    Finding,
    Fix,
    Severity,
    Stage,
    StageReport,
    Unknown,
    is_stopped,
    properties,
    was_asked,
)
from azext_aksinvokefix.nodes import commands
from azext_aksinvokefix.nodes import metrics as node_metrics
from azext_aksinvokefix.nodes import pools as agent_pools
from azext_aksinvokefix.nodes.metrics import Nodes
from azext_aksinvokefix.nodes.pools import Pool
from azext_aksinvokefix.quoting import az
from azext_aksinvokefix.shapes import texts

STAGE: Stage = "scheduling"
_POOLS = "agentPoolProfiles"
_METRICS = "platform metrics"


@dataclass(frozen=True)
class _SchedulingEvidence:
    """Everything this stage looks at."""

    failure: Failure | None
    pools: list[Pool]
    nodes: Nodes
    auto_provisioned: bool
    target: Target
    #: There is the result of a command.
    ran: bool

    @cached_property
    def usable(self) -> list[Pool]:
        return [pool for pool in self.pools if pool.usable]

    @property
    def told(self) -> list[str]:
        return findings_of_text(STAGE, self.failure)

    @property
    def pod_failed(self) -> bool:
        """Whether a pod is known to have waited in vain."""
        return self.failure is not None and (bool(self.told) or catalog.leaves_cause_open(self.failure))

    @property
    def is_preflight(self) -> bool:
        """Whether nothing that is known was run."""
        if self.failure is None:
            return not self.ran
        return self.failure.finding == UNRECOGNIZED and not went_well(self.failure)

    @property
    def may_grow(self) -> bool:
        """Whether nodes for the pod may still come by themselves: full is then only full for now."""
        stuck = self.failure is not None and self.failure.facts.get("atLimit") is True
        return not stuck and (self.auto_provisioned or any(pool.can_grow for pool in self.usable))

    def pools_datum(self) -> Datum:
        return Datum(_POOLS, agent_pools.listed(self.pools))


def check_scheduling(failure: Failure | None, evidence: Evidence) -> StageReport:
    """Whether a node would take the pod; with a failure, what kept it from one."""
    if is_stopped(evidence) and not findings_of_text(STAGE, failure):
        return StageReport(STAGE, "skipped")
    known = properties(evidence)
    pools = agent_pools.pools_of(known)
    automatic = agent_pools.makes_own_nodes(known)
    scene = _SchedulingEvidence(
        failure, pools, node_metrics.nodes_of(evidence, pools), automatic, target(evidence), was_asked(evidence.result)
    )
    looked = _by_evidence(scene) if pools or automatic else ()
    findings = list(_merged(looked, scene))
    return report(
        STAGE, findings, [*_unknowns(scene, bool(findings), evidence), *_room_unknown(scene, findings, evidence)]
    )


def _by_evidence(scene: _SchedulingEvidence) -> Iterator[Finding]:
    """What pools and metrics show by themselves."""
    if not scene.usable and any(pool.unclear for pool in scene.pools):
        return
    if not scene.usable and not scene.auto_provisioned:
        yield from _no_usable_pool(scene)
        if any(pool.can_grow for pool in scene.pools):
            yield _lagging(scene)
        return
    if not scene.usable:
        yield _automatic(scene)
    yield from _unready(scene)
    yield from _full(scene)
    if scene.usable and all(pool.is_arm for pool in scene.usable):
        yield _only_arm(scene)


def _no_usable_pool(scene: _SchedulingEvidence) -> Iterator[Finding]:
    """A cluster always has a Linux pool for its own pods, mostly a tainted one: the cause lies with the others too."""
    linux = [pool for pool in scene.pools if pool.linux]
    alive = [pool for pool in linux if pool.running and not pool.empty]
    if not alive and linux:
        message = "No Linux node is running: every Linux pool is stopped or empty."
        yield _confirmed("no-running-nodes", message, scene)
    elif any(pool.accepts for pool in linux):
        names = ", ".join(pool.name for pool in linux if pool.accepts)
        yield _confirmed("no-running-nodes", f"The pools that could run the command pod have no nodes: {names}.", scene)
    if alive:
        taints = ", ".join(sorted({taint for pool in alive for taint in pool.taints}))
        message = f"Every running Linux node has a taint that the command pod does not tolerate: {taints}."
        yield replace(_confirmed("nodes-tainted", message, scene), brief=f"Taints: {taints}")
    if not linux:
        yield _confirmed("no-linux-nodes", "The command pod needs a Linux node, and every pool is Windows.", scene)
    elif len(linux) < len(scene.pools) and not any(pool.user for pool in linux):
        message = "The command pod needs a Linux node, and every pool for workloads is Windows."
        yield _confirmed("no-linux-nodes", message, scene)


def _room(scene: _SchedulingEvidence) -> tuple[Fix, ...]:
    """Ways to a node that takes the pod: use a pool that could have one, else add one."""
    return (
        *commands.start(scene.pools, scene.target),
        *commands.grow(scene.pools, scene.target),
        *commands.add(scene.pools, scene.target),
        *commands.remove_taints(scene.pools, scene.target),
    )


def _confirmed(finding: str, message: str, scene: _SchedulingEvidence) -> Finding:
    return catalog.finding(
        finding, confidence="confirmed", message=message, evidence=(scene.pools_datum(),), fixes=_room(scene)
    )


def _lagging(scene: _SchedulingEvidence) -> Finding:
    growing = [pool for pool in scene.pools if pool.can_grow]
    return catalog.finding(
        "autoscaler-lagging",
        confidence="likely",
        severity=_lag_severity(scene),
        message="The autoscaler can add a node for the command pod, but a new node takes minutes and the pod has "
        "about 30 seconds to start.",
        evidence=(Datum(_POOLS, agent_pools.listed(growing)), *_waiting_data(scene)),
        fixes=(*commands.grow(growing, scene.target), _again()),
    )


def _lag_severity(scene: _SchedulingEvidence) -> Severity:
    """Slow nodes cost the command that comes first; the next one finds them ready."""
    return "error" if scene.pod_failed else "warning"


def _automatic(scene: _SchedulingEvidence) -> Finding:
    """No pool takes the pod, but nodes of no pool may be there, or be made too late."""
    has_nodes = bool(scene.nodes.ready)
    return catalog.finding(
        "autoscaler-lagging",
        confidence="likely" if scene.pod_failed and not has_nodes else "possible",
        severity="info" if has_nodes and not scene.pod_failed else _lag_severity(scene),
        message="No existing node pool can run the command pod. Node auto-provisioning creates a node for it, which "
        "can take longer than the pod is given to start.",
        evidence=(Datum("nodeProvisioningProfile", "mode Auto"), *([scene.pools_datum()] if scene.pools else [])),
        fixes=(_again(), *(commands.add(scene.pools, scene.target) if scene.pools else ())),
    )


def _unready(scene: _SchedulingEvidence) -> Iterator[Finding]:
    seen = scene.nodes
    if not seen.not_ready:
        return
    yield catalog.finding(
        "nodes-not-ready",
        confidence="confirmed" if seen.all_down else "possible",
        severity="error" if seen.all_down or scene.pod_failed else "warning",
        message=(
            "No node that could run the command pod is ready."
            if seen.all_down
            else f"{len(seen.not_ready)} of {len(seen.not_ready) + len(seen.ready)} nodes that could run the "
            "command pod are not ready."
        ),
        evidence=(Datum(_METRICS, f"not ready: {seen.not_ready_words()}"),),
        fixes=(_look_at_nodes(scene), *commands.add(scene.pools, scene.target)),
    )


def _full(scene: _SchedulingEvidence) -> Iterator[Finding]:
    """Signs of a full cluster. The use of CPU and memory is none, since the scheduler counts requests. A command pod
    that is pending may have a node and be slow to start: that is worth a warning before the next one comes."""
    seen = scene.nodes
    if not (seen.all_down or seen.all_pressed or seen.unschedulable) and scene.is_preflight:
        yield from _waiting(scene)
    if seen.all_down or not (seen.all_pressed or seen.unschedulable):
        return
    surely = seen.pod_waits_for_a_node or seen.all_pressed or (scene.pod_failed and bool(seen.unschedulable))
    if surely and not seen.all_pressed and scene.may_grow:
        yield _lagging(scene)
    yield catalog.finding(
        "nodes-full",
        confidence="likely" if surely else "possible",
        severity="error" if surely else "warning",
        message=(
            "Pods are waiting for a node, although there are nodes that could run the command pod: they have no "
            "room left for its 200m CPU and 500Mi of memory."
            if not seen.all_pressed
            else "Every node that could run the command pod is under pressure and accepts no new pods."
        ),
        evidence=tuple(_waiting_data(scene)),
        fixes=(*commands.grow(scene.usable, scene.target), *commands.add(scene.pools, scene.target)),
    )


def _waiting(scene: _SchedulingEvidence) -> Iterator[Finding]:
    """A command pod that is pending although nothing else is wrong."""
    waiting = scene.nodes.waiting
    # Where the autoscaler counts none, no pod waits for a node: see the stage startup.
    if waiting and scene.usable and scene.nodes.unschedulable is None:
        yield catalog.finding(
            "nodes-full",
            confidence="possible",
            severity="warning",
            message=f"A command pod is pending: {waiting[0]}. It is waiting for a node with room, or for its image. If "
            "no command is starting right now, the next one will wait too.",
            evidence=tuple(_waiting_data(scene)),
            fixes=(*commands.grow(scene.usable, scene.target), *commands.add(scene.pools, scene.target)),
        )


def _waiting_data(scene: _SchedulingEvidence) -> Iterator[Datum]:
    seen = scene.nodes
    if seen.unschedulable:
        yield Datum(_METRICS, f"{seen.unschedulable} unschedulable pod(s) seen by the autoscaler")
    if seen.waiting:
        yield Datum(_METRICS, f"pending in aks-command: {', '.join(seen.waiting[:5])}")
    if seen.pressed:
        yield Datum(_METRICS, f"under pressure: {', '.join(seen.pressed[:10])}")


def _only_arm(scene: _SchedulingEvidence) -> Finding:
    return catalog.finding(
        "no-linux-nodes",
        confidence="possible",
        severity="error" if scene.pod_failed else "warning",
        message="Every node that could run the command pod has an Arm64 processor; it is not documented whether the "
        "command's image runs there.",
        evidence=(Datum(_POOLS, ", ".join(f"{pool.name}: {pool.size}" for pool in scene.usable[:10])),),
        fixes=commands.add(scene.pools, scene.target),
    )


def _merged(looked: Iterable[Finding], scene: _SchedulingEvidence) -> Iterator[Finding]:
    """What the evidence shows together with what the scheduler's text says; where both agree it is confirmed."""
    shown = {finding.id: finding for finding in looked}
    for finding in dict.fromkeys(_now(finding, scene) for finding in scene.told):
        if scene.failure is not None:
            yield _told(finding, shown.pop(finding, None), scene, scene.failure)
    if scene.told:
        yield from (finding for finding in shown.values() if finding.confidence != "possible")
    else:
        yield from shown.values()


def _now(finding: str, scene: _SchedulingEvidence) -> str:
    """What the scheduler calls full is a matter of minutes where nodes may still be added."""
    return "autoscaler-lagging" if finding == "nodes-full" and scene.may_grow else finding


def _told(finding: str, seen: Finding | None, scene: _SchedulingEvidence, failure: Failure) -> Finding:
    gone = finding in OF_POOLS and bool(scene.usable) and seen is None and not _still_mixed(failure)
    # The scheduler's own words just now outweigh the pools: nodes can have taints that no pool shows.
    now_fine = gone and not is_service_text(failure)
    if seen is not None and seen.confidence != "possible":
        confidence: Confidence = "confirmed"
    elif now_fine:
        confidence = "possible"
    else:
        confidence = "confirmed" if is_service_text(failure) and not gone else "likely"
    data = seen.evidence if seen else ((scene.pools_datum(),) if scene.pools else ())
    return catalog.finding(
        finding,
        confidence=confidence,
        severity="warning" if now_fine else "error",
        message="The text says so, but a node pool that can run the command pod is running now."
        if now_fine
        else _words(finding, failure),
        evidence=(text_datum(failure), *data),
        fixes=(_again(),) if now_fine else (seen.fixes if seen else _fixes_of(finding, scene)),
    )


#: Findings that the pools settle, whatever an older text says.
OF_POOLS = frozenset({"nodes-tainted", "no-linux-nodes", "no-running-nodes"})


def _still_mixed(failure: Failure) -> bool:
    """Whether the text names obstacles of several kinds: then a pool that is free of one does not settle it."""
    return len(findings_of_text(STAGE, failure)) > 1


def _words(finding: str, failure: Failure) -> str | None:
    """The scheduler's own numbers, where it gave them."""
    reasons = failure.facts.get("reasons")
    if isinstance(reasons, Mapping) and reasons:
        counted = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
        found = f"0 of {failure.facts.get('nodes')}"
        return f"The scheduler found no suitable node for the command pod ({found}): {counted}."
    taints = texts(failure.facts.get("taints"))
    return f"The command pod does not tolerate: {', '.join(taints)}." if taints and finding == "nodes-tainted" else None


def _fixes_of(finding: str, scene: _SchedulingEvidence) -> tuple[Fix, ...]:
    if finding == "nodes-full":
        return (*commands.grow(scene.usable, scene.target), *commands.add(scene.pools, scene.target))
    if finding == "nodes-not-ready":
        return (_look_at_nodes(scene), *commands.add(scene.pools, scene.target))
    if finding == "autoscaler-lagging":
        return (_again(), *commands.grow([pool for pool in scene.pools if pool.can_grow], scene.target))
    return _room(scene)


def _again() -> Fix:
    return manual("Wait until the new node is ready (a few minutes), then run the command again.")


def _look_at_nodes(scene: _SchedulingEvidence) -> Fix:
    return Fix(
        "command",
        "safe",
        "Check the state of the node pools; nodes that stay NotReady need repair in their scale set.",
        az("aks", "nodepool", "list", *scene.target.pool_options, "-o", "table"),
    )


def _room_unknown(scene: _SchedulingEvidence, findings: Sequence[Finding], evidence: Evidence) -> Iterator[Unknown]:
    """Room is what nothing here can show, save that a command pod has just found it. A pod that failed for no reason
    known may have found none; before a command runs, nobody can tell."""
    if scene.told or any(finding.severity == "error" for finding in findings):
        return
    foretold = scene.is_preflight and not scene.nodes.started and evidence.metrics.known and bool(scene.usable)
    unexplained = scene.pod_failed and scene.failure is not None and scene.failure.finding != UNRECOGNIZED
    if foretold or unexplained:
        yield Unknown(STAGE, "whether a node has room for the command pod", _NO_REQUESTS, inherent=foretold)


_NO_REQUESTS = "Metrics show usage, but the scheduler decides by requests, which Azure does not expose."


def _unknowns(scene: _SchedulingEvidence, found: bool, evidence: Evidence) -> Iterator[Unknown]:
    if not evidence.cluster.known:
        if was_asked(evidence.cluster) or not found:
            yield unread(STAGE, "the node pools", evidence.cluster)
    elif not scene.pools and not scene.auto_provisioned:
        yield Unknown(STAGE, "the node pools", "The cluster lists none.")
    elif not scene.usable and any(pool.unclear for pool in scene.pools):
        strange = ", ".join(f"{pool.name} ({pool.strange})" for pool in scene.pools if pool.unclear)
        yield Unknown(STAGE, "whether a node pool can run the command pod", f"Unknown kinds of node pool: {strange}.")
    elif scene.usable and all(pool.count is None for pool in scene.usable) and not scene.nodes.ready:
        yield Unknown(STAGE, "how many nodes the pools have", "The cluster does not say it.")
    if was_asked(evidence.metrics) and not evidence.metrics.known:
        yield unread(STAGE, "whether the nodes are ready and have room", evidence.metrics)
