"""The admission side of Azure Policy: the constraints that the add-on keeps in a cluster, and what they say to a pod.

The add-on follows Azure Resource Manager with a delay, so a cluster decides by a copy of the policies (``Synced``).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from tests.simulator.cluster.pod_rules import RULES, Pod
from tests.simulator.policy import builtins
from tests.simulator.policy.effective import Effective, Policies, at_cluster

#: Carries the pod check of a custom template, whose Rego is not run here.
RULE_ANNOTATION = "simulator/rule"

#: The add-on never looks at these, whatever the parameters say (documented).
ALWAYS_EXCLUDED = ("kube-system", "gatekeeper-system")


@dataclass(frozen=True)
class Template:
    """A constraint template: its kind, and the name of the check in ``pod_rules``."""

    kind: str
    rule: str

    @property
    def name(self) -> str:
        return self.kind.lower()


@dataclass(frozen=True)
class Constraint:
    """One constraint in the cluster."""

    template: Template
    source: Effective

    @property
    def name(self) -> str:
        """``azurepolicy-``, 30 characters of the template's name and 20 hex digits."""
        # modelled: the recipe of the 20 hex digits in the name of a constraint
        # proof: none; the recipe is not public, and nothing may rest on it
        seed = f"{self.source.assignment['id']}|{self.source.reference}".lower()
        return f"azurepolicy-{self.template.name[:30]}-{hashlib.sha256(seed.encode()).hexdigest()[:20]}"

    def matches(self, pod: Pod) -> bool:
        details, namespace = self.source.details, pod["metadata"]["namespace"]
        included = details.get("namespaces") or ["*"]
        excluded = [*ALWAYS_EXCLUDED, *(details.get("excludedNamespaces") or ())]
        return (
            "Pod" in details.get("kinds", ["Pod"])
            and any(covers(pattern, namespace) for pattern in included)
            and not any(covers(pattern, namespace) for pattern in excluded)
            and _labelled(details.get("labelSelector") or {}, pod["metadata"].get("labels", {}))
        )

    def violations(self, pod: Pod) -> Iterator[str]:
        values = self.source.details.get("values", {})
        yield from RULES[self.template.rule](pod, {key: value for key, value in values.items() if value is not None})


@dataclass(frozen=True)
class Violation:
    """One message of one constraint about a pod."""

    constraint: Constraint
    message: str


def covers(pattern: str, namespace: str) -> bool:
    """Gatekeeper's namespace globs: a star at the front, at the end, or at both.

    >>> covers("aks-*", "aks-command"), covers("*-command", "aks-command"), covers("aks", "aks-command")
    (True, True, False)
    """
    core = pattern.strip("*")
    starts, ends = pattern.startswith("*"), pattern.endswith("*")
    if starts and ends:
        return core in namespace
    if starts:
        return namespace.endswith(core)
    return namespace.startswith(core) if ends else namespace == core


def constraints(policies: Policies, cluster_id: str, location: str, now: datetime) -> list[Constraint]:
    """The constraints that the add-on makes of the policies in force; exempted and disabled ones have none."""
    return [
        Constraint(template, effective)
        for effective in at_cluster(policies, cluster_id, location, now)
        if not effective.exempt and effective.effect != "disabled" and (template := template_of(effective.definition))
    ]


def denials(of: Iterable[Constraint], pod: Pod) -> list[Violation]:
    """What the denying constraints say to the pod, in their order."""
    return [
        Violation(constraint, message)
        for constraint in of
        if constraint.source.denies and constraint.matches(pod)
        for message in constraint.violations(pod)
    ]


def template_of(definition: Mapping[str, Any]) -> Template | None:
    """The constraint template of a definition, None when it is not about Kubernetes or has no check here."""
    info = definition["properties"]["policyRule"]["then"].get("details", {}).get("templateInfo") or {}
    if info.get("sourceType") == "Base64Encoded":
        return _custom(info["content"])
    known = builtins.templates().get(info.get("url", ""))
    return Template(*known) if known else None


def _custom(content: str) -> Template | None:
    template = yaml.safe_load(base64.b64decode(content))
    rule = template["metadata"].get("annotations", {}).get(RULE_ANNOTATION)
    return Template(template["spec"]["crd"]["spec"]["names"]["kind"], rule) if rule in RULES else None


def _labelled(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    return all(labels.get(name) == value for name, value in (selector.get("matchLabels") or {}).items())
