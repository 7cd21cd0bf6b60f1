"""Answers look like the recorded ones of Azure, header by header and key by key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.shared import SHARED
from tests.unit.simulator.conftest import Client

EXCHANGES = SHARED / "data" / "exchanges"

#: Headers of one machine or of one moment. The recordings' own client stripped the ids that the service sends.
INCIDENTAL = {
    "content-length",
    "date",
    "transfer-encoding",
    "vary",
    "connection",
    "x-cache",
    "x-msedge-ref",
    "x-ms-operation-identifier",
    "x-ms-request-id",
    "x-ms-correlation-request-id",
}

COLLECTIONS = {
    "subscriptions",
    "resourcegroups",
    "locations",
    "managedclusters",
    "commandresults",
    "operations",
    "operationresults",
}

pytestmark = pytest.mark.skipif(not EXCHANGES.is_dir(), reason=f"the recorded exchanges are not at {EXCHANGES}")


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXCHANGES / f"{name}.json").read_text(encoding="utf-8"))["response"]
    return found


def steady(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name.lower(): value for name, value in headers.items() if name.lower() not in INCIDENTAL}
    return {name: value for name, value in kept.items() if not name.startswith("x-ms-ratelimit-")}


def shape(url: str) -> tuple[str, list[str]]:
    """The path with every name behind its collection left out, and the names of the query."""
    parts = urlsplit(url)
    segments = parts.path.split("/")
    kept = ["*" if before.lower() in COLLECTIONS else part for before, part in zip(["", *segments], segments)]
    return "/".join(kept), [name for name, _ in parse_qsl(parts.query)]


def keys(body: Any) -> Any:
    """The tree of keys in their order, values left out."""
    if isinstance(body, dict):
        return {key: keys(value) for key, value in body.items()}
    return [keys(body[0])] if isinstance(body, list) and body and isinstance(body[0], dict) else None


def test_a_command_is_accepted_with_a_location_only(azure: Client) -> None:
    real, ours = recorded("run-command-202"), azure.submit()
    assert (ours.status_code, ours.content) == (real["status"], b"")
    assert set(steady(ours.headers)) == set(steady(real["headers"]))
    assert shape(ours.headers["location"]) == shape(real["headers"]["location"])


def test_a_running_command_answers_as_recorded(azure: Client) -> None:
    azure.load({"commands": [{"duration": 100}]})
    real, ours = recorded("command-results-202-running"), azure.get(azure.submit().headers["location"])
    assert ours.status_code == real["status"]
    assert keys(ours.json()) == keys(real["body"])
    assert set(steady(ours.headers)) == set(steady(real["headers"]))


def test_a_finished_command_answers_as_recorded(azure: Client) -> None:
    real, ours = recorded("command-results-200-succeeded"), azure.finish(azure.submit())
    assert ours.status_code == real["status"]
    assert list(ours.json()["properties"]) == list(real["body"]["properties"])
    assert steady(ours.headers) == steady(real["headers"])


def test_the_resource_provider_indents_by_one_space_from_the_second_column(azure: Client) -> None:
    azure.load({"commands": [{"duration": 100}]})
    text = azure.get(azure.submit().headers["location"]).text
    assert re.fullmatch(
        r'{\n  "id": "[0-9a-f]{32}",\n  "properties": {\n   "provisioningState": "Running"\n  }\n }', text
    )


@pytest.mark.parametrize("verb", ["stop", "start"])
def test_stop_and_start_are_accepted_with_both_urls(azure: Client, verb: str) -> None:
    real, ours = recorded(f"mc-{verb}-202"), azure.call("POST", f"{azure.cluster}/{verb}")
    assert (ours.status_code, ours.content) == (real["status"], b"")
    for name in ("azure-asyncoperation", "location"):
        assert shape(ours.headers[name]) == shape(real["headers"][name])
        assert len(ours.headers[name]) > 3000


def test_the_result_of_an_operation_is_204_with_a_location(azure: Client) -> None:
    real = recorded("mc-stop-operationresults-204")
    ours = azure.finish(azure.call("POST", f"{azure.cluster}/stop"))
    assert ours.status_code == real["status"]
    assert shape(ours.headers["location"]) == shape(real["headers"]["location"])
    assert ours.headers["content-type"] == real["headers"]["content-type"]


def test_a_cluster_that_is_missing_is_arms_error(azure: Client) -> None:
    real, ours = recorded("mc-404-arm"), azure.get(azure.cluster.replace("/c1", "/cmdtest000002"))
    assert ours.status_code == real["status"]
    assert ours.json()["error"]["message"] == real["body"]["error"]["message"].replace("clitest000001", "rg1")
    assert steady(ours.headers) == steady(real["headers"])
    assert ", " not in ours.text.partition("was not found")[0], "ARM's JSON is compact"


def test_a_pool_that_is_missing_is_a_flat_error_of_the_resource_provider(azure: Client) -> None:
    real, ours = recorded("ap-404-rp-flat"), azure.get(f"{azure.cluster}/agentPools/nope")
    assert ours.status_code == real["status"]
    assert (ours.json()["code"], ours.json()["subcode"]) == (real["body"]["code"], real["body"]["subcode"])
    assert keys(ours.json()) == keys(real["body"])


def test_a_pool_that_is_scaled_answers_as_recorded(azure: Client) -> None:
    real = recorded("ap-put-scaling")
    ours = azure.call("PUT", f"{azure.cluster}/agentPools/nodepool1", {"properties": {"count": 3}})
    assert ours.status_code == real["status"]
    assert ours.json()["properties"]["provisioningState"] == real["body"]["properties"]["provisioningState"]
    assert "location" not in {name.lower() for name in ours.headers}
    assert shape(ours.headers["azure-asyncoperation"])[0] == shape(real["headers"]["azure-asyncoperation"])[0]
    assert set(real["body"]["properties"]) - {"tags", "nodeLabels"} <= set(ours.json()["properties"])


def test_a_pool_that_is_stopping_answers_as_recorded(azure: Client) -> None:
    real = recorded("ap-get-stopping")["body"]["value"][0]
    azure.load({"operationSeconds": 100, "pools": [{"mode": "User"}]})
    azure.call("PUT", f"{azure.cluster}/agentPools/nodepool1", {"properties": {"powerState": {"code": "Stopped"}}})
    (ours,) = azure.get(f"{azure.cluster}/agentPools").json()["value"]
    assert list(ours) == list(real)
    for name in ("provisioningState", "powerState"):
        assert ours["properties"][name] == real["properties"][name]


@pytest.mark.parametrize(
    ("exchange", "cluster", "part"),
    [
        ("mc-get-plain", {}, "identityProfile"),
        ("mc-get-plain", {}, "powerState"),
        ("mc-get-aad-azurerbac", {"azureRbac": True, "adminGroups": ["g"]}, "aadProfile"),
        ("mc-get-aad-disablelocal", {"entra": True, "localAccounts": False, "adminGroups": ["g"]}, "aadProfile"),
        ("mc-get-private", {"private": True}, "apiServerAccessProfile"),
        ("mc-get-disableRunCommand", {"runCommand": False}, "apiServerAccessProfile"),
        ("mc-get-azurepolicy", {"azurePolicy": True}, "addonProfiles"),
    ],
)
def test_the_parts_of_a_cluster_have_the_recorded_keys(
    azure: Client, exchange: str, cluster: dict[str, Any], part: str
) -> None:
    azure.load({"cluster": cluster})
    real, ours = recorded(exchange)["body"], azure.get(azure.cluster).json()
    assert keys(ours["properties"][part]) == keys(real["properties"][part])
    assert ours["type"] == real["type"]
    assert "/resourcegroups/" in ours["id"]


def test_a_cluster_has_the_order_and_the_headers_of_the_recorded_one(azure: Client) -> None:
    real, ours = recorded("mc-get-disableRunCommand"), azure.get(azure.cluster)
    common = [key for key in real["body"]["properties"] if key in ours.json()["properties"]]
    assert [key for key in ours.json()["properties"] if key in common] == common
    assert steady(ours.headers).items() >= steady(real["headers"]).items()


def test_only_a_private_cluster_lacks_a_public_name(azure: Client) -> None:
    real = recorded("mc-get-private")["body"]["properties"]
    azure.load({"cluster": {"private": True}})
    ours = azure.get(azure.cluster).json()["properties"]
    for name in ("fqdn", "privateFQDN", "azurePortalFQDN"):
        assert (name in ours) == (name in real)
