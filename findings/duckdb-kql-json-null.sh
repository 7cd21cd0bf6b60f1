#!/usr/bin/env bash
# duckdb-kql 1.1.2 on duckdb 2.0.0
#
# A query of Kusto over JSON documents: a member that is there with the value null is not null for `isnull` and
# `isnotnull`, while `isempty` calls the same value empty. A member that is absent is null for both. Rows of Azure
# Resource Graph are full of members that are null, so `where isnotnull(properties.x)` lets them through here, and a
# test that runs such a query locally proves nothing about them. `isnotempty(tostring(properties.x))` tells all three
# apart as one would expect. Seen: isnotnull gives the rows with null and with 1, isempty those with null and without.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check duckdb-kql==1.1.2 duckdb==2.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import duckdb_kql

connection = duckdb_kql.connect()
connection.execute(
    """create table resources as select * from (values
        ('null', '{"x": null}'::JSON), ('one', '{"x": 1}'::JSON), ('absent', '{}'::JSON)) as rows(name, properties)"""
)


def names(condition):
    found = duckdb_kql.query(connection, f"resources | where {condition} | project name")
    return sorted(name for (name,) in found.fetchall())


seen = {
    condition: names(condition)
    for condition in (
        "isnotnull(properties.x)",
        "isnull(properties.x)",
        "isempty(properties.x)",
        "isnotempty(tostring(properties.x))",
    )
}
for condition, rows in seen.items():
    print(f"{condition}: {rows}")
assert seen == {
    "isnotnull(properties.x)": ["null", "one"],
    "isnull(properties.x)": ["absent"],
    "isempty(properties.x)": ["absent", "null"],
    "isnotempty(tostring(properties.x))": ["one"],
}, seen
PYTHON
