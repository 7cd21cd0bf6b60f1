"""An undo document from elsewhere takes back what the fixes made, and can do nothing that they never do."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix import failure as texts
from azext_aksinvokefix.changes import apply, undo
from azext_aksinvokefix.changes.apply import ApplyOptions
from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.records.undo_file import export
from azext_aksinvokefix.changes.records.undo_source import Saved
from azext_aksinvokefix.fixes import cluster_state, own_writes
from azext_aksinvokefix.fixes.grant_role import assignment
from tests.worlds import capacity
from tests.worlds.capacity import Cloud, Scenario
from tests.worlds.changes import session
from tests.worlds.policy import DENY, PolicyWorld, policy
from tests.worlds.roles import Roles, access

NOW = datetime.now(timezone.utc)
FULL_TEXT = "0/1 nodes are available: 1 Insufficient cpu."


def excluded(folder: Path, monkeypatch: pytest.MonkeyPatch, scenario: str | None = None) -> PolicyWorld:
    cloud = PolicyWorld(folder, monkeypatch, scenario or policy(DENY))
    cloud.carry_out(cloud.plan())
    return cloud


def exempted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> PolicyWorld:
    cloud = PolicyWorld(folder, monkeypatch, "policy-no-namespace-parameter")
    cloud.carry_out(cloud.plan(mode="exemption"))
    return cloud


def safeguarded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> PolicyWorld:
    return excluded(folder, monkeypatch, "safeguards-enforced")


def granted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Roles:
    cloud = Roles(folder, monkeypatch, access("Reader"))
    cloud.carry_out(cloud.grant())
    return cloud


def granted_a_custom_role(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Roles:
    cloud = Roles(folder, monkeypatch, access("Reader"))
    cloud.carry_out(cloud.grant(allow_custom_role=True))
    return cloud


def made_room(folder: Path, monkeypatch: pytest.MonkeyPatch, scenario: Scenario | None = None, **options: Any) -> Cloud:
    cloud = capacity.Cloud(folder, monkeypatch, scenario or "nodes-full")
    options = options or {"failure": texts.classify(FULL_TEXT, source="run")}
    cloud.carry_out(cloud.plan(**options))
    return cloud


def started(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    cloud = capacity.Cloud(folder, monkeypatch, {"cluster": {"power": "Stopped"}, "operationSeconds": 60})
    working = cloud.session()
    apply.carry_out(working, cluster_state.plan_start(working), ApplyOptions(yes=True))
    return cloud


def enabled(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    cloud = capacity.Cloud(folder, monkeypatch, "run-command-disabled")
    working = cloud.session()
    apply.carry_out(working, cluster_state.plan_enable_run_command(working), ApplyOptions(yes=True))
    return cloud


TAINTED = {"cluster": {"pools": [{"name": "batch", "taints": ["dedicated=batch:NoSchedule"]}]}}
MADE: dict[str, Callable[[Path, pytest.MonkeyPatch], Any]] = {
    "namespace": excluded,
    "namespace of several lists": lambda folder, patch: excluded(folder, patch, "policy-two-assignments"),
    "exemption": exempted,
    "safeguards": safeguarded,
    "role": granted,
    "custom role": granted_a_custom_role,
    "scaled": made_room,
    "added pool": lambda folder, patch: made_room(folder, patch, method="add-pool"),
    "started pool": lambda folder, patch: made_room(folder, patch, scenario="pool-stopped", method="start"),
    "autoscaler": lambda folder, patch: made_room(folder, patch, scenario="pool-at-maximum", method="autoscale"),
    "taint": lambda folder, patch: made_room(
        folder, patch, scenario=TAINTED, remove_taint=("dedicated=batch:NoSchedule",)
    ),
    "start": started,
    "run command": enabled,
}


@pytest.mark.parametrize("name", MADE)
def test_what_a_fix_made_is_taken_back_from_the_file_alone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = MADE[name](tmp_path / "here", monkeypatch)
    here = cloud.session()
    made = here.journal.changes()
    assert made and all(line["state"] == "applied" for line in made.values()), "the fix was not made"
    export(str(tmp_path / "undo.json"), made.values())
    there = session(tmp_path / "there", here.arm)
    for _ in made:
        kept = own_writes.checked(undo.chosen(Saved(str(tmp_path / "undo.json"), there.journal), None), NOW)
        document = apply.carry_out(there, undo.plan(there.arm, kept), ApplyOptions(yes=True)).document
        assert document["changes"] and document["verified"] in (True, None)
    with pytest.raises(RefusedError):
        undo.chosen(Saved(str(tmp_path / "undo.json"), there.journal), None)


CLUSTER = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c"
POOL = f"{CLUSTER}/agentPools/p"
AUTHORIZATION = f"{CLUSTER}/providers/Microsoft.Authorization"
ASSIGNED = {"roleDefinitionId": "/x/roleDefinitions/r", "principalId": "p"}
OWN_NAME = str(assignment.name(CLUSTER, "p", "r"))
LISTS = {"properties": {"parameters": {"excludedNamespaces": {"value": ["a"]}}, "enforcementMode": "Default"}}
MORE = {
    "properties": {"parameters": {"excludedNamespaces": {"value": ["a", "aks-command"]}}, "enforcementMode": "Default"}
}
ROLES = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/"
ONE_NODE = {"properties": {"count": 1, "mode": "User"}}
POLICY = "/subscriptions/s/providers/Microsoft.Authorization/policyAssignments/a"


def write(
    method: str, path: str, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    return {"what": "x", "state": "done", "method": method, "id": path, "apiVersion": "2024-01-01", "before": before,
            "after": after, "applied": after, "settings": [], "becomes": [], **more}  # fmt: skip


def line(each: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"changeId": "0a1b", "time": "2026-01-01T00:00:00Z", "state": "applied", "command": "exempt-policy",
            "clusterId": CLUSTER, "endpoint": "e", "undoes": None, "changes": [each], **more}  # fmt: skip


def pool(place: tuple[str, str], old: Any, new: Any) -> dict[str, Any]:
    name = place[-1]
    return write("PUT", POOL, {"properties": {name: old}}, {"properties": {name: new}}, settings=[list(place)])


GOOD = write("PUT", POLICY, LISTS, MORE)


def with_value(document: dict[str, Any], **properties: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    changed["properties"].update(properties)
    return changed


HOSTILE = {
    "a resource of another kind": write("PUT", "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Storage/a/b"),
    "a pool of another cluster": write("PUT", CLUSTER + "2/agentPools/p", None, ONE_NODE),
    "a URL": write("PUT", "/x://evil.example.com/a", LISTS, MORE),
    "a query": write("PUT", POLICY + "?x=y", LISTS, MORE),
    "a version that is none": write("PUT", POLICY, LISTS, MORE, apiVersion="2024-01-01&x=y"),
    "an assignment of another cluster's subscription": write("PUT", POLICY.replace("/s/", "/t/"), LISTS, MORE),
    "another member of an assignment": write("PUT", POLICY, with_value(LISTS, enforcementMode="DoNotEnforce"), MORE),
    "another member of an assignment taken away": write("PUT", POLICY, LISTS, with_value(MORE, notScopes=[])),
    "a list of other namespaces": write(
        "PUT", POLICY, {"properties": {"parameters": {"excludedNamespaces": {"value": ["*"]}}}}, MORE
    ),
    "a new policy assignment": write("PUT", POLICY, None, MORE),
    "the deletion of an assignment": write("DELETE", POLICY, LISTS),
    "a role of another name": write("PUT", f"{AUTHORIZATION}/roleAssignments/r", None, {"properties": ASSIGNED}),
    "a role that was there": write(
        "PUT", f"{AUTHORIZATION}/roleAssignments/{OWN_NAME}", {"properties": ASSIGNED}, {"properties": ASSIGNED}
    ),
    "the grant of a role": write("DELETE", f"{AUTHORIZATION}/roleAssignments/{OWN_NAME}", {"properties": ASSIGNED}),
    "a custom role of another name": write("PUT", ROLES + "r"),
    "an exemption of another name": write("PUT", f"{AUTHORIZATION}/policyExemptions/x", None, {"properties": {}}),
    "more nodes": pool(("properties", "count"), 50, 2),
    "many nodes less": pool(("properties", "count"), 0, 50),
    "a lower bound that rises": pool(("properties", "minCount"), 9, 2),
    "a taint that goes away": pool(("properties", "nodeTaints"), [], ["a=b:NoSchedule"]),
    "a pool that stops": pool(("properties", "mode"), "User", "System"),
    "a setting that no fix knows": pool(("properties", "vmSize"), "a", "b"),
    "a pool as a whole": write("PUT", POOL, {"properties": {"count": 1}}, {"properties": {"count": 2}}),
    "a pool of several nodes": write("PUT", POOL, None, {"properties": {"count": 3, "mode": "System"}}),
    "the cluster as a whole": write("PUT", CLUSTER, {"properties": {}}, {"properties": {}}),
    "run command switched on": write(
        "PUT",
        CLUSTER,
        {"properties": {"apiServerAccessProfile": {"disableRunCommand": False}}},
        {"properties": {"apiServerAccessProfile": {"disableRunCommand": True}}},
        settings=[["properties", "apiServerAccessProfile", "disableRunCommand"]],
    ),
    "another action": write(
        "POST", f"{CLUSTER}/start", {"properties": {"powerState": {"code": "Stopped"}}}, inverse=f"{CLUSTER}/rotate",
        watched=CLUSTER, becomes=["Running"], settings=[["properties", "powerState", "code"]],
    ),
}  # fmt: skip


POWER = ["properties", "powerState", "code"]
SWITCH = ["properties", "apiServerAccessProfile", "disableRunCommand"]


def start(**more: Any) -> dict[str, Any]:
    was = {"properties": {"powerState": {"code": "Stopped"}}}
    around = {"inverse": f"{CLUSTER}/stop", "watched": CLUSTER, "becomes": ["Running"], "settings": [POWER]}
    return {**write("POST", f"{CLUSTER}/start", was), **around, **more}


def switch(old: Any = True, new: Any = False, **more: Any) -> dict[str, Any]:
    was, is_now = ({"properties": {"apiServerAccessProfile": {"disableRunCommand": value}}} for value in (old, new))
    return {**write("PUT", CLUSTER, was, is_now, settings=[SWITCH]), **more}


@pytest.mark.parametrize("each", [start(), switch()], ids=["start", "switch"])
def test_the_writes_that_are_turned_one_way_or_another_are_sound_themselves(each: dict[str, Any]) -> None:
    assert own_writes.checked(line(each), NOW)


@pytest.mark.parametrize(
    "each",
    [
        start(method="PUT"),
        start(id=f"{CLUSTER}/stop"),
        start(id=f"{CLUSTER}2/start"),
        start(watched=f"{CLUSTER}2"),
        start(inverse=f"{CLUSTER}/start"),
        start(becomes=["Stopped"]),
        start(becomes=["Running", "Stopped"]),
        start(becomes=[]),
        start(before={"properties": {"powerState": {"code": "Running"}}}),
        start(before=None),
        start(settings=[]),
        start(settings=[SWITCH]),
        start(settings=[POWER, SWITCH]),
        switch(method="DELETE"),
        switch(id=f"{CLUSTER}2"),
        switch(old=False),
        switch(old=None),
        switch(new=True),
        switch(new="false"),
        switch(settings=[]),
        switch(settings=[POWER]),
        switch(settings=[SWITCH, POWER]),
    ],
)
def test_a_start_or_a_switch_that_differs_anywhere_from_the_own_one_is_refused(each: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match="the extension never sends this request"):
        own_writes.checked(line(each), NOW)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_write_that_no_fix_makes_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match="the extension never sends this request"):
        own_writes.checked(line(HOSTILE[name]), NOW)


@pytest.mark.parametrize(
    "more",
    [
        {"clusterId": "/subscriptions/s"},
        {"clusterId": f"{CLUSTER}/../x"},
        {"clusterId": None},
        {"command": "undo"},
        {"command": "rm -rf"},
        {"changeId": "../x"},
    ],
)
def test_a_change_that_names_no_cluster_id_or_fix_is_refused(more: dict[str, Any]) -> None:
    own_writes.checked(line(GOOD), NOW)
    with pytest.raises(RefusedError, match="names no valid cluster, id or command"):
        own_writes.checked(line(GOOD, **more), NOW)


def test_a_document_that_was_tampered_with_beside_the_list_is_not_put_back() -> None:
    """What is live and what the file says was sent may agree; the rest of the file's document is never sent."""
    kept = own_writes.checked(line(GOOD), NOW)
    assert kept["changes"][0]["settings"] == [["properties", "parameters", "excludedNamespaces", "value"]]


@pytest.mark.parametrize(("ends", "fits"), [(-1, True), (1, False), (None, False)])
def test_an_exemption_is_put_back_only_where_it_had_run_out(ends: int | None, fits: bool) -> None:
    moment = (NOW + timedelta(days=ends)).isoformat() if ends else None
    from azext_aksinvokefix.policy import advice

    properties = {"policyAssignmentId": POLICY}
    path = f"{AUTHORIZATION}/policyExemptions/{advice.name_of_exemption(POLICY, [])}"
    renewed = write("PUT", path, {"properties": {**properties, "expiresOn": moment}}, {"properties": properties})
    if fits:
        own_writes.checked(line(renewed), NOW)
    else:
        with pytest.raises(RefusedError):
            own_writes.checked(line(renewed), NOW)


def test_any_nonsense_in_a_change_is_refused_and_never_crashes() -> None:
    for each in ({}, {"id": "/a/b"}, json.loads('{"id": "/a/b", "before": {"properties": []}, "after": {}}')):
        whole = {**write("PUT", POOL), **each}
        with pytest.raises(RefusedError):
            own_writes.checked(line(whole), NOW)
