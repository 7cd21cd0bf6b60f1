#!/usr/bin/env bash
# duckdb-kql 1.1.2 on duckdb 2.0.0
#
# In Kusto the names of tables and columns are case-sensitive (documented; Microsoft's language service calls `kubeevents`
# and `KubeEvents | where name == 'x'` faulty where the table is KubeEvents with a column Name). Translated to DuckDB, whose names have no case, both answer with rows. A query with a
# slip in a name passes every local test and fails in Azure; only a check against the schemas finds it. Seen: a table
# KubeEvents with a column Name answers to kubeevents and to NAME.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check duckdb-kql==1.1.2 duckdb==2.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import duckdb_kql

connection = duckdb_kql.connect()
connection.execute("create table KubeEvents as select * from (values ('pod-1', 'Failed')) as rows(Name, Reason)")
seen = {
    query: duckdb_kql.query(connection, query).fetchall()
    for query in ("KubeEvents | project Name", "kubeevents | project Name", "KubeEvents | where name == 'pod-1' | project NAME")
}
for query, rows in seen.items():
    print(f"{query}: {rows}")
assert all(rows == [("pod-1",)] for rows in seen.values()), seen
PYTHON
