"""Running the text of a Kusto query over tables built from plain objects.

The query is executed, not recognised: DuckDB runs what ``duckdb-kql`` makes of it. What that cannot translate is an
error that says so.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

Row = dict[str, Any]

#: Resource Graph expands so many elements of a list where the query names no other limit.
EXPANDED = 128
_EXPAND = re.compile(r"\bmv-expand\b[^|]*")

#: The columns of every Resource Graph table; the objects among them are dynamic.
COLUMNS = (
    "id",
    "name",
    "type",
    "tenantId",
    "kind",
    "location",
    "resourceGroup",
    "subscriptionId",
    "managedBy",
    "sku",
    "plan",
    "properties",
    "tags",
    "identity",
    "zones",
    "extendedLocation",
)
_DYNAMIC = frozenset({"sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation"})


class QueryError(ValueError):
    """A query that is wrong, or that goes beyond what is understood here."""


def run(query: str, tables: Mapping[str, Sequence[Row]]) -> list[Row]:
    """The rows of a query over tables of Resource Graph's columns."""
    # Imported when the first query comes: they are slow to load and need a newer Python than the rest.
    import duckdb
    import duckdb_kql

    connection = duckdb_kql.connect()
    try:
        for name, rows in tables.items():
            if name in query.lower():
                _create(connection, name, rows)
        result = duckdb_kql.query(connection, _EXPAND.sub(_capped, query))
        columns, types = result.columns, [str(kind) for kind in result.types]
        return [
            {name: _value(value, kind) for name, value, kind in zip(columns, values, types)}
            for values in result.fetchall()
        ]
    except (duckdb_kql.KqlError, duckdb.Error) as error:
        raise QueryError(str(error)) from error
    finally:
        connection.close()


def _create(connection: Any, name: str, rows: Sequence[Row]) -> None:
    """By way of a file: DuckDB takes tens of thousands of documents from one in a second."""
    columns = ", ".join(f"\"{column}\": '{'JSON' if column in _DYNAMIC else 'VARCHAR'}'" for column in COLUMNS)
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(_cells(row))}\n" for row in rows)
        file.flush()
        connection.execute(
            f"CREATE TABLE {name} AS SELECT * FROM read_json('{file.name}', columns={{{columns}}}, "
            f"format='newline_delimited', maximum_object_size={_LARGEST})"
        )


_LARGEST = 1 << 28


def _cells(row: Row) -> Row:
    return {column: row.get(column) or (None if column in _DYNAMIC else "") for column in COLUMNS}


def _capped(found: re.Match[str]) -> str:
    expand = found[0]
    return expand if re.search(r"\blimit\b", expand) else f"{expand.rstrip()} limit {EXPANDED} "


def _value(value: Any, kind: str) -> Any:
    """A cell as JSON has it: dynamic values are objects again, also inside of lists."""
    if kind == "JSON" and isinstance(value, str):
        return json.loads(value)
    if kind.endswith("[]") and isinstance(value, (list, tuple)):
        return [_value(item, kind[:-2]) for item in value]
    return value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)
