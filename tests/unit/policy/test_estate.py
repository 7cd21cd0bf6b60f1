"""An estate is evaluated once; each cluster gets what stands above it, and clusters alike share the very objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from azext_aksinvokefix.lifecycle import Item
from azext_aksinvokefix.policy import effect
from azext_aksinvokefix.policy.effect import Estate, evaluate, in_force
from azext_aksinvokefix.policy.model import PolicyInForce
from azext_aksinvokefix.policy.resolution import policies_of
from azext_aksinvokefix.policy.scope import ByScope, Place
from tests.data.policies import (
    CLUSTER,
    GROUP,
    NOW,
    READ_ONLY,
    RESTRICTED,
    SUBSCRIPTION,
    assignment,
    exemption,
)

DENY = {"effect": "Deny"}
OTHER = "/subscriptions/00000000-0000-0000-0000-000000000002"
ELSEWHERE = f"{OTHER}/resourceGroups/rg1/providers/Microsoft.ContainerService/managedClusters/c1"
BESIDE = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/c2"
GROUPS = "/providers/Microsoft.Management/managementGroups"


def estate(*assignments: dict[str, Any], exemptions: Sequence[dict[str, Any]] = ()) -> Estate:
    return evaluate(Item(value=list(assignments)), {}, Item(value=list(exemptions)), NOW)


def names(found: tuple[PolicyInForce, ...]) -> list[str]:
    return [one.assignment_name for one in found]


def test_each_cluster_has_what_stands_above_it_in_the_order_of_the_list() -> None:
    found = estate(
        assignment(READ_ONLY, name="own", scope=CLUSTER),
        assignment(READ_ONLY, name="other", scope=OTHER),
        assignment(READ_ONLY, name="group", scope=f"{GROUP.upper()}/"),
        assignment(READ_ONLY, name="prefix", scope=f"{GROUP}0"),
        assignment(READ_ONLY, name="subscription", scope=SUBSCRIPTION),
    )
    assert names(in_force(found, Place(CLUSTER))) == ["own", "group", "subscription"]
    assert names(in_force(found, Place(BESIDE.upper()))) == ["group", "subscription"]
    assert names(in_force(found, Place(ELSEWHERE))) == ["other"]


def test_a_management_group_counts_where_it_is_above_the_cluster_or_where_that_is_not_known() -> None:
    found = estate(assignment(READ_ONLY, scope=f"{GROUPS}/Platform"))
    assert len(in_force(found, Place(CLUSTER))) == 1
    assert len(in_force(found, Place(CLUSTER, groups=frozenset({"root", "platform"})))) == 1
    assert in_force(found, Place(CLUSTER, groups=frozenset({"root"}))) == ()


@pytest.mark.parametrize(
    ("groups", "unreached", "uncertain"),
    [
        (None, "", "the assignment excludes management group Sandbox"),
        (frozenset({"sandbox"}), f"the assignment excludes the scope {GROUPS}/Sandbox", ""),
        (frozenset({"platform"}), "", ""),
    ],
)
def test_an_excluded_management_group_is_settled_by_the_groups_above(
    groups: frozenset[str] | None, unreached: str, uncertain: str
) -> None:
    assigned = assignment(READ_ONLY, notScopes=[f"{GROUPS}/Sandbox"])
    (found,) = in_force(estate(assigned), Place(CLUSTER, groups=groups))
    assert (found.unreached, found.uncertain) == (unreached, uncertain)


def test_an_exemption_excuses_the_clusters_below_its_own_scope_alone() -> None:
    assigned = assignment(READ_ONLY, values=DENY)
    found = estate(
        assigned,
        exemptions=[
            exemption(assigned, name="mine"),
            exemption(assigned, name="groups", scope=f"{GROUPS}/Platform"),
            exemption(assignment(READ_ONLY, name="a2"), name="of another", scope=SUBSCRIPTION),
        ],
    )

    def excusing(place: Place) -> list[str]:
        return [one.name for policy in in_force(found, place) for one in policy.exemptions]

    assert excusing(Place(CLUSTER)) == ["mine", "groups"]
    assert excusing(Place(CLUSTER, groups=frozenset())) == ["mine"]
    assert excusing(Place(BESIDE, groups=frozenset({"platform"}))) == ["groups"]
    assert excusing(Place(BESIDE, groups=frozenset())) == []


def test_an_override_by_region_is_told_apart_from_cluster_to_cluster() -> None:
    override = {"kind": "policyEffect", "value": "Disabled", "selectors": [{"kind": "resourceLocation", "in": ["uk"]}]}
    found = estate(assignment(READ_ONLY, values=DENY, overrides=[override]))
    assert [in_force(found, Place(CLUSTER, where))[0].effect for where in ("uk", "UK", "west", None)] == [
        "disabled",
        "disabled",
        "deny",
        "deny",
    ]


def test_what_the_service_resolved_for_one_cluster_says_nothing_of_the_next() -> None:
    found = estate(assignment(READ_ONLY, values={"effect": None}, overrides=[]))
    row = {"policyAssignmentId": assignment(READ_ONLY)["id"], "policyDefinitionAction": "deny"}
    assert in_force(found, Place(CLUSTER), Item(value=[row]))[0].effect == "deny"
    assert in_force(found, Place(CLUSTER))[0].effect == "unknown"


def test_an_assignment_is_resolved_once_however_many_clusters_it_reaches(monkeypatch: pytest.MonkeyPatch) -> None:
    resolved: list[str] = []

    def counted(base: PolicyInForce, definitions: Mapping[str, Any], location: str | None) -> tuple[PolicyInForce, ...]:
        resolved.append(base.assignment_name)
        return policies_of(base, definitions, location)

    monkeypatch.setattr(effect, "policies_of", counted)
    found = estate(
        assignment(RESTRICTED, name="set", values=DENY),
        assignment(READ_ONLY, name="one", notScopes=[BESIDE]),
        assignment(READ_ONLY, name="unused", scope=OTHER),
    )
    places = [Place(f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/c{n}") for n in range(50)]
    each = [in_force(found, place) for place in places]
    assert resolved == ["set", "one"]
    assert all(mine is first for mine, first in zip(each[1], each[0]))
    assert [one.unreached for one in each[2] if one.assignment_name == "one"] != [""]


def test_nothing_stands_above_where_nothing_is_listed() -> None:
    assert ByScope().above(Place(CLUSTER)) == []
