"""Did, or would, the API server admit the command pod? Azure Policy first; other gatekeepers are named, not fixed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from azext_aksinvokefix.checks.admission import azure
from azext_aksinvokefix.checks.admission.others import other_findings
from azext_aksinvokefix.lifecycle import NOT_ASKED, Evidence, Failure, Finding, StageReport, Unknown, properties
from azext_aksinvokefix.nodes import pools as agent_pools
from azext_aksinvokefix.policy import built_ins, denial
from azext_aksinvokefix.policy.denial import STAGE, DenialAnalysis, in_force
from azext_aksinvokefix.policy.match import DenialText
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.policy.pod import prediction

_ASSIGNMENTS_READ = "Microsoft.Authorization/policyAssignments/read"
_EXEMPTIONS_READ = "Microsoft.Authorization/policyExemptions/read"


def check_admission(failure: Failure | None, evidence: Evidence) -> StageReport:
    """Findings for what denied the pod; without a denial, for what would deny it, never more than likely."""
    denied = denial.denied(failure)
    if failure is not None and denied.ids:
        return _of_denial(failure, denied, evidence)
    if failure is not None and denial.was_admitted(failure):
        return StageReport(STAGE, "passed")
    if failure is not None and evidence.cluster.known and evidence.assignments is NOT_ASKED:
        return StageReport(STAGE, "skipped")
    return _preflight(evidence)


def policies_disabling_run_command(evidence: Evidence) -> list[PolicyInForce]:
    """The assignments that set ``disableRunCommand`` on the cluster, and would set it again after a repair."""
    return [
        policy
        for policy in in_force(evidence.assignments)
        if built_ins.built_in_name(policy.definition_id) == built_ins.DISABLE_RUN_COMMAND
        and policy.effect == "deployifnotexists"
        and not policy.excused()
    ]


def policy_disables_run_command(evidence: Evidence) -> PolicyInForce | None:
    """The first of them."""
    return next(iter(policies_disabling_run_command(evidence)), None)


def _of_denial(failure: Failure, denied: denial.Denied, evidence: Evidence) -> StageReport:
    findings: tuple[Finding, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    if denied.azure is not None:
        findings, unknowns = _azure(denied.azure, evidence)
    is_managed = agent_pools.are_managed(properties(evidence))
    others = other_findings(failure, denied.ids, denied.others, is_managed=is_managed)
    return StageReport(STAGE, "failed", (*findings, *others), unknowns)


def _azure(named: DenialText, evidence: Evidence) -> tuple[tuple[Finding, ...], tuple[Unknown, ...]]:
    unknowns = tuple(_unreadable(evidence))
    if not evidence.assignments.known and not evidence.safeguards.known:
        return (azure.from_text_alone(named),), unknowns
    found = denial.blame(named, evidence)
    findings = azure.denied(found.blamed, found.denying, named, evidence) if found.blamed else ()
    if found.blamed and not found.left.denials:
        return findings, unknowns
    others, more = _unexplained(found, evidence)
    return (*findings, *others), (*unknowns, *more)


def _unexplained(found: DenialAnalysis, evidence: Evidence) -> tuple[tuple[Finding, ...], tuple[Unknown, ...]]:
    """Denials that no policy stands behind of which it is known that it denies."""
    unknowns = tuple(_not_evaluated(policy, "which policy denied the command pod") for policy in found.untold)
    over = (azure.travelling(found.excused, found.left),) if found.excused else ()
    rest = found.left.beyond(found.excused)
    if over and not rest.denials:
        return over, unknowns
    if found.untold:
        return (*over, *azure.denied(found.untold, (), rest, evidence)), unknowns
    return (*over, azure.from_text_alone(rest, looked=evidence.assignments.known)), unknowns


def _preflight(evidence: Evidence) -> StageReport:
    if denial.has_no_addon(evidence.cluster):
        return StageReport(STAGE, "passed")
    unknowns = list(_unreadable(evidence))
    if not evidence.assignments.known:
        return StageReport(STAGE, "unknown", unknowns=tuple(unknowns))
    findings: list[Finding] = []
    active = denial.predictions(evidence)
    sure = [found.policy for found in active if found.sure]
    for found in active:
        what = f"whether {azure.title_of(found.policy)} denies the command pod"
        if found.untold:
            unknowns.append(_not_evaluated(found.policy, what))
            continue
        denies = found.verdict == prediction.DENY
        finding = azure.predicted(found.policy, denies, found.why, sure, evidence)
        findings.append(finding)
        if finding.severity != "error":
            unknowns.append(Unknown(STAGE, what, found.why))
    if any(finding.severity == "error" for finding in findings):
        return StageReport(STAGE, "failed", tuple(findings), tuple(unknowns))
    return StageReport(STAGE, "unknown" if unknowns else "passed", tuple(findings), tuple(unknowns))


def _unreadable(evidence: Evidence) -> Iterator[Unknown]:
    """What could not be read, as far as it bears on the answer."""
    if not evidence.assignments.known:
        needs = () if evidence.assignments is NOT_ASKED else evidence.assignments.needs or (_ASSIGNMENTS_READ,)
        yield Unknown(STAGE, "the policy assignments in force", evidence.assignments.unread or "", needs)
        return
    policies: Sequence[PolicyInForce] = in_force(evidence.assignments)
    denying = (policy for policy in policies if policy.effect == "deny" and not policy.excused())
    gap = next((policy.exemptions_unread for policy in denying if policy.exemptions_unread), None)
    if gap:
        yield Unknown(STAGE, "the policy exemptions in force", gap, (_EXEMPTIONS_READ,))


def _not_evaluated(policy: PolicyInForce, what: str) -> Unknown:
    why = policy.unread or (
        f"its effect comes from {policy.effect_from}, which only Azure Policy evaluates"
        if policy.effect == "unknown"
        else "its definition does not name its constraint template"
    )
    return Unknown(STAGE, what, f"{azure.title_of(policy)}: {why}", policy.needs)
