"""A healthy cluster and everything that is known about it, for tests to spoil one thing at a time."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.lifecycle import Evidence, Failure, Item, Stage
from azext_aksinvokefix.nodes.metrics import CommandPod, Metrics, Node
from azext_aksinvokefix.rights.eligibility import EligibleRole
from azext_aksinvokefix.rights.permissions import Entry, Held
from azext_aksinvokefix.rights.sign_in import SignIn

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
CLUSTER_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg1/providers/Microsoft.ContainerService/managedClusters/c1"
CALLER = "aaaaaaaa-0000-0000-0000-000000000001"
OTHER = "bbbbbbbb-0000-0000-0000-000000000002"
TENANT = "cccccccc-0000-0000-0000-000000000003"
OTHER_TENANT = "dddddddd-0000-0000-0000-000000000004"
COMMAND = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)

MC = "Microsoft.ContainerService/managedClusters"
READ, RUN, RESULT = f"{MC}/read", f"{MC}/runCommand/action", f"{MC}/commandResults/read"

START_TIMEOUT = (
    f"(KubernetesPerformanceError) Failed to run command due to cluster perf issue, container command-{COMMAND} in "
    "aks-command namespace did not start within 30s on your cluster, retry may helps."
)
HIDDEN = "Operation returned an invalid status 'OK'"
LOST = "Operation returned an invalid status 'Not Found'"
TAINTED = (
    "0/3 nodes are available: 1 node(s) had untolerated taint {agentpool: user}, 2 node(s) had untolerated taint "
    "{CriticalAddonsOnly: true}. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
)
FULL = (
    "0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found."
)


def refused(action: str, object_id: str = CALLER, scope: str = CLUSTER_ID) -> str:
    """ARM's refusal of an action (the template is recorded, this action in it modelled)."""
    return (
        f"(AuthorizationFailed) The client 'user@contoso.com' with object id '{object_id}' does not have authorization "
        f"to perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, "
        "please refresh your credentials."
    )


def forbidden(
    verb: str, resource: str, group: str = "", namespace: str = "", user: str = CALLER, tail: str = ""
) -> str:
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    return (
        f'Error from server (Forbidden): {resource} is forbidden: User "{user}" cannot {verb} resource "{resource}" '
        f'in API group "{group}" {where}{tail}'
    )


AZURE_TAIL = ": User does not have access to the resource in Azure. Update role assignment to allow access."


def failure(text: str, source: str = "argument", stage_hint: Stage | None = None) -> Failure:
    from azext_aksinvokefix.failure import classify

    return classify(text, source=source, stage_hint=stage_hint)


def pool(name: str = "nodepool1", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "count": 1,
        "vmSize": "Standard_DS2_v2",
        "osType": "Linux",
        "mode": "System",
        "enableAutoScaling": False,
        "provisioningState": "Succeeded",
        "powerState": {"code": "Running"},
        **more,
    }


def cluster(*pools: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {
        "id": CLUSTER_ID.replace("resourceGroups", "resourcegroups"),
        "name": "c1",
        "properties": {
            "provisioningState": "Succeeded",
            "powerState": {"code": "Running"},
            "agentPoolProfiles": list(pools) or [pool()],
            "networkProfile": {"outboundType": "loadBalancer"},
            **properties,
        },
    }


ENTRA = {"managed": True, "enableAzureRBAC": False, "tenantID": TENANT, "adminGroupObjectIDs": []}
AZURE_RBAC = {**ENTRA, "enableAzureRBAC": True}


def entry(*actions: str, **buckets: Any) -> Entry:
    """By the names that ARM gives the buckets."""
    return Entry.of({"actions": actions, **buckets})


def permissions(*entries: Entry, object_id: str = CALLER, **more: Any) -> Item:
    return Item(value=Held(entries, object_id, **more), source="permissions")


def eligible(*actions: str) -> Item:
    """One role with these actions, which could be activated."""
    return Item(value=[EligibleRole("Runner", "", CLUSTER_ID, (entry(*actions),))])


def signin(**more: Any) -> Item:
    known = {"kind": "user", "object_id": CALLER, "name": "user@contoso.com", "tenant_id": TENANT}
    return Item(value=SignIn(**{**known, "cli_version": "2.91.0", **more}), source="signed-in account")


def metrics(
    nodes: Iterable[Node] = (), *, unschedulable: int | None = None, pods: Iterable[tuple[str, str]] = ()
) -> Item:
    """``pods`` are command pods, each by its name and phase."""
    shown = tuple(CommandPod(*pod) for pod in pods)
    return Item(value=Metrics(tuple(nodes), shown, unschedulable), source="platform metrics")


def node(name: str = "aks-nodepool1-1-vmss000000", ready: bool = True, pressures: tuple[str, ...] = ()) -> Node:
    return Node(name, ready, "" if ready else "NotReady", pressures)


def healthy(**items: Item) -> Evidence:
    """Everything looked at, and nothing wrong; ``items`` replace what a test spoils."""
    evidence = Evidence(
        cluster_id=CLUSTER_ID,
        now=NOW,
        cluster=Item(value=cluster(), source="managedClusters"),
        signin=signin(),
        permissions=permissions(entry(READ, RUN, RESULT)),
        metrics=metrics([node()]),
        assignments=Item(value=(), source="policyAssignments"),
        safeguards=Item(value=None, source="deploymentSafeguards"),
    )
    changed: dict[str, Any] = dict(items)
    return replace(evidence, **changed)


def with_cluster(*pools: dict[str, Any], **properties: Any) -> Evidence:
    return healthy(cluster=Item(value=cluster(*pools, **properties), source="managedClusters"))


def unread(reason: str = "(AuthorizationFailed) no", *needs: str) -> Item:
    return Item(unread=reason, needs=needs)


def ids(diagnosis: dict[str, Any]) -> list[str]:
    return [finding["id"] for finding in diagnosis["findings"]]


def outcomes(diagnosis: dict[str, Any]) -> dict[str, str]:
    return {stage["stage"]: stage["outcome"] for stage in diagnosis["stages"]}


def only(diagnosis: dict[str, Any], finding_id: str) -> dict[str, Any]:
    found: dict[str, Any]
    (found,) = [finding for finding in diagnosis["findings"] if finding["id"] == finding_id]
    return found


#: The cluster of the evidence, as a command names it.
AT = f"-g rg1 -n c1 --subscription {SUBSCRIPTION}"


def commands(finding: dict[str, Any]) -> list[str]:
    return [fix["command"] for fix in finding["fixes"] if fix["command"]]


def stock_commands(finding: dict[str, Any]) -> list[str]:
    """What somebody without this extension pastes: of each fix the stock line, which is its command where it has none
    of ours."""
    return [line for fix in finding["fixes"] for line in [fix["stockCommand"] or fix["command"]] if line]


def jwt(**claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.c2ln"


class FakeArm(Arm):
    """ARM in memory: answers by path, and remembers what it was asked.

    An answer is a body, an ArmError to raise, or a function of the query parameters that gives one of them.
    """

    def __init__(self, answers: Mapping[str, Any]) -> None:
        super().__init__(None, "https://management.azure.com")
        self._answers = answers
        self.asked: list[tuple[str, str | None, dict[str, str]]] = []

    def get(self, path: str, api_version: str | None = None, **params: str) -> Any:
        self.asked.append((path, api_version, params))
        key = next((key for key in self._answers if key.lower() == path.lower()), None)
        answer = self._answers[key] if key else ArmError(404, "NotFound", "nothing there")
        answer = answer(params) if callable(answer) else answer
        if isinstance(answer, ArmError):
            raise answer
        return copy.deepcopy(answer)

    def pages(self, path: str, api_version: str | None = None, **params: str) -> list[Any]:
        listed: list[Any] = self.get(path, api_version, **params)["value"]
        return listed

    def until(self, deadline: float) -> FakeArm:
        """The same one, hurried: nobody else asks here."""
        self.deadline = deadline
        return self

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]


def error(status: int | None, code: str | None = None, message: str = "no") -> ArmError:
    return ArmError(status, code, message)
