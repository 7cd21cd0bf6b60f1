"""What the checks of all stages share: whose cluster it is, what a text told, and how a stage's outcome follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix import catalog
from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.evidence import Evidence
from azext_aksinvokefix.finding_ids import STAGE_OF
from azext_aksinvokefix.lifecycle import NOT_ASKED, Datum, Failure, Finding, Fix, Item, StageReport, Unknown
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import dig, mapping, same
from azext_aksinvokefix.shapes import texts as only_texts

#: Texts that many causes share; what the evidence shows says more than they do.
UMBRELLAS = frozenset({"start-timeout", "result-hidden", "result-lost", "unrecognized"})

#: Where a text comes from the service itself rather than from whoever pasted it.
_FROM_SERVICE = frozenset({"run", "commandId", "activityLog", "managedClusters"})
_SOURCES = {
    "run": "this run",
    "argument": "error text",
    "commandId": "commandResults",
    "activityLog": "Activity Log",
}
_LONGEST_DATUM = 500


@dataclass(frozen=True)
class Target:
    """The cluster, as the options of an ``az aks`` command name it."""

    id: str
    subscription: str
    group: str
    name: str

    @classmethod
    def of(cls, cluster_id: str) -> Target:
        parts = [*cluster_id.split("/"), *[""] * 9]
        return cls(cluster_id, parts[2], parts[4], parts[8])

    @property
    def options(self) -> tuple[str, ...]:
        return ("-g", self.group, "-n", self.name, "--subscription", self.subscription)

    @property
    def pool_options(self) -> tuple[str, ...]:
        return ("-g", self.group, "--cluster-name", self.name, "--subscription", self.subscription)


def target(evidence: Evidence) -> Target:
    return Target.of(evidence.cluster_id)


def properties(evidence: Evidence) -> Mapping[str, Any]:
    """The properties of the managed cluster; empty when it is not known."""
    return mapping(dig(evidence.cluster.value, "properties"))


def is_stopped(evidence: Evidence) -> bool:
    return same(dig(properties(evidence), "powerState", "code"), "Stopped")


def value_of(item: Item) -> Mapping[str, Any]:
    return mapping(item.value) if item.known else {}


def was_asked(item: Item) -> bool:
    return item != NOT_ASKED


def told(stage: str, failure: Failure | None) -> list[str]:
    """The findings of a stage that a text names, the most precise first."""
    if failure is None:
        return []
    also = only_texts(failure.facts.get("also"))
    named = dict.fromkeys([failure.finding, *also])
    return [finding for finding in named if STAGE_OF.get(finding) == stage]


def is_service_text(failure: Failure | None) -> bool:
    return failure is not None and failure.source in _FROM_SERVICE


def trust(failure: Failure | None) -> str:
    """How sure a finding is that rests on a text alone."""
    return "confirmed" if is_service_text(failure) else "likely"


def quote(failure: Failure) -> Datum:
    """The text as evidence."""
    said = one_line(failure.message)
    cut = said if len(said) <= _LONGEST_DATUM else said[:_LONGEST_DATUM] + "…"
    return Datum(_SOURCES.get(failure.source, failure.source), cut)


def spoken(
    finding: str,
    failure: Failure,
    *,
    confidence: str | None = None,
    message: str | None = None,
    evidence: Iterable[Datum] = (),
    fixes: Iterable[Fix] = (),
    severity: str | None = None,
) -> Finding:
    """The finding that a text names, with the text as its first evidence."""
    return catalog.finding(
        finding,
        confidence=confidence or trust(failure),
        message=message,
        evidence=(quote(failure), *evidence),
        fixes=tuple(fixes),
        severity=severity,
    )


def refusal(evidence: Evidence) -> Failure | None:
    """What ARM answered to the request for the cluster, when it was not the cluster."""
    item = evidence.cluster
    return None if item.known or not was_asked(item) else texts.classify(item.unread or "", source="managedClusters")


def unread(stage: str, what: str, item: Item) -> Unknown:
    return Unknown(stage, what, one_line(item.unread or ""), item.needs)


def report(stage: str, findings: Iterable[Finding], unknowns: Iterable[Unknown] = ()) -> StageReport:
    """A stage fails by an error; a warning lets it pass; what could not be looked at leaves it open."""
    found, open_questions = tuple(findings), tuple(unknowns)
    if any(finding.severity == "error" for finding in found):
        return StageReport(stage, "failed", found, open_questions)
    return StageReport(stage, "unknown" if open_questions else "passed", found, open_questions)


def skipped(stage: str, findings: Iterable[Finding] = ()) -> StageReport:
    """A stage about which there is nothing to look at before a command runs."""
    found = tuple(findings)
    return report(stage, found) if found else StageReport(stage, "skipped")


def manual(description: str, line: str | None = None) -> Fix:
    return Fix("manual", "manual", description, line)


def command(description: str, line: str, *requires: str, safety: str = "safe") -> Fix:
    return Fix("command", safety, description, line, tuple(requires))
