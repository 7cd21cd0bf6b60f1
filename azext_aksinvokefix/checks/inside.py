"""What the cluster wrote down about its command pods, and what its detectors found, as findings and open questions.

An event of the pod that failed says what happened to it. One of another command pod, or a detector, says what may have:
that explains nothing by itself, so it is a hint beside the text and never takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from azext_aksinvokefix import catalog
from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.checks import basis
from azext_aksinvokefix.checks.basis import manual
from azext_aksinvokefix.inside.detectors import Insight, Topic
from azext_aksinvokefix.inside.events import EVENTS, PODS, Event, Inside, Pod, pod_of
from azext_aksinvokefix.lifecycle import (
    STAGES,
    Datum,
    Evidence,
    Failure,
    Finding,
    Item,
    Stage,
    Unknown,
    properties,
    was_asked,
)
from azext_aksinvokefix.nodes import metrics
from azext_aksinvokefix.nodes import pools as agent_pools
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import items

#: What an event of a pod can tell: a pod that was denied has none, and of the command it says nothing.
_TOLD: tuple[Stage, ...] = ("scheduling", "startup")
#: What the scheduler and the kubelet call it when a pod does not come to run. Whoever may write events in the namespace
#: can write one of any other name.
_REASONS = frozenset(
    {"FailedScheduling", "Failed", "BackOff", "ErrImageNeverPull", "InspectFailed", "FailedCreatePodSandBox"}
)
_NO_EVENT = (
    "Log Analytics has no event of the pod. Events arrive minutes late, and not all are kept: try again in a "
    "few minutes."
)
_MOST = 5

#: What a detector of a topic is about. The other topics only add a line to what the text names.
_FINDINGS: Mapping[Topic, str] = {
    "nodes": "nodes-not-ready",
    "pressure": "nodes-full",
    "autoscaler": "autoscaler-lagging",
}
_ALL_TOPICS: tuple[Topic, ...] = ("nodes", "pressure", "autoscaler", "addresses", "network", "service")
_TOPICS: Mapping[str, tuple[Topic, ...]] = {
    "scheduling": ("nodes", "pressure", "autoscaler", "addresses"),
    "tunnel-broken": ("network", "service"),
    "api-server-unreachable": ("network", "service"),
    "api-server-guarded": ("service",),
}


def topics(failure: Failure | None) -> tuple[Topic, ...]:
    """What the detectors that are worth asking look at."""
    if failure is None:
        return ()
    return _TOPICS.get(failure.finding) or _TOPICS.get(failure.stage) or _ALL_TOPICS


def sharpened(failure: Failure | None, evidence: Evidence) -> Failure | None:
    """The failure as the cluster's own words about its pod tell it: the cause of a text that has many, the details of
    one that names it."""
    causes = _own_causes(failure, evidence)
    if failure is None or not causes:
        return failure
    if catalog.leaves_cause_open(failure):
        return _joined(failure, max(causes, key=lambda cause: STAGES.index(cause.stage)))
    twin = next((cause for cause in causes if cause.finding == failure.finding), None)
    return _joined(failure, twin) if twin else failure


def _joined(failure: Failure, cause: Failure) -> Failure:
    return replace(cause, facts={**failure.facts, **cause.facts})


def _own_causes(failure: Failure | None, evidence: Evidence) -> list[Failure]:
    """What the events of the failed pod, and what it waits for, tell; the newest first."""
    pod = pod_of(failure)
    if not pod or not evidence.events.known:
        return []
    known = _inside(evidence)
    seen = known.pod(pod)
    words = [(EVENTS, event.message) for event in known.of(pod) if event.reason in _REASONS]
    words += [(PODS, seen.waits_for)] if seen and seen.waits_for else []
    return list(_causes(words))


def _causes(words: Iterable[tuple[str, str]]) -> Iterator[Failure]:
    for source, said in words:
        cause = texts.classify(said, source=source)
        if cause.stage in _TOLD and not catalog.leaves_cause_open(cause):
            yield cause


def of_others(failure: Failure | None, evidence: Evidence) -> list[tuple[Failure, Event]]:
    """The causes that events of other command pods tell, each once with such an event, beside a text of many causes."""
    if failure is None or not catalog.leaves_cause_open(failure) or not evidence.events.known:
        return []
    found: dict[str, tuple[Failure, Event]] = {}
    for event in _inside(evidence).others(pod_of(failure)):
        for cause in _causes([(EVENTS, event.message)] if event.reason in _REASONS else ()):
            found.setdefault(cause.finding, (cause, event))
    return list(found.values())


def hint(found: Finding, event: Event) -> Finding:
    """What an event of another command pod tells, as no more than it is."""
    return replace(
        found,
        confidence="possible",
        severity="warning",
        message="This comes from an event of another command pod; it is not known whether it happened to this one too.",
        brief="",
        evidence=(Datum(EVENTS, str(event)),),
    )


def data(failure: Failure | None, evidence: Evidence) -> tuple[Datum, ...]:
    """What is on record about the pod that failed."""
    pod = pod_of(failure)
    if not pod or not evidence.events.known:
        return ()
    known = _inside(evidence)
    events = [Datum(EVENTS, str(event)) for event in known.of(pod)[:_MOST]]
    seen = known.pod(pod)
    return (*events, *([Datum(PODS, _seen(seen, known))] if seen else []))


def _seen(pod: Pod, known: Inside) -> str:
    ready = known.is_ready(pod.node) if pod.node else None
    return str(pod) + ("" if ready is None else ", which was ready" if ready else ", which was not ready")


def open_question(failure: Failure | None, evidence: Evidence) -> Unknown:
    """Why the pod did not start, where nothing says it; with the right that would have told."""
    item = evidence.events
    what = "what prevented the command pod from starting"
    if not was_asked(item):
        return Unknown("startup", what, "The text does not say; only the cluster's own events would.")
    if not item.known:
        return Unknown("startup", what, one_line(item.unread or ""), item.needs)
    known, pod = _inside(evidence), pod_of(failure)
    if known.partial:
        return Unknown("startup", what, f"Log Analytics returned only some of the events: {known.partial}")
    if pod and known.of(pod):
        return Unknown("startup", what, "The events of the command pod do not say either.")
    return Unknown("startup", what, _NO_EVENT)


def unread(stage: Stage, what: str, item: Item) -> Iterator[Unknown]:
    """An open question, where something was asked and not given."""
    if was_asked(item) and not item.known:
        yield basis.unread(stage, what, item)


def detected(failure: Failure | None, findings: Sequence[Finding], evidence: Evidence) -> list[Finding]:
    """The findings with what the detectors say about them, and those that detectors alone tell of."""
    insights = [one for one in items(evidence.detectors.value) if isinstance(one, Insight)]
    if failure is None or not insights:
        return list(findings)
    known = [_with_insights(found, [one for one in insights if _is_about(one, found, failure)]) for found in findings]
    ids = {finding.id for finding in findings}
    by_finding: dict[str, list[Insight]] = {}
    for insight in insights:
        told = _FINDINGS.get(insight.topic)
        if told and told not in ids:
            by_finding.setdefault(told, []).append(insight)
    return [*known, *(_by_detectors(told, found, evidence) for told, found in by_finding.items())]


def _is_about(insight: Insight, found: Finding, failure: Failure) -> bool:
    told = _FINDINGS.get(insight.topic)
    return found.id == told if told else found.id == failure.finding


def _with_insights(found: Finding, insights: Sequence[Insight]) -> Finding:
    return replace(found, evidence=(*found.evidence, *_lines(insights))) if insights else found


def _by_detectors(told: str, insights: Sequence[Insight], evidence: Evidence) -> Finding:
    """Sure only where a node or a pool of this cluster is named; and a warning, since nobody says that the pod needed
    that very node."""
    nodes, pools = _nodes(evidence), [pool.name for pool in agent_pools.pools_of(properties(evidence))]
    named = any(insight.names(nodes, pools) for insight in insights)
    first = insights[0]
    return catalog.finding(
        told,
        confidence="confirmed" if named else "possible",
        severity="warning",
        message=f"An AKS detector reports: {first.message}",
        evidence=_lines(insights),
        fixes=(
            manual(
                "In the Azure portal, open 'Diagnose and solve problems' on the cluster's page for the details "
                f"and advice of the detector {first.detector}."
            ),
        ),
    )


def _lines(insights: Iterable[Insight]) -> tuple[Datum, ...]:
    return tuple(Datum(f"detectors/{insight.detector}", str(insight)) for insight in list(insights)[:_MOST])


def _nodes(evidence: Evidence) -> list[str]:
    """The nodes of this cluster by name."""
    seen = list(_inside(evidence).conditions or ()) if evidence.events.known else []
    return [*(node.name for node in metrics.read(evidence).nodes), *seen]


def _inside(evidence: Evidence) -> Inside:
    value = evidence.events.value
    return value if isinstance(value, Inside) else Inside()
