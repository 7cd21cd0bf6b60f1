"""Reading the constraint templates that custom policies bring, of those policies that may deny the command pod.

A template is a tenant's text: its size, its depth and the number of its nodes are bounded, and what YAML can multiply
(anchors and aliases) or construct (tags) is refused. The loader is PyYAML, which the CLI itself needs.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.policy.names import same_template
from azext_aksinvokefix.policy.own_template import OwnTemplate
from azext_aksinvokefix.policy.rego import Template, read

#: No template that Gatekeeper's own evaluator takes in a definition of a policy comes near.
LONGEST = 256 * 1024
_DEEPEST, _MOST_NODES = 64, 20_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnreadableError(Exception):
    """A text that cannot be read as a template; says why, as half a sentence."""


@dataclass
class GivenTemplate:
    """A template that a user downloaded, and whether it turned out to be that of a policy."""

    file: str
    name: str
    template: Template
    used: bool = field(default=False, compare=False)


def with_templates(
    policies: Iterable[PolicyInForce], given: Sequence[GivenTemplate], known: dict[str, OwnTemplate] | None = None
) -> list[PolicyInForce]:
    """The policies, with the templates read of those that may deny; several with one template share it in ``known``."""
    known = {} if known is None else known
    return [_with_template(policy, known, given) if may_be_judged(policy) else policy for policy in policies]


def may_be_judged(policy: PolicyInForce) -> bool:
    return policy.template is not None and policy.effect in ("deny", "unknown") and not policy.excused()


def _with_template(
    policy: PolicyInForce, known: dict[str, OwnTemplate], given: Sequence[GivenTemplate]
) -> PolicyInForce:
    own = policy.template
    assert own is not None
    if own.url:
        found = next((one for one in given if _fits(one, policy, own.url)), None)
        if found is None:
            return policy
        found.used = True
        return replace(policy, template=replace(own, read=found.template, file=found.file))
    if own.content not in known:
        known[own.content] = _inline(own)
    template, why_not = known[own.content].read, known[own.content].why_not
    return replace(policy, template=replace(own, read=template, why_not=why_not))


def _fits(one: GivenTemplate, policy: PolicyInForce, url: str) -> bool:
    """By the kind that it makes or its own name: the URL's folder or file is called like one of them."""
    names = [name for name in (one.template.kind.lower(), one.name.lower()) if name]
    if any(same_template(name, known) for name in names for known in policy.templates):
        return True
    last = url.partition("?")[0].rpartition("/")[2].rpartition(".")[0].lower()
    return last in names


def _inline(own: OwnTemplate) -> OwnTemplate:
    try:
        documents = parsed(_decoded(own.content))
        if len(documents) != 1:
            raise UnreadableError("its content is not one document")
        return replace(own, read=read(documents[0]))
    except UnreadableError as error:
        return replace(own, why_not=str(error))


def _decoded(content: str) -> bytes:
    if len(content) > 2 * LONGEST:
        raise UnreadableError(_too_long())
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise UnreadableError("its content is not Base64") from None


def given_template(file: str, data: bytes) -> list[GivenTemplate]:
    """The templates in a file; UnreadableError where there is none."""
    found = []
    for document in parsed(data):
        metadata = document.get("metadata") if isinstance(document, dict) else None
        if isinstance(document, dict) and document.get("kind") == "ConstraintTemplate":
            name = metadata.get("name") if isinstance(metadata, dict) else None
            found.append(GivenTemplate(file, name if isinstance(name, str) else "", read(document)))
    if not found:
        raise UnreadableError("it contains no ConstraintTemplate")
    return found


def parsed(data: bytes) -> list[Any]:
    """The documents of a YAML or JSON text; UnreadableError for what is none, or too much."""
    if len(data) > LONGEST:
        raise UnreadableError(_too_long())
    try:
        loader = _LOADER(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableError("it is not UTF-8") from None
    except yaml.YAMLError:
        raise UnreadableError("it is not YAML") from None
    try:
        return _documents(loader)
    except (yaml.YAMLError, ValueError, OverflowError):
        raise UnreadableError("it is not YAML") from None
    finally:
        loader.dispose()


def _too_long() -> str:
    return f"it is longer than {LONGEST // 1024} KiB"


def _documents(loader: Any) -> list[Any]:
    """What the events of a parser build, without recursion."""
    found: list[Any] = []
    events = iter(loader.get_event, None)
    open_nodes: list[_Open] = []
    for number, event in enumerate(events):
        if number > _MOST_NODES or len(open_nodes) > _DEEPEST:
            raise UnreadableError("it is nested too deeply or has too many values")
        _refuse_more_than_data(event)
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            open_nodes.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else []))
        elif isinstance(event, (yaml.ScalarEvent, yaml.CollectionEndEvent)):
            value = _scalar(loader, event) if isinstance(event, yaml.ScalarEvent) else open_nodes.pop().value
            if open_nodes:
                open_nodes[-1].take(value)
            else:
                found.append(value)
    return found


def _refuse_more_than_data(event: Any) -> None:
    """Anchors can multiply a text without end, and tags can construct anything; an alias has an anchor too."""
    if getattr(event, "anchor", None):
        raise UnreadableError("it uses YAML anchors")
    if getattr(event, "tag", None) not in (None, "!"):
        raise UnreadableError("it uses YAML tags")


_NO_KEY: Any = object()


@dataclass
class _Open:
    """A mapping or a sequence whose end was not read yet."""

    value: Any
    key: Any = _NO_KEY

    def take(self, value: Any) -> None:
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.key is not _NO_KEY:
            self.value[self.key], self.key = value, _NO_KEY
        elif isinstance(value, (dict, list)):
            raise UnreadableError("one of its keys is not a string")
        else:
            self.key = value if isinstance(value, str) else str(value)


def _scalar(loader: Any, event: Any) -> Any:
    """A text, number, boolean or null as YAML reads it."""
    tag = loader.resolve(yaml.ScalarNode, event.value, event.implicit)
    return event.value if tag in _TEXTS else loader.construct_object(yaml.ScalarNode(tag, event.value))


#: A date is a text in JSON, which is what Kubernetes makes of YAML; so are the merge key and the value key.
_TEXTS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "timestamp", "merge", "value", "binary"))
