"""The undo document: private, never overwritten, there before the change, and no more believed than any other file."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix.changes import apply, undo
from azext_aksinvokefix.changes.apply import ApplyOptions
from azext_aksinvokefix.changes.plan import Change, RefusedError
from azext_aksinvokefix.changes.records.journal import Journal
from azext_aksinvokefix.changes.records.undo_file import KIND, UndoFile, export
from azext_aksinvokefix.changes.records.undo_source import Saved
from tests.present import present
from tests.worlds.changes import Store, WorldSession, assignment, exclusion, plan_for, session

A, B = assignment("a"), assignment("b")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


@pytest.fixture
def working(tmp_path: Path) -> WorldSession:
    found = session(tmp_path / "here", Store({A["id"]: A, B["id"]: B}))
    found.journal.copy = UndoFile(str(tmp_path / "undo.json"))
    found.journal.copy.open()
    return found


def make(working: WorldSession, *changes: Change) -> str:
    return str(apply.carry_out(working, plan_for(*changes), ApplyOptions(yes=True)).document["changeId"])


def on_another_machine(working: WorldSession, folder: Path) -> WorldSession:
    """The same Azure, and a journal without a line."""
    return session(folder, working.arm)


def take_back(there: WorldSession, path: Path, change_id: str | None = None) -> dict[str, Any]:
    kept = undo.chosen(Saved(str(path), there.journal), change_id)
    return apply.carry_out(there, undo.plan(there.arm, kept), ApplyOptions(yes=True)).document


def test_another_machine_takes_a_change_back_by_the_file_and_journals_that(
    working: WorldSession, tmp_path: Path
) -> None:
    change_id = make(working, exclusion(A))
    there = on_another_machine(working, tmp_path / "there")
    assert take_back(there, tmp_path / "undo.json")["verified"] is True
    assert working.arm.documents[A["id"]]["properties"]["parameters"] == A["properties"]["parameters"]
    [line] = there.journal.changes().values()
    assert (line["command"], line["undoes"], line["state"]) == ("undo", change_id, "applied")


def test_what_was_taken_back_from_here_is_not_taken_back_twice(working: WorldSession, tmp_path: Path) -> None:
    first, second = make(working, exclusion(A)), make(working, exclusion(B))
    there = on_another_machine(working, tmp_path / "there")
    assert Saved(str(tmp_path / "undo.json"), there.journal).kept().unreadable == 0
    for expected in (second, first):
        assert undo.chosen(Saved(str(tmp_path / "undo.json"), there.journal), None)["changeId"] == expected
        take_back(there, tmp_path / "undo.json")
    with pytest.raises(RefusedError) as refusal:
        undo.chosen(Saved(str(tmp_path / "undo.json"), there.journal), None)
    assert refusal.value.is_missing
    assert take_back(there, tmp_path / "undo.json", first)["changes"] == []


def test_the_file_is_for_the_owner_alone_and_says_at_any_moment_how_far_the_change_is(
    working: WorldSession, tmp_path: Path
) -> None:
    path = tmp_path / "undo.json"
    seen: list[str] = []

    def look(method: str, *_: Any) -> None:
        if method == "PUT":
            seen.extend(each["state"] for line in json.loads(path.read_text())["changes"] for each in line["changes"])

    working.arm.before = look
    make(working, exclusion(A))
    assert seen == ["unknown"]
    document = json.loads(path.read_text())
    assert (document["kind"], document["schemaVersion"]) == (KIND, 1)
    assert [each["state"] for line in document["changes"] for each in line["changes"]] == ["done"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(each.name for each in tmp_path.iterdir()) == ["here", "undo.json"]


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "undo.json"
    path.write_text("the only undo of last week")
    for write in (UndoFile(str(path)).open, lambda: export(str(path), [])):
        with pytest.raises(RefusedError, match="already exists"):
            write()
    assert path.read_text() == "the only undo of last week"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RefusedError, match="already exists"):
        UndoFile(str(tmp_path / "link")).open()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["no/such/folder/undo.json", "."])
def test_a_file_that_cannot_be_written_is_refused_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(RefusedError, match="cannot be written|already exists"):
        UndoFile(str(tmp_path / name)).open()


def test_where_the_file_goes_away_nothing_more_is_sent(working: WorldSession, tmp_path: Path) -> None:
    present(working.journal.copy).path = tmp_path / "gone" / "undo.json"
    with pytest.raises(RefusedError, match="cannot be written"):
        make(working, exclusion(A))
    assert not [sent for sent in working.arm.sent if sent[0] != "GET"]


def test_without_a_change_no_file_stays(working: WorldSession, tmp_path: Path) -> None:
    present(working.journal.copy).close()
    assert not (tmp_path / "undo.json").exists()


def test_no_secret_gets_into_the_file(tmp_path: Path) -> None:
    secret = "Bearer abcdefghijklmnopqrstuvwxyz"
    export(str(tmp_path / "f"), [{"changeId": "x", "changes": [{"before": {"note": secret}}]}])
    assert "abcdefghijklmnop" not in (tmp_path / "f").read_text()


LINE: dict[str, Any] = {"changeId": "0a", "changes": [], "undoes": None}
WHOLE = {"kind": KIND, "schemaVersion": 1, "changes": [LINE]}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "kind"),
        ("null", "kind"),
        (json.dumps({**WHOLE, "kind": "other"}), "kind"),
        (json.dumps({**WHOLE, "schemaVersion": "1"}), "schemaVersion"),
        (json.dumps({**WHOLE, "schemaVersion": 2}), "later version"),
        (json.dumps({**WHOLE, "changes": [{**LINE, "schemaVersion": 2}]}), "later version"),
        (json.dumps({**WHOLE, "changes": []}), "contains no change"),
        (json.dumps({**WHOLE, "changes": "x"}), "contains no change"),
        (json.dumps({**WHOLE, "changes": [LINE, {"changeId": 1}]}), "entry 2"),
        (json.dumps({**WHOLE, "changes": [{**LINE, "changes": [{"method": "PATCH", "id": "/a"}]}]}), "entry 1"),
        (json.dumps({**WHOLE, "changes": [{**LINE, "changes": [{"method": "PUT", "id": "//evil/a"}]}]}), "entry 1"),
        (" " * (16 * 1024 * 1024 + 1), "larger than"),
    ],
)
def test_a_file_that_is_no_undo_document_is_refused_with_what_is_wrong(tmp_path: Path, content: str, why: str) -> None:
    (tmp_path / "f").write_text(content)
    with pytest.raises(RefusedError) as refusal:
        Saved(str(tmp_path / "f"), Journal(tmp_path)).kept()
    assert why in refusal.value.message and str(tmp_path / "f") in refusal.value.message


def test_only_a_file_without_a_change_has_nothing_of_that_name(tmp_path: Path) -> None:
    file, found = tmp_path / "undo.json", []
    for content in ({**WHOLE, "changes": []}, {**WHOLE, "kind": "other"}):
        file.write_text(json.dumps(content))
        with pytest.raises(RefusedError) as refusal:
            Saved(str(file), Journal(tmp_path)).kept()
        found.append(refusal.value.is_missing)
    assert found == [True, False]


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="cannot be read"):
        Saved(str(tmp_path / "none"), Journal(tmp_path)).kept()
