"""Azure Resource Manager's authorization: who may do what where, and the words in which it refuses.

Allowed is what at least one role assignment at or above the scope grants; ``notActions`` take away inside one role
definition only. Deny assignments win over all of them, and locks stop what authorization lets pass.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tests.simulator.authorization import conditions
from tests.simulator.authorization.scopes import contains, normal
from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Caller, Response

if TYPE_CHECKING:
    from tests.simulator.core.world import World

Resource = dict[str, Any]

#: The principal of a deny assignment that means everybody in the directory.
EVERYONE = "00000000-0000-0000-0000-000000000000"

#: A group whose members nobody questions: those who act behind the back of the client under test.
UNQUESTIONED = "unquestioned"


@dataclass(frozen=True)
class Principal:
    """Somebody in the directory. ``kind`` is User, Group or ServicePrincipal; ``groups`` are ids of groups.

    ``looked_up``: a role assignment asks the directory for them even when it says what kind they are.
    """

    id: str
    name: str
    kind: str = "User"
    groups: tuple[str, ...] = ()
    app_id: str = ""
    looked_up: bool = False


@dataclass
class Access:
    """All that decides about access. Resources are in their ARM shape, under their id in lower case.

    ``pending`` are assignments that exist but have not propagated yet, ``pending_data`` those whose data actions have
    not; ``lingering`` are gone and still have their effect. ``unseen`` and ``fresh_roles`` count the tries that fail
    before a principal or a role is known everywhere. ``permissions_api`` is ``open``, ``gated`` (needs
    permissions/read) or ``refused``; which of the first two Azure does is not known.
    """

    definitions: dict[str, Resource] = field(default_factory=dict)
    assignments: dict[str, Resource] = field(default_factory=dict)
    denies: dict[str, Resource] = field(default_factory=dict)
    locks: dict[str, Resource] = field(default_factory=dict)
    eligible: dict[str, Resource] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    pending: set[str] = field(default_factory=set)
    pending_data: set[str] = field(default_factory=set)
    lingering: dict[str, Resource] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)
    fresh_roles: dict[str, int] = field(default_factory=dict)
    disallowed: list[Mapping[str, Any]] = field(default_factory=list)
    principals: dict[str, Principal] = field(default_factory=dict)
    permissions_api: str = "open"
    graph: str = "open"
    texts: str = "new"
    propagation: float = 0.0
    data_propagation: float = 0.0
    role_lag: int = 0
    limit: int = 4000
    definition_limit: int = 5000

    def definition(self, definition_id: str) -> Resource | None:
        """A role definition by its id at whatever scope: the name alone identifies it."""
        return self.definitions.get(definition_id.rpartition("/")[2].lower())


@dataclass(frozen=True)
class Grant:
    """One permission entry of a role definition that an assignment makes effective."""

    permission: Mapping[str, Any]
    assignment: Resource

    @property
    def condition(self) -> str | None:
        condition: str | None = self.assignment["properties"].get("condition")
        return condition


def of(world: World) -> Access:
    access: Access = world.state["access"]["model"]
    return access


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(piece) for piece in pattern.split("*")), re.IGNORECASE)


def matches(pattern: str, action: str) -> bool:
    """Whether a pattern of a role covers an action: case does not matter and ``*`` spans slashes.

    >>> matches("*/read", "Microsoft.ContainerService/managedClusters/commandResults/READ")
    True
    """
    return _compiled(pattern).fullmatch(action) is not None


def covers(permission: Mapping[str, Any], action: str, bucket: str = "actions") -> bool:
    """Whether one permission entry covers an action. ``bucket`` is ``actions`` or ``dataActions``; they never mix."""
    excluded = "not" + bucket[0].upper() + bucket[1:]
    granted = any(matches(pattern, action) for pattern in permission.get(bucket) or ())
    return granted and not any(matches(pattern, action) for pattern in permission.get(excluded) or ())


def principals_of(access: Access, caller: Caller) -> set[str]:
    """The caller and the groups that the token or the directory says it is in."""
    return {group.lower() for group in caller.groups} | memberships(access, caller.object_id)


def memberships(access: Access, object_id: str) -> set[str]:
    """A principal and the groups it is in, in lower case, those included which it is in by way of another."""
    found: set[str] = set()
    waiting = [object_id.lower()]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            known = access.principals.get(one)
            waiting += [group.lower() for group in (known.groups if known else ())]
    return found


def grants(access: Access, principals: Collection[str], scope: str, bucket: str = "actions") -> Iterator[Grant]:
    """The permission entries that reach the principals at a scope, propagated assignments only."""
    pending = access.pending if bucket == "actions" else access.pending_data
    for key, assignment in {**access.lingering, **access.assignments}.items():
        properties = assignment["properties"]
        if properties["principalId"].lower() not in principals or key in pending:
            continue
        definition = access.definition(properties["roleDefinitionId"])
        if definition and contains(properties["scope"], scope, access.groups):
            for permission in definition["properties"]["permissions"]:
                yield Grant(permission, assignment)


def denial(access: Access, principals: set[str], action: str, scope: str) -> Resource | None:
    """The deny assignment that stops the action, if one does."""
    return next(
        (
            deny
            for deny in access.denies.values()
            if _deny_reaches(access, deny["properties"], scope)
            and _names(deny["properties"]["principals"], principals | {EVERYONE})
            and not _names(deny["properties"]["excludePrincipals"], principals)
            and any(covers(permission, action) for permission in deny["properties"]["permissions"])
        ),
        None,
    )


def locks_on(access: Access, action: str, scope: str) -> list[Resource]:
    """The locks that stop an action that passed authorization.

    A POST counts as a write under a ReadOnly lock. Deleting is also stopped by a lock on something inside.
    """
    verb = action.rpartition("/")[2].lower()
    if verb == "read" or action.lower().startswith("microsoft.authorization/locks/"):
        return []
    levels = ("readonly", "cannotdelete") if verb == "delete" else ("readonly",)
    return [
        lock
        for lock in access.locks.values()
        if lock["properties"]["level"].lower() in levels and _lock_reaches(access, locked_scope(lock), scope, verb)
    ]


def locked_scope(lock: Resource) -> str:
    scope, _, _ = str(lock["id"]).rpartition("/providers/Microsoft.Authorization/locks/")
    return scope


def allowed(access: Access, principals: Collection[str], action: str, scope: str, bucket: str = "actions") -> bool:
    """Whether role assignments grant the action, conditions aside."""
    return any(covers(grant.permission, action, bucket) for grant in grants(access, principals, scope, bucket))


def check(
    world: World, caller: Caller, action: str, scope: str, *, request: Mapping[str, Any] | None = None
) -> Response | None:
    """The refusal of ARM, or None.

    ``request`` holds the properties of a role assignment to be written or deleted, which the conditions of delegated
    assignments look at. Without it conditions count as fulfilled: the handler asks again with the body. Built-in
    definitions, which lie at the root, may be read by everybody.
    """
    if (not normal(scope) and action.lower().endswith("/read")) or UNQUESTIONED in caller.groups:
        return None
    access = of(world)
    principals = principals_of(access, caller)
    granting = [grant for grant in grants(access, principals, scope) if covers(grant.permission, action)]
    if not granting:
        return forbidden(caller, action, scope)
    if request is not None and not any(conditions.fulfilled(grant.condition, action, request) for grant in granting):
        return forbidden(caller, action, scope, " or an ABAC condition not fulfilled")
    deny = denial(access, principals, action, scope)
    if deny:
        return _denied(caller, action, scope, deny)
    locks = locks_on(access, action, scope)
    return _locked(action, scope, locks) if locks else None


def linked(world: World, caller: Caller, action: str, scope: str, needed: str, other_scope: str) -> Response | None:
    """The refusal of a write that also needs ``needed`` at another scope which it refers to."""
    access = of(world)
    if UNQUESTIONED in caller.groups or allowed(access, principals_of(access, caller), needed, other_scope):
        return None
    message = (
        f"{_client(caller)} has permission to perform action '{action}' on scope '{scope}'; however, it does not have "
        f"permission to perform action(s) '{needed}' on the linked scope(s) '{other_scope}' (respectively) or the "
        "linked scope(s) are invalid."
    )
    return arm_error(403, "LinkedAuthorizationFailed", message)


def allows_data(world: World, caller: Caller, data_action: str, scope: str) -> bool:
    """Azure RBAC for Kubernetes: whether a data action is granted at a cluster or at one of its namespaces."""
    access = of(world)
    return allowed(access, principals_of(access, caller), data_action, scope, "dataActions")


def _deny_reaches(access: Access, deny: Mapping[str, Any], scope: str) -> bool:
    if deny.get("doNotApplyToChildScopes"):
        return normal(deny["scope"]) == normal(scope)
    return contains(deny["scope"], scope, access.groups)


def _lock_reaches(access: Access, locked: str, scope: str, verb: str) -> bool:
    return contains(locked, scope, access.groups) or (verb == "delete" and contains(scope, locked, access.groups))


def _names(listed: Iterable[Mapping[str, str]], principals: Collection[str]) -> bool:
    return any(entry["id"].lower() in principals for entry in listed)


def _client(caller: Caller) -> str:
    return f"The client '{caller.name}' with object id '{caller.object_id}'"


def forbidden(caller: Caller, action: str, scope: str, reason: str = "") -> Response:
    """ARM's 403 for an action that no role assignment grants (recorded)."""
    message = (
        f"{_client(caller)} does not have authorization{reason} to perform action '{action}' over scope '{scope}' or "
        "the scope is invalid. If access was recently granted, please refresh your credentials."
    )
    return arm_error(403, "AuthorizationFailed", message)


def _denied(caller: Caller, action: str, scope: str, deny: Resource) -> Response:
    properties = deny["properties"]
    message = (
        f"{_client(caller)} has permission to perform action '{action}' on scope '{scope}'; however, the access is "
        f"denied because of the deny assignment with name '{properties['denyAssignmentName']}' and Id "
        f"'{deny['name'].replace('-', '')}' at scope '{properties['scope']}'."
    )
    return arm_error(403, "DenyAssignmentAuthorizationFailed", message)


def _locked(action: str, scope: str, locks: Iterable[Resource]) -> Response:
    """The sentence is published."""
    # modelled: that a POST is called a write operation in the refusal of a lock
    # proof: runCommand recorded against a cluster with a ReadOnly lock
    operation = "delete" if action.lower().endswith("/delete") else "write"
    where = "', '".join(locked_scope(lock) for lock in locks)
    message = (
        f"The scope '{scope}' cannot perform {operation} operation because following scope(s) are locked: '{where}'. "
        "Please remove the lock and try again."
    )
    return arm_error(409, "ScopeLocked", message)
