"""Which policies stand behind a denial, which are excused, which may: one answer for explaining and for repairing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from azext_aksinvokefix.finding_ids import BY_STAGE
from azext_aksinvokefix.lifecycle import Evidence, Failure, Item, Stage
from azext_aksinvokefix.policy import match
from azext_aksinvokefix.policy.match import DenialText
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.policy.pod import prediction
from azext_aksinvokefix.policy.pod.facts import ENTRA, LOCAL
from azext_aksinvokefix.policy.safeguards import with_resource
from azext_aksinvokefix.shapes import mapping

STAGE: Stage = "admission"
AZURE_POLICY = frozenset({"azure-policy-denied", "safeguards-denied"})

#: A failure of these stages or findings proves that the pod was let in.
_LATER_STAGES = frozenset({"scheduling", "startup", "command"})
_LATER_FINDINGS = frozenset({"still-running", "output-truncated", "result-read-missing"})


@dataclass(frozen=True)
class Denied:
    """What a text says about the refusal of the command pod: by Azure Policy, and by others."""

    ids: tuple[str, ...] = ()
    azure: DenialText | None = None
    others: tuple[Any, ...] = ()


@dataclass(frozen=True)
class DenialAnalysis:  # pylint: disable=too-many-instance-attributes
    """The policies behind a denial by Azure Policy.

    ``denying`` are those of which it is known that they deny and match the text; ``blamed`` are these and those which
    may, because their effect is not known or the text does not show every denial. ``left`` is what the text says beyond
    them; of that, ``excused`` could have said it before they were changed, and ``untold`` may have said it: their
    definition was not read, or does not tell its name. ``alike`` go by a name in the text as well and do not deny.
    """

    named: DenialText
    policies: tuple[PolicyInForce, ...] = ()
    denying: tuple[PolicyInForce, ...] = ()
    blamed: tuple[PolicyInForce, ...] = ()
    left: DenialText = DenialText()
    excused: tuple[PolicyInForce, ...] = ()
    untold: tuple[PolicyInForce, ...] = ()
    alike: tuple[PolicyInForce, ...] = ()


@dataclass(frozen=True)
class Prediction:
    """A policy that denies or may deny a command pod, with the outcome of ``policy.pod`` and why."""

    policy: PolicyInForce
    verdict: str
    why: str

    @property
    def untold(self) -> bool:
        """Whether nothing can be predicted of it."""
        return bool(self.policy.unread) or self.policy.effect == "unknown"

    @property
    def sure(self) -> bool:
        return self.verdict == prediction.DENY and self.policy.effect == "deny"


def denied(failure: Failure | None) -> Denied:
    """What the text of a failure says about admission; empty where it is about something else."""
    if failure is None or failure.stage != STAGE:
        return Denied()
    named = dict.fromkeys([failure.finding, *failure.facts.get("also", ())])
    ids = tuple(one for one in named if one in BY_STAGE[STAGE])
    denials = tuple(failure.facts.get("denials", ()))
    ours = tuple(denial for denial in denials if denial.engine == "azure-policy")
    others = tuple(denial for denial in denials if denial.engine != "azure-policy")
    if not ours and not AZURE_POLICY & set(ids):
        return Denied(ids, None, others)
    return Denied(ids, match.named_in(ours, failure.facts.get("constraintKind")), others)


def was_admitted(failure: Failure) -> bool:
    """Whether a failure proves that the pod was let in."""
    return failure.stage in _LATER_STAGES or failure.finding in _LATER_FINDINGS


def blame(named: DenialText, evidence: Evidence) -> DenialAnalysis:
    """The policies behind what a text says of Azure Policy's denials."""
    policies = standing(evidence)
    found = match.candidates(policies, named.names)
    innocent = _innocent((*found.denying, *found.open), named)
    denying = tuple(policy for policy in found.denying if policy not in innocent)
    blamed = (*denying, *(policy for policy in found.open if policy not in innocent))
    if not named.complete:
        blamed += _hidden(policies, blamed, bool(named.names and denying))
    left = named.beyond(blamed) if named.complete or not blamed else DenialText()
    behind = match.candidates(policies, left.names)
    looks_on = bool(not blamed or left.denials)
    return DenialAnalysis(
        named,
        policies,
        denying=denying,
        blamed=blamed,
        left=left,
        excused=behind.excused,
        untold=behind.untold if looks_on else (),
        alike=(*found.excused, *innocent),
    )


def _innocent(candidates: Sequence[PolicyInForce], named: DenialText) -> tuple[PolicyInForce, ...]:
    """Those whose parameters let such a pod pass, where another one of the same template explains the denial."""
    verdicts = [(policy, prediction.verdict(policy).outcome) for policy in candidates]
    guilty = [policy for policy, outcome in verdicts if outcome != prediction.PASS]
    return tuple(
        policy
        for policy, outcome in verdicts
        if outcome == prediction.PASS and not named.about(policy).beyond(guilty).denials
    )


def predictions(evidence: Evidence) -> tuple[Prediction, ...]:
    """The policies that would deny, or might deny, the pod of the next command."""
    return tuple(foreseen(standing(evidence)))


def standing(evidence: Evidence) -> tuple[PolicyInForce, ...]:
    """The policies as they stand at this very cluster: steered by its safeguards, about the pods that it creates."""
    forms = _forms(evidence.cluster)
    return tuple(
        replace(policy, template=replace(policy.template, forms=forms)) if policy.template and forms else policy
        for policy in with_resource(in_force(evidence.assignments), evidence)
    )


def _forms(cluster: Item) -> tuple[str, ...]:
    """The form of its command pods: with Entra ID there is an init container; none where the cluster was not read."""
    found = mapping(mapping(cluster.value if cluster.known else None).get("properties"))
    if not found:
        return ()
    return (ENTRA,) if mapping(found.get("aadProfile")) else (LOCAL,)


def foreseen(policies: Sequence[PolicyInForce]) -> Iterator[Prediction]:
    """Those of the policies that would deny, or might deny, the pod of the next command."""
    for policy in policies:
        may_deny = policy.effect in ("deny", "unknown") or bool(policy.unread)
        if may_deny and not policy.excused():
            if "verdict" not in policy.worked_out:
                policy.worked_out["verdict"] = prediction.verdict(policy)
            found = policy.worked_out["verdict"]
            if found.outcome != prediction.PASS:
                yield Prediction(policy, found.outcome, found.why)


def in_force(item: Item) -> tuple[PolicyInForce, ...]:
    """The policies that were read."""
    value = item.value if item.known else None
    return tuple(one for one in value if isinstance(one, PolicyInForce)) if isinstance(value, (list, tuple)) else ()


def has_no_addon(cluster: Item) -> bool:
    """Without its add-on Azure Policy does not reach into the cluster."""
    properties = mapping(mapping(cluster.value if cluster.known else None).get("properties"))
    if not properties:
        return False
    addons = mapping(properties.get("addonProfiles"))
    addon = next((value for name, value in addons.items() if str(name).lower() == "azurepolicy"), None)
    return mapping(addon).get("enabled") is not True


def _hidden(
    policies: Sequence[PolicyInForce], blamed: Sequence[PolicyInForce], surely: bool
) -> tuple[PolicyInForce, ...]:
    """The policies that a text hides: those which deny such a pod, and without any better lead those which may."""
    wanted = (prediction.DENY,) if surely else (prediction.DENY, prediction.OPEN)
    return tuple(
        found.policy
        for found in foreseen(policies)
        if found.policy not in blamed and not found.untold and found.verdict in wanted
    )
