"""The journal: whole lines, nothing lost, nothing secret, nobody else's business."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from azext_aksinvokefix.changes.plan import RefusedError
from azext_aksinvokefix.changes.records.journal import Journal, with_secrets


def change(**more: Any) -> dict[str, Any]:
    return {"method": "PUT", "id": "/subscriptions/s/x", "apiVersion": "v", "state": "done", **more}


def record(change_id: str, **more: Any) -> dict[str, Any]:
    return {"changeId": change_id, "state": "applied", "changes": [], **more}


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(record("a"))
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700


def test_a_journal_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(record("a"))
    journal.path.chmod(0o644)
    journal.append(record("b"))
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


def test_the_last_line_of_a_change_counts_and_the_order_is_that_of_the_first(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for line in (record("a", state="planned"), record("b"), record("a")):
        journal.append(line)
    assert [(key, each["state"]) for key, each in journal.changes().items()] == [("a", "applied"), ("b", "applied")]


def test_a_line_that_a_crash_cut_costs_itself_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(record("a"))
    with journal.path.open("a") as file:
        file.write('{"changeId": "torn", "chan')
    journal.append(record("b"))
    assert list(journal.changes()) == ["a", "b"]


@pytest.mark.parametrize(
    "line",
    [
        [],
        7,
        {},
        {"changeId": 3, "changes": []},
        {"changeId": "x", "changes": [1]},
        record("x", clusterId=5),
        record("x", undoes=["a"]),
        record("x", changes=[change(id=5)]),
        record("x", changes=[change(method="PATCH")]),
        record("x", changes=[change(before="text")]),
        record("x", changes=[change(settings=["abc"])]),
        record("x", changes=[change(settings=[[]])]),
        record("x", changes=[change(becomes=7)]),
    ],
)
def test_a_line_of_another_shape_is_passed_over(tmp_path: Path, line: Any) -> None:
    journal = Journal(tmp_path)
    journal.append(record("a"))
    with journal.path.open("a") as file:
        file.write(json.dumps(line) + "\n")
    assert list(journal.changes()) == ["a"]


@pytest.mark.parametrize("name", ["id", "watched", "inverse"])
@pytest.mark.parametrize("path", ["https://evil.example/x", "//evil.example/x", "subscriptions/s", "/a/../b"])
def test_no_line_leads_a_request_elsewhere(tmp_path: Path, name: str, path: str) -> None:
    journal = Journal(tmp_path)
    journal.append(record("a", changes=[change(**{name: path})]))
    assert journal.changes() == {}


def test_there_is_no_journal_before_the_first_change(tmp_path: Path) -> None:
    assert Journal(tmp_path).changes() == {}


def test_what_cannot_be_journalled_is_refused(tmp_path: Path) -> None:
    (tmp_path / "aks-invoke-fix").write_text("a file in the way")
    with pytest.raises(RefusedError, match="cannot be written"):
        Journal(tmp_path).append(record("a"))


def _append_many(folder: Path, name: str) -> None:
    for number in range(50):
        Journal(folder).append(record(f"{name}-{number}", filler="x" * 5000))


def test_two_processes_do_not_mix_their_lines(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_append_many, args=(tmp_path, name)) for name in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(Journal(tmp_path).changes()) == 100
    assert all(json.loads(line) for line in Journal(tmp_path).path.read_text().splitlines())


SECRETS = {
    "password": "hunter2hunter2",
    "url": "https://x.blob.core.windows.net/c?sv=1&sig=abcdefgh12345678",
    "list": ["Bearer abcdefghijklmnop"],
}


def test_no_secret_is_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(record("a", changes=[{"before": SECRETS}]))
    text = journal.path.read_text()
    assert not any(secret in text for secret in ("hunter2", "abcdefgh12345678", "abcdefghijklmnop"))


def test_what_was_left_out_comes_back_from_the_document_itself(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(record("a", changes=[change(before={**SECRETS, "count": 1})]))
    kept = journal.changes()["a"]["changes"][0]["before"]
    assert with_secrets(kept, {**SECRETS, "count": 2}) == {**SECRETS, "count": 1}


@pytest.mark.parametrize(
    ("kept", "live", "is_taken"),
    [
        ("https://a?sig=[secret-1]", "https://a?sig=zzz", True),
        ("https://a?sig=[secret-1]", "https://b?sig=zzz", False),
        ("https://a?sig=[secret-1]", "https://a?sig=", False),
        ("https://a?sig=[secret-1]&x=1", "https://a?sig=zzz&x=1", True),
        ("https://a?sig=[secret-1]&x=1", "https://a?sig=zzz&x=12", False),
        ("https://a?sig=[secret-1]&x=1", "https://a?sig=zzz", False),
        ("u=[key-1]&sig=[secret-2]&x", "u=me&sig=zzz&x", True),
        ("u=[key-1]&sig=[secret-2]&x", "sig=zzz&u=me&x", False),
    ],
)
def test_a_text_is_taken_over_only_where_nothing_but_the_secret_differs(kept: str, live: str, is_taken: bool) -> None:
    assert with_secrets({"url": kept}, {"url": live}) == {"url": live if is_taken else kept}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_refused_with_the_next_step(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RefusedError, match="Permission denied"):
        Journal(tmp_path).append(record("a"))


def _write(journal: Journal, *lines: str | dict[str, Any]) -> None:
    journal.append(record("a", clusterId="/subscriptions/s/resourceGroups/rg"))
    with journal.path.open("a") as file:
        file.writelines((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)


LATER = {"schemaVersion": 2, "somethingNew": True}


def test_lines_that_hold_no_change_are_counted_and_the_file_is_named(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    _write(journal, "not JSON", "[]", "", "   ", '{"changeId": "torn", "ch')
    [warning] = journal.kept().warnings()
    assert journal.kept().unreadable == 3 and str(journal.path) in warning and ": 3." in warning


def test_a_journal_that_can_be_read_whole_needs_no_warning(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    _write(journal, {"schemaVersion": 1, **record("b")})
    assert list(journal.kept().warnings()) == []


@pytest.mark.parametrize("line", [LATER, {**LATER, **record("b")}, {**LATER, "clusterId": 5}])
def test_a_line_of_a_later_version_is_said_whatever_its_shape(tmp_path: Path, line: dict[str, Any]) -> None:
    journal = Journal(tmp_path)
    _write(journal, line)
    [warning] = journal.kept().warnings()
    assert "later version" in warning and str(journal.path) in warning and journal.kept().unreadable == 0


@pytest.mark.parametrize("version", ["2", None, True, 0, 1.5])
def test_what_is_no_version_of_a_journal_is_no_later_one(tmp_path: Path, version: float | str | None) -> None:
    journal = Journal(tmp_path)
    _write(journal, {"schemaVersion": version})
    assert (journal.kept().unreadable, journal.kept().later) == (1, {})


@pytest.mark.parametrize(
    "line, scope, counted",
    [
        (LATER, None, 1),
        (LATER, "/subscriptions/s/resourceGroups/rg", 1),
        ({**LATER, "clusterId": "/subscriptions/s/resourceGroups/rg/x"}, "/subscriptions/s/resourceGroups/rg", 1),
        ({**LATER, "clusterId": "/subscriptions/s/resourceGroups/other"}, "/subscriptions/s/resourceGroups/rg", 0),
    ],
)
def test_a_later_line_counts_where_it_may_be_for_the_cluster(
    tmp_path: Path, line: dict[str, Any], scope: str | None, counted: int
) -> None:
    journal = Journal(tmp_path)
    _write(journal, line)
    assert journal.kept().later_than("a", scope) == counted


def test_a_later_line_before_the_last_of_a_change_does_not_come_behind_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    _write(journal, LATER, record("b"))
    assert (journal.kept().later_than("a"), journal.kept().later_than("b")) == (1, 0)
