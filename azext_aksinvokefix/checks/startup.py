"""Stage ``startup``: the image is pulled, the init container runs, and the user's token is handed over.

Nothing that Azure Resource Manager shows looks into the pod. So this stage rests on texts, on what the cluster wrote
down where that is kept, on command pods that wait in the metrics, and on how the cluster reaches the network.
"""

from __future__ import annotations

from collections.abc import Iterator

from azext_aksinvokefix import catalog
from azext_aksinvokefix.checks import egress, inside
from azext_aksinvokefix.checks.basis import finding_from_text, manual, report, skipped, target, text_datum
from azext_aksinvokefix.finding_ids import findings_of_text
from azext_aksinvokefix.lifecycle import Datum, Evidence, Failure, Finding, Fix, Stage, StageReport, Unknown, properties
from azext_aksinvokefix.nodes import metrics as node_metrics
from azext_aksinvokefix.nodes import pools as agent_pools
from azext_aksinvokefix.quoting import az
from azext_aksinvokefix.shapes import dig, text
from azext_aksinvokefix.shapes import time as parse_time

STAGE: Stage = "startup"
_YOUNG_MINUTES = 15


def check_startup(failure: Failure | None, evidence: Evidence) -> StageReport:
    """What kept a scheduled pod from starting; before a run only what the metrics show of other command pods."""
    named = findings_of_text(STAGE, failure)
    if failure is not None and named:
        findings = [_told(finding, failure, evidence) for finding in named]
        if "start-timeout" in named:
            findings += _egress_hint(failure, evidence)
            return report(STAGE, findings, _open_questions(failure, evidence))
        return report(STAGE, findings, _unread(evidence))
    if failure is not None and catalog.leaves_cause_open(failure):
        findings = [*_slow_pods(evidence), *_egress_hint(failure, evidence)]
        return report(STAGE, findings, _open_questions(failure, evidence))
    return _preflight(evidence)


def _open_questions(failure: Failure, evidence: Evidence) -> Iterator[Unknown]:
    yield inside.open_question(failure, evidence)
    yield from _unread(evidence)


def _unread(evidence: Evidence) -> Iterator[Unknown]:
    yield from inside.unread(STAGE, "what AKS's own detectors say", evidence.detectors)
    yield from inside.unread(STAGE, "which addresses this cluster has to reach", evidence.endpoints)


def _told(finding: str, failure: Failure, evidence: Evidence) -> Finding:
    if finding == "start-timeout":
        return _timeout(failure, evidence)
    if finding == "image-pull-failed":
        return _pull(failure, evidence)
    if finding == "tunnel-broken":
        return finding_from_text(finding, failure, evidence=_age(evidence), fixes=_tunnel(evidence))
    return finding_from_text(finding, failure, evidence=inside.data(failure, evidence), fixes=_STAYS)


def _timeout(failure: Failure, evidence: Evidence) -> Finding:
    """The text with what is on record about its pod, which names no cause that is known here."""
    return finding_from_text(
        "start-timeout",
        failure,
        confidence="possible",
        evidence=(*inside.data(failure, evidence), *_pending(evidence)),
        fixes=(_again(), _look(evidence)),
    )


def _pull(failure: Failure, evidence: Evidence) -> Finding:
    """A registry that was reached and refused is another trouble than one that was not reached."""
    refused = failure.facts.get("refused") is True
    return finding_from_text(
        "image-pull-failed",
        failure,
        message="The node reached the registry, but the registry did not allow it to pull the image of the command pod."
        if refused
        else None,
        evidence=egress.data(evidence),
        fixes=egress.fixes(evidence, egress.trouble_of(failure), text(failure.facts.get("image"))),
    )


_STAYS = (
    manual(
        "Run the command again; if the error persists, open a support request: the container belongs to the service."
    ),
)


def _tunnel(evidence: Evidence) -> tuple[Fix, ...]:
    needed = egress.listed(evidence, "apiserver", "tunnel")
    which = f" This cluster needs {needed}." if needed else ""
    return (
        manual(
            "If the cluster was just created, wait a few minutes and run the command again. Otherwise allow the "
            "nodes to reach the API server: konnectivity-agent in kube-system needs outbound access, and network "
            "rules must not block it." + which
        ),
    )


def _egress_hint(failure: Failure, evidence: Evidence) -> Iterator[Finding]:
    """A cluster with its own way out may block the registry; that it does is a guess."""
    if egress.is_own(evidence):
        yield catalog.finding(
            "image-pull-failed",
            confidence="possible",
            severity="warning",
            message="This cluster's outbound route is user-defined. If it does not reach the registry, the image of "
            "the command pod cannot be pulled.",
            evidence=(text_datum(failure), *egress.data(evidence)),
            fixes=egress.fixes(evidence),
        )


def _age(evidence: Evidence) -> tuple[Datum, ...]:
    created = parse_time(dig(evidence.cluster.value, "systemData", "createdAt"))
    if created is None:
        return ()
    minutes = (evidence.now - created).total_seconds() / 60
    return (Datum("systemData", f"created {minutes:.0f} minutes ago"),) if 0 <= minutes < _YOUNG_MINUTES else ()


def _pending(evidence: Evidence) -> tuple[Datum, ...]:
    waiting = _nodes(evidence).waiting
    return (Datum("platform metrics", f"pending in aks-command: {', '.join(waiting[:5])}"),) if waiting else ()


def _nodes(evidence: Evidence) -> node_metrics.Nodes:
    return node_metrics.nodes_of(evidence, agent_pools.pools_of(properties(evidence)))


def _preflight(evidence: Evidence) -> StageReport:
    seen = _nodes(evidence)
    if seen.waiting and seen.unschedulable == 0:
        return skipped(STAGE, _slow_pods(evidence))
    if seen.started:
        return StageReport(STAGE, "passed")
    return skipped(STAGE)


def _slow_pods(evidence: Evidence) -> Iterator[Finding]:
    """Command pods that are pending and of which nothing says that they wait for a node."""
    seen = _nodes(evidence)
    if not seen.waiting or seen.unschedulable:
        return
    known = " although no pod waits for a node" if seen.unschedulable == 0 else ""
    yield catalog.finding(
        "start-timeout",
        confidence="possible",
        severity="warning",
        message=f"A command pod is pending now{known}: it might be slow to start.",
        evidence=_pending(evidence),
        fixes=(_again(), _look(evidence)),
    )


def _again() -> Fix:
    return manual("Run the command again once: an image pull that was in progress will have finished.")


def _look(evidence: Evidence) -> Fix:
    return Fix(
        "command",
        "safe",
        "Check whether the nodes can run the pod at all.",
        az("aks", "nodepool", "list", *target(evidence).pool_options, "-o", "table"),
    )
