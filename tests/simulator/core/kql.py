"""Running the text of a Kusto query over tables built from plain objects.

The query is executed, not recognised: DuckDB runs what ``duckdb-kql`` makes of it. What that cannot translate is an
error that says so.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

Row = dict[str, Any]

#: The types of Kusto that tables have here, and what DuckDB calls them.
_STORED = {"string": "VARCHAR", "dynamic": "JSON", "datetime": "TIMESTAMP", "real": "DOUBLE"}

#: And the way back, for what a query makes of them.
_KUSTO = {
    "VARCHAR": "string",
    "JSON": "dynamic",
    "TIMESTAMP": "datetime",
    "DOUBLE": "real",
    "BIGINT": "long",
    "HUGEINT": "long",
    "INTEGER": "int",
    "BOOLEAN": "bool",
    "INTERVAL": "timespan",
}

_LARGEST = 1 << 28

#: The functions of Kusto that tell the time: of all other queries the translation can be kept.
_CLOCK = re.compile(r"\b(?:now|ago)\s*\(")

#: DuckDB finds names in any case, Kusto does not. A text of SQL may hold anything, a name in quotation marks included.
_TEXT = re.compile(r"'(?:[^']|'')*'")
_NAME = re.compile(r'"([^"]+)"')
_ALIAS = re.compile(r'\bAS "([^"]+)"')
_FROM = re.compile(r'(?:\bFROM|\bJOIN)\s+"([^"]+)"')


class QueryError(ValueError):
    """A query that goes beyond what is understood here, or that names what is not there."""


class QuerySyntaxError(QueryError):
    """A query that no table would help."""


class UnknownTableError(QueryError):
    """A query about a table that is not there; ``table`` is the name that it wrote."""

    def __init__(self, table: str) -> None:
        super().__init__(f"Failed to resolve table or column expression named '{table}'")
        self.table = table


class UnknownColumnError(QueryError):
    """A query about a column that no table has in these letters."""

    def __init__(self, column: str) -> None:
        super().__init__(f"Failed to resolve scalar expression named '{column}'")


@dataclass(frozen=True)
class Table:
    """``columns`` have a type of Kusto each. What a row does not have is an empty text, or null in other columns."""

    columns: Mapping[str, str]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Result:
    """What a query found. ``types`` are Kusto's; a value is what Python has for it, dynamic ones are plain objects."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def objects(self) -> list[Row]:
        return [dict(zip(self.names, row)) for row in self.rows]


def run(query: str, tables: Mapping[str, Table], *, now: datetime | None = None, any_case: bool = False) -> Result:
    """The rows of a query. ``now`` is the moment that the query's own clock shows; ``now()`` and ``ago()`` ask it.

    ``any_case``: the names of tables may be written in any letters, as those of Resource Graph and no others.
    """
    # Imported when the first query comes: they are slow to load and need a newer Python than the rest.
    import duckdb
    import duckdb_kql

    asked = {name: table for name, table in tables.items() if name.lower() in query.lower()}
    connection = _database().cursor()
    try:
        columns = tuple((name, tuple(table.columns)) for name, table in asked.items())
        sql = _translated(query, columns, now if _CLOCK.search(query) else None)
        if not any_case:
            _spelled(sql, tables)
        for name, table in asked.items():
            _create(connection, name, table)
        found = connection.sql(sql, params=sql.parameters) if sql.parameters else connection.sql(sql)
        kinds = [str(kind) for kind in found.types]
        rows = tuple(tuple(_value(value, kind) for value, kind in zip(values, kinds)) for values in found.fetchall())
        return Result(tuple(found.columns), tuple(_KUSTO.get(kind, "dynamic") for kind in kinds), rows)
    except duckdb_kql.KqlSyntaxError as error:
        raise QuerySyntaxError(str(error)) from error
    except (duckdb_kql.KqlError, duckdb.Error) as error:
        raise _named(error) from error
    finally:
        connection.close()


@lru_cache(maxsize=1)
def _database() -> Any:
    """One a process; what a query fills is its own. The threads of DuckDB are not there in a fork, which would wait for
    them in vain: it gets a new one."""
    import duckdb_kql

    return duckdb_kql.connect()


def _close_database() -> None:
    if _database.cache_info().currsize:
        _database().close()
        _database.cache_clear()


os.register_at_fork(before=_close_database)


@lru_cache(maxsize=512)
def _translated(query: str, columns: tuple[tuple[str, tuple[str, ...]], ...], now: datetime | None) -> Any:
    """The SQL of a query over tables with these columns, and its parameters."""
    import duckdb_kql

    return duckdb_kql.to_sql(query, {name: list(names) for name, names in columns}, query_now=now)


def text(value: Any) -> str:
    """A dynamic value as text."""
    return json.dumps(value, separators=(",", ":"))


def _spelled(translated: str, tables: Mapping[str, Table]) -> None:
    """Refuse what is not there in these letters: a table, or a column of all those that are asked."""
    sql = _TEXT.sub("''", translated)
    for name in _FROM.findall(sql):
        if name not in tables:
            raise UnknownTableError(name)
    known = {column for table in tables.values() for column in table.columns}
    made = set(_ALIAS.findall(sql))
    lowered = {column.lower() for column in known}
    for name in _NAME.findall(sql):
        if name not in known | made and name.lower() in lowered:
            raise UnknownColumnError(name)


_UNKNOWN = re.compile(r"^schema error for '([^']+)' \(unknown table")


def _named(error: Exception) -> QueryError:
    found = _UNKNOWN.match(str(error))
    return UnknownTableError(found[1]) if found else QueryError(str(error))


def _create(connection: Any, name: str, table: Table) -> None:
    """By way of a file: DuckDB takes tens of thousands of documents from one in a second."""
    columns = ", ".join(f"\"{column}\": '{_STORED[kind]}'" for column, kind in table.columns.items())
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(cells)}\n" for cells in _cells(table))
        file.flush()
        connection.execute(
            f"CREATE TEMP TABLE {name} AS SELECT * FROM read_json('{file.name}', columns={{{columns}}}, "
            f"format='newline_delimited', maximum_object_size={_LARGEST})"
        )


def _cells(table: Table) -> Iterator[Row]:
    for row in table.rows:
        yield {
            column: row.get(column) or ("" if kind == "string" else row.get(column))
            for column, kind in table.columns.items()
        }


def _value(value: Any, kind: str) -> Any:
    """A cell as JSON has it: dynamic values are objects again, also inside of lists."""
    if kind == "JSON" and isinstance(value, str):
        return json.loads(value)
    if kind.endswith("[]") and isinstance(value, (list, tuple)):
        return [_value(item, kind[:-2]) for item in value]
    if isinstance(value, timedelta):
        return timespan(value)
    return value if isinstance(value, (str, int, float, bool, list, dict, datetime, type(None))) else str(value)


def timespan(value: timedelta) -> str:
    """As Kusto writes it.

    >>> timespan(timedelta(days=1, minutes=2)), timespan(timedelta(seconds=-1.5))
    ('1.00:02:00', '-00:00:01.5000000')
    """
    whole, fraction = divmod(abs(value), timedelta(seconds=1))
    days, seconds = divmod(whole, 86400)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    digits = f".{fraction.microseconds:06d}0" if fraction else ""
    return f"{'-' if value < timedelta(0) else ''}{f'{days}.' if days else ''}{clock}{digits}"
