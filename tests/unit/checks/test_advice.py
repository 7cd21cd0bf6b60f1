"""What a diagnosis says where only a person can act: the state, the addresses, the way out, the tenant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from azext_aksinvokefix import checks
from azext_aksinvokefix.checks.client import check_client
from azext_aksinvokefix.lifecycle import Evidence, Failure, Item
from tests.data.evidence import (
    CLUSTER_ID,
    ENTRA,
    SUBSCRIPTION,
    TENANT,
    commands,
    failure,
    healthy,
    only,
    pool,
    sign_in,
    unread,
    with_cluster,
)

AT = f"-g rg1 -n c1 --subscription {SUBSCRIPTION}"
BUSY = "(OperationNotAllowed) Operation is not allowed: Another operation (Updating) is in progress, please wait."
NOT_PROVISIONED = "The cluster is being deleted or hasn't been fully provisioned yet."


def shown(finding: dict[str, Any]) -> str:
    return " ".join(datum["detail"] for datum in finding["evidence"])


def said(finding: dict[str, Any]) -> str:
    return " ".join(fix["description"] for fix in finding["fixes"])


def image_pull(evidence: Evidence) -> dict[str, Any]:
    return only(checks.run(failure("ImagePullBackoff"), evidence), "image-pull-failed")


@pytest.mark.parametrize("text", [None, failure(BUSY, source="run")])
def test_an_operation_in_progress_is_named_waited_for_and_given_up_where_it_hangs(text: Failure | None) -> None:
    evidence = with_cluster(pool(provisioningState="Scaling"), provisioningState="Updating")
    found = only(checks.run(text, evidence), "operation-in-progress")
    assert "provisioningState Updating" in shown(found) and "nodepool1: provisioningState Scaling" in shown(found)
    assert commands(found) == [f"az aks wait {AT} --updated --timeout 1800", f"az aks operation-abort {AT}"]


def test_a_pool_that_an_operation_holds_is_named_when_the_cluster_itself_is_at_rest() -> None:
    evidence = with_cluster(pool(provisioningState="Scaling"))
    found = only(checks.run(failure(BUSY, source="run"), evidence), "operation-in-progress")
    assert "nodepool1: provisioningState Scaling" in shown(found)


def test_after_a_failed_operation_its_cause_comes_before_the_reconcile() -> None:
    evidence = with_cluster(pool(provisioningState="Failed"), provisioningState="Failed")
    found = only(checks.run(failure(NOT_PROVISIONED, source="run"), evidence), "cluster-not-ready")
    assert "nodepool1: provisioningState Failed" in shown(found)
    assert commands(found) == [
        f"az monitor activity-log list --resource-id {CLUSTER_ID} --status Failed --offset 7d",
        f"az aks update {AT} --yes",
    ]


@pytest.mark.parametrize(
    ("outbound", "words"),
    [
        ("loadBalancer", "load balancer"),
        ("userDefinedRouting", "AzureKubernetesService"),
        ("odd", "not known how they reach the network (outboundType odd)"),
    ],
)
def test_a_blocked_registry_names_the_addresses_and_the_way_out(outbound: str, words: str) -> None:
    text = said(image_pull(with_cluster(networkProfile={"outboundType": outbound})))
    assert words in text and "mcr.microsoft.com and *.data.mcr.microsoft.com" in text


def test_a_proxy_has_to_let_the_addresses_through_as_well() -> None:
    assert "HTTP proxy" in said(image_pull(with_cluster(httpProxyConfig={"httpsProxy": "http://proxy:3128"})))


def test_a_cluster_in_china_pulls_from_there() -> None:
    evidence = with_cluster()
    document = {**evidence.cluster.value, "location": "chinanorth3"}
    text = said(image_pull(replace(evidence, cluster=Item(value=document))))
    assert "mcr.azure.cn and *.data.mcr.azure.cn" in text and "mcr.microsoft.com" not in text


def test_of_a_cluster_that_could_not_be_read_no_way_out_is_told() -> None:
    text = said(image_pull(healthy(cluster=unread())))
    assert "*.data.mcr.microsoft.com" in text and "outboundType" not in text


def test_cloud_shell_signs_in_to_the_exact_tenant_and_scope() -> None:
    evidence = replace(
        with_cluster(aadProfile=ENTRA), sign_in=sign_in(cloud_shell=True, cluster_token="<Response [400]>")
    )
    (line,) = commands(only(checks.run(None, evidence), "cloud-shell-token"))
    scope = "6dae42f8-4368-4678-94ff-3960e28e3630/.default"
    assert line == f"az login --use-device-code --tenant {TENANT} --scope {scope}"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("REQUESTS_CA_BUNDLE environment variable is specified with an invalid file path", "Set REQUESTS_CA_BUNDLE"),
        ("Could not find a suitable TLS CA certificate bundle, invalid path: /nope.pem", "Set REQUESTS_CA_BUNDLE"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self signed certificate", "inspects TLS"),
        ("Unable to connect to proxy', OSError('Tunnel connection failed: 407 Who?')", "requires authentication"),
        ("Unable to connect to proxy', OSError('Tunnel connection failed: 403 No')", "blocks this host"),
        ("Unable to connect to proxy', NewConnectionError('Connection refused')", "HTTPS_PROXY refused"),
        ("Failed to resolve 'management.azure.com' ([Errno -2] Name or service not known)", "cannot be resolved"),
        ("Connection refused", "Check this machine's proxy"),
    ],
)
def test_what_kept_the_client_from_azure_decides_what_to_look_at(text: str, advice: str) -> None:
    found = Failure("client", "network-unreachable", None, text, "run")
    (finding,) = check_client(found, Evidence(cluster_id="")).findings
    assert advice in finding.fixes[0].description


@pytest.mark.parametrize("finding", ["attachment-invalid", "attachment-too-large"])
def test_what_the_client_says_of_exactly_this_attachment_takes_the_place_of_the_general_advice(finding: str) -> None:
    general = Failure("client", finding, None, "The attachment 'a' is a folder.", "run")
    own = replace(general, facts={"remedy": "Rename it."})
    found, plain = (only(checks.run(each, Evidence(cluster_id="")), finding) for each in (own, general))
    assert said(found) == "Rename it." and said(plain) not in ("", "Rename it.")
