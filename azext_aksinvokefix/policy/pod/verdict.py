"""What is known of the command pod, and how a prediction about it is put.

The pod: bare, one container ``user-command``, on Entra clusters an init container ``init-command`` too, image
mcr.microsoft.com/aks/command/runtime with the date of its build as tag, requests 200m and 500Mi, limits 500m and 1Gi,
one label, one annotation, a service account whose token it uses, no probes and no imagePullSecrets. Nobody has
published the whole manifest, so a prediction is never more than likely. That it has no securityContext is inferred
from a description of 2023 that shows none. Of runAsUser sources disagree: a denial by the policy on privilege
escalation was reported, which a pod without runAsUser passes at the versions of today.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from azext_aksinvokefix.policy.re2.expression import Wild

DENY, PASS, OPEN = "deny", "pass", "unknown"

REPOSITORY = "mcr.microsoft.com/aks/command/runtime"
#: Tags seen: master.210524.9, master.220211.1, master.230109.1, master.240118.1.
IMAGE: tuple[str | Wild, ...] = (
    f"{REPOSITORY}:master.",
    Wild("0123456789", 6, 6),
    ".",
    Wild("0123456789", 1, 2),
)
RUNS, STARTS = "user-command", "init-command"
LABELS = frozenset({"createdBy"})
ANNOTATIONS = {"aks.azure.com/runCommand": "true"}
CPU_LIMIT, MEMORY_LIMIT = "500m", "1Gi"
#: What the API server sets for a tag other than latest, where the pod says nothing.
PULL_POLICY = "IfNotPresent"

_SHOWN = 8


class Verdict(NamedTuple):
    """Whether a policy denies the pod, and why.

    ``depends`` names the fields of the pod, unpublished, that would change it or on which an ``unknown`` one hangs, and
    ``likely`` what an unknown one comes to if they are as inferred.
    """

    outcome: str
    why: str
    depends: tuple[str, ...] = ()
    likely: str = ""


def denies(why: str, *depends: str) -> Verdict:
    return Verdict(DENY, why, depends)


def allows(why: str) -> Verdict:
    return Verdict(PASS, why)


def unknown(why: str, *depends: str, likely: str = "") -> Verdict:
    return Verdict(OPEN, why, depends, likely)


def unreadable(*parameters: str) -> Verdict:
    return unknown(f"its {' or '.join(parameters)} cannot be read")


def join(values: list[Any]) -> str:
    return ", ".join(map(str, values[:_SHOWN])) + (", …" if len(values) > _SHOWN else "")
