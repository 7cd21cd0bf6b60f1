"""How far the change of an assignment reaches, and what has to be agreed to because of that."""

from __future__ import annotations

from collections.abc import Iterator

from azext_aksinvokefix.changes.plan import Consent
from azext_aksinvokefix.cluster import COMMAND_NAMESPACE, place
from azext_aksinvokefix.policy import advice
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.shapes import same

WIDE_SCOPE = "--wide-scope"
_GROUP_PARTS = 4


def consents(policy: PolicyInForce) -> Iterator[Consent]:
    """What is to be agreed to by itself before an assignment is changed; nothing up to a resource group."""
    parts = policy.scope.strip("/").split("/")
    is_subscription = same(parts[0], "subscriptions")
    if is_subscription and len(parts) >= _GROUP_PARTS:
        return
    where = place(policy.scope)
    question = (
        f"Policy assignment {advice.named(policy)} is at {where}: the change excludes namespace "
        f"{COMMAND_NAMESPACE} on every cluster under it, in all of its subscriptions."
        if not is_subscription
        else f"Policy assignment {advice.named(policy)} is at {where}: the change excludes namespace "
        f"{COMMAND_NAMESPACE} on every cluster under it."
    )
    yield Consent(question, "" if is_subscription else WIDE_SCOPE)


def warning(policy: PolicyInForce, cluster_id: str) -> str:
    """What an exclusion switches off, and where."""
    where = advice.reach(policy.scope, cluster_id)
    count = "" if where == "this cluster" else "; number of clusters unknown"
    name = advice.named(policy)
    return f"Policy assignment {name} no longer applies to namespace {COMMAND_NAMESPACE}, on {where}{count}."
