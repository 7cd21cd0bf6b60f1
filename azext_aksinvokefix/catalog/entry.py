"""The shape of a catalogue entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from azext_aksinvokefix.finding_ids import STAGE_OF
from azext_aksinvokefix.lifecycle import FixKind, Severity, Stage

#: Where every finding is documented, and the kinds of fixes there are.
DOCUMENTATION = "https://github.com/Azure/aks-invoke-fix/blob/main/docs/findings.md"
FIX_KINDS: tuple[FixKind, ...] = get_args(FixKind)

#: What `repair` can do about a finding: the writing commands, and what it has of its own for the cluster's state.
Repair = Literal["exempt-policy", "grant-role", "add-capacity", "start", "enable-run-command", "wait"]
REPAIRS: tuple[Repair, ...] = get_args(Repair)
#: What can be read of a cluster beside its sign-in, each by requests of its own.
Source = Literal["cluster", "permissions", "metrics", "assignments", "events", "detectors", "endpoints"]
SOURCES: tuple[Source, ...] = get_args(Source)
#: What is worth reading before anything failed.
PREFLIGHT: tuple[Source, ...] = ("cluster", "permissions", "metrics", "assignments")
#: What a cluster wrote down about a failure whose text does not tell the cause.
INSIDE: tuple[Source, ...] = ("events", "detectors")
#: What is worth reading for a failure of a stage. Of the later ones the text says little, so most is.
_SOURCES_OF: Mapping[Stage, tuple[Source, ...]] = {
    "client": (),
    "sign-in": ("cluster",),
    "access": ("cluster", "permissions"),
    "cluster": ("cluster", "assignments"),
    "admission": ("cluster", "assignments"),
    "scheduling": ("cluster", "metrics", *INSIDE),
    "command": (),
}
#: Those of them that are commands by themselves.
_COMMANDS = ("exempt-policy", "grant-role", "add-capacity")

_LEARN = "https://learn.microsoft.com/azure/"
INVOKE = _LEARN + "aks/access-private-cluster"
ARTICLE = "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/resolve-az-aks-command-invoke-failures"
EGRESS = _LEARN + "aks/outbound-rules-control-egress"
POLICY = _LEARN + "governance/policy/concepts/policy-for-kubernetes"
EXEMPTION = _LEARN + "governance/policy/concepts/exemption-structure"
SAFEGUARDS = _LEARN + "aks/deployment-safeguards"
ROLES = _LEARN + "role-based-access-control/built-in-roles/containers"
ROLE_TROUBLE = _LEARN + "role-based-access-control/troubleshooting"
KUBERNETES_ACCESS = _LEARN + "aks/concepts-cluster-authorization"
TROUBLE = "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/"
TAINTS = "https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"


@dataclass(frozen=True)
class Entry:  # pylint: disable=too-many-instance-attributes
    """One finding. ``message`` says what is; ``fix`` says what to do about it; the two never mix.

    ``fixes`` are the kinds of fixes that can repair it, ``repaired_by`` what `repair` does about it; without it only a
    person can act. ``umbrella`` marks a text that many causes share: what the evidence shows says more than it does.
    ``only_alone`` marks one that tells nothing beside a more precise finding of the same text.
    ``only_reached`` is the stage that a run with this failure has come to, where that is earlier than its own stage;
    ``reads`` is what is worth reading for it, where that is something else than for its whole stage.

    ``examples`` are texts that show it on their own, word for word
    as a service or a client wrote them, shortened ids aside; a finding that only evidence can show has none.
    """

    id: str
    severity: Severity
    title: str
    message: str
    what: str
    why: str
    confirm: str
    fix: str
    safety: str
    limits: str
    fixes: tuple[FixKind, ...]
    repaired_by: Repair | None = None
    umbrella: bool = False
    only_alone: bool = False
    only_reached: Stage | None = None
    reads: tuple[Source, ...] | None = None
    examples: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def stage(self) -> Stage:
        """The stage it belongs to; ``unrecognized`` stands where every failure ends, at the result."""
        return STAGE_OF.get(self.id, "result")

    @property
    def proves(self) -> Stage:
        """The stage that a run with this failure has come to: it passed all the ones before it."""
        return self.only_reached or self.stage

    @property
    def sources(self) -> tuple[Source, ...]:
        """What is worth reading of the cluster when this is the failure."""
        return _SOURCES_OF.get(self.stage, PREFLIGHT) if self.reads is None else self.reads

    @property
    def commands(self) -> tuple[str, ...]:
        """Our commands that repair it, the most precise first."""
        if self.repaired_by is None:
            return ()
        return (self.repaired_by, "repair") if self.repaired_by in _COMMANDS else ("repair",)

    @property
    def documentation(self) -> str:
        return f"{DOCUMENTATION}#{self.id}"
