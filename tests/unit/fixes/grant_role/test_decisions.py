"""What grant-role concludes from what was looked up: without anybody to ask, and without another read."""

from __future__ import annotations

from typing import Any

import pytest

from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.evidence.roles import Role
from azext_aksinvokefix.fixes.grant_role import azure, candidates, kubernetes
from azext_aksinvokefix.fixes.grant_role.assignee import Assignee
from azext_aksinvokefix.fixes.grant_role.azure import Offer
from azext_aksinvokefix.fixes.grant_role.definitions import PUBLISHED
from azext_aksinvokefix.fixes.grant_role.look import GrantEvidence
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS, NOT_ASKED, Item
from azext_aksinvokefix.rights import gap, kubernetes_roles
from azext_aksinvokefix.rights.permissions import Entry
from azext_aksinvokefix.rights.roles import Principal
from tests.data.evidence import CLUSTER_ID, cluster, forbidden, healthy, permissions

WHO = Assignee(Principal("11111111-0000-4000-8000-000000000001", "User"), False, ("ann@contoso.com",))
OWN = Role("22222222-0000-4000-8000-000000000002", "Own", (Entry(NEEDED_ACTIONS),), is_custom=True)
LEVELS = [Role(each.id, each.name, (each.entry,)) for each in kubernetes_roles.ROLES]
AZURE_RBAC = Item(value=cluster(aadProfile={"managed": True, "enableAzureRBAC": True}))


def scene(said: Any = None, assigned: Item = NOT_ASKED, **evidence: Any) -> GrantEvidence:
    nothing = permissions()
    seen = healthy(permissions=nothing, **evidence)
    return GrantEvidence(WHO, CLUSTER_ID, seen, said, nothing, assigned, Item(value=[]))


def offer(looked: GrantEvidence, *custom: Role, new: Role | None = None) -> Offer:
    lacked = gap.gap_of(looked.evidence.permissions, [looked.failure])
    return Offer(candidates.found(looked, lacked, PUBLISHED, list(custom), new), CLUSTER_ID)


def granted(looked: GrantEvidence, offered: Offer) -> Any:
    return azure.decided(looked, gap.gap_of(looked.evidence.permissions, [looked.failure]), offered)


def assigned(*roles: Role, **properties: Any) -> Item:
    return Item(value=[{"properties": {"roleDefinitionId": f"/x/{role.guid}", **properties}} for role in roles])


def test_the_least_role_on_offer_is_granted() -> None:
    looked = scene()
    (change,) = granted(looked, offer(looked, OWN)).changes
    assert OWN.guid in change.after["properties"]["roleDefinitionId"]


def test_a_role_that_has_to_be_made_is_made_before_it_is_assigned() -> None:
    looked = scene()
    part = granted(looked, offer(looked, new=OWN))
    assert ["/roleDefinitions/" in part.changes[0].id, "/roleAssignments/" in part.changes[1].id] == [True, True]


def test_what_is_assigned_already_is_on_its_way_and_not_assigned_again() -> None:
    looked = scene(assigned=assigned(OWN))
    part = granted(looked, offer(looked, OWN))
    assert part.changes == () and "propagating" in part.notes[0]


def test_what_has_been_on_its_way_for_days_does_not_help() -> None:
    looked = scene(assigned=assigned(OWN, createdOn="2020-01-01T00:00:00Z"))
    with pytest.raises(RefusedError, match="would not help"):
        granted(looked, offer(looked, OWN))


def test_nothing_on_offer_is_said_to_be_nothing() -> None:
    with pytest.raises(RefusedError, match="No known role"):
        granted(scene(), Offer([]))


DENIED = forbidden("list", "pods", namespace="dev")


def inside(text: str) -> tuple[GrantEvidence, kubernetes.Need]:
    looked = scene(texts.classify(text, source="run"), cluster=AZURE_RBAC)
    return looked, kubernetes.needed(looked, kubernetes.AccessRequest())


def test_a_refused_request_needs_its_data_action_in_its_namespace() -> None:
    _, need = inside(DENIED)
    assert need.scope == f"{CLUSTER_ID}/namespaces/dev" and need.action.endswith("/pods/read")


def test_the_least_level_that_grants_the_action_is_taken_and_granted_where_it_is_needed() -> None:
    looked, need = inside(DENIED)
    role = kubernetes.least(LEVELS, need, kubernetes.AccessRequest())
    (change,) = kubernetes.decided(looked, need, role, NOT_ASKED).changes
    assert role == LEVELS[0] and change.id.startswith(need.scope)


def test_a_role_that_is_assigned_there_is_not_assigned_again() -> None:
    looked, need = inside(DENIED)
    assert kubernetes.decided(looked, need, LEVELS[0], assigned(LEVELS[0])).changes == ()


def test_a_role_without_the_action_is_not_granted() -> None:
    _, need = inside(forbidden("delete", "pods"))
    with pytest.raises(RefusedError, match="lacks the data action"):
        kubernetes.least([LEVELS[0]], need, kubernetes.AccessRequest(access="reader"))
