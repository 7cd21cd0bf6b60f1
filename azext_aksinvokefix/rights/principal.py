"""Whose access is looked at: the caller's own, or that of a principal somebody asked about."""

from __future__ import annotations

from azext_aksinvokefix.lifecycle import Evidence, Failure
from azext_aksinvokefix.rights.permissions import held
from azext_aksinvokefix.rights.roles import Principal
from azext_aksinvokefix.rights.sign_in import signed_in
from azext_aksinvokefix.shapes import same, text


def is_self(evidence: Evidence) -> bool:
    """Whether the permissions are the caller's own."""
    return held(evidence.permissions).is_self


def object_id(evidence: Evidence) -> str:
    """The principal's object id; empty when it is not known."""
    return held(evidence.permissions).object_id or (signed_in(evidence.sign_in).object_id if is_self(evidence) else "")


def words(evidence: Evidence, said: Failure | None = None) -> str:
    """The principal as the subject of a sentence; the one that a refusal names, where that is another."""
    known, named = object_id(evidence), _named_in(said)
    if named and not same(named, known):
        return f"The principal {named}"
    if not is_self(evidence):
        return f"The principal {known}"
    return f"The signed-in account ({known})" if known else "The signed-in account"


def assignee(said: Failure | None, evidence: Evidence) -> Principal | None:
    """Who would get a role: whom a refusal names, else who is looked at. The type is empty when it is not known."""
    known, named = object_id(evidence), _named_in(said)
    if named and not same(named, known):
        return Principal(named, _type_in(said))
    return Principal(known, _type(evidence) or _type_in(said)) if known else None


def is_caller(said: Failure | None, evidence: Evidence) -> bool:
    """Whether it is certain that the one who would get a role is the signed-in account."""
    who = assignee(said, evidence)
    return who is not None and same(who.object_id, signed_in(evidence.sign_in).object_id)


def is_another(said: Failure, evidence: Evidence) -> bool:
    """Whether a refusal names somebody else than the one whose permissions are known."""
    named, known = _named_in(said), object_id(evidence)
    return evidence.permissions.known and bool(named and known) and not same(named, known)


def _named_in(said: Failure | None) -> str:
    return text(said.facts.get("objectId")) if said else ""


def _type(evidence: Evidence) -> str:
    return held(evidence.permissions).principal_type or (
        signed_in(evidence.sign_in).principal_type if is_self(evidence) else ""
    )


def _type_in(said: Failure | None) -> str:
    """ARM calls a user by name and an application by an id."""
    client = text(said.facts.get("clientId")) if said else ""
    if not client:
        return ""
    return "User" if "@" in client or "#" in client else "ServicePrincipal"
