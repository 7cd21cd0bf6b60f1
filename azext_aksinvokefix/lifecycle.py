"""The nine stages of an invoke, the outcomes of looking at one, and the values that travel between the modules.

Plain Python over plain data: the same values are built live, offline from a pasted text, and in a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: In the order in which every invoke passes them; see the README for what happens in each.
STAGES = ("client", "sign-in", "access", "cluster", "admission", "scheduling", "startup", "command", "result")

#: ``unknown`` means that the stage could not be looked at; ``skipped`` that an earlier stage already failed.
OUTCOMES = ("passed", "failed", "unknown", "skipped")

SEVERITIES = ("error", "warning", "info")
CONFIDENCES = ("confirmed", "likely", "possible")

#: The three ARM actions an invoke needs, all as control-plane actions; a dataAction of the same name grants nothing.
READ_CLUSTER = "Microsoft.ContainerService/managedClusters/read"
RUN_COMMAND = "Microsoft.ContainerService/managedClusters/runCommand/action"
READ_RESULT = "Microsoft.ContainerService/managedClusters/commandResults/read"
NEEDED_ACTIONS = (READ_CLUSTER, RUN_COMMAND, READ_RESULT)


@dataclass(frozen=True)
class Failure:
    """One failure as its text alone tells it. ``facts`` holds what was extracted and is not part of the JSON."""

    stage: str
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
class Fix:
    """One way to repair a finding. ``command`` is complete and correctly quoted, or None when only a person can act."""

    kind: str
    safety: str
    description: str
    command: str | None = None
    requires: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "safety": self.safety,
            "description": self.description,
            "command": self.command,
            "requires": list(self.requires),
        }


@dataclass(frozen=True)
class Datum:
    """The exact datum that supports a finding and where it was read, e.g. ``agentPoolProfiles``."""

    source: str
    detail: str

    def to_json(self) -> dict[str, Any]:
        return {"source": self.source, "detail": self.detail}


@dataclass(frozen=True)
class Finding:  # pylint: disable=too-many-instance-attributes
    """What broke, how sure that is, and what repairs it. ``confirmed`` needs a datum read from the service."""

    id: str
    stage: str
    severity: str
    confidence: str
    title: str
    message: str
    evidence: tuple[Datum, ...] = ()
    fixes: tuple[Fix, ...] = ()
    documentation: str = ""

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
    """What could not be looked at in a stage, why, and the ARM actions that would lift it."""

    stage: str
    what: str
    why: str
    needs: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"stage": self.stage, "what": self.what, "why": self.why, "needs": list(self.needs)}


@dataclass(frozen=True)
class StageReport:
    """What one stage's check concluded."""

    stage: str
    outcome: str
    findings: tuple[Finding, ...] = ()
    unknowns: tuple[Unknown, ...] = ()


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
