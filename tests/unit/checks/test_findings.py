"""Every finding of these stages appears where it should, and not where it should not."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import pytest

from azext_aksinvokefix import checks
from azext_aksinvokefix.finding_ids import BY_STAGE
from azext_aksinvokefix.lifecycle import CONFIDENCES, Evidence, Failure, Item
from tests.data.evidence import (
    AZURE_RBAC,
    AZURE_TAIL,
    CALLER,
    CLUSTER_ID,
    COMMAND,
    ENTRA,
    FULL,
    HIDDEN,
    LOST,
    OTHER_TENANT,
    READ,
    RESULT,
    RUN,
    START_TIMEOUT,
    TAINTED,
    eligible,
    entry,
    failure,
    forbidden,
    healthy,
    ids,
    metrics,
    node,
    only,
    permissions,
    pool,
    refused,
    signin,
    unread,
    with_cluster,
)
from tests.present import present

LOCK: dict[str, Any] = {
    "id": f"{CLUSTER_ID}/providers/Microsoft.Authorization/locks/frozen",
    "properties": {"level": "ReadOnly"},
}
DENY = {
    "properties": {
        "denyAssignmentName": "no commands",
        "scope": CLUSTER_ID,
        "permissions": [{"actions": [RUN]}],
        "principals": [{"id": CALLER, "type": "User"}],
        "excludePrincipals": [],
    }
}
#: What the platform puts over the group of a fleet's hub; the action in it is modelled.
HUB_DENY = {
    "properties": {
        "denyAssignmentName": "FLRG-DenyAssignments-0a1b2c3d-0000-0000-0000-000000000000",
        "scope": CLUSTER_ID.rpartition("/providers/")[0],
        "isSystemProtected": True,
        "permissions": [{"actions": ["Microsoft.ContainerService/managedClusters/write"]}],
        "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
    }
}
HUB = replace(with_cluster(apiServerAccessProfile={"disableRunCommand": True}), denies=Item(value=[HUB_DENY]))
TAINTS = ["dedicated=gpu:NoSchedule"]
GROWING: dict[str, Any] = {"enableAutoScaling": True, "minCount": 1, "maxCount": 3}


def text(words: str, **options: Any) -> Failure:
    return failure(words, **options)


def running(**properties: Any) -> Item:
    return Item(
        value={"id": COMMAND, "properties": {"provisioningState": "Running", **properties}}, source="commandResults"
    )


def result(**properties: Any) -> Item:
    return Item(value={"id": COMMAND, "properties": properties}, source="commandResults")


def entra(profile: dict[str, Any] = ENTRA, **more: Any) -> Evidence:
    return replace(with_cluster(aadProfile=profile), **more)


#: finding -> (failure or None, evidence, the confidence it must have)
POSITIVE: dict[str, tuple[Failure | None, Evidence, str]] = {
    "attachment-invalid": (text("ERROR: k8s is not valid file, or not accessable."), healthy(), "likely"),
    "attachment-too-large": (
        text("Operation returned an invalid status 'Request Entity Too Large'"),
        healthy(),
        "likely",
    ),
    "cli-outdated": (None, healthy(signin=signin(cli_version="2.60.0")), "confirmed"),
    "extension-conflict": (
        text(
            "The command failed with an unexpected error. Here is the traceback:\n"
            "'NoneType' object has no attribute '__dict__'"
        ),
        healthy(signin=signin(extensions={"aks-preview": "18.0.0b35"})),
        "likely",
    ),
    "network-unreachable": (
        None,
        healthy(cluster=unread("HTTPSConnectionPool(host='management.azure.com', port=443): Max retries exceeded")),
        "confirmed",
    ),
    "cloud-shell-token": (None, entra(signin=signin(kind="cloudShell", cloud_shell=True)), "likely"),
    "sign-in-expired": (
        None,
        healthy(signin=signin(error="AADSTS70043: The refresh token has expired or is invalid")),
        "confirmed",
    ),
    "wrong-tenant": (None, entra(signin=signin(tenant_id=OTHER_TENANT)), "likely"),
    "cluster-token-missing": (
        text("(MissingAADClusterToken) This cluster have Azure Active Directory enabled, .clusterToken is required."),
        entra(),
        "likely",
    ),
    "cluster-not-found": (
        None,
        healthy(
            cluster=unread(
                "(ResourceNotFound) The Resource 'Microsoft.ContainerService/managedClusters/c1' under resource group "
                "'rg1' was not found."
            )
        ),
        "confirmed",
    ),
    "arm-action-missing": (None, healthy(permissions=permissions(entry(READ))), "confirmed"),
    "result-read-missing": (None, healthy(permissions=permissions(entry(READ, RUN))), "confirmed"),
    "role-not-activated": (
        None,
        healthy(permissions=permissions(entry(READ)), eligible=eligible(RUN, RESULT)),
        "confirmed",
    ),
    "arm-denied": (None, healthy(denies=Item(value=[DENY])), "confirmed"),
    "resource-locked": (None, healthy(locks=Item(value=[LOCK])), "likely"),
    "cluster-stopped": (None, with_cluster(powerState={"code": "Stopped"}), "confirmed"),
    "cluster-not-ready": (None, with_cluster(provisioningState="Creating"), "confirmed"),
    "run-command-disabled": (None, with_cluster(apiServerAccessProfile={"disableRunCommand": True}), "confirmed"),
    "fleet-hub-cluster": (None, HUB, "confirmed"),
    "operation-in-progress": (None, with_cluster(provisioningState="Upgrading"), "possible"),
    "api-server-unreachable": (
        text(
            '(KubernetesOperationError) details: Get "https://20.54.138.2:443/api/v1/namespaces/aks-command/pods/command-'
            f'{COMMAND}": net/http: TLS handshake timeout'
        ),
        healthy(),
        "likely",
    ),
    "api-server-guarded": (text("Error from server (TooManyRequests): try later (get pods)"), healthy(), "likely"),
    "throttled": (text("(TooManyRequests) The request is being throttled.", source="run"), healthy(), "confirmed"),
    "service-error": (text("Operation returned an invalid status 'Internal Server Error'"), healthy(), "likely"),
    "nodes-tainted": (None, with_cluster(pool(nodeTaints=TAINTS)), "confirmed"),
    "nodes-full": (text(FULL), healthy(), "likely"),
    "no-linux-nodes": (None, with_cluster(pool(osType="Windows")), "confirmed"),
    "no-running-nodes": (None, with_cluster(pool(count=0)), "confirmed"),
    "nodes-not-ready": (None, healthy(metrics=metrics([node(ready=False)])), "confirmed"),
    "autoscaler-lagging": (None, with_cluster(pool(count=0, **GROWING)), "likely"),
    "image-pull-failed": (text("ImagePullBackoff", source="commandId"), healthy(), "confirmed"),
    "init-failed": (
        text("wait for AAD token\ninotifywait: error while loading shared libraries: libinotifytools.so.0"),
        healthy(),
        "likely",
    ),
    "tunnel-broken": (
        text("failed to execute on pod after retry: SPDYExecutor.SentAADToken retry failed: error dialing backend: "),
        healthy(),
        "likely",
    ),
    "start-timeout": (text(START_TIMEOUT), healthy(), "possible"),
    "kubernetes-forbidden-azure-rbac": (
        text(forbidden("list", "nodes", tail=AZURE_TAIL)),
        entra(AZURE_RBAC),
        "confirmed",
    ),
    "kubernetes-forbidden": (text(forbidden("list", "nodes")), entra(), "confirmed"),
    "kubernetes-unauthorized": (
        text("error: You must be logged in to the server (Unauthorized)", stage_hint="command"),
        entra(signin=signin(tenant_id=OTHER_TENANT)),
        "confirmed",
    ),
    "command-denied-by-policy": (
        text(
            'Error from server (Forbidden): error when creating "x.yaml": admission webhook "validation.gatekeeper.sh" '
            "denied the request: [azurepolicy-k8sazurev2noprivilege-1] Privileged container is not allowed: web",
            stage_hint="command",
        ),
        healthy(),
        "likely",
    ),
    "command-not-found": (
        text("sh: git: command not found", stage_hint="command", source="run"),
        healthy(),
        "confirmed",
    ),
    "file-not-attached": (
        text('error: the path "app.yaml" does not exist', stage_hint="command", source="run"),
        healthy(),
        "confirmed",
    ),
    "command-interactive": (
        text("Unable to use a TTY - input is not a terminal or the right kind of file", stage_hint="command"),
        healthy(),
        "likely",
    ),
    "command-failed": (
        text("command started at 1, finished at 2 with exitcode=1\nerror: no such thing", source="commandId"),
        healthy(),
        "confirmed",
    ),
    "result-hidden": (text(HIDDEN), healthy(), "possible"),
    "result-lost": (text(LOST), healthy(), "possible"),
    "still-running": (None, healthy(result=running()), "confirmed"),
    "output-truncated": (
        None,
        healthy(result=result(provisioningState="Succeeded", exitCode=0, logs="x" * 524287)),
        "confirmed",
    ),
}

#: finding -> situations that look alike and are something else, or nothing
NEGATIVE: dict[str, list[tuple[Failure | None, Evidence]]] = {
    "attachment-invalid": [(text(HIDDEN), healthy())],
    "attachment-too-large": [(text(HIDDEN), healthy())],
    "cli-outdated": [(None, healthy()), (None, healthy(signin=signin(cli_version="")))],
    "extension-conflict": [(None, healthy(signin=signin(extensions={"aks-preview": "1"})))],
    "network-unreachable": [(None, healthy(cluster=unread("(AuthorizationFailed) no", READ)))],
    "cloud-shell-token": [
        (None, healthy(signin=signin(cloud_shell=True))),
        (None, entra(signin=signin(cloud_shell=True, cluster_token="ok"))),
        (None, entra()),
    ],
    "sign-in-expired": [(None, entra(signin=signin(cluster_token="ok")))],
    "wrong-tenant": [(None, entra()), (None, healthy(signin=signin(tenant_id=OTHER_TENANT)))],
    "cluster-token-missing": [(None, entra())],
    "cluster-not-found": [(None, healthy()), (None, healthy(cluster=unread("(ServerBusy) later")))],
    "arm-action-missing": [
        (None, healthy(permissions=unread())),
        (None, healthy(permissions=permissions(entry("*")))),
        (None, healthy(permissions=permissions(entry(READ), incomplete="a role could not be read"))),
    ],
    "result-read-missing": [(None, healthy(permissions=permissions(entry(READ)))), (None, healthy())],
    "role-not-activated": [
        (None, healthy(eligible=eligible(RUN, RESULT))),
        (None, healthy(permissions=permissions(entry(READ)), eligible=eligible("Other/read"))),
    ],
    "arm-denied": [
        (
            None,
            healthy(denies=Item(value=[{"properties": {**DENY["properties"], "excludePrincipals": [{"id": CALLER}]}}])),
        ),
        (None, healthy(denies=Item(value=[{"properties": {**DENY["properties"], "denyAssignmentEffect": "audit"}}]))),
        (None, healthy(denies=Item(value=[{"properties": {**DENY["properties"], "principals": [{"id": "else"}]}}]))),
        (
            None,
            healthy(denies=Item(value=[{"properties": {**DENY["properties"], "permissions": [{"actions": ["X/*"]}]}}])),
        ),
    ],
    "resource-locked": [
        (None, healthy(locks=Item(value=[{**LOCK, "properties": {"level": "CanNotDelete"}}]))),
        (None, healthy(locks=Item(value=[{**LOCK, "id": LOCK["id"].replace("/c1/", "/c12/")}]))),
    ],
    "cluster-stopped": [(None, healthy()), (None, healthy(cluster=unread()))],
    "cluster-not-ready": [(None, healthy())],
    "run-command-disabled": [(None, with_cluster(apiServerAccessProfile={"disableRunCommand": False}))],
    "fleet-hub-cluster": [
        (None, healthy(denies=Item(value=[DENY]))),
        (
            None,
            replace(HUB, denies=Item(value=[{"properties": {**HUB_DENY["properties"], "scope": "/subscriptions/x"}}])),
        ),
    ],
    "operation-in-progress": [(None, healthy())],
    "api-server-unreachable": [(None, healthy())],
    "api-server-guarded": [(text("(TooManyRequests) The request is being throttled."), healthy())],
    "throttled": [(None, healthy())],
    "service-error": [(None, healthy())],
    "nodes-tainted": [
        (None, with_cluster(pool(nodeTaints=["a=b:PreferNoSchedule"]))),
        (None, with_cluster(pool(nodeTaints=TAINTS), pool("user"))),
        (None, with_cluster(pool(nodeTaints=TAINTS), nodeProvisioningProfile={"mode": "Auto"})),
    ],
    "nodes-full": [
        (None, healthy()),
        (None, healthy(metrics=metrics([node()], unschedulable=0))),
        (text(START_TIMEOUT), healthy()),
    ],
    "no-linux-nodes": [(None, with_cluster(pool(osType="Windows"), pool("linux")))],
    "no-running-nodes": [
        (None, with_cluster(pool(count=0), pool("user"))),
        (None, with_cluster(pool(count=0), powerState={"code": "Stopped"})),
    ],
    "nodes-not-ready": [
        (None, healthy(metrics=metrics([]))),
        (
            None,
            replace(
                with_cluster(pool(), pool("gpu", nodeTaints=TAINTS)),
                metrics=metrics([node(), node("aks-gpu-1-vmss000000", ready=False)]),
            ),
        ),
    ],
    "autoscaler-lagging": [(None, with_cluster(pool(count=0))), (None, with_cluster(pool(**GROWING)))],
    "image-pull-failed": [(None, with_cluster(networkProfile={"outboundType": "userDefinedRouting"}))],
    "init-failed": [(text(START_TIMEOUT), healthy())],
    "tunnel-broken": [(text(START_TIMEOUT), healthy())],
    "start-timeout": [(text(START_TIMEOUT), with_cluster(pool(nodeTaints=TAINTS))), (None, healthy())],
    "kubernetes-forbidden-azure-rbac": [(text(forbidden("list", "nodes")), entra())],
    "kubernetes-forbidden": [(text(forbidden("list", "nodes", tail=AZURE_TAIL)), entra(AZURE_RBAC))],
    "kubernetes-unauthorized": [(text(forbidden("list", "nodes")), entra())],
    "command-denied-by-policy": [(text(forbidden("list", "nodes")), entra())],
    "command-not-found": [(text("exitcode=1", stage_hint="command"), healthy())],
    "file-not-attached": [
        (text('error: the path "/mnt/app.yaml" does not exist', stage_hint="command"), healthy()),
        (text("cat: app.yaml: No such file or directory", stage_hint="command"), healthy()),
    ],
    "command-interactive": [(text("exitcode=1", stage_hint="command"), healthy())],
    "command-failed": [(None, healthy(result=result(provisioningState="Succeeded", exitCode=0, logs="")))],
    "result-hidden": [(text(HIDDEN), with_cluster(pool(nodeTaints=TAINTS)))],
    "result-lost": [
        (text(LOST), with_cluster(pool(nodeTaints=TAINTS))),
        (text(LOST), healthy(result=result(provisioningState="Succeeded", exitCode=0, logs=""))),
    ],
    "still-running": [(None, healthy(result=result(provisioningState="Succeeded", exitCode=0, logs="")))],
    "output-truncated": [(None, healthy(result=result(provisioningState="Succeeded", exitCode=0, logs="x")))],
}

#: Needs a policy in force, and is tested with the policies.
_ELSEWHERE = {"run-command-disabled-by-policy"}
MINE = [
    finding
    for stage, findings in BY_STAGE.items()
    if stage != "admission"
    for finding in findings
    if finding not in _ELSEWHERE
]


@pytest.mark.parametrize("finding", MINE)
def test_a_finding_is_found_with_its_evidence_and_a_repair(finding: str) -> None:
    cause, evidence, confidence = POSITIVE[finding]
    found = only(checks.run(cause, evidence), finding)
    assert found["confidence"] == confidence
    assert found["evidence"]
    assert found["fixes"]


@pytest.mark.parametrize(("finding", "case"), [(f, i) for f in MINE for i in range(len(NEGATIVE[f]))])
def test_a_finding_is_not_found_where_something_else_is_the_case(finding: str, case: int) -> None:
    cause, evidence = NEGATIVE[finding][case]
    diagnosis = checks.run(cause, evidence)
    assert finding not in ids(diagnosis)
    assert not [unknown for unknown in diagnosis["unknowns"] if "crashed" in unknown["why"]]


@pytest.mark.parametrize("finding", MINE)
def test_every_command_parses_and_names_no_empty_thing(finding: str) -> None:
    cause, evidence, _ = POSITIVE[finding]
    for fix in only(checks.run(cause, evidence), finding)["fixes"]:
        both = [line for line in (fix["command"], fix["stockCommand"]) if line] or ["az x"]
        for line in " && az ".join(both).split(" && az "):
            words = shlex.split(line if line.startswith("az ") else f"az {line}")
            assert words[0] == "az"
            assert "" not in words[1:-1]
        assert fix["safety"] in ("safe", "reviewed", "manual")


@pytest.mark.parametrize("finding", MINE)
def test_a_stock_command_stands_beside_one_of_ours_and_never_is_one(finding: str) -> None:
    cause, evidence, _ = POSITIVE[finding]
    for fix in only(checks.run(cause, evidence), finding)["fixes"]:
        if fix["stockCommand"]:
            assert "invoke-fix" not in fix["stockCommand"] and fix["command"].startswith("az aks invoke-fix ")
        if fix["command"] and fix["kind"] in ("exempt-policy", "grant-role", "add-capacity"):
            assert f"az aks invoke-fix {fix['kind']} " in fix["command"] or "invoke-fix repair" in fix["command"]


@pytest.mark.parametrize("finding", [finding for finding in MINE if POSITIVE[finding][0]])
def test_a_pasted_text_alone_confirms_nothing(finding: str) -> None:
    cause, _, _ = POSITIVE[finding]
    pasted = replace(present(cause), source="argument")
    not_looked_up: dict[str, Any] = dict.fromkeys(_ITEMS, Item(unread="not looked up"))
    nothing = replace(healthy(), **not_looked_up)
    diagnosis = checks.run(pasted, replace(nothing, cluster_id=""))
    assert {found["confidence"] for found in diagnosis["findings"]} <= set(CONFIDENCES[1:])
    assert diagnosis["verdict"] in ("blocked", "degraded", "unknown")


_ITEMS = ("cluster", "signin", "permissions", "metrics", "assignments", "safeguards", "result")


def test_a_text_with_a_refusal_of_the_result_says_that_the_command_ran() -> None:
    found = only(checks.run(failure(refused(RESULT)), healthy(permissions=unread())), "result-read-missing")
    assert "runs" in found["message"] or "ran" in found["message"]
    assert found["severity"] == "error"


def test_the_scheduler_s_text_and_the_pools_confirm_each_other() -> None:
    diagnosis = checks.run(failure(TAINTED), with_cluster(pool(nodeTaints=TAINTS)))
    assert only(diagnosis, "nodes-tainted")["confidence"] == "confirmed"


def test_a_refusal_for_the_cluster_itself_counts_as_read_from_the_service() -> None:
    evidence = healthy(cluster=unread(refused(READ), READ), permissions=unread())
    found = only(checks.run(None, evidence), "arm-action-missing")
    assert found["confidence"] == "confirmed"
