"""A setting of this machine that stands in the way is named, with what it holds, and nothing is tried in vain."""

from __future__ import annotations

import pytest

from azext_aksinvokefix import network, retry
from azext_aksinvokefix.arm import SignInError, no_token
from azext_aksinvokefix.checks.client import _way_out

BUNDLES = [
    "REQUESTS_CA_BUNDLE environment variable is specified with an invalid file path",
    "Could not find a suitable TLS CA certificate bundle, invalid path: /nope.pem",
    "[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate or crl found (_ssl.c:4154)",
    "[X509] no certificate or crl found (_ssl.c:4149)",
]
#: As urllib3 and requests word them under azure-cli 2.91.
PROXIES = [
    "('Unable to connect to proxy', NewConnectionError(\"HTTPSConnection(host='127.0.0.1', port=1): Failed to "
    'establish a new connection: [Errno 111] Connection refused"))',
    "('Unable to connect to proxy', OSError('Tunnel connection failed: 407 Proxy Authentication Required'))",
    "('Unable to connect to proxy', OSError('Tunnel connection failed: 403 Forbidden'))",
    "Proxy URL had unsupported scheme nonsense, should use http:// or https://",
]
INSPECTED = "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate"


@pytest.mark.parametrize("text", BUNDLES)
@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_is_named_with_its_variable_and_its_path(text: str, variable: str) -> None:
    said = network.named(text, {variable: "/etc/mine.pem"})
    assert f"({variable} is '/etc/mine.pem')" in said
    assert variable in _way_out(said)


@pytest.mark.parametrize("text", PROXIES)
def test_a_proxy_is_named_without_its_password(text: str) -> None:
    said = network.named(text, {"HTTPS_PROXY": "http://ada:s3cret@proxy.contoso.com:3128/x"})
    assert "(HTTPS_PROXY is 'proxy.contoso.com:3128')" in said
    assert "s3cret" not in said and "ada" not in said
    assert "proxy" in _way_out(said).lower() and "inspects TLS" not in _way_out(said)


@pytest.mark.parametrize("value", ["", "http://[::1", "proxy:3128", "://"])
def test_a_proxy_of_any_shape_is_no_crash(value: str) -> None:
    assert PROXIES[0] in network.named(PROXIES[0], {"HTTPS_PROXY": value})


def test_an_inspected_connection_is_told_from_a_proxy_and_from_a_bundle() -> None:
    assert "inspects TLS" in _way_out(network.named(INSPECTED, {"HTTPS_PROXY": "http://p:1"}))


@pytest.mark.parametrize("text", [*BUNDLES, *PROXIES, INSPECTED])
def test_what_this_machine_is_to_blame_for_is_no_sign_in_and_was_never_sent(text: str) -> None:
    assert not isinstance(no_token(OSError(text)), SignInError)
    assert retry.is_local(OSError(text)) and retry.never_sent(OSError(text))


@pytest.mark.parametrize("text", ["AADSTS70043: The refresh token has expired", "Connection reset by peer", ""])
def test_other_errors_of_the_credentials_stay_what_they_are(text: str) -> None:
    assert isinstance(no_token(OSError(text)), SignInError)
    assert network.named(text, {"HTTPS_PROXY": "http://p:1", "REQUESTS_CA_BUNDLE": "/x"}) == text
