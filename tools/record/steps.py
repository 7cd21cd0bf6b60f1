"""What is asked: reads, commands that change nothing, and, where it was allowed, an exemption that is taken away again.

A step makes its requests from a place alone, so that all of them can be shown without sending any.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from azext_aksinvokefix import api_versions as version
from azext_aksinvokefix.evidence import cluster_events, endpoints
from tools.record.requests import CLUSTER_TOKEN, Place, Request

#: The id of a command and of an operation that never were, and of a principal that nobody is.
NOBODY = "00000000-0000-4000-8000-00000000dead"
_READ_ONLY_ROOT = "/providers/Microsoft.Authorization/policyDefinitions/df49d893-a74c-421d-bc95-c663042e5b80"
_AUTHORIZATION = "{cluster}/providers/Microsoft.Authorization"
_STATES = "{cluster}/providers/Microsoft.PolicyInsights/"
_DETECTOR = "{cluster}/detectors/nodes-not-ready-alerts"

#: What a script in the pod counts on: a line for each tool that is missing.
_TOOLS = (
    "for t in sh kubectl helm jq awk grep xargs base64 gzip tar curl; do "
    "command -v $t > /dev/null || echo $t is missing; done"
)
#: Those parts of the pod that policies and the scheduler look at, and nothing that names anybody.
_OWN_POD = (
    "kubectl get pod $HOSTNAME -n aks-command -o jsonpath='{.spec.nodeSelector} {.spec.tolerations} "
    "{.spec.securityContext} {.spec.imagePullSecrets} {.spec.containers[*].securityContext} "
    "{.spec.containers[*].volumeMounts} {.spec.containers[*].imagePullPolicy} {.spec.containers[*].readinessProbe}'"
)
#: Kubernetes draws the end of the name of this volume.
_DRAWN = re.compile(r"kube-api-access-\w{1,10}")


@dataclass(frozen=True)
class Step:
    """``writes``: left out unless it was allowed. ``output``: what of a command's output is the service's own doing."""

    name: str
    asked: Callable[[Place], list[Request]]
    writes: bool = False
    output: Callable[[str], str] | None = None


def every() -> list[Step]:
    return [*_cluster(), *_rights(), *_policies(), *_monitor(), *_graph(), *_commands(), *_exemptions()]


def _cluster() -> Iterator[Step]:
    yield _read("cluster", "{cluster}", version.CLUSTER_READS[0])
    yield _read("agent-pools", "{cluster}/agentPools", version.CLUSTER)
    yield _read("outbound", f"{{cluster}}/{endpoints.SOURCE}", version.OUTBOUND)
    yield _read("detectors", "{cluster}/detectors", version.DETECTORS)
    yield _read("detector", _DETECTOR, version.DETECTORS, startTime="{day}", endTime="{now}")
    yield _read("detector-long-range", _DETECTOR, version.DETECTORS, startTime="{month}", endTime="{now}")
    yield _read("result-unknown", f"{{cluster}}/commandResults/{NOBODY.replace('-', '')}", version.CLUSTER)
    operation = f"Microsoft.ContainerService/locations/westus2/operations/{NOBODY}"
    yield _read("operation-unknown", f"{{subscription}}/providers/{operation}", version.CLUSTER_WRITE)


def _rights() -> Iterator[Step]:
    yield _read("permissions", f"{_AUTHORIZATION}/permissions", version.PERMISSIONS)
    yield _read("permissions-of-group", "{group}/providers/Microsoft.Authorization/permissions", version.PERMISSIONS)
    yield _read("deny-assignments", f"{_AUTHORIZATION}/denyAssignments", version.ROLES, filter="atScope()")
    eligible = f"{_AUTHORIZATION}/roleEligibilityScheduleInstances"
    yield _read("eligible-roles", eligible, version.ELIGIBILITY, filter="asTarget()")
    both = f"atScope() and principalId eq '{NOBODY}'"
    yield _read("role-filter-two-conditions", f"{_AUTHORIZATION}/roleAssignments", version.ROLES, filter=both)
    yield _read("locks", f"{_AUTHORIZATION}/locks", version.LOCKS)


def _policies() -> Iterator[Step]:
    listed = f"{_AUTHORIZATION}/policyAssignments"
    for each in (version.ASSIGNMENTS_OLDER, version.ASSIGNMENTS, *version.ASSIGNMENT_WRITES):
        yield _read(f"policy-assignments-{each}", listed, each)
    expand = "LatestDefinitionVersion, EffectiveDefinitionVersion"
    yield _read("policy-assignments-expanded", listed, version.ASSIGNMENT_WRITES[0], expand=expand)
    yield _read("policy-exemptions", f"{_AUTHORIZATION}/policyExemptions", version.EXEMPTIONS)
    yield _read("policy-definition", _READ_ONLY_ROOT, version.DEFINITIONS)
    yield _read("policy-definition-versions", f"{_READ_ONLY_ROOT}/versions", version.DEFINITIONS)
    yield _read("policy-definition-version-pattern", f"{_READ_ONLY_ROOT}/versions/6.*.*", version.DEFINITIONS)
    safeguards = "{cluster}/providers/Microsoft.ContainerService/deploymentSafeguards/default"
    yield _read("safeguards", safeguards, version.SAFEGUARDS)
    states = f"{_STATES}policyStates/latest/queryResults"
    yield _post("policy-states", states, version.POLICY_STATES, top="5")
    components = f"{_STATES}componentPolicyStates/latest/queryResults"
    pods = "componentType eq 'pod'"
    yield _post("component-states", components, "2022-04-01", filter=pods, top="5")


def _monitor() -> Iterator[Step]:
    hour = "{hour}/{now}"
    metrics = {"metricnames": "kube_node_status_condition", "timespan": hour, "interval": "PT5M"}
    by_condition = {"aggregation": "Average", "filter": "condition eq '*' and status eq '*'", "~top": "20"}
    yield _read("metrics", "{cluster}/providers/Microsoft.Insights/metrics", version.METRICS, **metrics, **by_condition)
    rules = "{cluster}/providers/Microsoft.Insights/dataCollectionRuleAssociations"
    yield _read("data-collection", rules, version.COLLECTION_RULES)
    logs = "{cluster}/providers/microsoft.insights/logs"
    yield _post("logs-cluster", logs, version.CLUSTER_LOGS, _events)
    broken = {"query": "KubeEvents | wher 1 == 1", "timespan": "PT1H"}
    yield _post("logs-syntax-error", logs, version.CLUSTER_LOGS, lambda place: broken)
    events = "{subscription}/providers/Microsoft.Insights/eventtypes/management/values"
    about = "eventTimestamp ge '{day}' and eventTimestamp le '{now}' and resourceUri eq '{cluster}'"
    yield _read("activity-log", events, version.ACTIVITY_LOG, filter=about)


def _events(place: Place) -> Mapping[str, str]:
    return {"query": cluster_events.query_for(place.cluster_id, ""), "timespan": "PT1H"}


def _graph() -> Iterator[Step]:
    found = "policyresources | where type =~ 'microsoft.authorization/policydefinitions'"
    questions = {
        "graph-clusters": "resources | where type =~ 'microsoft.containerservice/managedclusters' | order by id asc",
        "graph-built-in-definitions": f"{found} | where properties.policyType =~ 'BuiltIn' | order by id asc",
    }
    for name, kql in questions.items():
        yield _query(name, kql, lambda place: {"subscriptions": [place.subscription]})
    yield _query("graph-unknown-management-group", found, lambda place: {"managementGroups": [NOBODY]})


def _query(name: str, kql: str, scope: Callable[[Place], Mapping[str, Any]]) -> Step:
    def body(place: Place) -> Mapping[str, Any]:
        return {**scope(place), "query": kql, "options": {"$top": 5}}

    return _post(name, "/providers/Microsoft.ResourceGraph/resources", version.RESOURCE_GRAPH, body)


def _commands() -> Iterator[Step]:
    yield _run("run-true", "true", output=str)
    yield _run("run-exit-3", "exit 3", output=str)
    yield _run("run-nodes", "kubectl get nodes -o name")
    yield _run("run-tools", _TOOLS, output=str)
    yield _run("run-own-pod", _OWN_POD, output=lambda text: _DRAWN.sub("kube-api-access", text))
    yield _run(
        "run-long-output", "head -c 600000 /dev/zero | tr '\\0' x", output=lambda text: f"{len(text)} characters"
    )
    yield _run("run-bytes", "printf 'a\\377\\376z'", output=repr)
    yield _run("run-empty", "")
    yield _run("run-bad-context", "true", context=b"no zip")


def _run(name: str, command: str, context: bytes = b"", output: Callable[[str], str] | None = None) -> Step:
    def asked(place: Place) -> list[Request]:
        body = {"command": command, "context": base64.b64encode(context).decode(), "clusterToken": CLUSTER_TOKEN}
        return [Request("POST", f"{place.cluster_id}/runCommand", version.CLUSTER, body=body, follow=True)]

    return Step(name, asked, output=output)


def _exemptions() -> Iterator[Step]:
    yield Step("exemption-invalid", lambda place: _exempt(place, exemptionCategory=None)[:1], writes=True)
    yield Step("exemption", _exempt, writes=True)


def _exempt(place: Place, **changed: Any) -> list[Request]:
    """Made, read, written once more, deleted, deleted once more. It ends by itself an hour later."""
    path = f"{place.group_id}/providers/Microsoft.Authorization/policyExemptions/{place.name}"
    properties = {
        "policyAssignmentId": place.assignment,
        "exemptionCategory": "Waiver",
        "expiresOn": f"{place.now + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
        "displayName": "Made by make record of aks-invoke-fix, and deleted by it",
        **changed,
    }
    body = {"properties": {name: value for name, value in properties.items() if value is not None}}
    bodies = (("PUT", body), ("GET", None), ("PUT", body), ("DELETE", None), ("DELETE", None))
    return [Request(method, path, version.EXEMPTIONS, body=each) for method, each in bodies]


def _read(name: str, path: str, api_version: str, **query: str) -> Step:
    return Step(name, lambda place: [Request("GET", _filled(path, place), api_version, _parameters(query, place))])


def _post(name: str, path: str, api_version: str, body: Callable[[Place], Any] | None = None, **query: str) -> Step:
    def asked(place: Place) -> list[Request]:
        sent = body(place) if body else None
        return [Request("POST", _filled(path, place), api_version, _parameters(query, place), sent)]

    return Step(name, asked)


def _parameters(query: Mapping[str, str], place: Place) -> dict[str, str]:
    """OData's own are written with a dollar; ``~`` keeps it away."""
    odata = {"filter", "expand", "top"}
    return {f"${name}" if name in odata else name.strip("~"): _filled(text, place) for name, text in query.items()}


def _filled(text: str, place: Place) -> str:
    """``{cluster}``, ``{group}`` and ``{subscription}`` are ids, the rest are moments."""
    moments = {"now": 0, "hour": 1, "day": 23, "month": 40 * 24}
    times = {name: f"{place.now - timedelta(hours=ago):%Y-%m-%dT%H:%M:%SZ}" for name, ago in moments.items()}
    ids = {"cluster": place.cluster_id, "group": place.group_id, "subscription": place.subscription_id}
    return text.format(**ids, **times)
