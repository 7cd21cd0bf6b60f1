"""Whether an assignment or an exemption reaches the cluster: scopes, excluded scopes, resource selectors, expiry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from azext_aksinvokefix.policy.model import Exemption, PolicyInForce
from azext_aksinvokefix.shapes import dig, mapping, text, texts, time

_CLUSTERS = "microsoft.containerservice/managedclusters"
_MANAGEMENT_GROUPS = "/providers/microsoft.management/managementgroups/"


def strings(value: Any) -> tuple[str, ...]:
    """The strings in a list; nothing for anything else."""
    return tuple(texts(value))


def contains(scope: str, resource_id: str) -> bool:
    """Whether a scope is the resource or one of its containers; ids are compared without case."""
    outer = scope.lower().rstrip("/")
    return f"{resource_id.lower().rstrip('/')}/".startswith(f"{outer}/")


def unreached(properties: Mapping[str, Any], cluster_id: str, location: str | None) -> tuple[str, str]:
    """Why an assignment does not reach the cluster, and what makes that uncertain; both '' when it does."""
    not_scopes = strings(properties.get("notScopes"))
    excluded = next((scope for scope in not_scopes if contains(scope, cluster_id)), None)
    if excluded is not None:
        return f"the assignment excludes the scope {excluded}", ""
    selected = selected_by(properties.get("resourceSelectors"), location)
    if selected is False:
        return "the assignment's resourceSelectors leave this cluster out", ""
    if selected is None:
        return "", "the assignment's resourceSelectors cannot be evaluated here"
    above = [scope for scope in not_scopes if scope.lower().startswith(_MANAGEMENT_GROUPS)]
    return "", f"the assignment excludes management group {above[0].rpartition('/')[2]}" if above else ""


def selected_by(selectors: Any, location: str | None) -> bool | None:
    """Whether any of the resource selectors takes the cluster; None when that cannot be told."""
    if not isinstance(selectors, list) or not selectors:
        return True
    answers = [with_selectors(mapping(one).get("selectors"), location) for one in selectors]
    if True in answers:
        return True
    return None if None in answers else False


def with_selectors(selectors: Any, location: str | None, reference_id: str = "") -> bool | None:
    """Whether all selectors take the cluster and the reference; None when that cannot be told."""
    if not isinstance(selectors, list):
        return True
    answers = [_takes(mapping(selector), location, reference_id) for selector in selectors]
    if False in answers:
        return False
    return None if None in answers else True


def _takes(selector: Mapping[str, Any], location: str | None, reference_id: str) -> bool | None:
    kind = str(selector.get("kind")).lower()
    subject = {
        "resourcelocation": location,
        "resourcetype": _CLUSTERS,
        "policydefinitionreferenceid": reference_id,
    }.get(kind)
    if kind == "resourcewithoutlocation":
        return not strings(selector.get("in"))
    if subject is None:
        return None
    wanted, unwanted = selector.get("in"), selector.get("notIn")
    if isinstance(wanted, list):
        return _plain(subject) in map(_plain, strings(wanted))
    return _plain(subject) not in map(_plain, strings(unwanted))


def _plain(region: str) -> str:
    return region.replace(" ", "").lower()


def exemptions_for(
    policy: PolicyInForce, exemptions: Sequence[Any], cluster_id: str, location: str | None, now: datetime
) -> tuple[Exemption, ...]:
    """The exemptions, expired ones included, of a policy's assignment that cover the cluster and the reference."""
    found = []
    for raw in exemptions:
        properties = mapping(mapping(raw).get("properties"))
        references = strings(properties.get("policyDefinitionReferenceIds"))
        if not _is_for(policy, properties, references) or not _covers(mapping(raw), properties, cluster_id, location):
            continue
        expires = properties.get("expiresOn")
        found.append(
            Exemption(
                id=str(mapping(raw).get("id") or ""),
                name=str(mapping(raw).get("name") or ""),
                category=str(properties.get("exemptionCategory") or ""),
                expires_on=expires if isinstance(expires, str) else "",
                expired=_is_past(expires, now),
                references=references,
                since=text(dig(raw, "systemData", "lastModifiedAt")),
            )
        )
    return tuple(found)


def _is_for(policy: PolicyInForce, properties: Mapping[str, Any], references: Sequence[str]) -> bool:
    if str(properties.get("policyAssignmentId")).lower() != policy.assignment_id.lower():
        return False
    return not references or policy.reference_id.lower() in (reference.lower() for reference in references)


def _covers(raw: Mapping[str, Any], properties: Mapping[str, Any], cluster_id: str, location: str | None) -> bool:
    scope = str(raw.get("id") or "").lower().rpartition("/providers/microsoft.authorization/policyexemptions/")[0]
    reaches = not scope or scope.startswith(_MANAGEMENT_GROUPS) or contains(scope, cluster_id)
    return reaches and selected_by(properties.get("resourceSelectors"), location) is True


def _is_past(moment: Any, now: datetime) -> bool:
    """Whether an ARM time stamp lies before ``now``; one that cannot be read does not."""
    at = time(moment)
    return at is not None and at < now
