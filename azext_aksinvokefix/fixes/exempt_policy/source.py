"""The denial to repair: as it was given, else the last one in the Activity Log, else the one that `true` meets now."""

from __future__ import annotations

from dataclasses import dataclass

from azext_aksinvokefix import catalog
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.checks.admission.others import other_findings
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.evidence.activity import latest_failure, read_activity
from azext_aksinvokefix.invoke.result import RunResult
from azext_aksinvokefix.lifecycle import Failure
from azext_aksinvokefix.policy import denial
from azext_aksinvokefix.policy.denial import Denied
from azext_aksinvokefix.quoting import az, clause, one_line

_LONGEST = 300


@dataclass(frozen=True)
class DenialSource:
    """What is known of the denial: nothing without ``denied``. ``admitted`` says that there is none, and ``others`` who
    denies besides Azure Policy; ``source`` is where it comes from."""

    denied: Denied | None = None
    admitted: str = ""
    source: str = ""
    others: tuple[str, ...] = ()


def known(session: Session, given: Failure | None) -> DenialSource | None:
    """The denial that was given or is on record, None where there is none; RefusedError where the failure is about
    something that no Azure Policy change repairs."""
    if given is not None and not catalog.leaves_cause_open(given):
        return judged(given, session.target)
    logged = _logged(session)
    return None if logged is None else judged(logged, session.target)


def reason(failure: Failure) -> str:
    """What a failure is about, in one line."""
    said = clause(one_line(failure.message)[:_LONGEST])
    title = catalog.title(failure)
    return f"{title} ({said})" if said else title


def _logged(session: Session) -> Failure | None:
    """The latest failed run, where it was denied and none has worked since."""
    failure, _ = latest_failure(read_activity(session.arm, session.cluster_id, session.now))
    return failure if denial.denied(failure).ids else None


def after_trying(result: RunResult, target: Target) -> DenialSource:
    """What a harmless command tells of the denial."""
    if result.outcome in ("succeeded", "failed"):
        return DenialSource(admitted="`true` ran in the cluster: no policy denies the command pod.")
    if result.failure is None:
        raise RefusedError(
            "Nothing was changed: it could not be determined whether a policy denies the command pod.",
            "Give the error text with --error.",
        )
    if denial.was_admitted(result.failure):
        return DenialSource(
            admitted=f"No policy denies the command pod. Something else fails: {reason(result.failure)}."
        )
    return judged(result.failure, target)


def judged(failure: Failure, target: Target) -> DenialSource:
    """The denial that a failure tells of; RefusedError where no change of Azure Policy lifts it."""
    denied = denial.denied(failure)
    others = tuple(
        f"{finding.title}. {finding.fixes[-1].description}"
        for finding in other_findings(failure, denied.ids, denied.others)
    )
    if denied.azure is not None:
        return DenialSource(denied, source=_SOURCES.get(failure.source, ""), others=others)
    if denied.ids:
        raise RefusedError(
            f"Nothing was changed: no Azure Policy change fixes this. {reason(failure)}.", " ".join(others)
        )
    raise RefusedError(*_not_ours(failure, target))


_SOURCES = {
    "activityLog": "the latest failure in the Activity Log",
    "run": "the failure of the test command `true` just now",
    "argument": "the given error text",
}


def _not_ours(failure: Failure, target: Target) -> tuple[str, str]:
    why = reason(failure)
    if failure.finding == "command-denied-by-policy":
        return (
            "Nothing was changed: the command pod was admitted, but an object that the command creates was "
            f"denied. {why}.",
            "Excluding the run-command namespace does not help here: change the object so that it complies, or "
            "have its own namespace excluded.",
        )
    if denial.was_admitted(failure):
        said = "the command pod was admitted, so no policy blocks it"
    else:
        said = "this failure is not about a policy that denies the command pod"
    repair = az("aks", "invoke-fix", "repair", *target.options)
    return f"Nothing was changed: {said}. {why}.", f"Fix it with: {repair}"
