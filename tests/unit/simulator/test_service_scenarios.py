"""The scenarios about changes begin with a cluster that is broken as they say."""

from __future__ import annotations

import pytest

from tests.simulator.cluster import kubernetes
from tests.simulator.core.direct import Direct
from tests.simulator.core.specs import Needs

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
        ("grant-propagating", "AuthorizationFailed"),
        ("grant-delegated", "AuthorizationFailed"),
    ],
)
def test_the_command_is_refused_before_anything_is_changed(scenario: str, code: str) -> None:
    body = Direct(scenario).run().body
    assert body.get("error", body)["code"] == code


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
