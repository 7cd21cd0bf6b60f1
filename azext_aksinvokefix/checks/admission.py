"""Did, or would, the API server admit the command pod? Azure Policy first; other gatekeepers are named, not fixed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from azext_aksinvokefix.evidence import Evidence
from azext_aksinvokefix.evidence.shapes import mapping
from azext_aksinvokefix.finding_ids import BY_STAGE
from azext_aksinvokefix.lifecycle import NOT_ASKED, Failure, Finding, Item, StageReport, Unknown

from . import policy_finding, policy_match, policy_pod, policy_table
from .admission_others import other_findings
from .policy_model import PolicyInForce
from .policy_safeguards import with_resource

STAGE = "admission"
_ASSIGNMENTS_READ = "Microsoft.Authorization/policyAssignments/read"
_EXEMPTIONS_READ = "Microsoft.Authorization/policyExemptions/read"

#: A failure of these stages or findings proves that the pod was let in.
_LATER_STAGES = frozenset({"scheduling", "startup", "command"})
_LATER_FINDINGS = frozenset({"still-running", "output-truncated", "result-read-missing"})


def check_admission(failure: Failure | None, evidence: Evidence) -> StageReport:
    """Findings for what denied the pod; without a denial, for what would deny it, never more than likely."""
    denied = _admission_ids(failure)
    if failure is not None and denied:
        return _of_denial(failure, denied, evidence)
    if failure is not None and (failure.stage in _LATER_STAGES or failure.finding in _LATER_FINDINGS):
        return StageReport(STAGE, "passed")
    if failure is not None and evidence.cluster.known and evidence.assignments is NOT_ASKED:
        return StageReport(STAGE, "skipped")
    return _preflight(evidence)


def policies_disabling_run_command(evidence: Evidence) -> list[PolicyInForce]:
    """The assignments that set ``disableRunCommand`` on the cluster, and would set it again after a repair."""
    return [
        policy
        for policy in _policies(evidence.assignments)
        if policy_table.built_in_name(policy.definition_id) == policy_table.DISABLE_RUN_COMMAND
        and policy.effect == "deployifnotexists"
        and not policy.excused()
    ]


def policy_disables_run_command(evidence: Evidence) -> PolicyInForce | None:
    """The first of them."""
    return next(iter(policies_disabling_run_command(evidence)), None)


def _admission_ids(failure: Failure | None) -> tuple[str, ...]:
    if failure is None:
        return ()
    ids = dict.fromkeys([failure.finding, *failure.facts.get("also", ())])
    found = tuple(one for one in ids if one in BY_STAGE[STAGE])
    return found if failure.stage == STAGE else ()


def _policies(item: Item) -> tuple[PolicyInForce, ...]:
    value = item.value if item.known else None
    return tuple(one for one in value if isinstance(one, PolicyInForce)) if isinstance(value, (list, tuple)) else ()


def _of_denial(failure: Failure, ids: Sequence[str], evidence: Evidence) -> StageReport:
    denials = tuple(failure.facts.get("denials", ()))
    azure = tuple(denial for denial in denials if denial.engine == "azure-policy")
    findings: tuple[Finding, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    if azure or {"azure-policy-denied", "safeguards-denied"} & set(ids):
        findings, unknowns = _azure(policy_match.named_in(azure, failure.facts.get("constraintKind")), evidence)
    others = tuple(denial for denial in denials if denial.engine != "azure-policy")
    return StageReport(STAGE, "failed", (*findings, *other_findings(failure, ids, others)), unknowns)


def _azure(named: policy_match.Named, evidence: Evidence) -> tuple[tuple[Finding, ...], tuple[Unknown, ...]]:
    unknowns = tuple(_unreadable(evidence))
    if not evidence.assignments.known and not evidence.safeguards.known:
        return (policy_finding.from_text_alone(named),), unknowns
    policies = with_resource(_policies(evidence.assignments), evidence)
    found = policy_match.candidates(policies, named.names)
    blamed = (*found.denying, *found.open)
    if not named.complete:
        blamed += _predicted(policies, blamed, bool(named.names and found.denying))
    if not blamed:
        findings, more = _unexplained(policies, named, evidence)
        return findings, (*unknowns, *more)
    findings = policy_finding.denied(blamed, found.denying, named, evidence)
    rest = named.beyond(blamed)
    if not (named.complete and rest.denials):
        return findings, unknowns
    others, more = _unexplained(policies, rest, evidence)
    return (*findings, *others), (*unknowns, *more)


def _unexplained(
    policies: Sequence[PolicyInForce], named: policy_match.Named, evidence: Evidence
) -> tuple[tuple[Finding, ...], tuple[Unknown, ...]]:
    """Denials that no policy stands behind of which it is known that it denies."""
    found = policy_match.candidates(policies, named.names)
    unknowns = tuple(_not_evaluated(policy, "which policy denied the command pod") for policy in found.untold)
    over = (policy_finding.travelling(found.excused, named),) if found.excused else ()
    rest = named.beyond(found.excused)
    if over and not rest.denials:
        return over, unknowns
    if found.untold:
        return (*over, *policy_finding.denied(found.untold, (), rest, evidence)), unknowns
    return (*over, policy_finding.from_text_alone(rest, looked=evidence.assignments.known)), unknowns


def _predicted(
    policies: Sequence[PolicyInForce], blamed: Sequence[PolicyInForce], surely: bool
) -> tuple[PolicyInForce, ...]:
    """The policies that a text hides: those which deny such a pod, and without any better lead those which may."""
    wanted = (policy_pod.DENY,) if surely else (policy_pod.DENY, policy_pod.OPEN)
    active = [policy for policy in policies if _may_deny(policy) and policy not in blamed and not policy.unread]
    return tuple(policy for policy in active if policy.effect == "deny" and policy_pod.verdict(policy)[0] in wanted)


def _preflight(evidence: Evidence) -> StageReport:
    if _has_no_addon(evidence):
        return StageReport(STAGE, "passed")
    unknowns = list(_unreadable(evidence))
    if not evidence.assignments.known:
        return StageReport(STAGE, "unknown", unknowns=tuple(unknowns))
    findings: list[Finding] = []
    active = list(_active(evidence))
    sure = [policy for policy, verdict, _ in active if verdict == policy_pod.DENY and policy.effect == "deny"]
    for policy, verdict, why in active:
        if policy.unread or policy.effect == "unknown":
            unknowns.append(_not_evaluated(policy, f"whether {policy_finding.title_of(policy)} denies the command pod"))
            continue
        finding = policy_finding.predicted(policy, verdict == policy_pod.DENY, why, sure, evidence)
        findings.append(finding)
        if finding.severity != "error":
            unknowns.append(Unknown(STAGE, f"whether {policy_finding.title_of(policy)} denies the command pod", why))
    if any(finding.severity == "error" for finding in findings):
        return StageReport(STAGE, "failed", tuple(findings), tuple(unknowns))
    return StageReport(STAGE, "unknown" if unknowns else "passed", tuple(findings), tuple(unknowns))


def _active(evidence: Evidence) -> Iterator[tuple[PolicyInForce, str, str]]:
    """The policies that deny or may deny the pod, with the verdict on the pod and why."""
    for policy in with_resource(_policies(evidence.assignments), evidence):
        verdict, why = policy_pod.verdict(policy)
        if _may_deny(policy) and verdict != policy_pod.PASS:
            yield policy, verdict, why


def _may_deny(policy: PolicyInForce) -> bool:
    return not policy.excused() and (policy.effect in ("deny", "unknown") or bool(policy.unread))


def _unreadable(evidence: Evidence) -> Iterator[Unknown]:
    """What could not be read, as far as it bears on the answer."""
    if not evidence.assignments.known:
        needs = () if evidence.assignments is NOT_ASKED else evidence.assignments.needs or (_ASSIGNMENTS_READ,)
        yield Unknown(STAGE, "the policy assignments in force", evidence.assignments.unread or "", needs)
        return
    denying = (policy for policy in _policies(evidence.assignments) if policy.effect == "deny" and not policy.excused())
    gap = next((policy.exemptions_unread for policy in denying if policy.exemptions_unread), None)
    if gap:
        yield Unknown(STAGE, "the policy exemptions in force", gap, (_EXEMPTIONS_READ,))


def _not_evaluated(policy: PolicyInForce, what: str) -> Unknown:
    why = policy.unread or (
        f"its effect comes from {policy.effect_from}, which only Azure Policy evaluates"
        if policy.effect == "unknown"
        else "its definition does not tell the name of its constraint template"
    )
    return Unknown(STAGE, what, f"{policy_finding.title_of(policy)}: {why}", policy.needs)


def _has_no_addon(evidence: Evidence) -> bool:
    """Without its add-on Azure Policy does not reach into the cluster."""
    cluster: Any = evidence.cluster.value if evidence.cluster.known else None
    properties = mapping(mapping(cluster).get("properties"))
    if not properties:
        return False
    addons = mapping(properties.get("addonProfiles"))
    addon = next((value for name, value in addons.items() if str(name).lower() == "azurepolicy"), None)
    return mapping(addon).get("enabled") is not True
