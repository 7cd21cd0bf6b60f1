"""A literal of the query language is what it was made of, whatever that holds."""

from __future__ import annotations

import duckdb_kql
import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_aksinvokefix.evidence.kql import literal, literals

HOSTILE = [
    "plain",
    "O'Neill",
    "' or 1 == 1 | project secret //",
    "back\\slash",
    "\\' | take 1",
    'double "quotes"',
    "line\nend\r\ttab",
    "| where true",
    "\u2028\u2029\x85",
    "äöü 漢字 🙂",
    "",
]


def _read_back(text: str) -> str:
    """What a reader of the language makes of a literal that stands alone: the rules that Kusto documents."""
    assert text[0] == text[-1] == "'"
    inside, out, at = text[1:-1], [], 0
    escapes = {"n": "\n", "r": "\r", "t": "\t"}
    while at < len(inside):
        if inside[at] == "'":
            raise AssertionError("the literal ends before its end")
        if inside[at] != "\\":
            assert inside[at] not in "\r\n", "a line ends inside of the literal"
            out.append(inside[at])
            at += 1
        elif inside[at + 1] == "u":
            out.append(chr(int(inside[at + 2 : at + 6], 16)))
            at += 6
        else:
            out.append(escapes.get(inside[at + 1], inside[at + 1]))
            at += 2
    return "".join(out)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_literal_is_read_back_as_it_was(value: str) -> None:
    assert _read_back(literal(value)) == value


@given(st.text(max_size=60))
def test_any_text_is_read_back_as_it_was(value: str) -> None:
    assert _read_back(literal(value)) == value


@pytest.mark.parametrize("value", HOSTILE[:7])
def test_a_query_finds_exactly_the_row_with_the_value(value: str) -> None:
    connection = duckdb_kql.connect()
    connection.execute("CREATE TABLE names (name VARCHAR)")
    connection.executemany("INSERT INTO names VALUES (?)", [[each] for each in HOSTILE])
    found = duckdb_kql.query(connection, f"names | where name == {literal(value)}").fetchall()
    assert found == [(value,)]


def test_a_list_is_in_brackets() -> None:
    assert literals(["a", "b'c"]) == "('a', 'b\\'c')"
