"""The scenarios about changes begin with a cluster that is broken as they say."""

from __future__ import annotations

import pytest

from tests.simulator.cluster import kubernetes, pods
from tests.simulator.core.direct import Direct
from tests.simulator.core.specs import Needs
from tests.unit.simulator.monitor.test_logs import ask, at_cluster, rows

FULL = "KubernetesPerformanceError"
DENIED = "KubernetesOperationError"


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ("pool-quota-exceeded", FULL),
        ("pool-allocation-failed", FULL),
        ("pool-subnet-full", FULL),
        ("pool-stopped", FULL),
        ("pool-at-maximum", FULL),
        ("nodes-spot-only", FULL),
        ("nodes-arm-only", FULL),
        ("nodes-virtual-only", FULL),
        ("operation-in-progress", FULL),
        ("policy-edited-meanwhile", DENIED),
        ("policy-write-answer-lost", DENIED),
        ("policy-second-write-fails", DENIED),
        ("policy-slow-sync", DENIED),
        ("policy-no-write", DENIED),
        ("safeguards-automatic", DENIED),
        ("insights-no-room", FULL),
        ("insights-refused", FULL),
        ("insights-empty", FULL),
        ("insights-other-pod", FULL),
        ("insights-hostile", FULL),
        ("detector-node", FULL),
        ("pools-of-new-kinds", FULL),
        ("leftover-pods", DENIED),
        ("leftover-pending", DENIED),
        ("fleet-hub", "RunCommandDisabled"),
        ("grant-propagating", "AuthorizationFailed"),
        ("grant-delegated", "AuthorizationFailed"),
    ],
)
def test_the_command_is_refused_before_anything_is_changed(scenario: str, code: str) -> None:
    body = Direct(scenario).run().body
    assert body.get("error", body)["code"] == code


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("insights-no-room", "0/2 nodes are available: 2 Insufficient cpu."),
        ("insights-image-pull", "dial tcp 150.171.69.10:443: i/o timeout"),
        ("isolated-cluster", "https://contosocache.azurecr.io/oauth2/token"),
        ("pools-of-new-kinds", "{kubernetes.azure.com/mode: gateway}"),
        ("insights-refused", ""),
        ("insights-empty", ""),
        ("insights-other-pod", ""),
    ],
)
def test_what_the_cluster_wrote_about_the_pod_is_there_or_is_not(scenario: str, words: str) -> None:
    """To who asks by way of the cluster; of the pod's events none is there where no words are expected."""
    azure = Direct(scenario)
    azure.run()
    azure.world.advance(120)
    pod = pods.name((*azure.world.runs.values(), *azure.world.abandoned)[0].id)
    found = rows(ask(azure, f"KubeEvents | where Name == '{pod}' | project Message", at_cluster))
    assert any(words in each["Message"] for each in found) is bool(words)


@pytest.mark.parametrize(
    ("scenario", "expected"),
    [
        ("pool-quota-exceeded", "ErrCode_InsufficientVCPUQuota"),
        ("pool-subnet-full", "InsufficientSubnetSize"),
        ("operation-in-progress", "OperationNotAllowed"),
    ],
)
def test_one_more_node_is_refused(scenario: str, expected: str) -> None:
    azure = Direct(scenario)
    url = f"{azure.cluster.id}/agentPools/nodepool1?api-version=2024-02-01"
    assert azure.put(url, {"properties": {"count": 2}}).body["code"] == expected


def test_an_owner_may_do_nothing_inside_an_azure_rbac_cluster() -> None:
    azure = Direct("azure-rbac-owner")
    denied = kubernetes.denial(azure.world, azure.cluster, azure.world.caller, Needs("list", "nodes"))
    assert "Update role assignment to allow access" in str(denied)
