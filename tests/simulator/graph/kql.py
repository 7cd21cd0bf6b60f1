"""Running the text of a Kusto query over tables built from plain objects.

The query is executed, not recognised: DuckDB runs what ``duckdb-kql`` makes of it. What that cannot translate is an
error that says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Row = dict[str, Any]

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
            _create(connection, name, rows)
        result = duckdb_kql.query(connection, query)
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
    columns = ", ".join(f'"{column}" {"JSON" if column in _DYNAMIC else "VARCHAR"}' for column in COLUMNS)
    connection.execute(f"CREATE TABLE {name} ({columns})")
    if rows:
        marks = ", ".join("?" * len(COLUMNS))
        connection.executemany(f"INSERT INTO {name} VALUES ({marks})", [_cells(row) for row in rows])


def _cells(row: Row) -> list[Any]:
    return [_cell(column, row.get(column)) for column in COLUMNS]


def _cell(column: str, value: Any) -> Any:
    if column in _DYNAMIC:
        return None if value is None else json.dumps(value)
    return "" if value is None else value


def _value(value: Any, kind: str) -> Any:
    """A cell as JSON has it: dynamic values are objects again, also inside of lists."""
    if kind == "JSON" and isinstance(value, str):
        return json.loads(value)
    if kind.endswith("[]") and isinstance(value, (list, tuple)):
        return [_value(item, kind[:-2]) for item in value]
    return value if isinstance(value, (str, int, float, bool, list, dict, type(None))) else str(value)
