"""What the checks of all stages share: whose cluster it is, what a text is worth, and how a stage's outcome follows."""

from __future__ import annotations

from collections.abc import Iterable

from azext_aksinvokefix import catalog
from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.checks.remembered import moment_of
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.inside.events import EVENTS, PODS
from azext_aksinvokefix.lifecycle import (
    Confidence,
    Datum,
    Evidence,
    Failure,
    Finding,
    Fix,
    Item,
    Safety,
    Severity,
    Stage,
    StageReport,
    Unknown,
    was_asked,
)
from azext_aksinvokefix.quoting import one_line

#: Where a text comes from the service itself rather than from whoever pasted it.
_FROM_SERVICE = frozenset({"run", "commandId", "activityLog", "managedClusters"})
_ON_RECORD = frozenset({EVENTS, PODS})
_SOURCES = {
    "run": "this run",
    "argument": "error text",
    "commandId": "commandResults",
    "activityLog": "Activity Log",
}
_LONGEST_DATUM = 500


def target(evidence: Evidence) -> Target:
    return Target.of(evidence.cluster_id)


def went_well(failure: Failure | None) -> bool:
    """Whether the text is that of a command which ran and exited with 0, with nothing wrong in it."""
    return failure is not None and failure.finding == "unrecognized" and failure.facts.get("exitCode") == 0


def is_service_text(failure: Failure | None) -> bool:
    """Whether the service said it just now; of an earlier run it may be over. What is on record of a pod is certain of
    that pod, whenever it was."""
    if failure is None:
        return False
    return failure.source in _ON_RECORD or (failure.source in _FROM_SERVICE and moment_of(failure) is None)


def text_confidence(failure: Failure | None) -> Confidence:
    """How sure a finding is that rests on a text alone."""
    return "confirmed" if is_service_text(failure) else "likely"


def told(failure: Failure | None, now: Failure | None) -> list[Failure]:
    """What a failure tells and what the service says ``now``: the latter first, where it proves what a text says."""
    if failure is None or now is None or is_service_text(failure):
        return [each for each in (failure, now) if each is not None]
    is_same = failure.finding == now.finding and all(failure.facts.get(one) == now.facts.get(one) for one in _DECISIVE)
    return [now, failure] if is_same else [failure, now]


#: Facts that make two texts of one finding say different things.
_DECISIVE = ("actions", "objectId", "family", "hint")


def text_datum(failure: Failure) -> Datum:
    """The text as evidence."""
    said = one_line(failure.message)
    cut = said if len(said) <= _LONGEST_DATUM else said[:_LONGEST_DATUM] + "…"
    moment = moment_of(failure)
    if moment is not None and failure.source not in _ON_RECORD:
        return Datum(f"your run of {moment:%Y-%m-%d %H:%M} UTC", cut)
    return Datum(_SOURCES.get(failure.source, failure.source), cut)


def finding_from_text(
    finding: str,
    failure: Failure,
    *,
    confidence: Confidence | None = None,
    message: str | None = None,
    evidence: Iterable[Datum] = (),
    fixes: Iterable[Fix] = (),
    severity: Severity | None = None,
    brief: str = "",
) -> Finding:
    """The finding that a text names, with the text as its first evidence."""
    return catalog.finding(
        finding,
        confidence=confidence or text_confidence(failure),
        message=message,
        evidence=(text_datum(failure), *evidence),
        fixes=tuple(fixes),
        severity=severity,
        brief=brief,
    )


def refusal(evidence: Evidence) -> Failure | None:
    """What ARM answered to the request for the cluster, when it was not the cluster."""
    item = evidence.cluster
    return None if item.known or not was_asked(item) else texts.classify(item.unread or "", source="managedClusters")


def unread(stage: Stage, what: str, item: Item) -> Unknown:
    return Unknown(stage, what, one_line(item.unread or ""), item.needs)


def report(stage: Stage, findings: Iterable[Finding], unknowns: Iterable[Unknown] = ()) -> StageReport:
    """A stage fails by an error; a warning lets it pass; what could not be looked at leaves it open."""
    found, open_questions = tuple(findings), tuple(unknowns)
    if any(finding.severity == "error" for finding in found):
        return StageReport(stage, "failed", found, open_questions)
    return StageReport(stage, "unknown" if open_questions else "passed", found, open_questions)


def skipped(stage: Stage, findings: Iterable[Finding] = ()) -> StageReport:
    """A stage about which there is nothing to look at before a command runs."""
    found = tuple(findings)
    return report(stage, found) if found else StageReport(stage, "skipped")


def manual(description: str, line: str | None = None) -> Fix:
    return Fix("manual", "manual", description, line)


def command(description: str, line: str, *requires: str, safety: Safety = "safe", stock: str | None = None) -> Fix:
    """``line`` is ours where there is one, and ``stock`` then the same for somebody without this extension."""
    return Fix("command", safety, description, line, tuple(requires), stock)
