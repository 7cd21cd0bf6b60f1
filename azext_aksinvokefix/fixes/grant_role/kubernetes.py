"""The layer inside the cluster: an AKS RBAC role where Azure RBAC decides there, the exact advice where it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.checks import forbidden
from azext_aksinvokefix.checks.forbidden import Request
from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.evidence.reading import concurrently
from azext_aksinvokefix.evidence.roles import Role, read_assigned, read_role
from azext_aksinvokefix.fixes.grant_role import assignment, definitions, effect, native
from azext_aksinvokefix.fixes.grant_role.assignment import PlanPart
from azext_aksinvokefix.fixes.grant_role.look import GrantEvidence
from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.quoting import line, one_line
from azext_aksinvokefix.rights import kubernetes_roles as aks_roles
from azext_aksinvokefix.rights import permissions, roles
from azext_aksinvokefix.shapes import dig, mapping, mappings, same, text, texts

#: What --kubernetes-access means, each with an AKS RBAC role.
_LEVELS = ("reader", "writer", "admin", "cluster-admin")
_GIVES = dict(
    zip(
        (role.id for role in aks_roles.ROLES),
        (
            "see most objects, though not secrets",
            "change workloads and read secrets, and thereby act as any service account there",
            "read and change nearly every object, secrets and role bindings included",
            "do everything in the cluster, its namespaces and quotas included",
        ),
    )
)
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PROPAGATION = "Azure takes up to five minutes to propagate a role assignment into the cluster"


@dataclass(frozen=True)
class AccessRequest:
    """What was asked for. ``access`` is one of the levels, ``role`` a role by name; ``is_wide``: at the scope that was
    named instead of at the cluster or a namespace; ``for_named``: the principal was named."""

    access: str | None = None
    namespace: str | None = None
    role: str | None = None
    is_wide: bool = False
    for_named: bool = False


@dataclass(frozen=True)
class Need:
    """Where a role is needed, and for which data action; empty where the text does not say which."""

    request: Request | None
    namespace: str
    scope: str
    action: str


def part(session: Session, scene: GrantEvidence, wanted: AccessRequest) -> PlanPart:
    """The grant; RefusedError where no Azure role helps."""
    need = needed(scene, wanted)
    role = least(_read_roles(session, need, wanted), need, wanted)
    assigned = scene.assigned if same(need.scope, scene.scope) else read_assigned(session.arm, need.scope, scene.who.id)
    grant = decided(scene, need, role, assigned)
    if grant.changes and assignment.is_there(session.arm, grant.changes[0]):
        return PlanPart(notes=(grant.made,))
    return grant


def needed(scene: GrantEvidence, wanted: AccessRequest) -> Need:
    """What a role has to allow, and where; RefusedError where no Azure role would."""
    request = forbidden.request_of(scene.failure) if scene.failure and _is_forbidden(scene) else None
    _refuse_what_no_role_helps(scene, request, wanted)
    namespace = _namespace(request, wanted)
    scope = f"{scene.evidence.cluster_id}/namespaces/{namespace}" if namespace else scene.scope
    return Need(request, namespace, scope, _data_action(request))


def decided(scene: GrantEvidence, need: Need, role: Role, assigned: Item) -> PlanPart:
    """The grant of a role; ``assigned`` is what the principal is assigned where it is needed."""
    there = _assignment(assigned, role)
    if there or _is_granted(scene, role, need.action):
        return PlanPart(notes=(_on_its_way(scene, role, there),))
    subscription = Target.of(scene.evidence.cluster_id).subscription
    return PlanPart(
        changes=(assignment.assignment(scene.who, role, need.scope, subscription),),
        requires=((roles.WRITE_ASSIGNMENTS, need.scope),),
        warnings=(f"Inside {_where(need.namespace)}, '{one_line(role.name)}' gives the right to {_gives(role)}.",),
        notes=tuple(_notes(scene, need, role)),
        stock=(roles.assignment(scene.who.principal, role.guid, need.scope),),
        next_step="It takes up to five minutes for the grant to reach the cluster. Then run the command again.",
        made=_on_its_way(scene, role, there),
    )


def hint(scene: GrantEvidence) -> tuple[str, ...]:
    """Where Azure RBAC decides inside the cluster: that invoke alone gives no access to the objects there."""
    decides = dig(scene.properties, "aadProfile", "enableAzureRBAC") is True
    if not decides or not scene.evidence.permissions.known:
        return ()
    if permissions.state(scene.entries, aks_roles.data_action("list", "pods"), "dataActions") != permissions.MISSING:
        return ()
    return (
        f"Commands run in the cluster as the {scene.who.shown}, who has no visible role there. To grant access to "
        "objects in the cluster, use --kubernetes-access, or --error with the text of a denied request.",
    )


def _is_forbidden(scene: GrantEvidence) -> bool:
    failure = scene.failure
    return failure is not None and bool(forbidden.FINDINGS & {failure.finding, *texts(failure.facts.get("also"))})


def _refuse_what_no_role_helps(scene: GrantEvidence, request: Request | None, wanted: AccessRequest) -> None:
    if request and scene.failure and forbidden.check_failed(scene.failure):
        raise RefusedError(
            "No role is known to be missing: the cluster could not reach Azure RBAC, so it denied the request.",
            "Run the command again after a minute.",
        )
    if request and not wanted.for_named:
        _refuse_somebody_else(scene, request)
    if not _is_azure(scene, request):
        raise RefusedError(*native.why_no_role(scene, request, wanted.access, wanted.namespace))


def _refuse_somebody_else(scene: GrantEvidence, request: Request) -> None:
    is_own = scene.failure is not None and scene.failure.source == "run"
    if request.by_cluster_itself or not request.user or is_own or scene.who.is_called(request.user):
        return
    raise RefusedError(
        f"The text is about the user {request.user}, not about the signed-in account ({scene.who.shown}).",
        f"Add --assignee {line(request.user)} if that user is to get the role, or --assignee-object-id "
        f"{scene.who.id} if the signed-in account is.",
    )


def _is_azure(scene: GrantEvidence, request: Request | None) -> bool:
    """Whether Azure RBAC decides inside the cluster: the cluster itself tells, else the refusal's words."""
    if request and request.by_cluster_itself:
        return False
    if scene.evidence.cluster.known:
        return dig(scene.properties, "aadProfile", "enableAzureRBAC") is True
    return bool(request and scene.failure and forbidden.is_azure(scene.failure, request, scene.evidence))


def _namespace(request: Request | None, wanted: AccessRequest) -> str:
    """Where the role is needed; empty for the whole cluster."""
    asked, refused = wanted.namespace or "", request.namespace if request else ""
    if wanted.is_wide:
        if asked:
            raise RefusedError("Give one of --scope and --namespace.")
        return ""
    if asked and request and request.is_complete and asked != refused:
        where = f"in the namespace {refused}" if refused else "for the whole cluster"
        raise RefusedError(
            f"The denied request was made {where}: a role in the namespace {asked} does not allow it.",
            "Omit --namespace.",
        )
    found = asked or refused
    if found and not _NAMESPACE.fullmatch(found):
        raise RefusedError(f"'{one_line(found)}' is not the name of a namespace.")
    return found


def _data_action(request: Request | None) -> str:
    if request is None or not request.is_complete:
        return ""
    return aks_roles.data_action(request.verb, request.resource, request.group)


def _read_roles(session: Session, need: Need, wanted: AccessRequest) -> list[Role]:
    """The role that was named or that an access level is; else all of the levels, the least first."""
    if wanted.role:
        return [definitions.read_named(session.arm, session.cluster_id, wanted.role)]
    if wanted.access:
        return [_live(session, aks_roles.ROLES[_LEVELS.index(wanted.access)])]
    return list(concurrently(lambda level: _live(session, level), aks_roles.ROLES if need.action else ()))


def least(found: Sequence[Role], need: Need, wanted: AccessRequest) -> Role:
    """The role that was named, else the least one that grants the data action now."""
    if wanted.role or wanted.access:
        return _checked(found[0], need.action)
    if not need.action:
        raise RefusedError(
            "The text does not say which request was denied.",
            "Specify the access with --kubernetes-access and, for a single namespace, --namespace.",
        )
    for role in found:
        if _grants(role, need.action):
            return role
    raise RefusedError(
        f"No AKS RBAC role grants {need.action} here.",
        "Create a custom role with that data action, and name it with --role.",
    )


def _live(session: Session, level: aks_roles.Role) -> Role:
    """The definition as it is now, or as published where it cannot be read."""
    item = read_role(session.arm, session.cluster_id, level.id)
    published = Role(level.id, level.name, (level.entry,))
    return item.value if item.known and item.value else published


def _checked(role: Role, action: str) -> Role:
    if not effect.inside(role):
        raise RefusedError(
            f"'{one_line(role.name)}' has no data actions, so it gives no access to the objects in a cluster.",
            "Omit --role, or name one that has data actions.",
        )
    if action and not _grants(role, action):
        enough = aks_roles.smallest(action)
        raise RefusedError(
            f"'{one_line(role.name)}' does not help: it lacks the data action {action}.",
            f"The smallest built-in role that grants it is '{enough.name}' ({_LEVELS[aks_roles.ROLES.index(enough)]}).",
        )
    return role


def _grants(role: Role, action: str) -> bool:
    return permissions.state(role.entries, action, "dataActions") == permissions.GRANTED


def _is_granted(scene: GrantEvidence, role: Role, action: str) -> bool:
    """Whether the principal has the data action, else all of the role, for the whole cluster already."""
    wanted = [action] if action else effect.inside(role)
    return all(permissions.state(scene.entries, each, "dataActions") == permissions.GRANTED for each in wanted)


def _assignment(assigned: Item, role: Role) -> Mapping[str, Any] | None:
    found = (mapping(one.get("properties")) for one in (mappings(assigned.value) if assigned.known else []))
    return next((one for one in found if same(text(one.get("roleDefinitionId")).rsplit("/", 1)[-1], role.guid)), None)


def _on_its_way(scene: GrantEvidence, role: Role, there: Mapping[str, Any] | None) -> str:
    if there and there.get("condition"):
        raise RefusedError(
            f"'{one_line(role.name)}' is already assigned there, under a condition, and cannot be assigned twice.",
            "Change the condition of that assignment.",
        )
    has = f"is assigned '{one_line(role.name)}' there" if there else "has the requested rights"
    return f"Already done: {scene.who.words} {has}. It might still be propagating: {_PROPAGATION}."


def _where(namespace: str) -> str:
    return f"the namespace {namespace}" if namespace else "the whole cluster"


def _gives(role: Role) -> str:
    known = next((words for guid, words in _GIVES.items() if same(guid, role.guid)), "")
    listed = [pattern for entry in role.entries for pattern in entry.data_actions]
    return known or one_line("use " + ", ".join(listed[:4]) + (" and more" if len(listed) > 4 else ""))


def _notes(scene: GrantEvidence, need: Need, role: Role) -> Iterator[str]:
    if need.request and need.request.is_complete:
        yield f"Azure RBAC denied a request: {need.request}. It needs the data action {need.action}."
        if not role.is_custom and role.guid in {level.id for level in aks_roles.ROLES[2:]}:
            yield "A custom role with only that data action would grant less; name it with --role."
    if not scene.evidence.permissions.known:
        yield f"The current roles of the {scene.who.shown} could not be read."
