"""The nine stages of an invoke, the outcomes of looking at one, and the values that travel between the modules.

Plain Python over plain data: the same values are built live, offline from a pasted text, and in a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Literal, get_args

from azext_aksinvokefix.shapes import dig, mapping, same

Stage = Literal["client", "sign-in", "access", "cluster", "admission", "scheduling", "startup", "command", "result"]
#: ``unknown`` means that the stage could not be looked at; ``skipped`` that an earlier stage already failed.
Outcome = Literal["passed", "failed", "unknown", "skipped"]
Severity = Literal["error", "warning", "info"]
#: ``confirmed`` needs a datum read from the service.
Confidence = Literal["confirmed", "likely", "possible"]
FixKind = Literal["exempt-policy", "grant-role", "add-capacity", "command", "manual"]
#: ``safe`` changes nothing, ``reviewed`` can be undone, ``manual`` is for a person.
Safety = Literal["safe", "reviewed", "manual"]
Verdict = Literal["ready", "blocked", "degraded", "unknown"]

#: In the order in which every invoke passes them; see the README for what happens in each.
STAGES: tuple[Stage, ...] = get_args(Stage)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)

#: The three ARM actions an invoke needs, all as control-plane actions; a dataAction of the same name grants nothing.
READ_CLUSTER = "Microsoft.ContainerService/managedClusters/read"
RUN_COMMAND = "Microsoft.ContainerService/managedClusters/runCommand/action"
READ_RESULT = "Microsoft.ContainerService/managedClusters/commandResults/read"
NEEDED_ACTIONS = (READ_CLUSTER, RUN_COMMAND, READ_RESULT)

#: The version of the shape of a diagnosis as an object.
DIAGNOSIS_VERSION = 1


@dataclass(frozen=True)
class Failure:
    """One failure as its text alone tells it. ``facts`` holds what was extracted, see facts.Facts; it is not part of
    the JSON."""

    stage: Stage
    finding: str
    code: str | None
    message: str
    source: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        from azext_aksinvokefix.quoting import one_line

        return {
            "stage": self.stage,
            "finding": self.finding,
            "code": one_line(self.code) if self.code else self.code,
            "message": self.message,
            "source": self.source,
        }


@dataclass(frozen=True)
class LoggedFailure:
    """A failed run as the Activity Log has it: its ``text``, and when it was, None where that does not show.

    ``succeeded_since``: Azure took a later run of anybody.
    """

    text: str
    at: datetime | None = None
    succeeded_since: bool = False


@dataclass(frozen=True)
class Fix:  # pylint: disable=too-many-instance-attributes
    """One way to repair a finding. Both commands are complete and correctly quoted.

    ``command`` is ours wherever there is one, which journals, verifies and can be undone; else a stock one, or None
    when only a person can act. ``stock_command`` does the same as ours without this extension.

    The screen alone shows ``brief``, the description in one short sentence with what it reaches and costs, and
    ``short``, our command without what it would find out by itself where it is run here and now. ``at`` is the scope at
    which ``requires`` is needed, where that is neither the cluster nor the scope of the finding's assignment.
    """

    kind: FixKind
    safety: Safety
    description: str
    command: str | None = None
    requires: tuple[str, ...] = ()
    stock_command: str | None = None
    brief: str = ""
    short: str | None = None
    at: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "safety": self.safety,
            "description": self.description,
            "command": self.command,
            "stockCommand": self.stock_command,
            "requires": list(self.requires),
        }


@dataclass(frozen=True)
class Datum:
    """The exact datum that supports a finding and where it was read, e.g. ``agentPoolProfiles``."""

    source: str
    detail: str

    def to_json(self) -> dict[str, Any]:
        return {"source": self.source, "detail": self.detail}


_ASSIGNMENTS = "/providers/microsoft.authorization/policyassignments/"


@dataclass(frozen=True)
class Subject:
    """What a finding is about where several findings share it: one rule of a policy assignment, and why it bites.

    ``id`` and ``name`` are those of the assignment, ``place`` is its scope in words. Only the screen shows it.
    """

    id: str
    name: str
    place: str
    rule: str
    why: str

    @property
    def scope(self) -> str:
        """Where the assignment is made, in lower case; empty where it is none that Azure names so."""
        return self.id.lower().rpartition(_ASSIGNMENTS)[0]


@dataclass(frozen=True)
class Finding:  # pylint: disable=too-many-instance-attributes
    """What broke, how sure that is, and what repairs it. ``confirmed`` needs a datum read from the service.

    The screen alone shows ``subject``, and ``brief`` in place of the message where the title says the rest of it.
    """

    id: str
    stage: Stage
    severity: Severity
    confidence: Confidence
    title: str
    message: str
    evidence: tuple[Datum, ...] = ()
    fixes: tuple[Fix, ...] = ()
    documentation: str = ""
    subject: Subject | None = None
    brief: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "stage": self.stage,
            "severity": self.severity,
            "confidence": self.confidence,
            "title": self.title,
            "message": self.message,
            "evidence": [datum.to_json() for datum in self.evidence],
            "fixes": [fix.to_json() for fix in self.fixes],
            "documentation": self.documentation,
        }


@dataclass(frozen=True)
class Unknown:
    """What could not be looked at in a stage, why, and the ARM actions that would lift it.

    ``inherent``: nothing that anybody may read would tell it, so that it takes nothing from a verdict.
    """

    stage: Stage
    what: str
    why: str
    needs: tuple[str, ...] = ()
    inherent: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"stage": self.stage, "what": self.what, "why": self.why, "needs": list(self.needs)}


def scope_of(fix: Fix, subject: Subject | None) -> str:
    """Where a fix is made, in lower case; empty for the cluster."""
    return fix.at.lower() or (subject.scope if subject else "")


@dataclass(frozen=True)
class StageReport:
    """What one stage's check concluded."""

    stage: Stage
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    unknowns: tuple[Unknown, ...] = ()

    @property
    def counted(self) -> Outcome:
        """The outcome as a verdict counts it: what nobody could look at is not looked at."""
        inherent = bool(self.unknowns) and all(question.inherent for question in self.unknowns)
        return "skipped" if self.outcome == "unknown" and inherent else self.outcome


@dataclass(frozen=True)
class Item:
    """One thing looked up: its value, or why it could not be read and the actions that would allow it."""

    value: Any = None
    source: str = ""
    unread: str | None = None
    needs: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        return self.unread is None


#: The state of an item that nobody asked for: neither a value nor a refusal.
NOT_ASKED = Item(unread="not looked up")


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Evidence:  # pylint: disable=too-many-instance-attributes
    """What was looked up about one cluster, each item with its shape. ``now`` is given so that the checks stay pure."""

    cluster_id: str
    now: datetime = field(default_factory=_now)
    #: The managed cluster as ARM gave it.
    cluster: Item = NOT_ASKED
    #: A rights.sign_in.SignIn.
    sign_in: Item = NOT_ASKED
    #: A rights.permissions.Held.
    permissions: Item = NOT_ASKED
    #: What the caller may do, a Held as well, where that is asked for only to say whether they may repair it.
    held: Item = NOT_ASKED
    #: Roles the principal could activate: rights.eligibility.EligibleRole values.
    eligible: Item = NOT_ASKED
    #: Deny assignments in force at the cluster.
    denies: Item = NOT_ASKED
    #: Management locks at the cluster or above it.
    locks: Item = NOT_ASKED
    #: A nodes.metrics.Metrics.
    metrics: Item = NOT_ASKED
    #: A commandResults body.
    result: Item = NOT_ASKED
    #: The latest failed runCommand events, newest first: LoggedFailure values.
    activity: Item = NOT_ASKED
    #: Policies in force at the cluster.
    assignments: Item = NOT_ASKED
    #: Policy states of the cluster, as the service itself resolved them.
    policy_states: Item = NOT_ASKED
    #: deploymentSafeguards/default.
    safeguards: Item = NOT_ASKED
    #: What the cluster wrote down about command pods: an inside.events.Inside.
    events: Item = NOT_ASKED
    #: What AKS's detectors find wrong: inside.detectors.Insight values.
    detectors: Item = NOT_ASKED
    #: What the nodes have to reach: inside.endpoints.Endpoint values.
    endpoints: Item = NOT_ASKED


@dataclass(frozen=True)
class Diagnosis:  # pylint: disable=too-many-instance-attributes
    """What a report tells and an object holds; what it says is fit to be printed.

    ``held`` is what the caller may do at the cluster, ``elsewhere`` the same at other scopes that a fix is made at, by
    the scope in lower case, as far as they were read; the object does not have it.
    """

    cluster_id: str | None
    verdict: Verdict
    failure: Failure | None
    reports: tuple[StageReport, ...]
    findings: tuple[Finding, ...]
    unknowns: tuple[Unknown, ...]
    correlation_id: str | None = None
    held: Item = NOT_ASKED
    elsewhere: Mapping[str, Item] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The contracted object."""
        return {
            "schemaVersion": DIAGNOSIS_VERSION,
            "clusterId": self.cluster_id,
            "verdict": self.verdict,
            "failure": self.failure.to_json() if self.failure else None,
            "stages": [{"stage": each.stage, "outcome": each.outcome} for each in self.reports],
            "findings": [found.to_json() for found in self.findings],
            "unknowns": [question.to_json() for question in self.unknowns],
            "correlationId": self.correlation_id,
        }


def value_of(item: Item) -> Mapping[str, Any]:
    """The value of an item whose shape is an object; empty when it is not known."""
    return mapping(item.value) if item.known else {}


def was_asked(item: Item) -> bool:
    return item != NOT_ASKED


def properties(evidence: Evidence) -> Mapping[str, Any]:
    """The properties of the managed cluster; empty when it is not known."""
    return mapping(dig(evidence.cluster.value, "properties"))


def is_stopped(evidence: Evidence) -> bool:
    return same(dig(properties(evidence), "powerState", "code"), "Stopped")
