"""From what is known of a failure to a diagnosis: which evidence is worth reading, and in how few rounds.

Round one reads side by side whatever the failure makes worth reading; round two what only its outcome could ask for.
What judges takes about as long to import as an answer takes to come, and is imported while they are on the way.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, Protocol

from azext_aksinvokefix import catalog
from azext_aksinvokefix.arm import Arm
from azext_aksinvokefix.catalog.entry import SOURCES, Source
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.diagnosis.start import Start
from azext_aksinvokefix.evidence.access import (
    read_denies,
    read_eligible,
    read_locks,
    read_permissions,
    read_principal,
)
from azext_aksinvokefix.evidence.activity import read_activity
from azext_aksinvokefix.evidence.cluster import read_cluster, read_result
from azext_aksinvokefix.evidence.cluster_events import EventsQuery, read_events
from azext_aksinvokefix.evidence.detectors import read_detectors
from azext_aksinvokefix.evidence.endpoints import read_endpoints
from azext_aksinvokefix.evidence.gather import Reader, gather
from azext_aksinvokefix.evidence.metrics import read_metrics
from azext_aksinvokefix.evidence.policy import read_policy
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS, NOT_ASKED, Diagnosis, Evidence, Failure, Item, scope_of
from azext_aksinvokefix.rights.permissions import held, lacking
from azext_aksinvokefix.rights.sign_in import signed_in
from azext_aksinvokefix.shapes import at_or_above, dig, same, text

#: Seconds for all evidence together; what has not come by then is unknown.
DEADLINE = 45.0
_PREFLIGHT_ALONE = ("denies", "locks")


class Edge(Protocol):
    """What this module needs of the CLI: see _client_factory."""

    arm: Arm

    def sign_in(self) -> Item:
        """Who is signed in."""

    def cluster_token_error(self, profile: Mapping[str, Any]) -> str:
        """Why there is no token for the cluster; empty when there is one."""


def offline(known: Failure) -> Diagnosis:
    """The diagnosis of a text alone."""
    from azext_aksinvokefix import checks

    return checks.conclude(known, Evidence(cluster_id=""))


def diagnose(  # pylint: disable=too-many-positional-arguments
    edge: Edge,
    cluster_id: str,
    known: Failure | None = None,
    command_id: str | None = None,
    principal: str | None = None,
    templates: Sequence[Any] = (),
    remembered: Failure | None = None,
) -> Diagnosis:
    """The diagnosis of the cluster at ``cluster_id``.

    ``known`` is the failure where there is one already; else the result of ``command_id`` is asked for it, else the
    Activity Log. ``remembered`` is a failure of an earlier run, which what shows now overrules. ``principal`` is whose
    rights are looked at, the caller's own by default. ``templates`` are constraint templates from files.
    """
    arm = edge.arm.until(time.monotonic() + DEADLINE)
    evidence = Evidence(cluster_id=cluster_id)
    start = Start(
        given=known,
        remembered=remembered,
        command_id=command_id,
        activity=_once(partial(read_activity, arm, cluster_id, evidence.now)),
        result=_once(partial(read_result, arm, cluster_id, command_id or "")),
    )
    readers = _first_round(edge, arm, evidence, start, principal, templates)
    evidence = _add(evidence, readers, arm, import_what_judges)
    start = start.settled(evidence.activity, evidence.result)
    cause = start.failure
    evidence = _add(evidence, _second_round(edge, arm, evidence, cause, principal), arm)
    if remembered and cause is remembered and _is_over(remembered, evidence):
        cause = start.known
        evidence = _add(evidence, _second_round(edge, arm, evidence, cause, principal), arm)
    from azext_aksinvokefix import checks

    found = checks.conclude(cause, evidence)
    return replace(found, correlation_id=arm.correlation_id, elsewhere=_held_elsewhere(arm, found))


def _held_elsewhere(arm: Arm, found: Diagnosis) -> Mapping[str, Item]:
    """What the caller may do where a fix is made that is not made at the cluster, unless what is held there shows
    already that it is not enough."""
    at = found.cluster_id or ""
    if not found.held.known:
        return {}
    scopes = {
        scope
        for finding in found.findings
        for fix in finding.fixes
        if fix.requires and (scope := scope_of(fix, finding.subject)) and not same(scope, at)
        if not (at_or_above(scope, at) and lacking(held(found.held).entries, fix.requires))
    }
    readers: dict[str, Reader] = {scope: partial(read_permissions, arm, scope) for scope in sorted(scopes)}
    return gather(readers, arm.deadline or 0.0) if readers else {}


def import_what_judges() -> None:
    """For whoever knows that a diagnosis follows, and waits for something else."""
    importlib.import_module("azext_aksinvokefix.checks")


def _is_over(remembered: Failure, evidence: Evidence) -> bool:
    from azext_aksinvokefix import checks
    from azext_aksinvokefix.checks import remembered as memory

    broken = [finding for finding in checks.judge(None, evidence).findings if finding.severity == "error"]
    return memory.is_over(remembered, evidence, tuple(broken))


def _first_round(  # pylint: disable=too-many-arguments,too-many-positional-arguments
    edge: Edge,
    arm: Arm,
    evidence: Evidence,
    start: Start,
    principal: str | None,
    templates: Sequence[Any],
) -> dict[str, Reader]:
    at = evidence.cluster_id
    cluster = _once(partial(read_cluster, arm, at))
    readers: dict[str, Callable[[], Any]] = {
        "cluster": cluster,
        "permissions": partial(read_principal, arm, at, principal) if principal else partial(read_permissions, arm, at),
        "metrics": partial(read_metrics, arm, at, evidence.now),
        "assignments": partial(_policy, arm, evidence, cluster, templates),
        "result": start.result,
        "activity": start.activity,
        "denies": partial(_if_readable, read_denies, arm, at),
        "locks": partial(_if_readable, read_locks, arm, at),
        "held": partial(read_permissions, arm, at),
        "events": partial(_if_worth, "events", start, partial(_events, arm, evidence, start, cluster)),
        "detectors": partial(_if_worth, "detectors", start, partial(_detectors, arm, evidence, start)),
        "endpoints": partial(_if_worth, "endpoints", start, partial(read_endpoints, arm, at)),
    }
    wanted = set(_wanted(start.given))
    if start.command_id:
        wanted.add("result")
    elif start.given is None:
        wanted.add("activity")
    if Target.of(at).may_be_a_fleets_hub:
        wanted.add("denies")
    return {"sign_in": edge.sign_in, **{name: reader for name, reader in readers.items() if name in wanted}}


def _wanted(known: Failure | None) -> tuple[str, ...]:
    """What to look up. What the failure decides is asked for as soon as that is known: see _if_worth."""
    if known is None:
        return (*SOURCES, *_PREFLIGHT_ALONE)
    sources = catalog.FINDINGS[known.finding].sources
    # Whoever runs commands may seldom change policies or nodes: the report says so before it proposes that.
    asks = known.stage == "admission" or catalog.is_repairable(known.finding, "error")
    return (*sources, "held") if asks and "permissions" not in sources else sources


def _if_worth(source: Source, start: Start, read: Callable[[], Item]) -> Item:
    """What only some failures make worth asking for, once it is known which one it is."""
    cause = start.failure
    return read() if cause and source in catalog.FINDINGS[cause.finding].sources else NOT_ASKED


def _events(arm: Arm, evidence: Evidence, start: Start, cluster: Callable[[], Item]) -> Item:
    asked = EventsQuery(evidence.cluster_id, start.pod, start.moment, evidence.now)
    return read_events(arm, asked, cluster)


def _detectors(arm: Arm, evidence: Evidence, start: Start) -> Item:
    from azext_aksinvokefix.checks import inside as inside_checks

    topics = inside_checks.topics(start.failure)
    return read_detectors(arm, evidence.cluster_id, topics, start.moment, evidence.now)


def _if_readable(read: Callable[[Arm, str], Item], arm: Arm, cluster_id: str) -> Item:
    """What only a preflight looks at: few may read it, and who may not is not told that something is unknown."""
    item = read(arm, cluster_id)
    return item if item.known else NOT_ASKED


def _policy(arm: Arm, evidence: Evidence, cluster: Callable[[], Item], templates: Sequence[Any]) -> Mapping[str, Item]:
    """The policies; a selector among them may ask for the region of the cluster, which is being read anyway."""

    def region() -> str | None:
        return text(dig(cluster().value, "location")) or None

    found: Mapping[str, Item] = read_policy(arm, evidence.cluster_id, evidence.now, region, templates)
    return found


def _once(read: Callable[[], Item]) -> Callable[[], Item]:
    """The same reader, which asks the service only the first time, whichever thread that is in."""
    lock, remembered = threading.Lock(), lru_cache(maxsize=None)(read)

    def ask() -> Item:
        with lock:
            return remembered()

    return ask


def _second_round(
    edge: Edge, arm: Arm, evidence: Evidence, known: Failure | None, principal: str | None
) -> dict[str, Reader]:
    at = evidence.cluster_id
    readers: dict[str, Reader] = {}
    if known and known.stage == "access":
        if known.finding == "arm-denied" or known.code == "AuthorizationFailed":
            readers["denies"] = partial(read_denies, arm, at)
        if known.finding == "resource-locked":
            readers["locks"] = partial(read_locks, arm, at)
    refused = None if principal else _refused_principal(evidence, known)
    if refused:
        readers["permissions"] = partial(read_principal, arm, at, refused)
    if refused or _may_lack(evidence, known):
        readers["eligible"] = partial(read_eligible, arm, at, refused or principal)
    profile = _entra_profile(evidence.cluster)
    if profile and not principal and (known is None or known.stage == "sign-in"):
        readers["sign_in"] = partial(_with_cluster_token, edge, evidence.sign_in, profile)
    return readers


def _refused_principal(evidence: Evidence, known: Failure | None) -> str | None:
    """Whom ARM refused, where that is not the caller: their permissions are worth reading, not the caller's."""
    if known is None or known.stage != "access" or known.code != "AuthorizationFailed":
        return None
    caller = signed_in(evidence.sign_in).object_id
    refused = text(known.facts.get("objectId"))
    return refused if refused and caller and not same(refused, caller) else None


def _may_lack(evidence: Evidence, known: Failure | None) -> bool:
    """Whether a role that is only eligible could be what is missing."""
    if not evidence.permissions.known:
        return known is not None and known.stage == "access"
    return bool(lacking(held(evidence.permissions).entries, NEEDED_ACTIONS))


def _with_cluster_token(edge: Edge, sign_in: Item, profile: Mapping[str, Any]) -> Item:
    if not sign_in.known:
        return sign_in
    return replace(sign_in, value=replace(signed_in(sign_in), cluster_token=edge.cluster_token_error(profile) or "ok"))


def _entra_profile(cluster: Item) -> Mapping[str, Any] | None:
    properties = cluster.value.get("properties") if cluster.known and isinstance(cluster.value, dict) else None
    profile = properties.get("aadProfile") if isinstance(properties, dict) else None
    return profile if isinstance(profile, dict) else None


def _add(
    evidence: Evidence, readers: Mapping[str, Reader], arm: Arm, meanwhile: Callable[[], None] = lambda: None
) -> Evidence:
    if not readers:
        return evidence
    items: dict[str, Any] = dict(gather(readers, arm.deadline or 0.0, meanwhile))
    return replace(evidence, **items)
