"""An error of a command leads with what to do about this very text."""

from __future__ import annotations

import pytest

from azext_aksinvokefix import catalog
from azext_aksinvokefix.arm import ArmError, SignInError
from azext_aksinvokefix.surface import errors

BUNDLE = "REQUESTS_CA_BUNDLE environment variable is specified with an invalid file path"


def advice(error: ArmError) -> list[str]:
    shown = errors.by_azure(error)
    return list(getattr(shown, "recommendations", []))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BUNDLE, "Set REQUESTS_CA_BUNDLE to an existing file"),
        ("SSLError: certificate verify failed: self signed certificate", "Your network inspects TLS"),
        ("ProxyError('Unable to connect to proxy', ConnectionRefusedError())", "The proxy in HTTPS_PROXY"),
        ("Failed to resolve 'management.azure.com'", "The name cannot be resolved"),
    ],
)
def test_a_connection_that_failed_names_what_the_text_blames(text: str, told: str) -> None:
    assert advice(SignInError(text, "network-unreachable"))[0].startswith(told)


def test_an_expired_sign_in_is_one_command_and_not_a_page() -> None:
    told = advice(SignInError("AADSTS700082: The refresh token has expired.", "sign-in-expired"))
    assert "az login" in told[0] and "\n" not in told[0]


def test_what_the_text_does_not_decide_leads_with_the_page_of_the_finding() -> None:
    action = "Microsoft.ContainerService/managedClusters/runCommand/action"
    said = (
        f"The client 'a' with object id 'b' does not have authorization to perform action '{action}' over scope '/s'."
    )
    refused = ArmError(403, "AuthorizationFailed", said)
    assert advice(refused)[0] == catalog.FINDINGS["arm-action-missing"].fix
