"""What of an ARM document may be sent back, and when two readings are the same."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix.changes.documents import (
    ABSENT,
    keeps,
    restored,
    same_document,
    shows,
    value_at,
    with_value,
    writable,
)
from tests.worlds.changes import assignment

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["a", "b", "value", "excluded-1", "é"])
DOCUMENTS = st.dictionaries(st.text(max_size=6), JSON, max_size=5)


@given(DOCUMENTS, DOCUMENTS)
def test_what_the_service_does_not_own_survives(properties: dict[str, Any], rest: dict[str, Any]) -> None:
    document = {**rest, **assignment("a"), "properties": properties}
    kept = writable(document)
    own = {"id", "name", "type", "systemData", "etag", "eTag"}
    expected = {name: value for name, value in document.items() if name not in own}
    read_only = {"scope", "instanceId", "latestDefinitionVersion", "effectiveDefinitionVersion", "provisioningState"}
    expected["properties"] = {name: value for name, value in document["properties"].items() if name not in read_only}
    assert kept == expected


@given(DOCUMENTS)
def test_the_document_that_was_read_is_not_changed(properties: dict[str, Any]) -> None:
    document = {**assignment("a"), "properties": properties}
    copied = copy.deepcopy(document)
    writable(document)
    with_value(document, ("properties", "parameters", "x", "value"), [1])
    assert document == copied


@given(DOCUMENTS, st.lists(NAMES, min_size=1, max_size=4), JSON)
def test_a_value_that_was_set_is_there_and_nothing_else_is_other(
    document: dict[str, Any], pointer: list[str], value: Any
) -> None:
    changed = with_value(document, tuple(pointer), value)
    assert value_at(changed, pointer) == value
    before = value_at(document, pointer)
    if isinstance(before, type(ABSENT)):
        return
    assert with_value(changed, tuple(pointer), before) == document


def test_a_setting_that_was_absent_is_absent_again() -> None:
    before = {"properties": {"count": 1}}
    after = {"properties": {"count": 2, "minCount": 1, "mode": "User"}}
    settings = (("properties", "count"), ("properties", "minCount"))
    assert restored(after, before, settings) == {"properties": {"count": 1, "mode": "User"}}


def test_what_services_touch_by_themselves_is_no_change() -> None:
    one = assignment("a", metadata={"createdBy": "x", "updatedBy": "y", "updatedOn": "2026-01-01"})
    other = assignment("a", metadata={"createdBy": "x", "updatedBy": "z", "updatedOn": "2026-02-01"})
    assert same_document(one, {**other, "systemData": {"n": 9}})


def test_somebody_elses_change_anywhere_is_a_change() -> None:
    one = assignment("a", displayName="A")
    assert not same_document(one, assignment("a", displayName="B"))
    assert not same_document(one, assignment("a"))
    assert not same_document(one, None)


def test_only_the_settings_count_where_a_change_is_about_settings() -> None:
    settings = (("properties", "count"),)
    assert same_document({"properties": {"count": 1, "x": 1}}, {"properties": {"count": 1, "x": 2}}, settings)
    assert not same_document({"properties": {"count": 1}}, {"properties": {"count": 2}}, settings)


def test_the_service_may_add_members_change_case_and_write_times_its_own_way() -> None:
    sent = {"properties": {"roleDefinitionId": "/Sub/X", "expiresOn": "2026-12-22T00:00:00Z", "gone": None}}
    read = {"id": "1", "properties": {"roleDefinitionId": "/sub/x", "expiresOn": "2026-12-22T00:00:00.0000000+00:00"}}
    assert shows(read, sent)


def test_a_list_with_other_members_does_not_show_what_was_sent() -> None:
    assert not shows({"a": ["x"]}, {"a": ["x", "y"]})
    assert not shows({"a": ["x", "y", "z"]}, {"a": ["x", "y"]})
    assert not shows({}, {"a": []})


def test_a_document_that_still_has_what_was_taken_out_is_not_the_changed_one() -> None:
    before, after = {"p": {"a": 1, "list": ["x"]}, "q": 1}, {"p": {"a": 1}, "q": 1}
    assert shows(before, after) and keeps(before, before, after)
    assert not keeps(after, before, after)


def test_what_the_service_added_meanwhile_is_not_kept() -> None:
    assert not keeps({"p": {"theirs": 1}}, {"p": {}}, {"p": {}})
    assert not keeps({"p": None}, {"p": 1}, {})


@given(DOCUMENTS, DOCUMENTS)
def test_a_changed_document_keeps_nothing_that_was_taken_out(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert not keeps(after, before, after)
