"""Exempting the cluster from an assignment, or from the denying references of it: in every namespace, for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.changes.documents import writable
from azext_aksinvokefix.changes.plan import Change
from azext_aksinvokefix.changes.reading import document_if_any
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.policy import advice
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import mapping

DEFAULT_TERM = timedelta(days=advice.EXEMPTION_DAYS)
#: What the service takes at most (documented).
_LONGEST = {"displayName": 128, "description": 512}


@dataclass(frozen=True)
class Terms:
    """The category of an exemption, and for how long it holds; None is forever."""

    category: str = "Waiver"
    expires_in: timedelta | None = DEFAULT_TERM

    def ends(self, session: Session) -> str:
        """The moment as ARM takes it; empty when there is none."""
        return (session.now + self.expires_in).strftime("%Y-%m-%dT%H:%M:%SZ") if self.expires_in else ""

    def until(self, session: Session) -> str:
        """The end in words."""
        return f"until {self.ends(session)}" if self.expires_in else "without an expiry date"


def change(session: Session, policies: Sequence[PolicyInForce], terms: Terms) -> Change:
    """The write for the denying policies of one assignment.

    Its name depends on the assignment and the references alone: an exemption that ran out is renewed, not doubled.
    """
    first = policies[0]
    references = list(dict.fromkeys(policy.reference_id for policy in policies if policy.reference_id))
    path = advice.exemption_id(first, references, session.cluster_id)
    before = _there(session, path)
    of = f" (reference {one_line(', '.join(references))})" if references else ""
    return Change(
        what=(
            f"Exempt this cluster from policy assignment {advice.named(first)}{of}, in every namespace, "
            f"{terms.until(session)}"
        ),
        method="PUT",
        id=path,
        api_version=api_versions.EXEMPTIONS,
        before=before,
        after=_document(before, _properties(session, first, references, terms)),
    )


def _there(session: Session, path: str) -> Any:
    """The exemption of this name, such as one that ran out; None where there is none."""
    return document_if_any(session.arm, path, api_versions.EXEMPTIONS)


def _document(before: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent: of an exemption that is there, what is not ours to say stays."""
    if not isinstance(before, Mapping):
        return {"properties": dict(properties)}
    kept = {**mapping(before.get("properties")), **properties}
    ours = {name: value for name, value in kept.items() if name != "expiresOn" or name in properties}
    return {**writable(before), "properties": ours}


def _properties(session: Session, policy: PolicyInForce, references: list[str], terms: Terms) -> dict[str, Any]:
    why = (
        "Exempts the pod of `az aks command invoke` from this policy, which denied it. Made by `az aks invoke-fix "
        f"exempt-policy`; `az aks invoke-fix undo` deletes it. Correlation id {session.arm.correlation_id}."
    )
    ends = terms.ends(session)
    return {
        "policyAssignmentId": policy.assignment_id,
        **({"policyDefinitionReferenceIds": references} if references else {}),
        "exemptionCategory": terms.category,
        **({"expiresOn": ends} if ends else {}),
        "displayName": _cut("displayName", f"az aks command invoke: {one_line(policy.display_name)}"),
        "description": _cut("description", why),
    }


def _cut(name: str, text: str) -> str:
    return text[: _LONGEST[name]]
