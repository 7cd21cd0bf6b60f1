"""Every query of the package as JSON, with the schemas of the tables that Azure Resource Graph documents.

``python -m tests.contract.kql | node tests/contract/kql/check.js`` parses and binds them by Microsoft's own language
service. The faulty ones stand beside them: a checker that lets one of these pass checks nothing.
"""

from __future__ import annotations

import json
import sys

from azext_aksinvokefix.estate import queries
from azext_aksinvokefix.evidence.policy_definitions import query_for

#: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language; the tables share their columns.
#: In the text of a schema the column `kind` has to be quoted: the reader ends there in silence otherwise.
SCHEMA = (
    "(id:string, name:string, type:string, tenantId:string, ['kind']:string, location:string, resourceGroup:string,"
    " subscriptionId:string, managedBy:string, sku:dynamic, plan:dynamic, properties:dynamic, tags:dynamic,"
    " identity:dynamic, zones:dynamic, extendedLocation:dynamic)"
)
COLUMNS = 16
TABLES = ("resources", "policyresources", "authorizationresources", "resourcecontainers")
FAULTY = {
    "no such table": "resource | project id",
    "no such operator": "resources | wher id == 'x'",
    "no such column": "resources | project ids",
    "another case": "resources | project ID",
    "order by a dynamic value": "resources | order by properties asc",
    "a dynamic value as a condition": "resources | where properties.enabled",
    "a literal that ends too early": "resources | where name == 'O'Neill'",
    "group by a dynamic value": "resources | summarize count() by properties",
}


def main() -> None:
    asked = [(query.about, query.kql) for query in queries.every()]
    asked.append(("definitions of a diagnosis", query_for(["/providers/x/y/o'z"])))
    tables = {name: {"schema": SCHEMA, "columns": COLUMNS} for name in TABLES}
    json.dump({"tables": tables, "queries": asked, "faulty": list(FAULTY.items())}, sys.stdout)


if __name__ == "__main__":
    main()
