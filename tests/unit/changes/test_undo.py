"""Taking back: the exact document, only if it is still ours; and what the history says of it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any, NoReturn

import pytest

from azext_aksinvokefix.arm import Answer, ArmError
from azext_aksinvokefix.changes import apply, undo
from azext_aksinvokefix.changes.apply import ApplyOptions, Outcome
from azext_aksinvokefix.changes.documents import with_value, writable
from azext_aksinvokefix.changes.plan import Change, RefusedError
from azext_aksinvokefix.changes.records import history
from tests.unit.changes.test_apply import START, STOPPED, grant, once
from tests.worlds.changes import (
    ACCOUNT,
    CLUSTER,
    Store,
    WorldSession,
    assignment,
    exclusion,
    plan_for,
    refused,
    session,
)

A, B = assignment("a"), assignment("b", namespaces=())
YES = ApplyOptions(yes=True)
POOL: dict[str, Any] = {
    "id": CLUSTER + "/agentPools/p",
    "name": "p",
    "properties": {"count": 1, "mode": "User", "provisioningState": "Succeeded"},
}
SCALE = Change(
    "Scale",
    "PUT",
    POOL["id"],
    "2024-02-01",
    before=POOL,
    after=with_value(writable(POOL), ("properties", "count"), 2),
    settings=(("properties", "count"),),
)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture
def working(tmp_path: Path) -> WorldSession:
    return session(tmp_path, Store({A["id"]: A, B["id"]: B, POOL["id"]: POOL, CLUSTER: STOPPED}))


def make(working: WorldSession, *changes: Change) -> str:
    return str(apply.carry_out(working, plan_for(*changes), YES).document["changeId"])


def take_back(working: WorldSession, change_id: str | None = None) -> Outcome:
    kept = undo.chosen(working.journal, change_id)
    return apply.carry_out(working, undo.plan(working.arm, kept), YES)


def comparable(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in ("systemData", "type")}


def test_the_document_is_exactly_what_it_was(working: WorldSession) -> None:
    before = writable(working.arm.documents[A["id"]])
    make(working, exclusion(A))
    assert not take_back(working).failed
    assert writable(working.arm.documents[A["id"]]) == before


def test_what_was_created_is_deleted(working: WorldSession) -> None:
    make(working, grant())
    take_back(working)
    assert grant().id not in working.arm.documents


def test_the_writes_of_a_plan_are_taken_back_in_the_other_order(working: WorldSession) -> None:
    make(working, exclusion(A), exclusion(B))
    working.arm.sent.clear()
    take_back(working)
    assert [path for _, path, _ in working.arm.sent] == [B["id"], A["id"]]


def test_what_somebody_changed_since_is_not_touched(working: WorldSession) -> None:
    make(working, exclusion(A))
    working.arm.documents[A["id"]]["properties"]["displayName"] = "theirs"
    working.arm.sent.clear()
    with pytest.raises(RefusedError, match="someone else has changed"):
        take_back(working)
    assert working.arm.sent == []


def test_what_somebody_took_back_already_needs_nothing(working: WorldSession) -> None:
    make(working, exclusion(A))
    working.arm.documents[A["id"]] = A
    outcome = take_back(working)
    assert outcome.document["changes"] == [] and "already as it was" in outcome.document["notes"][0]


def test_a_scale_up_is_taken_back_although_the_service_changed_the_rest(working: WorldSession) -> None:
    make(working, SCALE)
    working.arm.documents[POOL["id"]]["properties"]["nodeImageVersion"] = "new"
    take_back(working)
    assert working.arm.documents[POOL["id"]]["properties"]["count"] == 1


def test_a_count_that_somebody_set_since_stays(working: WorldSession) -> None:
    make(working, SCALE)
    working.arm.documents[POOL["id"]]["properties"]["count"] = 5
    with pytest.raises(RefusedError):
        take_back(working)


def test_a_started_cluster_is_stopped_again(working: WorldSession) -> None:
    make(working, START)
    take_back(working)
    assert working.arm.documents[CLUSTER]["properties"]["powerState"]["code"] == "Stopped"


def test_of_a_plan_that_failed_half_way_only_what_was_done_is_taken_back(working: WorldSession) -> None:
    working.arm.before = once("PUT", B["id"], refused(403, "AuthorizationFailed"))
    make(working, exclusion(A), exclusion(B))
    working.arm.sent.clear()
    take_back(working)
    assert [path for _, path, _ in working.arm.sent] == [A["id"]]


@pytest.mark.parametrize("made", [True, False])
def test_a_write_that_was_interrupted_is_settled_by_the_document(working: WorldSession, made: bool) -> None:
    def interrupted() -> NoReturn:
        if made:
            working.arm.apply("PUT", A["id"], working.arm.sent[-1][2])
        raise KeyboardInterrupt

    working.arm.before = once("PUT", A["id"], interrupted)
    with pytest.raises(KeyboardInterrupt):
        make(working, exclusion(A))
    outcome = take_back(working, working.console.id)
    assert len(outcome.document["changes"]) == made
    assert bool(undo.undone(working.journal.changes())) == made
    assert writable(working.arm.documents[A["id"]]) == writable(A)


def test_the_latest_change_is_taken_back_then_the_one_before(working: WorldSession) -> None:
    first, second = make(working, exclusion(A)), make(working, exclusion(B))
    assert undo.chosen(working.journal, None)["changeId"] == second
    take_back(working)
    assert undo.chosen(working.journal, None)["changeId"] == first


def test_an_undo_can_be_taken_back_by_its_id(working: WorldSession) -> None:
    make(working, exclusion(A))
    excluded = writable(working.arm.documents[A["id"]])
    outcome = take_back(working)
    take_back(working, outcome.document["changeId"])
    assert writable(working.arm.documents[A["id"]]) == excluded


def test_what_an_undo_of_the_undo_made_again_can_be_taken_back_again(working: WorldSession) -> None:
    first = make(working, exclusion(A))
    take_back(working, take_back(working).document["changeId"])
    assert standing(working) == [("applied", True), ("undone", False), ("applied", True)]
    assert undo.chosen(working.journal, None)["changeId"] == first


def test_what_was_taken_back_is_not_taken_back_from_somebody_who_made_it_again(working: WorldSession) -> None:
    first = make(working, exclusion(A))
    excluded = working.arm.documents[A["id"]]
    take_back(working)
    working.arm.documents[A["id"]] = excluded
    outcome = take_back(working, first)
    assert outcome.document["changes"] == [] and "already" in outcome.document["notes"][0]
    assert working.arm.documents[A["id"]] == excluded


def test_what_somebody_took_back_by_hand_does_not_hide_the_change_before(working: WorldSession) -> None:
    first = make(working, exclusion(A))
    make(working, exclusion(B))
    working.arm.documents[B["id"]] = B
    assert take_back(working).document["changes"] == []
    assert undo.chosen(working.journal, None)["changeId"] == first


def test_what_is_gone_is_said_to_be_gone(working: WorldSession) -> None:
    make(working, exclusion(A))
    del working.arm.documents[A["id"]]
    with pytest.raises(RefusedError, match="no longer exists") as refusal:
        take_back(working)
    assert refusal.value.is_missing


def test_a_change_of_a_later_version_is_listed_and_left_to_it(working: WorldSession) -> None:
    change_id = make(working, exclusion(A))
    working.journal.append({**working.journal.changes()[change_id], "schemaVersion": 2})
    text = working.journal.path.read_text().replace('"schemaVersion": 1', '"schemaVersion": 2')
    working.journal.path.write_text(text)
    assert standing(working) == [("applied", False)]
    with pytest.raises(RefusedError, match="later version"):
        take_back(working)


def test_a_right_that_the_undo_itself_takes_away_leaves_open_whether_it_shows(working: WorldSession) -> None:
    make(working, grant())

    def refuse_once_deleted(method: str, path: str, body: Any) -> Answer | None:
        if method == "GET" and path == grant().id and working.arm.sent[-1][0] == "DELETE":
            return refused(403, "AuthorizationFailed")
        return None

    working.arm.before = refuse_once_deleted
    outcome = take_back(working)
    assert (outcome.failed, outcome.document["verified"]) == (False, None)


@pytest.mark.parametrize("change_id", [None, "given"])
def test_the_change_of_another_cluster_is_not_taken(working: WorldSession, change_id: str | None) -> None:
    made = make(working, exclusion(A))
    with pytest.raises(RefusedError):
        undo.chosen(working.journal, change_id and made, CLUSTER + "-other")


def test_a_resource_group_stands_for_its_clusters(working: WorldSession) -> None:
    made = make(working, exclusion(A))
    assert undo.chosen(working.journal, None, "/subscriptions/S/resourcegroups/RG")["changeId"] == made
    with pytest.raises(RefusedError):
        undo.chosen(working.journal, None, "/subscriptions/s/resourceGroups/r")


def test_a_secret_that_the_journal_left_out_is_never_written_as_its_placeholder(working: WorldSession) -> None:
    before = {**assignment("a"), "properties": {"password": "hunter2hunter2"}}
    after = {"properties": {"password": "correct horse"}}
    working.arm.documents[A["id"]] = before
    make(working, Change("Change it", "PUT", A["id"], "v", before=before, after=after))
    working.arm.documents[A["id"]] = {**before, "properties": {}}
    working.arm.sent.clear()
    with pytest.raises(RefusedError):
        take_back(working)
    assert working.arm.sent == []


@pytest.mark.parametrize("change_id", ["nope", ""])
def test_an_unknown_id_is_not_found(working: WorldSession, change_id: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        undo.chosen(working.journal, change_id)
    assert refusal.value.is_missing


@pytest.mark.parametrize(
    "change, action, scope",
    [
        (exclusion(A), "Microsoft.Authorization/policyAssignments/write", "/subscriptions/s"),
        (grant(), "Microsoft.Authorization/roleAssignments/delete", "/subscriptions/s"),
        (SCALE, "Microsoft.ContainerService/managedClusters/agentPools/write", CLUSTER),
        (START, "Microsoft.ContainerService/managedClusters/stop/action", CLUSTER),
    ],
)
def test_what_taking_back_needs_follows_from_the_resource(
    working: WorldSession, change: Change, action: str, scope: str
) -> None:
    make(working, change)
    kept = undo.chosen(working.journal, None)
    assert undo.plan(working.arm, kept).requires == ((action, scope),)


def standing(working: WorldSession) -> list[tuple[str, bool]]:
    return [(row["state"], row["checked"]) for row in history.listed(working.journal, working.arm)]


def test_the_history_shows_what_stands_what_drifted_and_what_was_taken_back(working: WorldSession) -> None:
    make(working, exclusion(A))
    make(working, exclusion(B))
    make(working, SCALE)
    take_back(working)
    working.arm.documents[A["id"]]["properties"]["displayName"] = "theirs"
    assert standing(working) == [("applied", True), ("undone", False), ("applied", True), ("drifted", True)]


def test_what_somebody_else_took_back_is_undone(working: WorldSession) -> None:
    make(working, exclusion(A))
    working.arm.documents[A["id"]] = A
    assert standing(working) == [("undone", True)]


def test_where_azure_does_not_tell_the_history_is_what_the_journal_says(working: WorldSession) -> None:
    make(working, exclusion(A))

    def fail(*_: object) -> NoReturn:
        raise ArmError(403, "AuthorizationFailed", "No.")

    working.arm.before = fail
    assert standing(working) == [("applied", False)]
    assert [row["state"] for row in history.listed(working.journal, None)] == ["applied"]


def test_of_many_changes_each_document_is_read_once_and_the_old_ones_not(working: WorldSession) -> None:
    for _ in range(2):
        make(working, exclusion(A))
        working.arm.documents[A["id"]] = A
    kept = working.journal.changes()
    sample = next(iter(kept.values()))
    for number in range(300):
        document = exclusion(assignment(f"x{number}"))
        working.journal.append(
            {**sample, "changeId": str(number), "changes": [{**sample["changes"][0], "id": document.id}]}
        )
    asked = []
    working.arm.before = lambda method, path, body: asked.append(path)
    rows = history.listed(working.journal, working.arm)
    assert len(rows) == 302 and sum(row["checked"] for row in rows) == len(asked) == 100


def test_the_history_names_the_cluster_and_the_change(working: WorldSession) -> None:
    change_id = make(working, exclusion(A))
    row = history.listed(working.journal, None)[0]
    assert (row["changeId"], row["clusterId"], row["changes"]) == (change_id, CLUSTER, ["Exclude in a"])


def test_the_account_that_made_a_change_is_kept_and_listed_and_so_is_that_of_its_undo(working: WorldSession) -> None:
    make(working, exclusion(A))
    take_back(working)
    assert [row["account"] for row in history.listed(working.journal, None)] == [ACCOUNT, ACCOUNT]


@pytest.mark.parametrize("account", [None, "ada", {"objectId": 1, "name": []}, {"objectId": None, "name": None}])
def test_a_line_without_an_account_or_with_nonsense_for_one_is_listed_and_taken_back(
    working: WorldSession, account: str | dict[str, Any] | None
) -> None:
    make(working, exclusion(A))
    lines = [json.loads(line) for line in working.journal.path.read_text().splitlines()]
    old = [{name: value for name, value in line.items() if name != "account" or account} for line in lines]
    wanted = [{**line, "account": account} if account else line for line in old]
    working.journal.path.write_text("".join(json.dumps(line) + "\n" for line in wanted))
    assert [(row["account"], row["state"]) for row in history.listed(working.journal, None)] == [(None, "applied")]
    take_back(working)
    assert writable(working.arm.documents[A["id"]])["properties"] == writable(A)["properties"]


@pytest.fixture
def starting(working: WorldSession) -> WorldSession:
    """A start that was interrupted, and of which the cluster shows nothing but that something goes on."""

    def interrupted() -> NoReturn:
        raise KeyboardInterrupt

    working.arm.before = once("POST", START.id, interrupted)
    with pytest.raises(KeyboardInterrupt):
        make(working, START)
    state = ("properties", "provisioningState")
    working.arm.documents[CLUSTER] = with_value(working.arm.documents[CLUSTER], state, "Starting")
    return working


def test_what_is_still_on_its_way_is_not_said_to_be_as_it_was(starting: WorldSession) -> None:
    with pytest.raises(RefusedError, match="still in progress"):
        take_back(starting)
    assert standing(starting) == [("unknown", True)]


def test_who_may_not_take_it_back_can_hand_over_the_request(working: WorldSession) -> None:
    make(working, exclusion(A), grant())
    plan = undo.plan(working.arm, undo.chosen(working.journal, None))
    delete, put = (shlex.split(line) for line in plan.stock)
    assert delete == ["az", "rest", "--method", "delete", "--url", f"{grant().id}?api-version=2022-04-01"]
    assert json.loads(put[put.index("--body") + 1]) == writable(A)


LATER = {"schemaVersion": 2, "changeId": "later", "kind": "of which this version knows nothing"}


def _later_line(working: WorldSession, **more: Any) -> None:
    with working.journal.path.open("a") as file:
        file.write(json.dumps({**LATER, **more}) + "\n")


def test_no_older_change_is_taken_back_for_one_of_a_later_version(working: WorldSession) -> None:
    change_id = make(working, exclusion(A))
    _later_line(working)
    with pytest.raises(RefusedError, match="later version") as refusal:
        undo.chosen(working.journal, None)
    assert "--change-id" in refusal.value.advice
    assert undo.chosen(working.journal, change_id)["changeId"] == change_id


def test_a_journal_of_later_lines_alone_is_not_called_empty(working: WorldSession) -> None:
    working.journal.path.parent.mkdir()
    _later_line(working)
    with pytest.raises(RefusedError, match="later version"):
        undo.chosen(working.journal, None)


def test_a_change_made_behind_a_later_line_is_the_latest(working: WorldSession) -> None:
    make(working, exclusion(A))
    _later_line(working)
    change_id = make(working, exclusion(B))
    assert undo.chosen(working.journal, None)["changeId"] == change_id


def test_an_undo_of_a_later_version_leaves_it_to_azure_whether_a_change_stands(working: WorldSession) -> None:
    change_id = make(working, exclusion(A))
    kept = working.journal.changes()[change_id]
    _later_line(working, **{**kept, **LATER, "command": "undo", "undoes": change_id})
    assert undo.plan(working.arm, undo.chosen(working.journal, change_id)).changes


def _undo_on_record(working: WorldSession, change_id: str, **write: Any) -> None:
    """Journal an undo as an earlier version of this extension did, whatever was read back."""
    kept = working.journal.changes()[change_id]
    back = {**kept["changes"][0], **kept["undo"][0], "state": "done", **write}
    working.journal.append({**kept, "changeId": "u", "command": "undo", "undoes": change_id, "changes": [back]})


@pytest.mark.parametrize(
    "write, undone",
    [({"applied": None}, True), ({"applied": exclusion(A).after}, False), ({"state": "running"}, False)],
)
def test_an_undo_on_record_counts_unless_what_was_read_back_denies_it(
    working: WorldSession, write: dict[str, Any], undone: bool
) -> None:
    change_id = make(working, exclusion(A))
    _undo_on_record(working, change_id, **write)
    assert (undo.undone(working.journal.changes()) == {change_id}) is undone
    if not undone:
        assert take_back(working).document["changes"]


def test_an_open_change_that_never_showed_makes_way_once_no_operation_takes_so_long(working: WorldSession) -> None:
    first, second = make(working, exclusion(A)), make(working, exclusion(B))
    working.arm.documents[B["id"]] = B
    kept = working.journal.changes()[second]
    open_one = {**kept, "state": "unknown", "changes": [{**kept["changes"][0], "state": "unknown"}]}
    working.journal.append(open_one)
    notes = take_back(working).document["notes"]
    assert any("--change-id" in note for note in notes)
    assert undo.chosen(working.journal, None)["changeId"] == second
    working.journal.append({**open_one, "time": "2020-01-01T00:00:00Z"})
    take_back(working)
    assert undo.chosen(working.journal, None)["changeId"] == first


def test_the_history_names_each_document_once(working: WorldSession) -> None:
    make(working, exclusion(A), SCALE, START)
    [row] = history.listed(working.journal, None)
    assert row["documents"] == [A["id"], POOL["id"], CLUSTER]


def test_what_an_undo_deleted_is_said_not_to_be_made_again_and_is_not(working: WorldSession) -> None:
    make(working, grant())
    deleted = take_back(working).document
    assert deleted["undo"] == []
    working.arm.sent.clear()
    with pytest.raises(RefusedError) as refusal:
        take_back(working, deleted["changeId"])
    assert (refusal.value.is_missing, working.arm.sent) == (True, [])
    assert "cannot be restored from the journal" in refusal.value.message
