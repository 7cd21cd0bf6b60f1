"""The changes as a person reads them: a row a change, whoever made it, none wider than the table may be."""

from __future__ import annotations

from typing import Any

import pytest

from azext_aksinvokefix.report.history import render, table
from tests.worlds.changes import ACCOUNT, CLUSTER

ROW = {
    "time": "2026-01-01T00:00:07Z",
    "changeId": "0a1b2c3d4e5f",
    "command": "exempt-policy",
    "clusterId": CLUSTER,
    "account": ACCOUNT,
    "state": "applied",
    "checked": True,
    "changes": ["Exclude in a"],
    "undoes": None,
}
UNDO = {**ROW, "changeId": "ffffffffffff", "command": "undo", "undoes": "0a1b2c3d4e5f", "checked": False}


def test_a_change_is_one_row_of_when_who_what_where_and_whether_it_stands() -> None:
    assert render([{**UNDO, "checked": True}, {**ROW, "state": "undone"}]) == (
        "Time (UTC)        Change        Who              What                         Cluster  State\n"
        "2026-01-01 00:00  ffffffffffff  ada@contoso.com  undo of 0a1b2c3d4e5f         c        done\n"
        "2026-01-01 00:00  0a1b2c3d4e5f  ada@contoso.com  exempt-policy: Exclude in a  c        undone\n"
    )


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (ROW, "stands"),
        ({**ROW, "checked": False}, "made"),
        ({**ROW, "state": "drifted"}, "changed"),
        ({**ROW, "state": "unknown", "checked": False}, "unknown"),
        ({**ROW, "state": "planned", "checked": False}, "not sent"),
        (UNDO, "done"),
        ({**UNDO, "state": "undone"}, "undone"),
        ({**UNDO, "state": "failed"}, "not made"),
        ({**ROW, "state": "new"}, "new"),
    ],
)
def test_the_state_says_what_is_known_now_and_an_undo_is_done_not_standing(row: dict[str, Any], state: str) -> None:
    assert [row["State"] for row in table([row])] == [state]


def test_what_was_not_looked_up_now_and_what_somebody_else_changed_is_explained_below() -> None:
    text = render([{**ROW, "checked": False}, {**ROW, "state": "drifted"}])
    assert "made: according to the journal; its current state could not be checked." in text
    assert "changed: someone else has changed it since" in text
    assert "according to the journal" not in render([ROW])


def test_a_journal_without_changes_is_said() -> None:
    assert render([]) == "No changes were made from this machine.\n"


@pytest.mark.parametrize("width", [100, 120])
def test_no_row_is_wider_than_asked_for_and_no_id_is_cut(width: int) -> None:
    cluster = CLUSTER + "-with-a-name-of-sixty-three-characters-" + "x" * 30
    account = {"objectId": "o", "name": "n" * 80}
    long = {**ROW, "account": account, "clusterId": cluster, "changes": ["w" * 300, "b"], "state": "s" * 40}
    lines = render([long, UNDO], width=width).splitlines()
    assert max(map(len, lines)) <= width
    assert "0a1b2c3d4e5f" in lines[1] and "undo of 0a1b2c3d4e5f" in lines[2]


@pytest.mark.parametrize(
    ("account", "who"), [(None, "-"), ({"objectId": "o", "name": None}, "o"), ({"objectId": None, "name": "n"}, "n")]
)
def test_who_made_a_change_is_named_as_far_as_it_was_kept(account: dict[str, Any] | None, who: str) -> None:
    assert table([{**ROW, "account": account}])[0]["Who"] == who


def test_how_many_more_things_a_change_changed_is_said() -> None:
    assert table([{**ROW, "changes": ["A", "B", "C"]}])[0]["What"] == "exempt-policy: A (and 2 more)"


def test_nothing_of_the_journal_reaches_the_terminal_as_a_control() -> None:
    hostile = "\x1b]0;owned\x07a\nb\x9b31m\u202e"
    row = {**ROW, "command": hostile, "changes": [hostile], "account": {"objectId": None, "name": hostile}}
    assert not any(character in render([row]) for character in "\x1b\x07\x9b\u202e")


def test_a_table_of_no_change_has_no_row() -> None:
    assert table([]) == []
