"""Whose access is looked at: the caller's own, or that of a principal somebody asked about."""

from __future__ import annotations

from azext_aksinvokefix.checks.basis import value_of
from azext_aksinvokefix.checks.roles import Principal
from azext_aksinvokefix.evidence import Evidence
from azext_aksinvokefix.evidence.shapes import text
from azext_aksinvokefix.lifecycle import Failure


def is_self(evidence: Evidence) -> bool:
    """Whether the permissions are the caller's own."""
    return value_of(evidence.permissions).get("self") is not False


def object_id(evidence: Evidence) -> str:
    """The principal's object id; empty when it is not known."""
    named = text(value_of(evidence.permissions).get("objectId"))
    return named or (text(value_of(evidence.signin).get("objectId")) if is_self(evidence) else "")


def words(evidence: Evidence) -> str:
    """The principal as the subject of a sentence."""
    known = object_id(evidence)
    if not is_self(evidence):
        return f"The principal {known}"
    return f"The signed-in account ({known})" if known else "The signed-in account"


def assignee(said: Failure | None, evidence: Evidence) -> Principal | None:
    """Who would get a role, from the evidence, else from the refusal's own words."""
    known = object_id(evidence)
    if known:
        return Principal(known, _type(evidence) or _type_in(said))
    named = text(said.facts.get("objectId")) if said else ""
    return Principal(named, _type_in(said)) if named else None


def _type(evidence: Evidence) -> str:
    assigned = text(value_of(evidence.permissions).get("principalType"))
    return assigned or (text(value_of(evidence.signin).get("principalType")) if is_self(evidence) else "")


def _type_in(said: Failure | None) -> str:
    """ARM calls a user by name and an application by an id."""
    client = text(said.facts.get("clientId")) if said else ""
    return "ServicePrincipal" if client and "@" not in client and "#" not in client else "User"
