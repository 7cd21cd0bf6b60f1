"""What a plan says about the policies that it leaves alone, and about those which are dealt with already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from azext_aksinvokefix.cluster import POLICY_TAKES, POLICY_TAKES_AT_WORST
from azext_aksinvokefix.policy import advice
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.policy.pod import prediction
from azext_aksinvokefix.quoting import clause, one_line
from azext_aksinvokefix.shapes import dig, text, time

_MOST_LINES = 20
_MOST_REFERENCES = 3
_LONGEST_REFERENCE = 120


def lines(policies: Iterable[PolicyInForce], say: Callable[[PolicyInForce], str]) -> list[str]:
    """What ``say`` says of each policy, once for all references of an assignment of which it says the same."""
    groups: dict[tuple[str, str], list[PolicyInForce]] = {}
    for policy in policies:
        groups.setdefault((policy.assignment_id.lower(), say(policy)), []).append(policy)
    said = [f"{_title(group)} {words}" for (_, words), group in groups.items()]
    more = len(said) - _MOST_LINES
    return said if more <= 0 else [*said[:_MOST_LINES], f"… and {more} more."]


def left_alone(policy: PolicyInForce) -> str:
    return f"is not changed: {why_not(policy)}."


def not_named(_: PolicyInForce) -> str:
    return "also denies the command pod and was not named: the pod stays denied until that policy is handled too."


def may_be_it(policy: PolicyInForce) -> str:
    return f"might deny the command pod: {_doubt(policy)}."


def may_deny_too(policy: PolicyInForce) -> str:
    return f"might also deny the command pod and is not changed: {_doubt(policy)}."


def would_deny(policy: PolicyInForce) -> str:
    return f"would deny the command pod: {_doubt(policy)}."


def would_deny_too(policy: PolicyInForce) -> str:
    return f"would also deny the command pod and is not changed: {_doubt(policy)}."


def dealt_with(now: datetime) -> Callable[[PolicyInForce], str]:
    """That a policy is excused already, and since when."""

    def say(policy: PolicyInForce) -> str:
        done, since = f"is already handled: {why_not(policy)}", _changed(policy)
        if since is None:
            return f"{done}. The change might not have reached the cluster yet."
        stamp = f"{since:%Y-%m-%dT%H:%M:%SZ}"
        if now - since > POLICY_TAKES_AT_WORST:
            return f"{done}, since {stamp}. The change should have reached the cluster by now."
        return f"{done}, since {stamp}. The change has not reached the cluster yet."

    return say


def next_step(excused: Sequence[PolicyInForce], now: datetime) -> str:
    """What to do where every policy behind a denial is excused by now."""
    moments = [_changed(policy) for policy in excused]
    if moments and all(moment is not None and now - moment > POLICY_TAKES_AT_WORST for moment in moments):
        return (
            "Run the command again. If it is still denied, the cluster does not sync with Azure Policy: check its "
            "Azure Policy add-on."
        )
    return f"There is nothing to change. It takes {POLICY_TAKES} to reach the cluster; then run the command again."


def why_not(policy: PolicyInForce) -> str:
    """Why a policy is not behind a denial."""
    excuse = policy.excused()
    if excuse:
        return clause(one_line(excuse))
    if policy.effect not in ("deny", "unknown"):
        return f"its effect is {clause(one_line(policy.effect))}"
    found = prediction.verdict(policy)
    return clause(one_line(found.why)) if found.outcome == prediction.PASS else "the denial does not name it"


def _doubt(policy: PolicyInForce) -> str:
    return clause(one_line(policy.unread) or one_line(prediction.verdict(policy).why))


def _changed(policy: PolicyInForce) -> datetime | None:
    """When what excuses the policy was last changed."""
    if policy.exemption and not policy.unreached and not policy.softened:
        return time(policy.exemption.since)
    updated = text(dig(policy.assignment, "properties", "metadata", "updatedOn"))
    return time(updated) or time(text(dig(policy.assignment, "systemData", "lastModifiedAt")))


def _title(policies: Sequence[PolicyInForce]) -> str:
    references = [one_line(policy.reference_id)[:_LONGEST_REFERENCE] for policy in policies if policy.reference_id]
    shown, more = references[:_MOST_REFERENCES], len(references) - _MOST_REFERENCES
    through = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
    word = "references" if len(references) > 1 else "reference"
    return f"Policy assignment {advice.named(policies[0])}" + (f" ({word} {through})" if references else "")
