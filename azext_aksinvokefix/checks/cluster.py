"""Stage ``cluster``: does the resource provider accept a command for this cluster as it is now?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from azext_aksinvokefix import catalog
from azext_aksinvokefix.checks import fleet, provisioning
from azext_aksinvokefix.checks.admission import policy_disables_run_command
from azext_aksinvokefix.checks.basis import command, finding_from_text, manual, report, target, text_datum, unread
from azext_aksinvokefix.checks.client import cli_version
from azext_aksinvokefix.finding_ids import findings_of_text
from azext_aksinvokefix.lifecycle import (
    Datum,
    Evidence,
    Failure,
    Finding,
    Fix,
    Stage,
    StageReport,
    Unknown,
    is_stopped,
    properties,
    was_asked,
)
from azext_aksinvokefix.policy import advice
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.shapes import dig, text

STAGE: Stage = "cluster"
_DISABLED, _BY_POLICY = "run-command-disabled", "run-command-disabled-by-policy"
#: What agrees to the exemption where `repair` cannot ask.
_CONSENT = ("--mode", "exemption")
_WRITE = "Microsoft.ContainerService/managedClusters/write"
#: The first azure-cli with `az aks update --enable-run-command`.
_ENABLES = (2, 76, 0)
#: What the cluster's present state decides; the rest are moments that pass.
_STATES = frozenset({"cluster-stopped", "cluster-not-ready", "run-command-disabled", "run-command-disabled-by-policy"})


def check_cluster(failure: Failure | None, evidence: Evidence) -> StageReport:
    """Whether the cluster is in a state to run a command; with a failure, which state or moment refused it."""
    shown = {finding.id: finding for finding in [*_looked(failure, evidence), *fleet.check(failure, evidence)]}
    is_hub = fleet.FINDING in shown and shown[fleet.FINDING].severity == "error"
    if is_hub:
        # There run command is off by design, and not the user's to switch on.
        shown.pop(_DISABLED, None)
    named = [finding for finding in findings_of_text(STAGE, failure) if not (is_hub and finding == _DISABLED)]
    findings = [_told(finding, _twin(finding, shown), failure, evidence) for finding in named if failure is not None]
    said = {finding.id for finding in findings}
    findings += [finding for finding in shown.values() if finding.id not in said]
    if said & {"api-server-unreachable", "service-error"} and is_stopped(evidence):
        findings = [finding for finding in findings if finding.id in ("cluster-stopped", "cluster-not-ready")]
    return report(STAGE, findings, _unknowns(bool(findings), evidence))


def _looked(failure: Failure | None, evidence: Evidence) -> Iterator[Finding]:
    known = properties(evidence)
    if is_stopped(evidence):
        yield catalog.finding(
            "cluster-stopped",
            confidence="confirmed",
            evidence=(Datum("managedClusters", "powerState Stopped"),),
            fixes=(_start(evidence),),
        )
    else:
        yield from provisioning.check_state(failure, evidence)
    policy = policy_disables_run_command(evidence)
    if dig(known, "apiServerAccessProfile", "disableRunCommand") is True:
        yield _disabled(policy, evidence)
    elif policy is not None and known:
        yield _soon_disabled(policy, evidence)


def _soon_disabled(policy: PolicyInForce, evidence: Evidence) -> Finding:
    """Run command is on, and the policy has not come by yet: it acts on a write of the cluster, or by a remediation."""
    return catalog.finding(
        _BY_POLICY,
        confidence="confirmed",
        severity="warning",
        message=one_line(
            f"Run command is enabled now, but the policy assignment '{policy.display_name}' disables it the next "
            "time the cluster is updated, or when someone remediates the assignment."
        ),
        evidence=(Datum("apiServerAccessProfile", "disableRunCommand is not set"), _disabling(policy)),
        fixes=(
            _exempt(
                policy,
                evidence,
                "Ask the owner of the assignment to exempt this cluster while run command is still enabled.",
            ),
        ),
        brief=f"Policy assignment '{policy.display_name}' disables it at the next update of the cluster.",
    )


def _disabling(policy: PolicyInForce) -> Datum:
    return Datum("policyAssignments", one_line(f"{policy.assignment_id}: {policy.effect}"))


def _exempt(policy: PolicyInForce, evidence: Evidence, description: str, ours: str | None = None) -> Fix:
    stock = advice.exempt(policy, (policy.reference_id,), evidence.cluster_id, evidence.now)
    return Fix(
        "exempt-policy",
        "reviewed",
        f"{description} The exemption expires after {advice.EXEMPTION_DAYS} days.",
        ours or stock,
        ("Microsoft.Authorization/policyExemptions/write", "Microsoft.Authorization/policyAssignments/exempt/action"),
        stock if ours else None,
        at=policy.scope,
    )


def _disabled(policy: PolicyInForce | None, evidence: Evidence) -> Finding:
    datum = Datum("apiServerAccessProfile", "disableRunCommand true")
    if policy is None:
        return catalog.finding(
            "run-command-disabled", confidence="confirmed", evidence=(datum,), fixes=_enable(evidence)
        )
    return catalog.finding(
        _BY_POLICY,
        confidence="confirmed",
        message=one_line(
            f"Run command is disabled, and the policy assignment '{policy.display_name}' disables it again "
            "whenever someone enables it."
        ),
        evidence=(datum, _disabling(policy)),
        fixes=(
            _exempt(
                policy,
                evidence,
                "Exempt this cluster from the policy first, if its owner agrees; then enable run command.",
                target(evidence).invoke_fix("repair", *_CONSENT),
            ),
            *_enable(evidence, *_CONSENT),
        ),
    )


def _twin(finding: str, shown: dict[str, Finding]) -> Finding | None:
    """What the evidence shows of a finding that a text names; a policy's doing reads like anybody's in the text."""
    if finding == "run-command-disabled":
        by_policy = shown.get(_BY_POLICY)
        return shown.get(finding) or (by_policy if by_policy and by_policy.severity == "error" else None)
    return shown.get(finding)


def _told(finding: str, seen: Finding | None, failure: Failure, evidence: Evidence) -> Finding:
    if seen is not None and seen.id == _BY_POLICY and seen.severity == "warning":
        return replace(seen, evidence=(text_datum(failure), *seen.evidence))
    if seen is not None:
        return catalog.finding(
            seen.id,
            confidence="confirmed",
            message=None if seen.severity == "warning" else seen.message,
            evidence=(text_datum(failure), *seen.evidence),
            fixes=seen.fixes,
        )
    if finding in _STATES and evidence.cluster.known:
        return _over(finding, failure, evidence)
    return finding_from_text(finding, failure, evidence=_moment(evidence), fixes=_fixes(finding, evidence))


def _over(finding: str, failure: Failure, evidence: Evidence) -> Finding:
    """The text tells of a state that the cluster is not in any more."""
    return finding_from_text(
        finding,
        failure,
        confidence="possible",
        severity="warning",
        message="The text describes a state that the cluster is no longer in.",
        evidence=_moment(evidence),
        fixes=(manual("Run the command again."),),
    )


def _moment(evidence: Evidence) -> tuple[Datum, ...]:
    if not evidence.cluster.known:
        return ()
    known = properties(evidence)
    power, state = text(dig(known, "powerState", "code")), text(known.get("provisioningState"))
    disabled = dig(known, "apiServerAccessProfile", "disableRunCommand") is True
    words = f"powerState {power}, provisioningState {state}, disableRunCommand {str(disabled).lower()}"
    return (Datum("managedClusters", one_line(words)), *provisioning.unsettled_pools(evidence))


def _fixes(finding: str, evidence: Evidence) -> tuple[Fix, ...]:
    if finding == "cluster-stopped":
        return (_start(evidence),)
    if finding == "cluster-not-ready":
        return (provisioning.wait(evidence),)
    if finding == "operation-in-progress":
        return provisioning.wait_or_give_up(evidence)
    if finding in ("run-command-disabled", "run-command-disabled-by-policy"):
        return _enable(evidence)
    if finding in _BY_WAITING:
        return _BY_WAITING[finding]
    return (
        manual(
            "Run the command again in a minute. If the error persists, check the cluster's health.", _health(evidence)
        ),
    )


_BY_WAITING: Mapping[str, tuple[Fix, ...]] = {
    "throttled": (
        manual(
            "Wait as long as the response's Retry-After says, or a minute if there is none, then run the command again."
        ),
    ),
    "api-server-guarded": (
        manual("Wait a minute and run the command again; in a script, request less at a time."),
        manual(
            "If the error persists, ask a cluster administrator to look for clients that constantly list or "
            "watch, and for the FlowSchema and PriorityLevelConfiguration aks-managed-apiserver-guard. AKS adds "
            "both when the API server runs out of memory; once those clients are fixed, delete both."
        ),
    ),
}


def _start(evidence: Evidence) -> Fix:
    return command(
        "Start the cluster (this takes a few minutes), then run the command again.",
        target(evidence).invoke_fix("repair"),
        "Microsoft.ContainerService/managedClusters/start/action",
        safety="reviewed",
        stock=az("aks", "start", *target(evidence).options),
    )


def _enable(evidence: Evidence, *consent: str) -> tuple[Fix, ...]:
    """Enabling it, with the stock command for the CLI in use; both where its version is not known."""
    version = cli_version(evidence)
    switch = "properties.apiServerAccessProfile.disableRunCommand=false"
    old = az("resource", "update", "--ids", evidence.cluster_id, "--set", switch)
    new = az("aks", "update", *target(evidence).options, "--enable-run-command")
    fix = command(
        "Enable run command on the cluster. Ask the person who disabled it first: it might be deliberate hardening.",
        target(evidence).invoke_fix("repair", *consent),
        _WRITE,
        safety="reviewed",
        stock=old if version is not None and version < _ENABLES else new,
    )
    if version is not None:
        return (fix,)
    return (fix, command("The same with an azure-cli older than 2.76.0.", old, _WRITE, safety="reviewed"))


def _health(evidence: Evidence) -> str:
    query = "{power:powerState.code,provisioning:provisioningState,tier:sku.tier}"
    return az("aks", "show", *target(evidence).options, "--query", query, "-o", "table")


def _unknowns(found: bool, evidence: Evidence) -> Iterator[Unknown]:
    if not evidence.cluster.known and (was_asked(evidence.cluster) or not found):
        yield unread(STAGE, "the state of the cluster", evidence.cluster)
