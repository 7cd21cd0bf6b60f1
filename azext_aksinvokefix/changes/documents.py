"""ARM documents as values: what of them may be sent back, whether two are the same, and single places in them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from azext_aksinvokefix.shapes import time

#: The way to a place in a document, by the names of the members.
Pointer = tuple[str, ...]

#: Stands for a member that is not there.
ABSENT: Any = type("Absent", (), {"__repr__": lambda self: "ABSENT"})()

#: What a service leaves out of a document where it was set: AKS shows neither an empty list of taints nor
#: ``disableRunCommand: false`` (recorded).
_UNSAID: tuple[Any, ...] = (ABSENT, None, False, [], {})

#: In the way to a place: every member of an object, or every item of a list.
EACH = "*"

#: What the service sets in every resource, and refuses or ignores in a request.
_READ_ONLY: tuple[Pointer, ...] = (
    ("id",),
    ("name",),
    ("type",),
    ("systemData",),
    ("etag",),
    ("eTag",),
    ("identity", "principalId"),
    ("identity", "tenantId"),
    ("properties", "provisioningState"),
)
#: The same by resource type: what the OpenAPI descriptions mark as readOnly.
_READ_ONLY_OF: Mapping[str, tuple[Pointer, ...]] = {
    "microsoft.authorization/policyassignments": (
        ("properties", "scope"),
        ("properties", "instanceId"),
        ("properties", "latestDefinitionVersion"),
        ("properties", "effectiveDefinitionVersion"),
    ),
    "microsoft.containerservice/deploymentsafeguards": (("properties", "systemExcludedNamespaces"),),
    "microsoft.containerservice/managedclusters/agentpools": (
        ("properties", "currentOrchestratorVersion"),
        ("properties", "nodeImageVersion"),
        ("properties", "eTag"),
        ("properties", "status"),
        ("properties", "nodePublicIPPrefixes"),
    ),
    "microsoft.containerservice/managedclusters": (
        ("properties", "powerState"),
        ("properties", "currentKubernetesVersion"),
        ("properties", "maxAgentPools"),
        ("properties", "fqdn"),
        ("properties", "privateFQDN"),
        ("properties", "azurePortalFQDN"),
        ("properties", "resourceUID"),
        ("properties", "status"),
        ("properties", "agentPoolProfiles", EACH, "provisioningState"),
        ("properties", "agentPoolProfiles", EACH, "currentOrchestratorVersion"),
        ("properties", "agentPoolProfiles", EACH, "nodeImageVersion"),
        ("properties", "agentPoolProfiles", EACH, "eTag"),
        ("properties", "agentPoolProfiles", EACH, "status"),
        ("properties", "addonProfiles", EACH, "identity"),
        ("properties", "podIdentityProfile", "userAssignedIdentities", EACH, "provisioningState"),
        ("properties", "podIdentityProfile", "userAssignedIdentities", EACH, "provisioningInfo"),
        ("properties", "oidcIssuerProfile", "issuerURL"),
        ("properties", "privateLinkResources", EACH, "privateLinkServiceID"),
        ("properties", "ingressProfile", "webAppRouting", "identity"),
    ),
}
#: What a service changes by itself, and which therefore tells nothing about somebody else's change.
_VOLATILE: tuple[Pointer, ...] = (
    ("systemData",),
    ("etag",),
    ("eTag",),
    ("properties", "eTag"),
    ("properties", "metadata", "updatedBy"),
    ("properties", "metadata", "updatedOn"),
    ("properties", "latestDefinitionVersion"),
    ("properties", "effectiveDefinitionVersion"),
    ("properties", "updatedOn"),
    ("properties", "updatedBy"),
    ("properties", "createdBy"),
)


def writable(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a resource as it was read, without what only the service sets; everything else survives."""
    kind = str(document.get("type") or "").lower()
    return _without(document, (*_READ_ONLY, *_READ_ONLY_OF.get(kind, ())))


def value_at(document: Any, pointer: Sequence[str]) -> Any:
    """What is at a place, ABSENT when nothing is."""
    for name in pointer:
        if not isinstance(document, Mapping) or name not in document:
            return ABSENT
        document = document[name]
    return document


def with_value(document: Mapping[str, Any], pointer: Sequence[str], value: Any) -> dict[str, Any]:
    """A copy with ``value`` at a place, made on the way there; ABSENT takes away what is there."""
    changed = copy.deepcopy(dict(document))
    holder = changed
    for name in pointer[:-1]:
        inner = holder.get(name)
        if not isinstance(inner, dict):
            if value is ABSENT:
                return changed
            inner = holder[name] = {}
        holder = inner
    if value is ABSENT:
        holder.pop(pointer[-1], None)
    else:
        holder[pointer[-1]] = copy.deepcopy(value)
    return changed


def restored(document: Mapping[str, Any], before: Mapping[str, Any], settings: Iterable[Pointer]) -> dict[str, Any]:
    """A copy of ``document`` in which ``settings`` are what they are in ``before``."""
    changed = copy.deepcopy(dict(document))
    for pointer in settings:
        changed = with_value(changed, pointer, value_at(before, pointer))
    return _within_bounds(changed)


def _within_bounds(document: dict[str, Any]) -> dict[str, Any]:
    """An agent pool whose autoscaler's bounds moved: AKS refuses a count outside of them."""
    names = ("enableAutoScaling", "count", "minCount", "maxCount")
    autoscaled, count, least, most = (value_at(document, ("properties", name)) for name in names)
    if autoscaled is not True or not all(isinstance(number, int) for number in (count, least, most)):
        return document
    return with_value(document, ("properties", "count"), min(max(count, least), most))


def same_setting(left: Any, right: Any) -> bool:
    """Whether two values of a setting are the same, one of which may be left unsaid."""
    return bool(left == right) or (left in _UNSAID and right in _UNSAID)


def same_document(left: Any, right: Any, settings: Sequence[Pointer] = ()) -> bool:
    """Whether two readings show the same state: of the ``settings``, or of everything but what services touch."""
    if left is None or right is None:
        return left is right
    if settings:
        return all(same_setting(value_at(left, pointer), value_at(right, pointer)) for pointer in settings)
    return _without(left, _VOLATILE) == _without(right, _VOLATILE)


def shows(document: Any, sent: Any) -> bool:
    """Whether a document that was read back holds everything that was sent.

    The service may add members; it writes ids and its own words in any case, and times with any number of digits.
    """
    if isinstance(sent, Mapping):
        return isinstance(document, Mapping) and all(
            name in document and shows(document[name], value) if value is not None else document.get(name) is None
            for name, value in sent.items()
        )
    if isinstance(sent, str) and isinstance(document, str):
        return sent.casefold() == document.casefold() or (time(sent) is not None and time(sent) == time(document))
    if isinstance(sent, list) and isinstance(document, list):
        return len(sent) == len(document) and all(shows(have, want) for have, want in zip(document, sent))
    return bool(sent == document)


def keeps(document: Any, before: Any, after: Any) -> bool:
    """Whether a document still says something that the change from ``before`` to ``after`` takes out of it."""
    if not (isinstance(document, Mapping) and isinstance(before, Mapping) and isinstance(after, Mapping)):
        return False
    return any(
        keeps(document[name], value, after[name]) if name in after else not same_setting(document[name], ABSENT)
        for name, value in before.items()
        if name in document
    )


def intended(document: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent, without what the service then writes by itself."""
    return _without(document, _VOLATILE)


def _without(document: Mapping[str, Any], pointers: Iterable[Pointer]) -> dict[str, Any]:
    kept = copy.deepcopy(dict(document))
    for *way, last in pointers:
        for holder in _holders(kept, way):
            if isinstance(holder, dict):
                holder.pop(last, None)
    return kept


def _holders(document: Any, way: Sequence[str]) -> Iterator[Any]:
    """What lies at the end of a way, several where it has EACH in it."""
    if not way:
        yield document
    elif way[0] != EACH:
        yield from _holders(document.get(way[0]) if isinstance(document, dict) else None, way[1:])
    elif isinstance(document, (dict, list)):
        for inner in document.values() if isinstance(document, dict) else document:
            yield from _holders(inner, way[1:])
