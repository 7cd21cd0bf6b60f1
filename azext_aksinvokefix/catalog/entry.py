"""The shape of a catalogue entry."""

from __future__ import annotations

from dataclasses import dataclass

from azext_aksinvokefix.finding_ids import STAGE_OF
from azext_aksinvokefix.lifecycle import Severity, Stage

#: Where every finding is documented, and the kinds of fixes there are.
DOCUMENTATION = "https://github.com/Azure/aks-invoke-fix/blob/main/docs/findings.md"
FIX_KINDS = ("exempt-policy", "grant-role", "add-capacity", "command", "manual")

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

    ``fixes`` are the kinds of fixes that can repair it. ``examples`` are texts that show it on their own, word for word
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
    fixes: tuple[str, ...]
    examples: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    @property
    def stage(self) -> Stage:
        """The stage it belongs to; ``unrecognized`` stands where every failure ends, at the result."""
        return STAGE_OF.get(self.id, "result")

    @property
    def documentation(self) -> str:
        return f"{DOCUMENTATION}#{self.id}"
