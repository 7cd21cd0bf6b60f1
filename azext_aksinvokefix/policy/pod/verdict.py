"""How a prediction about the command pod is put.

Nobody has published the pod's whole manifest, so a prediction is never more than likely. That it has no securityContext
is inferred from a description of 2023 that shows none. Of runAsUser sources disagree: a denial by the policy on
privilege escalation was reported, which a pod without runAsUser passes at the versions of today.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from azext_aksinvokefix.policy.pod.facts import LABEL, REPOSITORY, TAG
from azext_aksinvokefix.policy.re2.expression import Wild

DENY, PASS, OPEN = "deny", "pass", "unknown"

IMAGE: tuple[str | Wild, ...] = (
    f"{REPOSITORY}:{TAG}",
    Wild("0123456789", 6, 6),
    ".",
    Wild("0123456789", 1, 2),
)
LABELS = frozenset({LABEL})

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
