"""The findings of a diagnosis as a screen shows them: what one change repairs is one block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from azext_aksinvokefix import catalog
from azext_aksinvokefix.cluster import place
from azext_aksinvokefix.lifecycle import (
    CONFIDENCES,
    NOT_ASKED,
    SEVERITIES,
    Confidence,
    Diagnosis,
    Finding,
    Fix,
    Severity,
    Stage,
    scope_of,
)
from azext_aksinvokefix.report.rights import Elsewhere, Rights
from azext_aksinvokefix.shapes import at_or_above, same

#: Every command of ours begins so.
OURS = "az aks invoke-fix "
_JOURNALLED = tuple(OURS + verb for verb in ("exempt-policy", "grant-role", "add-capacity", "repair"))


@dataclass(frozen=True)
class Block:
    """One finding, or all those of one policy assignment."""

    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """The one that counts most."""
        return min(self.findings, key=lambda one: (SEVERITIES.index(one.severity), CONFIDENCES.index(one.confidence)))

    @property
    def stage(self) -> Stage:
        return self.first.stage

    @property
    def severity(self) -> Severity:
        return self.first.severity

    @property
    def confidence(self) -> Confidence:
        return self.first.confidence

    @property
    def fix(self) -> Fix | None:
        """What is proposed first: a change by our own command, else what the finding puts first."""
        fixes = self.first.fixes
        ours = (fix for fix in fixes if fix.safety != "safe" and str(fix.command).startswith(OURS))
        return next(ours, fixes[0] if fixes else None)

    @property
    def command(self) -> str | None:
        """What to paste, as short as it can be where it is read."""
        return (self.fix.short or self.fix.command) if self.fix else None

    @property
    def is_journalled(self) -> bool:
        """Whether what is proposed keeps a journal, and so can be undone."""
        return self.fix is not None and str(self.fix.command).startswith(_JOURNALLED)

    @property
    def is_harmless(self) -> bool:
        """Whether what is proposed can be pasted without a thought."""
        return self.fix is not None and self.fix.safety == "safe"

    @property
    def is_repairable(self) -> bool:
        """Whether `repair` has a step for it that is more than waiting."""
        helps = any(fix.kind != "manual" for finding in self.findings for fix in finding.fixes)
        return helps and any(catalog.is_repairable(finding.id, finding.severity) for finding in self.findings)

    def rights(self, known: Diagnosis) -> Rights | None:
        """Whether whoever reads this may make the change; None where it takes no right."""
        if self.fix is None or not self.fix.requires:
            return None
        return Rights.of(self.fix, known.held, self._elsewhere(self.fix, known))

    def _elsewhere(self, fix: Fix, known: Diagnosis) -> Elsewhere | None:
        """Where the change is made that is proposed; None for the cluster."""
        subject = self.first.subject
        scope = scope_of(fix, subject)
        if not scope or same(scope, known.cluster_id):
            return None
        named = subject.place if subject and not fix.at else place(fix.at)
        is_above = at_or_above(scope, known.cluster_id or "")
        return Elsewhere(named, is_above, known.elsewhere.get(scope, NOT_ASKED))


def blocks(findings: Sequence[Finding]) -> list[Block]:
    """The findings in their order, those of one policy assignment and one id together."""
    grouped: dict[tuple[str, ...], list[Finding]] = {}
    for number, finding in enumerate(findings):
        subject = finding.subject
        key = (finding.id, subject.id.lower()) if subject else (str(number),)
        grouped.setdefault(key, []).append(finding)
    return [Block(tuple(each)) for each in grouped.values()]
