"""Who is to get the role: the signed-in caller by the token alone, or somebody named."""

from __future__ import annotations

from dataclasses import dataclass

from azext_aksinvokefix.arm import ArmError, SignInError
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.evidence import directory
from azext_aksinvokefix.evidence.directory import Found
from azext_aksinvokefix.lifecycle import Failure, Item
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.rights.roles import Principal
from azext_aksinvokefix.rights.sign_in import signed_in
from azext_aksinvokefix.shapes import same, text

_BY_ID = "Name the principal with --assignee-object-id and --assignee-principal-type, which need no lookup."
_KINDS = {"User": "user", "Group": "group", "ServicePrincipal": "service principal"}
_TYPE = "Add --assignee-principal-type: User, Group or ServicePrincipal."


@dataclass(frozen=True)
class Assignee:
    """``is_caller``: their permissions can be asked for directly. ``names`` are what Kubernetes may call them."""

    principal: Principal
    is_caller: bool
    names: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.principal.object_id

    @property
    def words(self) -> str:
        """The principal as the subject of a sentence for the caller."""
        return f"The signed-in account ({self.id})" if self.is_caller else f"The {self.shown}"

    @property
    def shown(self) -> str:
        """The principal for anybody: what it is, what it is called, and its object id."""
        kind = _KINDS.get(self.principal.type, "principal")
        return one_line(f"{kind} {self.names[0]} ({self.id})") if self.names else f"{kind} {self.id}"

    def is_called(self, name: str) -> bool:
        return same(name, self.id) or any(same(name, known) for known in self.names)


def find(
    session: Session, assignee: str | None, object_id: str | None, kind: str | None, failure: Failure | None
) -> Assignee:
    """The principal of the options; RefusedError when they cannot be found, or when the failure is somebody else's."""
    if assignee and object_id:
        raise RefusedError("Give one of --assignee and --assignee-object-id.")
    account = session.edge.sign_in()
    caller = _caller(account)
    if assignee:
        return _named(session, assignee, kind, caller)
    if object_id:
        return _by_id(session, object_id, kind, caller)
    if caller is None:
        _refuse_unknown_caller(account)
    assert caller is not None
    _refuse_somebody_else(caller, failure)
    return caller


def _caller(item: Item) -> Assignee | None:
    account = signed_in(item)
    if not account.object_id:
        return None
    kind, name = account.principal_type or "User", account.name
    # Everybody else is called by their object id in a cluster; the CLI's names for them mean nothing elsewhere.
    return Assignee(Principal(account.object_id, kind), True, (name,) if name and kind == "User" else ())


def _refuse_unknown_caller(item: Item) -> None:
    error = signed_in(item).error if item.known else item.unread
    if error:
        raise SignInError(error, "sign-in-expired")
    raise RefusedError("The access token does not say who is signed in.", _BY_ID)


def _refuse_somebody_else(caller: Assignee, failure: Failure | None) -> None:
    """A text may be about another sign-in, such as a pipeline's: a role for the caller would not help there."""
    refused = text(failure.facts.get("objectId")) if failure else ""
    if refused and not same(refused, caller.id):
        raise RefusedError(
            f"The text is about the principal {one_line(refused)}, not about the signed-in account ({caller.id}).",
            f"Add --assignee-object-id {one_line(refused)} with its --assignee-principal-type if that principal is to "
            "get the role.",
        )


def _named(session: Session, assignee: str, kind: str | None, caller: Assignee | None) -> Assignee:
    try:
        found = directory.by_name(session.edge.graph, assignee)
    except ArmError as error:
        raise RefusedError(f"Microsoft Graph could not look up '{assignee}': {error.text}", _BY_ID) from error
    if kind:
        found = [one for one in found if same(one.type, kind)]
    if not found:
        raise RefusedError(
            f"No user, group or service principal named '{assignee}' was found.", _BY_ID, is_missing=True
        )
    if len(found) > 1:
        ids = ", ".join(f"{one.type} {one.id}" for one in found)
        raise RefusedError(f"The directory has several principals named '{assignee}': {one_line(ids)}.", _BY_ID)
    return _who(found[0], caller)


def _by_id(session: Session, object_id: str, kind: str | None, caller: Assignee | None) -> Assignee:
    if caller and same(object_id, caller.id):
        return caller
    if kind:
        return Assignee(Principal(object_id, kind), False)
    try:
        found = directory.by_id(session.edge.graph, object_id)
    except ArmError as error:
        raise RefusedError(f"Microsoft Graph could not look up {object_id}: {error.text}", _TYPE) from error
    if found is None:
        raise RefusedError(f"The object {object_id} was not found in the directory.", _TYPE)
    return _who(found, caller)


def _who(found: Found, caller: Assignee | None) -> Assignee:
    if caller and same(found.id, caller.id):
        return caller
    return Assignee(Principal(found.id, found.type), False, (found.name,) if found.name else ())
