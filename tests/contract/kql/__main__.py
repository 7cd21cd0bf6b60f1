"""Every query of the package as JSON, with the schemas of the tables that Azure documents.

``python -m tests.contract.kql | node tests/contract/kql/check.js`` parses and binds them by Microsoft's own language
service. The faulty ones stand beside them: a checker that lets one of these pass checks nothing.
"""

from __future__ import annotations

import json
import sys

from azext_aksinvokefix.estate import queries
from azext_aksinvokefix.evidence import cluster_events
from azext_aksinvokefix.evidence.policy_definitions import query_for

#: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language; the tables share their columns.
#: In the text of a schema the column `kind` has to be quoted: the reader ends there in silence otherwise.
SCHEMA = (
    "(id:string, name:string, type:string, tenantId:string, ['kind']:string, location:string, resourceGroup:string,"
    " subscriptionId:string, managedBy:string, sku:dynamic, plan:dynamic, properties:dynamic, tags:dynamic,"
    " identity:dynamic, zones:dynamic, extendedLocation:dynamic)"
)
TABLES = ("resources", "policyresources", "authorizationresources", "resourcecontainers")
#: https://learn.microsoft.com/azure/azure-monitor/reference/tables/kubeevents and its neighbours, those columns that a
#: query could want.
LOGS = {
    "KubeEvents": "(TimeGenerated:datetime, ClusterId:string, ClusterName:string, Computer:string, Namespace:string,"
    " Name:string, ObjectKind:string, Reason:string, Message:string, KubeEventType:string, SourceComponent:string,"
    " FirstSeen:datetime, LastSeen:datetime, Count:real, TenantId:string, _ResourceId:string, Type:string)",
    "KubePodInventory": "(TimeGenerated:datetime, ClusterId:string, ClusterName:string, Computer:string,"
    " Namespace:string, Name:string, PodUid:string, PodStatus:string, ContainerStatus:string,"
    " ContainerStatusReason:string, PodCreationTimeStamp:datetime, PodStartTime:datetime, PodRestartCount:real,"
    " ControllerKind:string, ControllerName:string, PodLabel:string, _ResourceId:string, Type:string)",
    "KubeNodeInventory": "(TimeGenerated:datetime, ClusterId:string, ClusterName:string, Computer:string,"
    " Status:string, Labels:string, LastTransitionTimeReady:datetime, CreationTimeStamp:datetime,"
    " KubeletVersion:string, _ResourceId:string, Type:string)",
}
FAULTY = {
    "no such table": "resource | project id",
    "no such operator": "resources | wher id == 'x'",
    "no such column": "resources | project ids",
    "another case": "resources | project ID",
    "order by a dynamic value": "resources | order by properties asc",
    "a dynamic value as a condition": "resources | where properties.enabled",
    "a literal that ends too early": "resources | where name == 'O'Neill'",
    "group by a dynamic value": "resources | summarize count() by properties",
    "a table of logs in another case": "kubeevents | project Name",
    "a column of another table in a part of a union": "union (KubeEvents | project PodStatus), (KubePodInventory)",
}


def main() -> None:
    asked = [(query.about, query.kql) for query in queries.every()]
    asked.append(("definitions of a diagnosis", query_for(["/providers/x/y/o'z"])))
    asked.append(("events of a command pod", cluster_events.query_for("/subscriptions/o'z", "command-'0")))
    schemas = {**dict.fromkeys(TABLES, SCHEMA), **LOGS}
    tables = {name: {"schema": schema, "columns": schema.count(":")} for name, schema in schemas.items()}
    json.dump({"tables": tables, "queries": asked, "faulty": list(FAULTY.items())}, sys.stdout)


if __name__ == "__main__":
    main()
