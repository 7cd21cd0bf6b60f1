"""What permission entries grant: the rules of ARM, one by one, and the matcher against a brute-force one."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix.cluster import Target
from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS
from azext_aksinvokefix.rights import kubernetes_roles, permissions, roles
from azext_aksinvokefix.rights.permissions import Entry
from azext_aksinvokefix.shapes import mappings
from tests.data.evidence import CALLER, CLUSTER_ID, READ, RESULT, RUN, SUBSCRIPTION, entry
from tests.present import present
from tests.shared import SHARED

TARGET = Target(CLUSTER_ID, SUBSCRIPTION, "rg1", "c1")
ROLES = SHARED / "data" / "aks_roles_rest.json"


@given(st.text("aB/*", max_size=12), st.text("aAbB/", max_size=12))
def test_the_matcher_agrees_with_a_regular_expression(pattern: str, action: str) -> None:
    expected = re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), action, re.IGNORECASE)
    assert permissions.matches(pattern, action) == bool(expected)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], "missing"),
        ([entry(RUN)], "granted"),
        ([entry(RUN.upper())], "granted"),
        ([entry("Microsoft.ContainerService/managedClusters/runcommand/action")], "granted"),
        ([entry("*")], "granted"),
        ([entry("Microsoft.ContainerService/managedClusters/*")], "granted"),
        ([entry("*/read")], "missing"),
        ([entry("*", notActions=["Microsoft.ContainerService/*"])], "missing"),
        ([entry("*", notActions=["Microsoft.ContainerService/*"]), entry(RUN)], "granted"),
        ([entry("*/read", notActions=[]), entry("*", notActions=["*/action"])], "missing"),
        ([entry(dataActions=["Microsoft.ContainerService/managedClusters/*"])], "missing"),
        ([entry(RUN, condition="@Resource[x] StringEquals 'y'")], "conditional"),
        ([entry(RUN, condition="@Resource[x] StringEquals 'y'"), entry("*")], "granted"),
        ([entry("*", condition="c", notActions=[RUN])], "missing"),
    ],
)
def test_entries_add_up_and_exclusions_stay_inside_their_entry(entries: list[Entry], expected: str) -> None:
    assert permissions.state(entries, RUN) == expected


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_entries_of_any_shape_grant_nothing_by_accident(entries: Any) -> None:
    assert permissions.state(map(Entry.of, mappings(entries)), "some/action") in ("missing", "granted", "conditional")


@pytest.mark.parametrize(
    ("verb", "resource", "group", "role"),
    [
        ("list", "pods", "", "RBAC Reader"),
        ("get", "pods/log", "", "RBAC Reader"),
        ("list", "deployments", "apps", "RBAC Reader"),
        ("list", "nodes", "", "RBAC Admin"),
        ("list", "persistentvolumes", "", "RBAC Admin"),
        ("get", "widgets", "example.com", "RBAC Admin"),
        ("get", "secrets", "", "RBAC Writer"),
        ("create", "pods/exec", "", "RBAC Writer"),
        ("patch", "deployments", "apps", "RBAC Writer"),
        ("deletecollection", "pods", "", "RBAC Writer"),
        ("create", "namespaces", "", "RBAC Cluster Admin"),
        ("delete", "resourcequotas", "", "RBAC Cluster Admin"),
        ("bind", "clusterroles", "rbac.authorization.k8s.io", "RBAC Admin"),
    ],
)
def test_the_smallest_aks_role_for_a_request(verb: str, resource: str, group: str, role: str) -> None:
    action = kubernetes_roles.data_action(verb, resource, group)
    assert kubernetes_roles.smallest(action).name == f"Azure Kubernetes Service {role}"


def test_the_aks_roles_grant_what_their_live_definitions_grant() -> None:
    if not ROLES.exists():
        pytest.skip("the role definitions are not beside this checkout")
    live = {role["name"]: role["properties"]["permissions"][0] for role in json.loads(ROLES.read_text())["value"]}
    for role in kubernetes_roles.ROLES:
        published = role.entry.to_json()
        ours = {bucket: {action.lower() for action in published[bucket]} for bucket in published}
        theirs = {bucket: {action.lower() for action in live[role.id].get(bucket) or []} for bucket in published}
        # `resource/*` beside `resource/read` says the same.
        assert ours["notDataActions"] == theirs["notDataActions"], role.name
        for action in ours["dataActions"] | theirs["dataActions"]:
            plain = action.replace("*", "anything")
            assert permissions.covers(role.entry, plain, "dataActions") == permissions.covers(
                Entry.of({bucket: sorted(actions) for bucket, actions in theirs.items()}),
                plain,
                "dataActions",
            ), (role.name, action)


def test_a_gap_of_reads_takes_reader_alone() -> None:
    (fix,) = roles.proposals([READ, RESULT], roles.Principal(CALLER, "User"), TARGET)
    assert roles.READER in present(fix.stock_command)
    assert f"--assignee-object-id {CALLER} --assignee-principal-type User" in present(fix.stock_command)
    assert present(fix.stock_command).endswith(f"--scope {CLUSTER_ID}")


def test_a_gap_with_the_command_takes_what_grant_role_makes_unasked_and_then_the_custom_role() -> None:
    built_in, custom = roles.proposals(NEEDED_ACTIONS, roles.Principal(CALLER, "User"), TARGET)
    assert all(action in present(custom.stock_command) for action in NEEDED_ACTIONS)
    assert roles.CLUSTER_ADMIN in present(built_in.stock_command) and roles.READER in present(built_in.stock_command)


def test_reader_is_left_out_where_the_result_is_readable_already() -> None:
    built_in, _ = roles.proposals([RUN], roles.Principal(CALLER, "User"), TARGET)
    assert roles.READER not in present(built_in.stock_command)


def test_the_built_in_role_comes_with_the_reason_why_it_is_not_the_custom_one() -> None:
    built_in, custom = roles.proposals([RUN], roles.Principal(CALLER, "User"), TARGET)
    assert "custom role" in built_in.description and "less" in custom.description
    assert roles.WRITE_DEFINITIONS in custom.requires and roles.WRITE_DEFINITIONS not in built_in.requires


def test_without_a_gap_nothing_is_proposed() -> None:
    assert roles.proposals([], roles.Principal(CALLER, "User"), TARGET) == ()


def test_no_proposal_is_a_role_that_does_not_help_or_gives_everything() -> None:
    for gap in ([RUN], [READ], [RESULT], list(NEEDED_ACTIONS)):
        for fix in roles.proposals(gap, roles.Principal(CALLER, "User"), TARGET):
            for unwanted in (
                "4abbcc35-e782-43d8-92c5-2d3f1bd2253f",
                "ed7f3fbd-7b88-4dd4-9017-9adb7ce333f8",
                "b24988ac-6180-42a0-ab88-20f7382dd24c",
                "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
            ):
                assert unwanted not in present(fix.stock_command)


def test_without_a_principal_there_is_advice_but_no_command() -> None:
    assert all(fix.stock_command is None for fix in roles.proposals(NEEDED_ACTIONS, None, TARGET))
