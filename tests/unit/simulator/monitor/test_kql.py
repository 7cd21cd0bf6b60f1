"""Queries are executed as Kusto would: with its names, its types, its clock, its errors."""

from __future__ import annotations

import doctest
import multiprocessing
from datetime import datetime, timezone
from typing import Any

import pytest

from tests.simulator.core import kql
from tests.simulator.monitor import timespan

NOW = datetime(2026, 1, 2, 12, tzinfo=timezone.utc)
COLUMNS = {"Name": "string", "When": "datetime", "Count": "real", "Bag": "dynamic"}
ROWS = [
    {"Name": "a", "When": "2026-01-02 11:30:00", "Count": 0.0, "Bag": {"k": [1]}},
    {"Name": 'it\'s "b"', "When": "2026-01-01 11:30:00", "Count": 2.5},
]
TABLES = {"Things": kql.Table(COLUMNS, ROWS)}


def run(query: str) -> kql.Result:
    return kql.run(query, TABLES, now=NOW)


def test_a_value_keeps_its_type() -> None:
    result = run("Things | where Name == 'a'")
    assert dict(zip(result.names, result.types)) == COLUMNS
    assert result.objects() == [{"Name": "a", "When": datetime(2026, 1, 2, 11, 30), "Count": 0.0, "Bag": {"k": [1]}}]


@pytest.mark.parametrize(
    ("expression", "kind", "value"),
    [
        ("n = count()", "long", 2),
        ("n = max(Count)", "real", 2.5),
        ("n = max(When)", "datetime", datetime(2026, 1, 2, 11, 30)),
        ("n = max(When) - min(When)", "timespan", "1.00:00:00"),
        ("n = countif(Count > 1) > 0", "bool", True),
    ],
)
def test_what_is_computed_has_kustos_type(expression: str, kind: str, value: Any) -> None:
    result = run(f"Things | summarize {expression}")
    assert (result.types, result.rows) == ((kind,), ((value,),))


def test_the_clock_is_the_one_that_is_given() -> None:
    assert [row[0] for row in run("Things | where When > ago(1h) | project Name").rows] == ["a"]


@pytest.mark.parametrize("name", ['it\'s "b"', "", "a\\", "'; drop table Things; --", "\u202e\n"])
def test_a_quoted_literal_stays_a_literal(name: str) -> None:
    escaped = name.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    assert len(run(f"Things | where Name == '{escaped}'").rows) == (1 if "b" in name and "drop" not in name else 0)


@pytest.mark.parametrize("query", ["things", "Things | join kind=inner (things) on Name", "union Things, Nope"])
def test_a_table_is_known_by_its_letters(query: str) -> None:
    with pytest.raises(kql.UnknownTableError):
        run(query)


def test_a_column_is_known_by_its_letters_unless_the_query_made_it() -> None:
    with pytest.raises(kql.UnknownColumnError, match="'name'"):
        run("Things | where name == 'a'")
    assert run("Things | project name = Name | where name == 'a' and name != '\"when\"'").rows


def test_what_resource_graph_forgives_is_forgiven_there_alone() -> None:
    assert kql.run("things | where name == 'a'", TABLES, any_case=True).rows


def test_what_is_no_query_is_told_from_what_goes_too_far() -> None:
    with pytest.raises(kql.QuerySyntaxError):
        run("Things | wher Name")
    with pytest.raises(kql.QueryError) as found:
        run("Things | serialize number = row_number()")
    assert not isinstance(found.value, kql.QuerySyntaxError)


@pytest.mark.parametrize("module", [kql, timespan])
def test_the_examples_are_true(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("text", ["", "P", "PT", "1h", "PT1H/PT1H/PT1H", "2026-01-01T00:00:00Z/", "/PT1H", "P1Y"])
def test_what_is_no_time_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        timespan.parse(text, NOW)


def test_a_time_span_is_read_in_each_of_its_forms() -> None:
    hour = timespan.Span(NOW.replace(hour=11), NOW)
    for text in ("PT1H", "PT60M", "2026-01-02T11:00:00Z/PT1H", "PT1H/2026-01-02T12:00:00.0000000Z"):
        assert timespan.parse(text, NOW) == hour
    assert timespan.parse("2026-01-02T11:00:00+00:00/2026-01-02T12:00:00Z", NOW) == hour


def test_the_clock_of_a_query_is_that_of_its_own_time() -> None:
    hours = [kql.run("print hour = datetime_part('hour', now())", {}, now=NOW.replace(hour=hour)) for hour in (3, 4)]
    assert [hour.rows for hour in hours] == [((3,),), ((4,),)]


def test_one_query_after_another_finds_its_own_rows() -> None:
    tables = [{"things": kql.Table({"name": "string"}, [{"name": name}])} for name in ("a", "b")]
    assert [kql.run("things | project name", one).rows for one in tables] == [(("a",),), (("b",),)]


def test_a_fork_asks_as_well_and_waits_for_no_thread_that_is_not_there() -> None:
    """The process is forked as the fault matrix forks its own."""
    before = run("Things | project Name").rows
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(_names).get(timeout=60) == before == run("Things | project Name").rows


def _names() -> tuple[tuple[Any, ...], ...]:
    return run("Things | project Name").rows
