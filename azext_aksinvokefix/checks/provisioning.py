"""The operation that goes on in a cluster, or how the last one ended, and what a person does about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from azext_aksinvokefix import catalog
from azext_aksinvokefix.checks.basis import command, manual, target
from azext_aksinvokefix.cluster import BROKEN
from azext_aksinvokefix.finding_ids import findings_of_text
from azext_aksinvokefix.lifecycle import Datum, Evidence, Failure, Finding, Fix, properties
from azext_aksinvokefix.quoting import az, one_line
from azext_aksinvokefix.shapes import dig, mappings, same, text

_CLUSTERS = "Microsoft.ContainerService/managedClusters"
#: States in which the cluster has no API server that could run anything.
_ABSENT = frozenset({"creating", "deleting", "starting", "stopping"})


def check_state(failure: Failure | None, evidence: Evidence) -> Iterator[Finding]:
    """What the power state and the provisioning state of a cluster that is not stopped show."""
    known = properties(evidence)
    yield from _odd_power(text(dig(known, "powerState", "code")))
    yield from _provisioning(text(known.get("provisioningState")), failure, evidence)


def unsettled_pools(evidence: Evidence) -> tuple[Datum, ...]:
    """The node pools whose last operation goes on or did not end well."""
    pools = mappings(properties(evidence).get("agentPoolProfiles"))
    return tuple(
        Datum("agentPools", one_line(f"{text(pool.get('name'))}: provisioningState {_state(pool)}"))
        for pool in pools
        if _state(pool) and not same(_state(pool), "Succeeded")
    )


def wait(evidence: Evidence) -> Fix:
    """Let the operation end."""
    words = ("aks", "wait", *target(evidence).options, "--updated", "--timeout", "1800")
    return command("Wait until the operation is done, then run the command again.", az(*words))


def wait_or_give_up(evidence: Evidence) -> tuple[Fix, ...]:
    """Let the operation end, or end it where it hangs."""
    give_up = command(
        "Abort an operation that hangs. What it has already done stays done: ask the person who started it.",
        az("aks", "operation-abort", *target(evidence).options),
        f"{_CLUSTERS}/abort/action",
        safety="reviewed",
    )
    return (wait(evidence), give_up)


def _odd_power(code: str) -> Iterator[Finding]:
    """Azure documents Running and Stopped; what else there may be is told as it is."""
    if code and code.lower() != "running":
        yield catalog.finding(
            "cluster-not-ready",
            confidence="possible",
            severity="warning",
            message=f"The power state of the cluster is {code}; it is not known whether commands run in that state.",
            evidence=(Datum("managedClusters", one_line(f"powerState {code}")),),
            fixes=(manual("Wait until the cluster is running, or start it, and run the command again."),),
        )


def _provisioning(state: str, failure: Failure | None, evidence: Evidence) -> Iterator[Finding]:
    lowered = state.lower()
    data = (Datum("managedClusters", one_line(f"provisioningState {state}")), *unsettled_pools(evidence))
    if not state or lowered == "succeeded":
        return
    if lowered in _ABSENT:
        yield catalog.finding("cluster-not-ready", confidence="confirmed", evidence=data, fixes=(wait(evidence),))
    elif lowered in BROKEN:
        # The last operation did not end well; the cluster mostly works all the same.
        refused = "cluster-not-ready" in findings_of_text("cluster", failure)
        yield catalog.finding(
            "cluster-not-ready",
            confidence="confirmed" if refused else "possible",
            severity="error" if refused else "warning",
            message=one_line(f"The last operation on the cluster ended as {state}. Commands might still run."),
            evidence=data,
            fixes=_mend(evidence),
        )
    else:
        yield catalog.finding(
            "operation-in-progress",
            confidence="possible",
            severity="warning",
            message=one_line(f"The cluster is {state}; commands might be rejected until that is done."),
            evidence=data,
            fixes=wait_or_give_up(evidence),
        )


def _mend(evidence: Evidence) -> tuple[Fix, ...]:
    """After an operation that failed: its cause first, or it fails again."""
    at = target(evidence)
    log = ("monitor", "activity-log", "list", "--resource-id", at.id, "--status", "Failed", "--offset", "7d")
    return (
        command(
            "Find out why the last operation failed, and fix that first: usually a quota, a subnet or a policy.",
            az(*log),
        ),
        command(
            "Then have the resource provider restore the cluster to its desired state.",
            az("aks", "update", *at.options, "--yes"),
            f"{_CLUSTERS}/write",
            safety="reviewed",
        ),
    )


def _state(pool: Mapping[str, Any]) -> str:
    return text(pool.get("provisioningState"))
