"""Whether an assignment or an exemption reaches the cluster: scopes, excluded scopes, resource selectors, expiry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any, Generic, TypeVar

from azext_aksinvokefix.policy.model import Exemption
from azext_aksinvokefix.shapes import dig, mapping, text, texts, time

_CLUSTERS = "microsoft.containerservice/managedclusters"
_MANAGEMENT_GROUPS = "/providers/microsoft.management/managementgroups/"
_EXEMPTIONS = "/providers/microsoft.authorization/policyexemptions/"

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """Where a cluster stands.

    ``groups`` are the names, in lower case, of all management groups above it; None where they are not known, and then
    every management group counts as above it: the services that list by resource give only those that are.
    """

    cluster_id: str
    location: str | None = None
    groups: frozenset[str] | None = None

    @cached_property
    def containers(self) -> frozenset[str]:
        """The cluster and everything below management groups that holds it, as ``_key`` spells scopes."""
        parts = _key(self.cluster_id).split("/")
        return frozenset("/".join(parts[:count]) for count in range(1, len(parts) + 1))


class ByScope(Generic[T]):  # pylint: disable=too-few-public-methods
    """Things by the scope at which they stand, to be found from below it in the order in which they were given."""

    def __init__(self, things: Iterable[tuple[str, T]] = ()) -> None:
        self._below: dict[str, list[tuple[int, T]]] = {}
        self._groups: list[tuple[str, int, T]] = []
        for number, (scope, thing) in enumerate(things):
            key = _key(scope)
            if key.startswith(_MANAGEMENT_GROUPS):
                self._groups.append((key.rpartition("/")[2], number, thing))
            else:
                self._below.setdefault(key, []).append((number, thing))

    def above(self, place: Place) -> list[T]:
        """What stands at the place or at one of its containers."""
        if not self._below and not self._groups:
            return []
        groups = place.groups
        found = [(number, thing) for name, number, thing in self._groups if groups is None or name in groups]
        for container in place.containers & self._below.keys():
            found.extend(self._below[container])
        found.sort(key=itemgetter(0))
        return [thing for _, thing in found]


@dataclass(frozen=True)
class Reach:
    """What an assignment leaves out below its scope."""

    not_scopes: tuple[tuple[str, str], ...]
    selectors: Any
    groups: tuple[str, ...]
    _selected: dict[str | None, bool | None] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, properties: Mapping[str, Any]) -> Reach:
        keyed = tuple((_key(scope), scope) for scope in strings(properties.get("notScopes")))
        groups = tuple(scope.rpartition("/")[2] for key, scope in keyed if key.startswith(_MANAGEMENT_GROUPS))
        return cls(keyed, properties.get("resourceSelectors"), groups)

    def at(self, place: Place) -> tuple[str, str]:
        """Why the assignment does not reach the cluster, and what makes that uncertain; both '' when it does."""
        if not self.not_scopes and not self.selectors:
            return "", ""
        excluded = next((scope for key, scope in self.not_scopes if _holds(key, place)), None)
        if excluded is not None:
            return f"the assignment excludes the scope {excluded}", ""
        selected = self._selects(place.location)
        if selected is False:
            return "the assignment's resourceSelectors exclude this cluster", ""
        if selected is None:
            return "", "the assignment's resourceSelectors cannot be evaluated here"
        if self.groups and place.groups is None:
            return "", f"the assignment excludes management group {self.groups[0]}"
        return "", ""

    def _selects(self, location: str | None) -> bool | None:
        if location not in self._selected:
            self._selected[location] = selected_by(self.selectors, location)
        return self._selected[location]


@dataclass(frozen=True)
class Exempting:
    """An exemption and what it is for."""

    exemption: Exemption
    references: frozenset[str]
    selectors: Any

    def selects(self, place: Place) -> bool:
        return selected_by(self.selectors, place.location) is True

    def is_for(self, reference_id: str) -> bool:
        """Whether it exempts from the reference; without references it exempts from the whole assignment."""
        return not self.references or reference_id.lower() in self.references


def strings(value: Any) -> tuple[str, ...]:
    """The strings in a list; nothing for anything else."""
    return tuple(texts(value))


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


def exemptions_by_assignment(exemptions: Sequence[Any], now: datetime) -> Mapping[str, ByScope[Exempting]]:
    """The exemptions, expired ones included, by the lower case id of the assignment, then by where they stand."""
    found: dict[str, list[tuple[str, Exempting]]] = {}
    for raw in map(mapping, exemptions):
        assignment_id = str(dig(raw, "properties", "policyAssignmentId")).lower()
        scope = str(raw.get("id") or "").lower().rpartition(_EXEMPTIONS)[0]
        found.setdefault(assignment_id, []).append((scope, _exempting(raw, now)))
    return {assignment_id: ByScope(standing) for assignment_id, standing in found.items()}


def _exempting(raw: Mapping[str, Any], now: datetime) -> Exempting:
    properties = mapping(raw.get("properties"))
    references = strings(properties.get("policyDefinitionReferenceIds"))
    expires = properties.get("expiresOn")
    exemption = Exemption(
        id=str(raw.get("id") or ""),
        name=str(raw.get("name") or ""),
        category=str(properties.get("exemptionCategory") or ""),
        expires_on=expires if isinstance(expires, str) else "",
        expired=_is_past(expires, now),
        references=references,
        since=text(dig(raw, "systemData", "lastModifiedAt")),
    )
    return Exempting(exemption, frozenset(map(str.lower, references)), properties.get("resourceSelectors"))


def _key(scope: str) -> str:
    """A scope as it is compared: ids differ in case and in a final slash."""
    return scope.rstrip("/").lower()


def _holds(key: str, place: Place) -> bool:
    if key.startswith(_MANAGEMENT_GROUPS):
        return place.groups is not None and key.rpartition("/")[2] in place.groups
    return key in place.containers


def _is_past(moment: Any, now: datetime) -> bool:
    """Whether an ARM time stamp lies before ``now``; one that cannot be read does not."""
    at = time(moment)
    return at is not None and at < now
