"""What a policy assignment comes to at one cluster: parameters followed, overrides applied, exemptions counted.

The rules are those of Azure Policy's documentation.
"""

# modelled: letter case and unknown names in parameters, overrides, selectors and references
# proof: assignments of one's own with them, and the constraints that the add-on makes of each

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.simulator.authorization.scopes import contains
from tests.simulator.policy import builtins

Resource = dict[str, Any]

_PARAMETER = re.compile(r"\[\s*parameters\(\s*'([^']+)'\s*\)\s*\]")
_CLUSTER = "Microsoft.ContainerService/managedClusters"


@dataclass
class Policies:
    """All policy resources of a world by their id in lower case; definitions by name, all versions newest first."""

    assignments: dict[str, Resource] = field(default_factory=dict)
    exemptions: dict[str, Resource] = field(default_factory=dict)
    definitions: dict[str, list[Resource]] = field(default_factory=dict)
    initiatives: dict[str, list[Resource]] = field(default_factory=dict)
    groups: tuple[str, ...] = ()

    def definition(self, definition_id: str, version: str | None = None) -> Resource | None:
        return _pick(definition_id, version, self.definitions, builtins.definitions())

    def initiative(self, definition_id: str, version: str | None = None) -> Resource | None:
        return _pick(definition_id, version, self.initiatives, builtins.initiatives())


@dataclass(frozen=True)
class Effective:
    """One policy of an assignment as it applies to a cluster. ``effect`` is in lower case."""

    assignment: Resource
    definition: Resource
    effect: str
    parameters: Mapping[str, Any]
    reference: str | None = None
    exempt: bool = False
    enforced: bool = True

    @property
    def details(self) -> Mapping[str, Any]:
        """The rule's details with all parameters followed."""
        details = self.definition["properties"]["policyRule"]["then"].get("details", {})
        followed: Mapping[str, Any] = follow(details, self.parameters)
        return followed

    @property
    def denies(self) -> bool:
        """Whether a violation is refused, not only reported."""
        return self.effect == "deny" and self.enforced and not self.exempt and not self.details.get("warn")


def follow(value: Any, parameters: Mapping[str, Any]) -> Any:
    """A value with every ``[parameters('x')]`` in it replaced. Names are compared without case.

    >>> follow({"a": ["[parameters('X')]", "b"]}, {"x": 1})
    {'a': [1, 'b']}
    """
    if isinstance(value, str):
        named = _PARAMETER.fullmatch(value)
        return parameters.get(named[1].lower()) if named else value
    if isinstance(value, list):
        return [follow(item, parameters) for item in value]
    if isinstance(value, dict):
        return {key: follow(item, parameters) for key, item in value.items()}
    return value


def at_cluster(policies: Policies, cluster_id: str, location: str, now: datetime) -> Iterator[Effective]:
    """Every policy in force at the cluster, exempted ones included, disabled ones too."""
    for assignment in policies.assignments.values():
        if applies(policies, assignment, cluster_id, location):
            for reference, definition, parameters in _members(policies, assignment["properties"]):
                effect = _effect(assignment["properties"], definition, reference, parameters, location)
                yield Effective(
                    assignment,
                    definition,
                    effect.lower(),
                    parameters,
                    reference,
                    exempt=is_exempt(policies, assignment, reference, cluster_id, location, now),
                    enforced=assignment["properties"].get("enforcementMode", "Default") == "Default",
                )


def applies(policies: Policies, assignment: Resource, cluster_id: str, location: str) -> bool:
    properties = assignment["properties"]
    if not contains(properties["scope"], cluster_id, policies.groups):
        return False
    if any(contains(scope, cluster_id, policies.groups) for scope in properties.get("notScopes") or ()):
        return False
    return _selected(properties.get("resourceSelectors"), location)


def is_exempt(
    policies: Policies, assignment: Resource, reference: str | None, cluster_id: str, location: str, now: datetime
) -> bool:
    """Whether an exemption that has not expired takes the cluster out of this policy of the assignment."""
    return any(
        _exempts(exemption["properties"], assignment, reference, location, now)
        for exemption in policies.exemptions.values()
        if contains(exempted_scope(exemption), cluster_id, policies.groups)
    )


def exempted_scope(exemption: Resource) -> str:
    scope, _, _ = str(exemption["id"]).rpartition("/providers/Microsoft.Authorization/policyExemptions/")
    return scope


def _exempts(
    exemption: Mapping[str, Any], assignment: Resource, reference: str | None, location: str, now: datetime
) -> bool:
    references = [name.lower() for name in exemption.get("policyDefinitionReferenceIds") or ()]
    expires = exemption.get("expiresOn")
    return (
        exemption["policyAssignmentId"].lower() == assignment["id"].lower()
        and (not references or (reference or "").lower() in references)
        and (not expires or datetime.fromisoformat(expires.replace("Z", "+00:00")) > now)
        and _selected(exemption.get("resourceSelectors"), location)
    )


def _members(
    policies: Policies, assignment: Mapping[str, Any]
) -> Iterator[tuple[str | None, Resource, Mapping[str, Any]]]:
    """The definitions behind an assignment, each with the reference id that names it and its resolved parameters."""
    given = {name: value["value"] for name, value in (assignment.get("parameters") or {}).items()}
    pinned = assignment.get("definitionVersion")
    definition = policies.definition(assignment["policyDefinitionId"], pinned)
    if definition:
        yield None, definition, _values(definition, given)
        return
    initiative = policies.initiative(assignment["policyDefinitionId"], pinned)
    if not initiative:
        return
    outer = _values(initiative, given)
    for member in initiative["properties"]["policyDefinitions"]:
        definition = policies.definition(member["policyDefinitionId"], member.get("definitionVersion"))
        if definition:
            inner = {name: value["value"] for name, value in (member.get("parameters") or {}).items()}
            yield member["policyDefinitionReferenceId"], definition, _values(definition, follow(inner, outer))


def _values(definition: Resource, given: Mapping[str, Any]) -> dict[str, Any]:
    """The value of every parameter, by name in lower case: what was given, else the default."""
    values = {
        name.lower(): p.get("defaultValue") for name, p in (definition["properties"].get("parameters") or {}).items()
    }
    return {**values, **{name.lower(): value for name, value in given.items()}}


def _effect(
    assignment: Mapping[str, Any], definition: Resource, reference: str | None, values: Mapping[str, Any], location: str
) -> str:
    for override in assignment.get("overrides") or ():
        if override["kind"].lower() == "policyeffect" and _overridden(override, reference, location):
            return str(override["value"])
    return str(follow(definition["properties"]["policyRule"]["then"]["effect"], values) or "")


def _overridden(override: Mapping[str, Any], reference: str | None, location: str) -> bool:
    facts = {**_facts(location), "policydefinitionreferenceid": reference or ""}
    return all(_matches(selector, facts) for selector in override.get("selectors") or ())


def _selected(resource_selectors: Sequence[Mapping[str, Any]] | None, location: str) -> bool:
    if not resource_selectors:
        return True
    facts = _facts(location)
    return any(all(_matches(s, facts) for s in selector.get("selectors") or ()) for selector in resource_selectors)


def _facts(location: str) -> dict[str, str]:
    return {"resourcelocation": location, "resourcetype": _CLUSTER}


def _matches(selector: Mapping[str, Any], facts: Mapping[str, str]) -> bool:
    fact = facts.get(selector["kind"].lower(), "").lower()
    if selector.get("in") is not None:
        return fact in [value.lower() for value in selector["in"]]
    return fact not in [value.lower() for value in selector.get("notIn") or ()]


def _pick(
    definition_id: str,
    version: str | None,
    custom: Mapping[str, list[Resource]],
    built_in: Mapping[str, list[Resource]],
) -> Resource | None:
    key, name = definition_id.lower(), definition_id.rpartition("/")[2].lower()
    known = custom.get(key) or (built_in.get(name) if key.startswith("/providers/microsoft.authorization/") else None)
    return builtins.pick(known, version) if known else None
