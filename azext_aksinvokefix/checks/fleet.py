"""Hub clusters of Azure Kubernetes Fleet Manager, which run commands on nobody's behalf.

Their resource group is named in a certain way, which anybody's may be. A deny assignment of a certain name is what only
the platform puts there, and not even an Owner can lift it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from azext_aksinvokefix import catalog
from azext_aksinvokefix.checks.basis import manual, target, text_datum
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.lifecycle import Datum, Evidence, Failure, Finding
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import at_or_above, dig, mapping, mappings, text

FINDING = "fleet-hub-cluster"
_DENY = "flrg-denyassignments"


def looks_like_a_hub(cluster_id: str, cluster: Any) -> bool:
    """Whether what is known of a cluster without asking is that of a hub."""
    return _is_disabled(cluster) and Target.of(cluster_id).may_be_a_fleets_hub


def _is_disabled(cluster: Any) -> bool:
    return dig(cluster, "properties", "apiServerAccessProfile", "disableRunCommand") is True


def check(failure: Failure | None, evidence: Evidence) -> Iterator[Finding]:
    """The hub cluster of a fleet: sure by its deny assignment, possible by names alone."""
    proof = list(_denies(evidence))
    said = _denied_by(failure)
    if not proof and not said and not looks_like_a_hub(evidence.cluster_id, evidence.cluster.value):
        return
    yield catalog.finding(
        FINDING,
        confidence="confirmed" if proof else "likely" if said else "possible",
        severity="error" if proof or said else "warning",
        message=None
        if proof or said
        else "The resource group is named like a fleet's, so this might be the hub cluster of Azure Kubernetes "
        "Fleet Manager, where run command is off by design.",
        evidence=(*([text_datum(failure)] if failure and said else []), *proof, *_names(evidence)),
        fixes=(
            manual(
                "Run the command on a member cluster of the fleet. To use the hub's own API server, get its "
                "credentials with 'az fleet get-credentials'."
            ),
        ),
    )


def _denies(evidence: Evidence) -> Iterator[Datum]:
    for deny in mappings(evidence.denies.value) if evidence.denies.known else ():
        known = mapping(deny.get("properties"))
        name, scope = text(known.get("denyAssignmentName")), known.get("scope")
        if name.casefold().startswith(_DENY) and (scope is None or at_or_above(scope, evidence.cluster_id)):
            yield Datum("denyAssignments", one_line(f"'{name}' at {text(scope) or 'the cluster'}"))


def _denied_by(failure: Failure | None) -> bool:
    name = text(failure.facts.get("denyAssignment")) if failure else ""
    return name.casefold().startswith(_DENY)


def _names(evidence: Evidence) -> Iterator[Datum]:
    group, disabled = target(evidence).group, _is_disabled(evidence.cluster.value)
    if group:
        yield Datum("managedClusters", one_line(f"resource group {group}" + (", run command off" if disabled else "")))
