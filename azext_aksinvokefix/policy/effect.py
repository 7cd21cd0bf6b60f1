"""Which policies are in force at a cluster: everything of an estate is worked out once, then selected for each cluster.

Pure, and indifferent to the shape of what the service sent: whatever is not as documented is treated as not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from azext_aksinvokefix.lifecycle import NOT_ASKED, Item
from azext_aksinvokefix.policy import built_ins
from azext_aksinvokefix.policy.model import PolicyInForce, PolicyRecords
from azext_aksinvokefix.policy.resolution import policies_of
from azext_aksinvokefix.policy.scope import ByScope, Exempting, Place, Reach, exemptions_by_assignment
from azext_aksinvokefix.shapes import mapping, text

_States = Mapping[str, Mapping[str, str]]
_AUTHORIZATION = "/providers/microsoft.authorization/"


@dataclass(frozen=True)
class Evaluated:
    """An assignment whose policies are resolved, whatever cluster it reaches.

    What differs from cluster to cluster is made once and kept: clusters in the same place share the very objects.
    """

    base: PolicyInForce
    definitions: Mapping[str, Item] = field(repr=False)
    reach: Reach
    exemptions: ByScope[Exempting]
    regional: bool
    _kept: dict[tuple[str, ...], tuple[PolicyInForce, ...]] = field(default_factory=dict, repr=False, compare=False)

    def at(self, place: Place) -> tuple[PolicyInForce, ...]:
        """The policies as they stand at one cluster, without its exemptions."""
        unreached, uncertain = self.reach.at(place)
        region = (place.location or "") if self.regional else ""
        key = (region, unreached, uncertain)
        if key not in self._kept:
            resolved = self._resolved(region)
            changed = (replace(one, unreached=unreached, uncertain=uncertain or one.uncertain) for one in resolved)
            self._kept[key] = tuple(changed) if unreached or uncertain else resolved
        return self._kept[key]

    def _resolved(self, region: str) -> tuple[PolicyInForce, ...]:
        key = (region, "", "")
        if key not in self._kept:
            self._kept[key] = policies_of(self.base, self.definitions, region or None)
        return self._kept[key]


@dataclass(frozen=True)
class Estate:
    """Every assignment at hand, evaluated, to be found from the clusters below its scope."""

    assignments: ByScope[Evaluated]


def evaluate(
    assignments: Item, definitions: Mapping[str, Item], exemptions: Item, now: datetime, pins_unseen: str = ""
) -> Estate:
    """What is assigned anywhere in an estate; the arguments are as in PolicyRecords."""
    exempting = exemptions_by_assignment(_listed(exemptions), now)
    unread = exemptions.unread or ""
    found = []
    for raw in _listed(assignments):
        base = _base(mapping(raw), unread, pins_unseen)
        if base is not None:
            properties = mapping(base.assignment.get("properties"))
            exempted = exempting.get(base.assignment_id.lower(), ByScope())
            one = Evaluated(base, definitions, Reach.of(properties), exempted, _is_regional(properties))
            found.append((base.scope, one))
    return Estate(ByScope(found))


def in_force(estate: Estate, place: Place, states: Item = NOT_ASKED) -> tuple[PolicyInForce, ...]:
    """Every Kubernetes policy, and every one that could switch run command off, that is assigned to the cluster.

    Also those that do not deny, with the reason: a denial may be older than the change that excused it. ``states`` are
    the rows of the service's own evaluation of this cluster.
    """
    resolved_there = _states(states)
    found: list[PolicyInForce] = []
    for one in estate.assignments.above(place):
        policies = one.at(place)
        exempting = one.exemptions.above(place)
        effects = resolved_there.get(one.base.assignment_id.lower())
        found.extend(_settled(policies, exempting, place, effects) if exempting or effects else policies)
    return tuple(found)


def policies_in_force(records: PolicyRecords, now: datetime, location: str | None = None) -> tuple[PolicyInForce, ...]:
    """The policies in force at the one cluster whose records were read."""
    estate = evaluate(records.assignments, records.definitions, records.exemptions, now, records.pins_unseen)
    return in_force(estate, Place(records.cluster_id, location), records.states)


def _listed(item: Item) -> Sequence[Any]:
    return item.value if item.known and isinstance(item.value, list) else ()


def _base(assignment: Mapping[str, Any], exemptions_unread: str, pins_unseen: str) -> PolicyInForce | None:
    """What is the same for all policies of an assignment; None where it can have none of interest."""
    properties = mapping(assignment.get("properties"))
    assignment_id, policy_id = text(assignment.get("id")), text(properties.get("policyDefinitionId"))
    if not assignment_id or not policy_id or built_ins.is_without_interest(policy_id):
        return None
    name = text(assignment.get("name")) or assignment_id.rpartition("/")[2]
    return PolicyInForce(
        assignment_id=assignment_id,
        assignment_name=name,
        display_name=text(properties.get("displayName")) or name,
        scope=text(properties.get("scope")) or assignment_id.lower().partition(_AUTHORIZATION)[0],
        definition_id=policy_id,
        exemptions_unread=exemptions_unread,
        pin_unseen=pins_unseen,
        assignment=assignment,
    )


def _is_regional(properties: Mapping[str, Any]) -> bool:
    """Whether an override has selectors: only these make the effect differ from region to region."""
    overrides = properties.get("overrides")
    return isinstance(overrides, list) and any(mapping(one).get("selectors") for one in overrides)


def _settled(
    policies: Sequence[PolicyInForce], exempting: Sequence[Exempting], place: Place, effects: Mapping[str, str] | None
) -> Iterator[PolicyInForce]:
    """The policies with their exemptions, and with what the service resolved where that could not be done here."""
    reaching = [one for one in exempting if one.selects(place)]
    for policy in policies:
        exemptions = tuple(one.exemption for one in reaching if one.is_for(policy.reference_id))
        exempted = replace(policy, exemptions=exemptions) if exemptions else policy
        yield _confirmed(exempted, effects or {})


def _states(item: Item) -> _States:
    """The effect that the service itself resolved, by assignment and reference."""
    found: dict[str, dict[str, str]] = {}
    for row in map(mapping, _listed(item)):
        of_assignment = found.setdefault(text(row.get("policyAssignmentId")).lower(), {})
        reference = text(row.get("policyDefinitionReferenceId")).lower()
        of_assignment[reference] = text(row.get("policyDefinitionAction")).lower()
    return found


def _confirmed(policy: PolicyInForce, effects: Mapping[str, str]) -> PolicyInForce:
    effect = effects.get(policy.reference_id.lower())
    if not effect or policy.unread:
        return policy
    if policy.effect == "unknown":
        policy = replace(policy, effect=effect, effect_from="policyStates")
    return replace(policy, uncertain="") if policy.uncertain else policy
