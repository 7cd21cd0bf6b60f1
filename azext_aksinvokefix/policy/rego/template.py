"""A Gatekeeper ConstraintTemplate: which engine judges by it, and its Rego, read and linked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from azext_aksinvokefix.policy.rego.errors import RefusedError
from azext_aksinvokefix.policy.rego.names import Path, link
from azext_aksinvokefix.policy.rego.parser import parse
from azext_aksinvokefix.policy.rego.plan import Planned
from azext_aksinvokefix.policy.rego.syntax import Call, Document, Rule

_LONGEST, _MOST_LIBRARIES = 200_000, 50
_CEL = "K8sNativeValidation"


@dataclass(frozen=True)
class Template:  # pylint: disable=too-many-instance-attributes
    """``kind``: the kind of its constraints. ``why_not``: half a sentence on why it cannot be judged here, or "".

    ``also_cel``: the template holds its rules a second time as CEL. Gatekeeper runs those instead where its CEL engine
    is on (its default since 3.18), and only their author says that both are the same. ``schema``: of the constraints'
    parameters, in which a template of version v1 may give defaults; ``structural``: whether it is of that version.
    """

    kind: str
    why_not: str = ""
    also_cel: bool = False
    schema: Any = field(default=None, repr=False, compare=False)
    structural: bool = False
    entry: Path = ()
    rules: Mapping[Path, list[Rule]] = field(default_factory=dict, repr=False, compare=False)
    #: Bodies put in order, kept from one judgement to the next.
    plans: dict[int, Planned] = field(default_factory=dict, repr=False, compare=False)


def read(document: object) -> Template:
    """A template from its parsed YAML or JSON. Never raises: what cannot be read says so in ``why_not``."""
    kind = ""
    try:
        spec = _mapping(_mapping(document).get("spec"))
        crd = _mapping(_mapping(spec.get("crd")).get("spec"))
        kind = str(_mapping(crd.get("names")).get("kind") or "")
        rego, libraries, version = _source(spec)
        return replace(
            _linked(kind, rego, libraries, version),
            also_cel=_has_cel(spec),
            schema=_mapping(crd.get("validation") or {}).get("openAPIV3Schema"),
            structural=str(_mapping(document).get("apiVersion")).endswith("/v1"),
        )
    except RefusedError as error:
        return Template(kind, why_not=str(error))
    except RecursionError:
        return Template(kind, why_not="its Rego is nested too deeply")


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RefusedError("it is not a ConstraintTemplate")
    return value


def _source(spec: Mapping[str, Any]) -> tuple[str, list[str], int]:
    """The Rego that Gatekeeper runs, its libraries and its version."""
    targets = spec.get("targets")
    if not isinstance(targets, Sequence) or len(targets) != 1:
        raise RefusedError("it has no target, or several")
    target = _mapping(targets[0])
    code = [_mapping(item) for item in target.get("code") or () if isinstance(item, Mapping)]
    engines = [str(item.get("engine")) for item in code]
    source: Mapping[str, Any] = target
    if "Rego" in engines:
        source = _mapping(code[engines.index("Rego")].get("source"))
    elif code and not target.get("rego"):
        raise RefusedError("its rules are CEL" if _CEL in engines else f"its rules are for the engine {engines[0]}")
    rego, libraries = source.get("rego"), source.get("libs") or []
    if not isinstance(rego, str) or not isinstance(libraries, Sequence):
        raise RefusedError("it contains no Rego")
    if len(libraries) > _MOST_LIBRARIES or sum(map(len, (rego, *map(str, libraries)))) > _LONGEST:
        raise RefusedError("its Rego is too long")
    return rego, [str(library) for library in libraries], 1 if source.get("version") == "v1" else 0


def _has_cel(spec: Mapping[str, Any]) -> bool:
    """Whether the same rules are there as CEL, which Gatekeeper prefers wherever it has CEL switched on."""
    code = _mapping(spec["targets"][0]).get("code") or ()
    return any(isinstance(item, Mapping) and item.get("engine") == _CEL for item in code)


def _linked(kind: str, rego: str, libraries: list[str], version: int) -> Template:
    entry = parse(rego, version=version)
    modules = [entry, *(parse(library, version=version) for library in libraries)]
    if any(module.package[:1] != ("lib",) for module in modules[1:]):
        raise RefusedError("one of its libraries is not in a package under lib")
    rules = link(modules)
    path = (*entry.package, "violation")
    if path not in rules:
        raise RefusedError("it has no rule named violation, the only one that Gatekeeper evaluates")
    _refuse_recursion(rules)
    return Template(kind, entry=path, rules=rules)


def _refuse_recursion(rules: Mapping[Path, list[Rule]]) -> None:
    """OPA compiles no rule that comes back to itself."""
    uses = {
        path: sorted({used for rule in found for used in _used(rule)} & set(rules)) for path, found in rules.items()
    }
    done: set[Path] = set()
    for start in rules:
        trail: dict[Path, Iterator[Path]] = {start: iter(uses[start])} if start not in done else {}
        while trail:
            path = next(reversed(trail))
            used = next(trail[path], None)
            if used is None:
                done.add(path)
                del trail[path]
            elif used in trail:
                raise RefusedError("its rules are recursive")
            elif used not in done:
                trail[used] = iter(uses[used])


def _used(node: Any) -> Iterator[Path]:
    """The paths of the rules that a tree names."""
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, Document):
            yield item.path
        elif isinstance(item, Call) and item.path[0] == "data":
            yield item.path[1:]
        if isinstance(item, tuple):
            stack.extend(item)
        elif hasattr(item, "__dataclass_fields__"):
            stack.extend(getattr(item, name) for name in item.__dataclass_fields__)
