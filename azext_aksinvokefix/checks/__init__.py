"""From a failure and the evidence to a diagnosis: one pure check for every stage, and what follows from all of them.

Three rules join the stages. A failure proves that the stages before it passed, as far as a run could only have come
that far through them. A text that many causes share gives way to the cause that the evidence shows. And behind the
first failed stage nothing is said, save what the evidence shows to fail as well.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from azext_aksinvokefix import catalog
from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.checks import inside, printing
from azext_aksinvokefix.checks.access import check_access
from azext_aksinvokefix.checks.admission import check_admission
from azext_aksinvokefix.checks.basis import finding_from_text, manual, went_well
from azext_aksinvokefix.checks.client import check_client
from azext_aksinvokefix.checks.cluster import check_cluster
from azext_aksinvokefix.checks.command import check_command
from azext_aksinvokefix.checks.remembered import moment_of
from azext_aksinvokefix.checks.result import check_result
from azext_aksinvokefix.checks.scheduling import check_scheduling
from azext_aksinvokefix.checks.sign_in import check_sign_in
from azext_aksinvokefix.checks.startup import check_startup
from azext_aksinvokefix.finding_ids import UNRECOGNIZED, findings_of_text
from azext_aksinvokefix.lifecycle import (
    CONFIDENCES,
    SEVERITIES,
    STAGES,
    Diagnosis,
    Evidence,
    Failure,
    Finding,
    Item,
    Outcome,
    Severity,
    Stage,
    StageReport,
    Unknown,
    Verdict,
    value_of,
)
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.rights.permissions import held
from azext_aksinvokefix.shapes import dig, text

Check = Callable[["Failure | None", Evidence], StageReport]

CHECKS: Mapping[str, Check] = {
    "client": check_client,
    "sign-in": check_sign_in,
    "access": check_access,
    "cluster": check_cluster,
    "admission": check_admission,
    "scheduling": check_scheduling,
    "startup": check_startup,
    "command": check_command,
    "result": check_result,
}

_DOWN = ("cluster-stopped", "cluster-not-ready")
#: A cause that explains a text of many causes must be at least this sure.
_EXPLAINS = ("confirmed", "likely")


@dataclass(frozen=True)
class Judgement:
    """What all checks together conclude; what it says is fit to be printed."""

    reports: tuple[StageReport, ...]
    findings: tuple[Finding, ...]

    @property
    def unknowns(self) -> list[Unknown]:
        return [printing.unknown(question) for each in self.reports for question in each.unknowns]

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self.reports, self.findings)


def conclude(failure: Failure | None, evidence: Evidence) -> Diagnosis:
    """The diagnosis. With no failure it is a preflight of all stages."""
    judged = judge(failure, evidence)
    return Diagnosis(
        cluster_id=evidence.cluster_id or None,
        verdict=judged.verdict,
        failure=failure,
        reports=judged.reports,
        findings=judged.findings,
        unknowns=tuple(judged.unknowns),
        held=_held(evidence),
    )


def run(failure: Failure | None, evidence: Evidence) -> dict[str, Any]:
    """The same as the contracted object."""
    return conclude(failure, evidence).to_json()


def _held(evidence: Evidence) -> Item:
    """What the caller may do; what somebody else may do says nothing about the repair."""
    item = evidence.permissions
    return item if item.known and held(item).is_self else evidence.held


def judge(
    failure: Failure | None,
    evidence: Evidence,
    stages: Collection[Stage] = STAGES,
    gaps: Sequence[Unknown] = (),
) -> Judgement:
    """The same as values; the stages that are not among ``stages`` are skipped. ``gaps`` are open questions that the
    evidence does not show: a stage does not pass beside them."""
    cause = _sharpened(failure, evidence)
    reports = [
        _examined(stage, cause, evidence) if stage in stages else StageReport(stage, "skipped") for stage in STAGES
    ]
    reports = [_with_gaps(each, [gap for gap in gaps if gap.stage == each.stage]) for each in reports]
    reports = _resolved(_hinted(_proven(reports, cause), cause, evidence), cause)
    reports = _up_to_first_failure(reports)
    findings = _ranked([finding for each in reports for finding in each.findings] + _unrecognized(cause, reports))
    printed = (printing.finding(found, names_cluster=bool(evidence.cluster_id)) for found in findings)
    return Judgement(tuple(reports), tuple(printed))


def _sharpened(failure: Failure | None, evidence: Evidence) -> Failure | None:
    """The failure with the reason that the result holds, where its own text hides it, and with the words that the
    cluster has about its pod."""
    return inside.sharpened(_with_reason(failure, evidence), evidence)


def _with_reason(failure: Failure | None, evidence: Evidence) -> Failure | None:
    reason = text(dig(value_of(evidence.result), "properties", "reason"))
    if failure is None or not catalog.leaves_cause_open(failure) or not reason.strip():
        return failure
    told_by_reason = texts.classify(reason, source="commandId")
    return failure if told_by_reason.finding == UNRECOGNIZED else told_by_reason


def _hinted(reports: Sequence[StageReport], failure: Failure | None, evidence: Evidence) -> list[StageReport]:
    """With what events of other pods and the detectors tell of it."""
    found = [finding for each in reports for finding in each.findings]
    for cause, event in inside.of_others(failure, evidence):
        if all(finding.id != cause.finding for finding in found):
            of_it = _examined(cause.stage, cause, evidence).findings
            found += [inside.hint(finding, event) for finding in of_it if finding.id == cause.finding]
    by_stage: dict[Stage, list[Finding]] = {}
    for finding in inside.detected(failure, found, evidence):
        by_stage.setdefault(finding.stage, []).append(finding)
    return [replace(each, findings=tuple(by_stage.get(each.stage, ()))) for each in reports]


def _examined(stage: Stage, failure: Failure | None, evidence: Evidence) -> StageReport:
    """One stage's report; a check that crashes leaves its stage open and the others alone."""
    try:
        return CHECKS[stage](failure, evidence)
    except Exception as error:  # noqa: BLE001  # pylint: disable=broad-exception-caught
        # A crash of one check must not cost the diagnosis of the others.
        why = f"The check crashed: {type(error).__name__}: {error}"
        crash = Unknown(stage, f"the stage {stage}", why)
        named = findings_of_text(stage, failure)
        findings = tuple(finding_from_text(finding, failure) for finding in named) if failure else ()
        return StageReport(stage, "failed" if findings else "unknown", findings, (crash,))


def _with_gaps(report: StageReport, gaps: Sequence[Unknown]) -> StageReport:
    if not gaps:
        return report
    outcome: Outcome = "unknown" if report.outcome == "passed" else report.outcome
    return replace(report, outcome=outcome, unknowns=(*report.unknowns, *gaps))


def _proven(reports: Sequence[StageReport], failure: Failure | None) -> list[StageReport]:
    """The stages that the failed run must have passed. Their errors are of another time; their warnings stay.

    Of a run that is only remembered it is the other way round: what they show now counts.
    """
    if failure is None or moment_of(failure) is not None:
        return list(reports)
    if failure.finding == UNRECOGNIZED and not went_well(failure):
        return list(reports)
    if went_well(failure):
        return [each if _has_gone(each, failure) else _passed(each) for each in reports]
    reached = STAGES.index(catalog.FINDINGS[failure.finding].proves)
    return [
        _passed(each) if STAGES.index(each.stage) < reached and not _has_gone(each, failure) else each
        for each in reports
    ]


def _has_gone(report: StageReport, failure: Failure) -> bool:
    """Whether the cluster is down by now: no text of many causes rules out that this is what cost the command."""
    down = any(finding.id in _DOWN and finding.severity == "error" for finding in report.findings)
    return down and catalog.leaves_cause_open(failure)


def _passed(report: StageReport) -> StageReport:
    warnings = tuple(finding for finding in report.findings if finding.severity != "error")
    return StageReport(report.stage, "passed", warnings)


def _resolved(reports: Sequence[StageReport], failure: Failure | None) -> list[StageReport]:
    """Without the text of many causes, where the evidence shows a cause of it."""
    if failure is None or not catalog.leaves_cause_open(failure) or failure.finding == UNRECOGNIZED:
        return list(reports)
    others = [finding for each in reports for finding in each.findings if finding.id != failure.finding]
    if not any(finding.severity == "error" and finding.confidence in _EXPLAINS for finding in others):
        return list(reports)
    return [_without(failure.finding, each) for each in reports]


def _without(finding_id: str, report: StageReport) -> StageReport:
    kept = tuple(finding for finding in report.findings if finding.id != finding_id)
    if len(kept) == len(report.findings):
        return report
    failed = any(finding.severity == "error" for finding in kept)
    return replace(report, findings=kept, outcome="failed" if failed else "skipped", unknowns=())


def _up_to_first_failure(reports: Sequence[StageReport]) -> list[StageReport]:
    first = next((index for index, each in enumerate(reports) if each.outcome == "failed"), len(reports))
    return [
        each if index <= first or each.outcome == "failed" else _skipped(each) for index, each in enumerate(reports)
    ]


def _skipped(report: StageReport) -> StageReport:
    return StageReport(report.stage, "skipped", report.findings)


def _unrecognized(failure: Failure | None, reports: Sequence[StageReport]) -> list[Finding]:
    """The text that nothing explains. It belongs to no stage, so that the preflight's stages stay as they are."""
    if failure is None or failure.finding != UNRECOGNIZED:
        return []
    if went_well(failure):
        return [replace(_success(failure), stage="command")]
    here = text(failure.facts.get("programHere"))
    if here:
        return [replace(_never_left(here, failure), stage="client")]
    explained = any(each.outcome == "failed" for each in reports)
    advice = (
        "Read the text together with the other findings. Pass the whole text, starting at the first line, with "
        "--error-file."
    )
    severity: Severity | None = "info" if explained else None
    finding = finding_from_text(
        UNRECOGNIZED, failure, confidence="possible", severity=severity, fixes=(manual(advice),)
    )
    return [replace(finding, stage=failure.stage)]


def _success(failure: Failure) -> Finding:
    advice = "Do not run the command again because of this text: it succeeded. Read the output that it printed."
    found = finding_from_text(
        UNRECOGNIZED,
        failure,
        confidence="likely",
        severity="info",
        message="The command ran in the cluster and succeeded: its exit code is 0. The rest of the text is only about "
        "how the output was shown, or about later steps.",
        fixes=(manual(advice),),
    )
    return replace(found, title="The command ran and succeeded")


def _never_left(program: str, failure: Failure) -> Finding:
    found = finding_from_text(
        UNRECOGNIZED,
        failure,
        message=f"A shell on the caller's own machine did not find the program '{one_line(program)}', so that line did "
        "not run. Nothing in the text points to the cluster.",
        fixes=(
            manual(
                "Install the program on that machine or runner. If it was meant for the cluster, put the whole "
                "command in one pair of quotes after --command."
            ),
        ),
    )
    return replace(found, title="A program is missing on the caller's machine")


def _ranked(findings: Sequence[Finding]) -> list[Finding]:
    """By stage, then by confidence, then by severity."""
    return sorted(
        findings,
        key=lambda finding: (
            STAGES.index(finding.stage),
            CONFIDENCES.index(finding.confidence),
            SEVERITIES.index(finding.severity),
        ),
    )


def verdict_of(reports: Sequence[StageReport], findings: Sequence[Finding]) -> Verdict:
    """``blocked`` by an error, ``degraded`` by a warning, ``ready`` where every stage that was looked at passed."""
    severities = {finding.severity for finding in findings}
    if "error" in severities:
        return "blocked"
    if "warning" in severities:
        return "degraded"
    outcomes = {each.counted for each in reports}
    return "ready" if outcomes <= {"passed", "skipped"} and "passed" in outcomes else "unknown"
