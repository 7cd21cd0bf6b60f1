"""From assignments, definitions and exemptions as ARM gave them to what each policy does at one cluster.

Pure, and indifferent to the shape of what the service sent: whatever is not as documented is treated as not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.policy import builtins
from azext_aksinvokefix.policy.expression import (
    Scope,
    evaluate,
    is_expression,
    parameter_named,
    parameters_of,
    passed_value,
)
from azext_aksinvokefix.policy.model import UNKNOWN, Namespaces, PolicyInForce, PolicyRecords, record_key
from azext_aksinvokefix.policy.names import is_spelled_out, template_names
from azext_aksinvokefix.policy.scope import exemptions_for, strings, unreached, with_selectors
from azext_aksinvokefix.shapes import at_or_above, mapping, text

_CLUSTERS = "microsoft.containerservice/managedclusters"


@dataclass(frozen=True)
class _At:
    """The place and time for which effects are resolved."""

    cluster_id: str
    location: str | None
    now: datetime
    exemptions: Sequence[Any]
    exemptions_unread: str = ""


@dataclass(frozen=True)
class _Passed:
    """What reaches a definition: values by name, in which scope they stand, and through which reference."""

    values: Any
    outer: Scope | None = None
    set_id: str = ""
    reference_id: str = ""
    version: str = ""


def policies_in_force(records: PolicyRecords, now: datetime, location: str | None = None) -> tuple[PolicyInForce, ...]:
    """Every Kubernetes policy, and every one that could switch run command off, that is assigned to the cluster.

    Also those that do not deny, with the reason: a denial may be older than the change that excused it.
    """
    exemptions = records.exemptions.value if records.exemptions.known else ()
    listed = exemptions if isinstance(exemptions, list) else ()
    at = _At(records.cluster_id, location, now, listed, records.exemptions.unread or "")
    assignments = records.assignments.value if records.assignments.known else ()
    states = _states(records.states)
    found: list[PolicyInForce] = []
    for assignment in assignments if isinstance(assignments, list) else ():
        found.extend(_confirmed(policy, states) for policy in _of_assignment(assignment, records.definitions, at))
    return tuple(found)


def definition_of(policy_id: str, version: str, definitions: Mapping[str, Item]) -> Item | None:
    """A definition or initiative as read, else from the table of built-ins; None when it is neither."""
    read = definitions.get(record_key(policy_id, version))
    if read is not None:
        return read
    known = builtins.lookup(policy_id, version)
    return Item(value=known) if known is not None else definitions.get(record_key(policy_id))


def _of_assignment(raw: Any, definitions: Mapping[str, Item], at: _At) -> Iterator[PolicyInForce]:
    properties = mapping(mapping(raw).get("properties"))
    assignment_id, policy_id = text(mapping(raw).get("id")), text(properties.get("policyDefinitionId"))
    if not assignment_id or not policy_id or builtins.is_without_interest(policy_id):
        return
    scope = text(properties.get("scope")) or assignment_id.lower().partition("/providers/microsoft.authorization/")[0]
    if not at_or_above(scope, at.cluster_id):
        return
    name = text(mapping(raw).get("name")) or assignment_id.rpartition("/")[2]
    out, uncertain = unreached(properties, at.cluster_id, at.location)
    base = PolicyInForce(
        assignment_id=assignment_id,
        assignment_name=name,
        display_name=text(properties.get("displayName")) or name,
        scope=scope,
        definition_id=policy_id,
        unreached=out,
        uncertain=uncertain,
        softened=_softened(properties),
        exemptions_unread=at.exemptions_unread,
        assignment=mapping(raw),
    )
    for policy in _resolved(base, properties, definitions, at.location):
        exempting = exemptions_for(policy, at.exemptions, at.cluster_id, at.location, at.now)
        yield replace(policy, exemptions=exempting) if exempting else policy


def _softened(properties: Mapping[str, Any]) -> str:
    mode = text(properties.get("enforcementMode"))
    return f"the assignment's enforcementMode is {mode}" if mode.lower() not in ("", "default") else ""


def _resolved(
    base: PolicyInForce, properties: Mapping[str, Any], definitions: Mapping[str, Item], location: str | None
) -> Iterator[PolicyInForce]:
    version = _override(properties, "definitionVersion", "", location) or text(properties.get("definitionVersion"))
    item = definition_of(base.definition_id, version, definitions)
    if item is None or not item.known:
        yield _unread(base, item)
        return
    document = mapping(mapping(item.value).get("properties"))
    if not isinstance(document.get("policyDefinitions"), list):
        passed = _Passed(properties.get("parameters"), version=version)
        yield from _definition(base, document, passed, properties, location)
        return
    scope = parameters_of(properties.get("parameters"), document.get("parameters"))
    for raw in document["policyDefinitions"]:
        reference = mapping(raw)
        passed = _Passed(
            values=reference.get("parameters"),
            outer=scope,
            set_id=base.definition_id,
            reference_id=text(reference.get("policyDefinitionReferenceId")),
            version=text(reference.get("definitionVersion")),
        )
        member = replace(base, definition_id=text(reference.get("policyDefinitionId")))
        yield from _member(member, passed, properties, definitions, location)


def _member(
    member: PolicyInForce,
    passed: _Passed,
    properties: Mapping[str, Any],
    definitions: Mapping[str, Item],
    location: str | None,
) -> Iterator[PolicyInForce]:
    version = _override(properties, "definitionVersion", passed.reference_id, location) or passed.version
    item = definition_of(member.definition_id, version, definitions)
    if item is None:
        return
    if not item.known:
        yield replace(_unread(member, item), set_id=passed.set_id, reference_id=passed.reference_id)
        return
    document = mapping(mapping(item.value).get("properties"))
    yield from _definition(member, document, replace(passed, version=version), properties, location)


def _unread(base: PolicyInForce, item: Item | None) -> PolicyInForce:
    why = item.unread if item is not None else "it was not read"
    return replace(base, unread=why or "it was not read", needs=item.needs if item is not None else ())


def _definition(
    base: PolicyInForce,
    document: Mapping[str, Any],
    passed: _Passed,
    assignment: Mapping[str, Any],
    location: str | None,
) -> Iterator[PolicyInForce]:
    inside = text(document.get("mode")).lower().startswith("microsoft.kubernetes.data")
    is_run_command = builtins.built_in_name(base.definition_id) == builtins.DISABLE_RUN_COMMAND
    then = mapping(mapping(document.get("policyRule")).get("then"))
    details = mapping(then.get("details"))
    if not (inside or is_run_command) or "mutationInfo" in details:
        return
    scope = parameters_of(passed.values, document.get("parameters"), passed.outer)
    effect, source = _effect(then.get("effect"), scope, passed, assignment, location)
    warns = evaluate(details.get("warn", False), scope) is True
    kinds = evaluate(details.get("kinds"), scope)
    templates, guessed = _templates(base.definition_id, details)
    yield replace(
        base,
        definition_name=text(document.get("displayName")) or base.definition_id.rpartition("/")[2],
        set_id=passed.set_id,
        reference_id=passed.reference_id,
        version=passed.version,
        outdated=_is_older(passed.version, document),
        effect=effect,
        effect_from=source,
        softened=base.softened or ("it only warns (parameter warn)" if warns and effect == "deny" else ""),
        uncertain=base.uncertain or _conditions(document),
        kinds=strings(kinds) if isinstance(kinds, list) else None,
        templates=templates,
        guessed=guessed,
        parameters={str(name): scope(str(name)) for name in mapping(document.get("parameters"))},
        namespaces=_namespaces(details, scope, passed),
    )


def _templates(definition_id: str, details: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    """The names of the template, and whether they are guessed: copies of built-ins refer to the built-in's template."""
    built_in = builtins.templates(definition_id)
    if built_in:
        return built_in, False
    own = template_names(details)
    known = () if is_spelled_out(details) else builtins.templates_like(own)
    return (*own, *known), bool(own) and not known and not is_spelled_out(details)


def _effect(
    expression: Any, scope: Scope, passed: _Passed, assignment: Mapping[str, Any], location: str | None
) -> tuple[str, str]:
    """The effect in lower case and where it comes from."""
    override = _override(assignment, "policyEffect", passed.reference_id, location)
    if override:
        return override.lower(), "an override of the assignment"
    effect = evaluate(expression, scope)
    if not isinstance(effect, str) or not effect:
        return "unknown", f"the expression {expression}" if is_expression(expression) else "no effect is given"
    name = parameter_named(expression)
    through = parameter_named(passed_value(passed.values, name)) if name and passed.outer else name
    if name is None:
        return effect.lower(), "the definition"
    if through is None:
        return effect.lower(), "the initiative"
    return effect.lower(), _origin(through, assignment)


def _origin(parameter: str, assignment: Mapping[str, Any]) -> str:
    given = passed_value(assignment.get("parameters"), parameter) is not None
    return f"the assignment's parameter {parameter}" if given else f"the default of parameter {parameter}"


def _override(assignment: Mapping[str, Any], kind: str, reference_id: str, location: str | None) -> str:
    overrides = assignment.get("overrides")
    for raw in overrides if isinstance(overrides, list) else ():
        override = mapping(raw)
        if text(override.get("kind")).lower() != kind.lower():
            continue
        if with_selectors(override.get("selectors"), location, reference_id) is True:
            return text(override.get("value"))
    return ""


def _namespaces(details: Mapping[str, Any], scope: Scope, passed: _Passed) -> Namespaces:
    expression = details.get("excludedNamespaces")
    excluded, included = evaluate(expression, scope), evaluate(details.get("namespaces"), scope)
    source, parameter = _namespace_parameter(expression, passed)
    return Namespaces(
        source=source,
        parameter=parameter,
        excluded=None if excluded is UNKNOWN else strings(excluded),
        included=strings(included),
        of_definition=parameter_named(expression) or "",
    )


def _namespace_parameter(expression: Any, passed: _Passed) -> tuple[str, str]:
    """How the list is set, followed from the definition through the initiative to the assignment."""
    if expression is None:
        return "absent", ""
    name = parameter_named(expression)
    if name is None:
        return "literal", ""
    if passed.outer is None:
        return "parameter", name
    given = passed_value(passed.values, name)
    if given is None:
        return "absent", ""
    through = parameter_named(given)
    return ("parameter", through) if through else ("literal", "")


def _is_older(version: str, document: Mapping[str, Any]) -> bool:
    """Whether a major below that of the document at hand is pinned."""
    own = text(document.get("version")) or text(mapping(document.get("metadata")).get("version"))
    pinned, newest = builtins.major(version), builtins.major(own)
    return pinned is not None and newest is not None and pinned < newest


def _conditions(document: Mapping[str, Any]) -> str:
    """A rule that asks for more than the resource type can only be evaluated by the service."""
    rule = mapping(document.get("policyRule")).get("if")
    if rule is None:
        return ""
    condition = mapping(rule)
    named = [condition.get("equals"), *strings(condition.get("in"))]
    plain = text(condition.get("field")).lower() == "type" and len(condition) == 2  # noqa: PLR2004
    if plain and any(text(one).lower() == _CLUSTERS for one in named):
        return ""
    return "its rule has conditions that only Azure Policy evaluates"


def _states(item: Item) -> dict[tuple[str, str], str]:
    """The effect that the service itself resolved, by assignment and reference."""
    rows = item.value if item.known and isinstance(item.value, list) else ()
    return {
        (text(row.get("policyAssignmentId")).lower(), text(row.get("policyDefinitionReferenceId")).lower()): text(
            row.get("policyDefinitionAction")
        ).lower()
        for row in map(mapping, rows)
    }


def _confirmed(policy: PolicyInForce, states: Mapping[tuple[str, str], str]) -> PolicyInForce:
    """What the service resolved settles what could not be resolved here."""
    effect = states.get((policy.assignment_id.lower(), policy.reference_id.lower()))
    if not effect or policy.unread:
        return policy
    if policy.effect == "unknown":
        policy = replace(policy, effect=effect, effect_from="policyStates")
    return replace(policy, uncertain="")
