"""From one assignment to what each of its policies does: initiative, versions, parameters and overrides put together.

Pure, and indifferent to the shape of what the service sent: whatever is not as documented is treated as not there.
Nothing here depends on the cluster except its region, for which overrides can differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.policy import built_ins, own_template
from azext_aksinvokefix.policy.expression import (
    UNKNOWN,
    Scope,
    evaluate,
    is_expression,
    parameter_named,
    parameters_of,
    passed_names,
    passed_value,
)
from azext_aksinvokefix.policy.model import Namespaces, PolicyInForce, record_key
from azext_aksinvokefix.policy.names import is_spelled_out, template_names
from azext_aksinvokefix.policy.scope import strings, with_selectors
from azext_aksinvokefix.shapes import mapping, text

_CLUSTERS = "microsoft.containerservice/managedclusters"


@dataclass(frozen=True)
class _Passed:
    """What reaches which definition: values by name, in which scope they stand, and through which reference."""

    definition_id: str
    values: Any
    outer: Scope | None = None
    set_id: str = ""
    reference_id: str = ""
    version: str = ""


def policies_of(
    base: PolicyInForce, definitions: Mapping[str, Item], location: str | None
) -> tuple[PolicyInForce, ...]:
    """Every policy for the inside of a cluster, or about run command itself, that an assignment brings.

    ``base`` holds what is the same for all of them, the assignment itself included.
    """
    properties = mapping(base.assignment.get("properties"))
    softened = _softened(properties)
    return tuple(_resolved(replace(base, softened=softened) if softened else base, properties, definitions, location))


def definition_of(policy_id: str, version: str, definitions: Mapping[str, Item]) -> Item | None:
    """A definition or initiative as read, else from the table of built-ins; None when it is neither."""
    read = definitions.get(record_key(policy_id, version))
    if read is not None:
        return read
    known = built_ins.lookup(policy_id, version)
    return Item(value=known) if known is not None else definitions.get(record_key(policy_id))


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
        passed = _Passed(base.definition_id, properties.get("parameters"), version=version)
        yield from _definition(base, document, passed, properties, location)
        return
    scope = parameters_of(properties.get("parameters"), document.get("parameters"))
    for raw in document["policyDefinitions"]:
        reference = mapping(raw)
        passed = _Passed(
            definition_id=text(reference.get("policyDefinitionId")),
            values=reference.get("parameters"),
            outer=scope,
            set_id=base.definition_id,
            reference_id=text(reference.get("policyDefinitionReferenceId")),
            version=text(reference.get("definitionVersion")),
        )
        yield from _member(base, passed, properties, definitions, location)


def _member(
    base: PolicyInForce,
    passed: _Passed,
    properties: Mapping[str, Any],
    definitions: Mapping[str, Item],
    location: str | None,
) -> Iterator[PolicyInForce]:
    version = _override(properties, "definitionVersion", passed.reference_id, location) or passed.version
    item = definition_of(passed.definition_id, version, definitions)
    if item is None:
        return
    if not item.known:
        member = replace(base, definition_id=passed.definition_id)
        yield replace(_unread(member, item), set_id=passed.set_id, reference_id=passed.reference_id)
        return
    document = mapping(mapping(item.value).get("properties"))
    yield from _definition(base, document, replace(passed, version=version), properties, location)


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
    is_run_command = built_ins.built_in_name(passed.definition_id) == built_ins.DISABLE_RUN_COMMAND
    then = mapping(mapping(document.get("policyRule")).get("then"))
    details = mapping(then.get("details"))
    if not (inside or is_run_command) or "mutationInfo" in details:
        return
    scope = parameters_of(passed.values, document.get("parameters"), passed.outer)
    effect, source = _effect(then.get("effect"), scope, passed, assignment, location)
    warns = evaluate(details.get("warn", False), scope)
    kinds = evaluate(details.get("kinds"), scope)
    groups = evaluate(details.get("apiGroups"), scope)
    templates, guessed = _templates(passed.definition_id, details)
    yield replace(
        base,
        definition_id=passed.definition_id,
        definition_name=text(document.get("displayName")) or passed.definition_id.rpartition("/")[2],
        set_id=passed.set_id,
        reference_id=passed.reference_id,
        version=passed.version,
        outdated=_is_older(passed.version, document),
        effect=effect,
        effect_from=source,
        uncertain=base.uncertain or _conditions(document) or _warning(effect, warns),
        kinds=strings(kinds) if isinstance(kinds, list) else None,
        api_groups=strings(groups) if isinstance(groups, list) else None,
        scoped=text(evaluate(details.get("scope"), scope)),
        source=evaluate(details.get("source", ""), scope),
        label_selector=evaluate(details.get("labelSelector"), scope),
        templates=templates,
        guessed=guessed,
        parameters=_effective(document.get("parameters"), passed.values, scope),
        namespaces=_namespaces(details, scope, passed),
        template=own_template.of_details(details, scope),
    )


def _effective(declared: Any, passed: Any, scope: Scope) -> dict[str, Any]:
    """The values of the parameters that have one; UNKNOWN is one that only the service can compute."""
    given = passed_names(passed)
    return {
        str(name): scope(str(name))
        for name, one in mapping(declared).items()
        if "defaultValue" in mapping(one) or str(name).lower() in given
    }


def _templates(definition_id: str, details: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    """The names of the template, and whether they are guessed: copies of built-ins refer to the built-in's template."""
    built_in = built_ins.templates(definition_id)
    if built_in:
        return built_in, False
    own = template_names(details)
    known = () if is_spelled_out(details) else built_ins.templates_like(own)
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
    pinned, newest = built_ins.major(version), built_ins.major(own)
    return pinned is not None and newest is not None and pinned < newest


def _warning(effect: str, warns: Any) -> str:
    """Audit and warn together are documented; of deny and warn together nothing is."""
    return "its parameter warn is true, and it is not documented whether it then denies" if _both(effect, warns) else ""


def _both(effect: str, warns: Any) -> bool:
    return effect == "deny" and (warns is True or warns is UNKNOWN)


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
