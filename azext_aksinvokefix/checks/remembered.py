"""A failure of an earlier run, which may be over: what the cluster shows now overrules it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from azext_aksinvokefix import shapes
from azext_aksinvokefix.cluster import POLICY_TAKES_AT_WORST
from azext_aksinvokefix.finding_ids import STAGE_OF
from azext_aksinvokefix.lifecycle import STAGES, Evidence, Failure, Finding, Item, LoggedFailure

#: In the facts of a failure: when the run was. It marks a failure that is not of this very moment.
RAN_AT = "ranAt"
#: What has to be known for the evidence to decide whether a finding is over.
_DECIDED_BY: Mapping[str, tuple[str, ...]] = {
    "sign-in-expired": ("sign_in",),
    "wrong-tenant": ("sign_in",),
    "cluster-token-missing": ("sign_in",),
    "cloud-shell-token": ("sign_in",),
    "cluster-not-found": ("cluster",),
    "arm-action-missing": ("permissions",),
    "result-read-missing": ("permissions",),
    "role-not-activated": ("permissions",),
    "arm-denied": ("denies",),
    "resource-locked": ("locks",),
    "cluster-stopped": ("cluster",),
    "cluster-not-ready": ("cluster",),
    "run-command-disabled": ("cluster",),
    "run-command-disabled-by-policy": ("cluster",),
    "azure-policy-denied": ("assignments",),
    "safeguards-denied": ("assignments", "safeguards"),
    "nodes-tainted": ("cluster",),
    "no-linux-nodes": ("cluster",),
    "no-running-nodes": ("cluster",),
    "nodes-not-ready": ("metrics",),
}
#: The cluster denies by a policy for so long after it was changed.
_TRAVELS = dict.fromkeys(("azure-policy-denied", "safeguards-denied"), POLICY_TAKES_AT_WORST)
#: These go by on their own, say nothing about the cluster, or are no obstacle to an invoke at all.
_PASSING = frozenset(
    {"throttled", "service-error", "operation-in-progress", "result-lost", "still-running", "output-truncated"}
)
_OF_THE_CLUSTER = "kubernetes-"


def is_worth_keeping(failure: Failure) -> bool:
    """Whether a later diagnosis could start from it: what passes by, or is the command's own fault, does not count."""
    if failure.stage == "client" or failure.finding in _PASSING:
        return False
    return failure.stage != "command" or failure.finding.startswith(_OF_THE_CLUSTER)


def at(failure: Failure, moment: datetime) -> Failure:
    """The failure as one of an earlier moment."""
    return replace(failure, facts={**failure.facts, RAN_AT: moment.isoformat()})


def moment_of(failure: Failure | None) -> datetime | None:
    """When the run was, of a failure that is remembered; None of any other."""
    return shapes.time(failure.facts.get(RAN_AT)) if failure else None


def is_over(failure: Failure, evidence: Evidence, now_broken: tuple[Finding, ...]) -> bool:
    """Whether the evidence shows that this failure is no more. ``now_broken`` are the errors that show without it."""
    moment = moment_of(failure)
    if moment is None:
        return False
    if _was_followed_by_success(failure, moment, evidence):
        return True
    needed = _DECIDED_BY.get(failure.finding)
    if needed is None or evidence.now - moment < _TRAVELS.get(failure.finding, timedelta()):
        return False
    items: tuple[Item, ...] = tuple(getattr(evidence, name) for name in needed)
    stage = STAGE_OF[failure.finding]
    return all(item.known for item in items) and not any(finding.stage == stage for finding in now_broken)


def _was_followed_by_success(failure: Failure, moment: datetime, evidence: Evidence) -> bool:
    """Whether the log has a later run that Azure took. It says nothing of what became of the pod."""
    if STAGES.index(failure.stage) > STAGES.index("admission") or not evidence.activity.known:
        return False
    logged = [each for each in shapes.items(evidence.activity.value) if isinstance(each, LoggedFailure)]
    since = [each.at for each in logged if each.at and each.succeeded_since]
    return any(at > moment - timedelta(minutes=5) for at in since)
