"""The admission side of Azure Policy: the constraints that the add-on keeps in a cluster, and what they say to a pod.

The add-on follows Azure Resource Manager with a delay, so a cluster decides by a copy of the policies (``Synced``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.simulator.cluster.pods import Pod
from tests.simulator.policy import builtins, rego, templates
from tests.simulator.policy.effective import Effective, Policies, at_cluster
from tests.simulator.policy.templates import Template

#: The add-on never looks at these, whatever the parameters say (documented).
ALWAYS_EXCLUDED = ("kube-system", "gatekeeper-system")


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
            and details.get("source") != "Generated"
            and any(covers(pattern, namespace) for pattern in included)
            and not any(covers(pattern, namespace) for pattern in excluded)
            and _labelled(details.get("labelSelector") or {}, pod["metadata"].get("labels", {}))
        )

    @property
    def parameters(self) -> Mapping[str, Any]:
        values: Mapping[str, Any] = self.source.details.get("values", {})
        return {key: value for key, value in values.items() if value is not None}

    def violations(self, pod: Pod) -> list[str]:
        return rego.judge().violations(self.template, self.parameters, review(pod))


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


def review(pod: Pod) -> dict[str, Any]:
    """What Gatekeeper asks its engine about: the request for the pod's creation, as `input.review`."""
    metadata = pod["metadata"]
    return {
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "operation": "CREATE",
        "name": metadata["name"],
        "namespace": metadata["namespace"],
        "object": pod,
    }


def template_of(definition: Mapping[str, Any]) -> Template | None:
    """The constraint template of a definition, None when it is not about Kubernetes or lies where nobody has it."""
    info = definition["properties"]["policyRule"]["then"].get("details", {}).get("templateInfo") or {}
    if info.get("sourceType") == "Base64Encoded":
        return templates.brought(info["content"])
    known = builtins.templates().get(info.get("url", ""))
    return templates.built_in(*known) if known else None


def _labelled(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    return all(labels.get(name) == value for name, value in (selector.get("matchLabels") or {}).items()) and all(
        _fits(expression, labels) for expression in selector.get("matchExpressions") or ()
    )


def _fits(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    name, operator, values = expression["key"], expression["operator"], expression.get("values") or ()
    fits: Mapping[str, bool] = {
        "In": name in labels and labels[name] in values,
        "NotIn": name not in labels or labels[name] not in values,
        "Exists": name in labels,
        "DoesNotExist": name not in labels,
    }
    return fits[operator]
