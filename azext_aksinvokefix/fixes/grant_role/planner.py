"""`grant-role`: exactly what invoke needs, to exactly whom.

Two layers, never mixed: Azure Resource Manager wants three actions at the cluster; the objects inside the cluster are
governed by Azure RBAC for Kubernetes, or by the cluster alone, where no Azure role helps.
"""

from __future__ import annotations

from dataclasses import dataclass

from azext_aksinvokefix import catalog
from azext_aksinvokefix.changes.plan import Plan, RefusedError
from azext_aksinvokefix.changes.session import Session
from azext_aksinvokefix.checks import forbidden
from azext_aksinvokefix.checks.basis import refusal
from azext_aksinvokefix.finding_ids import findings_of_text
from azext_aksinvokefix.fixes.grant_role import assignee, azure, kubernetes, look
from azext_aksinvokefix.fixes.grant_role import effect as role_effect
from azext_aksinvokefix.fixes.grant_role.assignment import PlanPart, at_scope
from azext_aksinvokefix.fixes.grant_role.look import GrantEvidence
from azext_aksinvokefix.lifecycle import Failure
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.shapes import at_or_above, same

#: Seconds after which `--wait` gives up: a role assignment takes up to ten minutes to show.
PATIENCE = 600.0

COMMAND = "grant-role"


@dataclass(frozen=True)
class Options:  # pylint: disable=too-many-instance-attributes
    """``assignee`` is looked up in the directory, ``object_id`` with ``principal_type`` is taken as it is; with neither
    it is the caller. ``kubernetes_access`` is one of reader, writer, admin, cluster-admin."""

    failure: Failure | None = None
    assignee: str | None = None
    object_id: str | None = None
    principal_type: str | None = None
    role: str | None = None
    allow_custom_role: bool = False
    scope: str | None = None
    kubernetes_access: str | None = None
    namespace: str | None = None
    force: bool = False

    @property
    def names_somebody(self) -> bool:
        return bool(self.assignee or self.object_id)


def plan(session: Session, options: Options) -> Plan:
    """The least grant that closes the gap; without changes where nothing is missing. RefusedError where no role
    helps, or where one that can be activated is enough."""
    who = assignee.find(session, options.assignee, options.object_id, options.principal_type, options.failure)
    scene = look.look(session, who, _scope(session, options), options.failure)
    _refuse_absent_cluster(scene)
    inside = bool(options.kubernetes_access or _forbidden_inside(options.failure))
    if options.namespace and not inside:
        raise RefusedError(
            "--namespace limits access to objects in the cluster, which was not requested.",
            "Add --kubernetes-access, or omit --namespace.",
        )
    parts = []
    if not _forbidden_inside(options.failure):
        parts.append(azure.part(session, scene, _for_resource_manager(options, inside)))
    if inside:
        parts.append(kubernetes.part(session, scene, _for_kubernetes(options)))
    else:
        parts.append(PlanPart(notes=kubernetes.hint(scene)))
    return _joined(session, scene, parts)


def _for_resource_manager(options: Options, inside: bool) -> azure.RoleRequest:
    # With access inside the cluster wanted too, a named role is meant for that.
    role = None if inside else options.role
    return azure.RoleRequest(role, options.allow_custom_role, options.force)


def _for_kubernetes(options: Options) -> kubernetes.AccessRequest:
    return kubernetes.AccessRequest(
        options.kubernetes_access, options.namespace, options.role, bool(options.scope), options.names_somebody
    )


def _scope(session: Session, options: Options) -> str:
    if options.scope is None:
        return session.cluster_id
    scope = options.scope.rstrip("/")
    if not scope or not at_or_above(scope, session.cluster_id):
        raise RefusedError(
            f"'{one_line(options.scope)}' is not a scope at or above the cluster.",
            "Give the id of the cluster's resource group, subscription or management group, or omit --scope.",
        )
    return session.cluster_id if same(scope, session.cluster_id) else scope


def _forbidden_inside(failure: Failure | None) -> bool:
    return failure is not None and bool(forbidden.FINDINGS & set(findings_of_text("command", failure)))


def _refuse_absent_cluster(scene: GrantEvidence) -> None:
    """Where not even Azure Resource Manager's answer is about rights, there is nothing to grant on."""
    said = refusal(scene.evidence)
    if said is None or (said.stage == "access" and said.finding != "cluster-not-found"):
        return
    is_missing = said.finding == "cluster-not-found"
    raise RefusedError(one_line(said.message), catalog.FINDINGS[said.finding].fix, is_missing)


def _joined(session: Session, scene: GrantEvidence, parts: list[PlanPart]) -> Plan:
    changes = tuple(change for part in parts for change in part.changes)
    steps = [part.next_step for part in parts if part.next_step and (part.changes or not changes)]
    consents, warnings = at_scope(scene.scope, session.cluster_id) if changes else ((), ())
    return Plan(
        command=COMMAND,
        cluster_id=session.cluster_id,
        changes=changes,
        requires=tuple(dict.fromkeys(each for part in parts for each in part.requires)),
        warnings=tuple(dict.fromkeys([*(each for part in parts for each in part.warnings), *warnings])),
        notes=tuple(dict.fromkeys(each for part in parts for each in part.notes)),
        consents=consents,
        next_step=" ".join(dict.fromkeys(steps)),
        stock=tuple(line for part in parts for line in part.stock),
        principal=scene.who.id,
    )


def effect(session: Session, planned: Plan) -> bool | None:
    """Whether the grant shows. Until it does it is on its way, which is no failure: None, never False."""
    return role_effect.shows(session, planned) or None
