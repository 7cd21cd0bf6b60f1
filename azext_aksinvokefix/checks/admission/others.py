"""Refusals that no Azure Policy assignment or exemption can lift: what they are, and who can lift them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from azext_aksinvokefix import catalog
from azext_aksinvokefix.checks.basis import text_confidence, text_datum
from azext_aksinvokefix.cluster import COMMAND_NAMESPACE
from azext_aksinvokefix.finding_ids import BY_STAGE
from azext_aksinvokefix.lifecycle import Datum, Failure, Finding, Fix
from azext_aksinvokefix.policy.denial import AZURE_POLICY
from azext_aksinvokefix.quoting import line, one_line

_FINDINGS: Mapping[str, str] = {
    "gatekeeper": "gatekeeper-denied",
    "managed": "managed-policy-denied",
    "defender": "defender-denied",
    "kyverno": "kyverno-denied",
    "pod-security": "pod-security-denied",
    "vap": "webhook-denied",
    "webhook": "webhook-denied",
}
_LONGEST = 600

#: Who can lift it and how; the cluster cannot be reached through run command meanwhile.
_REMEDIES: Mapping[str, str] = {
    "gatekeeper-denied": (
        "The cluster's administrators installed this constraint, not Azure Policy. With access to the API server "
        "they can add aks-command to its spec.match.excludedNamespaces."
    ),
    "managed-policy-denied": (
        "AKS owns this policy, and Azure Policy cannot exempt anything from it. On AKS Automatic use a namespace "
        "that AKS does not manage; only the cluster's Deployment Safeguards resource can be tuned."
    ),
    "defender-denied": (
        "An Owner or Security Admin changes it in Defender for Cloud: Environment settings, Security rules, Gated "
        "deployment. Set the rule to Audit, or replace it with one whose scope excludes namespace aks-command."
    ),
    "kyverno-denied": (
        "The Kyverno administrators can exclude namespace aks-command from the policy or add a PolicyException, "
        "with access to the API server."
    ),
    "pod-security-denied": (
        "A cluster administrator with access to the API server can lower the label "
        "pod-security.kubernetes.io/enforce of namespace aks-command, or exempt the namespace in the Pod Security "
        "configuration."
    ),
    "webhook-denied": (
        "The owner of the webhook or ValidatingAdmissionPolicy can exclude namespace aks-command in its "
        "namespaceSelector."
    ),
    "webhook-unreachable": (
        "The owner of the webhook must restore its service. Or a cluster administrator with access to the API "
        "server sets its failurePolicy to Ignore, or excludes namespace aks-command in its namespaceSelector."
    ),
    "quota-exceeded": (
        "A cluster administrator with access to the API server can remove or raise the ResourceQuota or LimitRange in "
        "namespace aks-command; the command pod requests 200m and 500Mi and is limited to 500m and 1Gi."
    ),
}


def other_findings(
    failure: Failure, ids: Sequence[str], denials: Sequence[Any], *, is_managed: bool = False
) -> tuple[Finding, ...]:
    """A finding for each admission finding of the text that is not about Azure Policy. The text is all there is.

    The last fix of each says who can lift it. ``is_managed``: AKS manages the system nodes, whose namespaces are not
    the user's to touch.
    """
    others = [one for one in ids if one in BY_STAGE["admission"] and one not in AZURE_POLICY]
    by_finding: dict[str, list[Any]] = {one: [] for one in others}
    for denial in denials:
        by_finding.setdefault(_FINDINGS.get(denial.engine, "webhook-denied"), []).append(denial)
    return tuple(_finding(one, tuple(found), failure, is_managed) for one, found in by_finding.items())


def _finding(identity: str, denials: Sequence[Any], failure: Failure, is_managed: bool) -> Finding:
    said = tuple(dict.fromkeys(_said(denial) for denial in denials)) or (one_line(failure.message)[:_LONGEST],)
    return catalog.finding(
        identity,
        confidence=text_confidence(failure),
        evidence=tuple(Datum(text_datum(failure).source, text) for text in said),
        fixes=(
            *(_clean_up(failure) if _counts_pods(identity, failure) and not is_managed else ()),
            Fix(kind="manual", safety="manual", description=_REMEDIES[identity]),
        ),
    )


def _counts_pods(identity: str, failure: Failure) -> bool:
    """Whether it is the number of pods that a quota limits, so that fewer of them make room."""
    return identity == "quota-exceeded" and "pods=" in failure.message.lower()


def _clean_up(failure: Failure) -> Iterator[Fix]:
    """The pods of earlier commands stay for minutes after they ended, and those that never found a node longer."""
    if "count/pods=" not in failure.message.lower():
        yield Fix(
            "command",
            "reviewed",
            "Delete the command pods that never started: they count against a quota of pods, but finished pods do "
            "not. This also deletes the pod of a command that is just starting. It needs access to the API server.",
            line("kubectl", "delete", "pods", "-n", COMMAND_NAMESPACE, "--field-selector=status.phase==Pending"),
        )
    for phase in _ENDED:
        selector = f"--field-selector=status.phase=={phase}"
        yield Fix(
            "command",
            "reviewed",
            f"Delete the leftover command pods in phase {phase}: they count against a quota of count/pods. It "
            "needs access to the API server, because a full quota blocks run command too.",
            line("kubectl", "delete", "pods", "-n", COMMAND_NAMESPACE, selector),
        )


_ENDED = ("Succeeded", "Failed")


def _said(denial: Any) -> str:
    by = denial.policy or denial.constraint or denial.webhook or denial.engine
    return one_line(f"{by}: {denial.message}" if denial.message else str(by))[:_LONGEST]
