"""No way to Azure is told apart from no sign-in, and says what stands in the way."""

from __future__ import annotations

import certifi
import pytest

from tests.e2e.azure import Azure
from tests.e2e.run.test_run import run


@pytest.mark.smoke
def test_a_bundle_that_is_not_there_is_no_expired_sign_in(azure: Azure) -> None:
    azure.load("healthy")
    result = azure.az(
        *("aks", "invoke-fix", "run", "-g", "rg1", "-n", "c1", "-c", "true", "-o", "json"),
        env={"REQUESTS_CA_BUNDLE": "/nope.pem"},
    )
    found = result.json()
    assert (result.rc, found["failure"]["finding"]) == (125, "network-unreachable"), result.err
    assert "REQUESTS_CA_BUNDLE" in result.err and "/nope.pem" in result.err


@pytest.mark.parametrize("command", ["diagnose", "exempt-policy", "history"])
def test_every_command_names_the_bundle(azure: Azure, command: str) -> None:
    azure.load("healthy")
    result = azure.az("aks", "invoke-fix", command, "-g", "rg1", "-n", "c1", env={"REQUESTS_CA_BUNDLE": "/nope.pem"})
    assert "az login" not in result.err and "Traceback" not in result.err
    assert command == "history" or "/nope.pem" in result.err


def test_a_network_that_inspects_tls_is_named(azure: Azure) -> None:
    azure.load("healthy")
    result = azure.az(
        *("aks", "invoke-fix", "run", "-g", "rg1", "-n", "c1", "-c", "true"),
        env={"REQUESTS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt"},
    )
    assert result.rc == 125 and "inspects TLS" in result.err


def test_who_told_the_cli_not_to_check_certificates_is_served(azure: Azure) -> None:
    azure.load("healthy")
    inspected = {"REQUESTS_CA_BUNDLE": certifi.where(), "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION": "1"}
    ran = azure.az("aks", "invoke-fix", "run", "-g", "rg1", "-n", "c1", "-c", "true", env=inspected)
    assert ran.rc == 0, ran
    found = azure.az("aks", "invoke-fix", "diagnose", "-g", "rg1", "-n", "c1", "-o", "json", env=inspected)
    assert (found.rc, found.json()["verdict"]) == (0, "ready"), found


def test_a_proxy_that_is_not_there_is_named_at_once(azure: Azure) -> None:
    azure.load("healthy")
    result = azure.az(
        *("aks", "invoke-fix", "run", "-g", "rg1", "-n", "c1", "-c", "true"),
        env={"HTTPS_PROXY": "http://ada:s3cr3t-word@127.0.0.1:1", "NO_PROXY": None, "no_proxy": None},
        timeout=20,
    )
    assert result.rc == 125 and "HTTPS_PROXY is '127.0.0.1:1'" in result.err
    assert "s3cr3t-word" not in result.err and "refused the connection" in result.err


def test_the_line_to_resume_with_names_the_subscription(azure: Azure) -> None:
    azure.load("healthy")
    result = run(azure, "true", "--no-wait")
    assert "--subscription 5ca1ab1e-0000-4000-8000-00000000c0de" in result.err
