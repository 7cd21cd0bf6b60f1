"""The endpoints that a cluster needs are those of its region."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.core.direct import Direct


def endpoints(azure: Direct) -> dict[str, list[dict[str, Any]]]:
    answer = azure.get(f"{azure.cluster.id}/outboundNetworkDependenciesEndpoints?api-version=2024-02-01")
    return {each["category"]: each["endpoints"] for each in answer.body["value"]}


def hosts(azure: Direct, category: str) -> list[str]:
    return [endpoint["domainName"] for endpoint in endpoints(azure)[category]]


def test_images_come_from_the_registry_and_from_where_it_keeps_its_data() -> None:
    assert hosts(Direct("healthy"), "images") == ["mcr.microsoft.com", "*.data.mcr.microsoft.com"]


@pytest.mark.parametrize(
    ("cluster", "host"),
    [
        ({"location": "uksouth"}, "*.hcp.uksouth.azmk8s.io"),
        ({"location": "uksouth", "private": True}, "*.privatelink.uksouth.azmk8s.io"),
    ],
)
def test_the_api_server_is_that_of_the_region(cluster: dict[str, Any], host: str) -> None:
    azure = Direct({"cluster": cluster})
    assert hosts(azure, "apiserver") == [host]
    (tunnel,) = endpoints(azure)["tunnel-classic"]
    assert {"port": 9000, "protocol": "TCP"} in tunnel["endpointDetails"]


def test_the_endpoints_need_their_right() -> None:
    azure = Direct({"access": {"assignments": ["Azure Kubernetes Service Cluster User Role"]}})
    refusal = azure.get(f"{azure.cluster.id}/outboundNetworkDependenciesEndpoints?api-version=2024-02-01")
    assert (refusal.status, "outboundNetworkDependenciesEndpoints/read" in str(refusal.body)) == (403, True)
