"""Sign-in: only good tokens for the right audience and tenant are accepted, and each refusal has ARM's words."""

from __future__ import annotations

import pytest
import requests
from requests.models import Response

from tests.present import present
from tests.simulator.core.routing import Caller
from tests.simulator.core.world import AKS_SERVER_APPLICATION
from tests.simulator.http.server import Simulator
from tests.simulator.identity import tokens
from tests.unit.simulator.conftest import Client


def code(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def get(azure: Client, token: str | None) -> Response:
    return azure.call("GET", azure.cluster, Authorization=f"Bearer {token}" if token else "")


def cloud_shell(simulator: Simulator, resource: str) -> Response:
    return requests.post(simulator.identity_url + "/oauth2/token", data={"resource": resource}, timeout=10)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (None, "AuthenticationFailed"),
        ("abc", "InvalidAuthenticationToken"),
        ("eyJhbGciOiJub25lIn0.eyJvaWQiOiJ4In0.", "InvalidAuthenticationToken"),
    ],
    ids=["none", "nonsense", "unsigned"],
)
def test_a_token_that_was_not_issued_is_refused(azure: Client, token: str | None, expected: str) -> None:
    assert code(get(azure, token)) == (401, expected)


def test_a_token_for_the_cluster_is_none_for_arm(azure: Client) -> None:
    assert code(get(azure, azure.token(AKS_SERVER_APPLICATION))) == (401, "InvalidAuthenticationTokenAudience")


def test_a_token_ends_with_its_lifetime(azure: Client) -> None:
    azure.load({"tokenSeconds": 60})
    token = azure.token(azure.url)
    assert get(azure, token).status_code == 200
    azure.world.advance(61)
    assert code(get(azure, token)) == (401, "ExpiredAuthenticationToken")


def test_an_expired_sign_in_still_lists_subscriptions(azure: Client) -> None:
    azure.load("sign-in-expired")
    assert azure.get("/subscriptions").status_code == 200
    assert code(azure.get(azure.cluster)) == (401, "ExpiredAuthenticationToken")


def test_a_token_of_another_tenant_is_from_the_wrong_issuer(azure: Client) -> None:
    azure.load("wrong-tenant")
    answer = azure.get(azure.cluster)
    assert code(answer) == (401, "InvalidAuthenticationTokenTenant")
    assert answer.json()["error"]["message"] == (
        f"The access token is from the wrong issuer 'https://sts.windows.net/{tokens.OTHER_TENANT}/'. It must match "
        f"the tenant 'https://sts.windows.net/{azure.world.tenant}/' associated with this subscription."
    )


def test_a_token_can_be_issued_to_anybody(azure: Client) -> None:
    bob = Caller("b0b00000-0000-4000-8000-000000000001", azure.world.tenant, "bob@contoso.com", "User", ("g",))
    claims = present(tokens.claims_of(tokens.issue(azure.world, azure.url, bob)))
    assert tokens.caller_of(claims) == bob


@pytest.mark.parametrize("spelling", [AKS_SERVER_APPLICATION, f"{AKS_SERVER_APPLICATION}/.default"])
def test_cloud_shell_has_no_token_for_the_cluster(azure: Client, simulator: Simulator, spelling: str) -> None:
    assert cloud_shell(simulator, spelling).status_code == 400
    assert cloud_shell(simulator, azure.url).status_code == 200


def test_conditional_access_may_refuse_the_cluster_token_alone(azure: Client) -> None:
    azure.load("cluster-token-refused")
    assert azure.token(azure.url)
    with pytest.raises(requests.HTTPError):
        azure.token(AKS_SERVER_APPLICATION)


def test_the_managed_identity_endpoint_wants_its_secret(azure: Client, simulator: Simulator) -> None:
    url = simulator.identity_url + tokens.MSI_PATH
    assert requests.get(url, params={"resource": "x"}, headers={"secret": "wrong"}, timeout=10).status_code == 401


def test_in_cloud_shell_entra_and_the_token_endpoint_are_here(azure: Client, simulator: Simulator) -> None:
    azure.load("cloud-shell")
    environment = simulator.environment("unused")
    proxies = {"http": environment["HTTP_PROXY"], "https": environment["HTTPS_PROXY"]}
    entra = requests.get(
        "https://login.microsoftonline.com/common//v2.0/.well-known/openid-configuration",
        proxies=proxies,
        verify=simulator.ca_file,
        timeout=10,
    )
    assert entra.json()["issuer"].startswith("https://login.microsoftonline.com/")
    token = requests.post(
        "http://localhost:50342/oauth2/token", data={"resource": azure.url}, proxies=proxies, timeout=10
    )
    claims = present(tokens.claims_of(token.json()["access_token"]))
    assert (claims["idtyp"], claims["unique_name"]) == ("user", "ada@contoso.com")


def test_a_cloud_says_where_its_endpoints_are(azure: Client) -> None:
    endpoints = azure.get("/metadata/endpoints").json()
    assert endpoints["resourceManager"] == f"{azure.url}/"
    assert endpoints["authentication"]["audiences"] == [f"{azure.url}/"]
