"""Sign-in: the token endpoints of a managed identity and of Cloud Shell, and the tokens that ARM accepts.

The tokens look like Entra's. Their signature is a keyed hash, so that only a token from here is accepted.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs

from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Caller, Operation, Request, Response
from tests.simulator.core.world import AKS_SERVER_APPLICATION, World

MSI_SECRET = "simulated"
MSI_PATH = "/msi"
CLOUD_SHELL_PATH = "/oauth2/token"

#: The application that users sign in through.
_AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

#: The tenant whose tokens a ``wrong-tenant`` sign-in gets.
OTHER_TENANT = "c0ffee00-7e4a-4a7e-8a7e-00000000beef"

_KEY = b"a simulated Entra"

_REFUSED = (
    "AADSTS70043: The refresh token has expired or is invalid due to sign-in frequency checks by conditional access. "
    "The token was issued on {issued} and the maximum allowed lifetime for this request is 3600."
)


def issue(world: World, audience: str, caller: Caller | None = None) -> str:
    """A token for a caller, by default the scenario's."""
    caller = caller or world.caller
    tenant = OTHER_TENANT if world.scenario.sign_in == "wrong-tenant" else caller.tenant_id
    now = int(world.now())
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant}/",
        "iat": now,
        "nbf": now,
        "exp": now + world.scenario.token_seconds,
        "idtyp": "user" if caller.kind == "User" else "app",
        "oid": caller.object_id,
        "sub": caller.object_id,
        "tid": tenant,
        "ver": "1.0",
        "groups": list(caller.groups),
        **_names(caller),
        **(world.scenario.claims if caller == world.caller else {}),
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    signed = f"{_encode({'typ': 'JWT', 'alg': 'RS256', 'kid': 'simulated'})}.{_encode(claims)}"
    return f"{signed}.{_signature(signed)}"


def claims_of(token: str) -> dict[str, Any] | None:
    """What a token says, or None when it was not issued here."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(signed), signature):
        return None
    try:
        payload = signed.partition(".")[2]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, binascii.Error):
        return None
    return claims


def caller_of(claims: dict[str, Any]) -> Caller:
    """Without ``idtyp``, an optional claim, a user is somebody an application has scopes for."""
    kind = "User" if claims.get("idtyp", "user" if claims.get("scp") else "app") == "user" else "ServicePrincipal"
    names = ("upn", "unique_name", "email") if kind == "User" else ("appid", "azp")
    name = next((claims[claim] for claim in names if claims.get(claim)), "")
    return Caller(claims["oid"], claims["tid"], name, kind, tuple(claims.get("groups", ())))


def authenticate(world: World, request: Request, *, anywhere: bool) -> Caller | Response:
    """Who is calling, or ARM's 401. ``anywhere``: the call is about no subscription, so that any tenant will do."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return _unauthorized("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.")
    claims = claims_of(token)
    if claims is None:
        return _unauthorized("InvalidAuthenticationToken", "The access token is invalid.")
    refusal = _stale(world, claims, anywhere) or _foreign(world, claims, anywhere)
    return refusal or caller_of(claims)


def _stale(world: World, claims: dict[str, Any], anywhere: bool) -> Response | None:
    """A sign-in that is ``expired`` still lists subscriptions: the client signed in while it was good."""
    expired = world.scenario.sign_in == "expired" and not anywhere
    if claims["exp"] > world.now() and not expired:
        return None
    ended, now = world.utc(min(claims["exp"], world.now() - 1)), world.utc()
    return _unauthorized(
        "ExpiredAuthenticationToken",
        f"The access token expiry UTC time '{ended:%m/%d/%Y %I:%M:%S %p}' is earlier than current UTC time "
        f"'{now:%m/%d/%Y %I:%M:%S %p}'.",
    )


def _foreign(world: World, claims: dict[str, Any], anywhere: bool) -> Response | None:
    if claims["aud"] == AKS_SERVER_APPLICATION:
        message = f"The access token has been obtained for wrong audience or resource '{claims['aud']}'."
        return _unauthorized("InvalidAuthenticationTokenAudience", message)
    if claims["tid"] == world.tenant or anywhere:
        return None
    return _unauthorized(
        "InvalidAuthenticationTokenTenant",
        f"The access token is from the wrong issuer '{claims['iss']}'. It must match the tenant "
        f"'https://sts.windows.net/{world.tenant}/' associated with this subscription.",
    )


def _managed_identity(world: World, request: Request) -> Response:
    """The endpoint of azure-cli's ``az login --identity``: a form to POST, or the query of App Service's GET."""
    if request.headers.get("secret", MSI_SECRET) != MSI_SECRET:
        return Response(401, {"error": "unauthorized_client", "error_description": "The secret is wrong."})
    return _token(world, request)


def _cloud_shell(world: World, request: Request) -> Response:
    """Cloud Shell's endpoint knows a few audiences and answers 400 to the AKS server application."""
    resource = _resource(request)
    if resource == AKS_SERVER_APPLICATION:
        message = f"Audience {resource} is not a supported MSI token audience."
        return Response(400, {"error": {"code": "AudienceNotSupported", "message": message}})
    return _token(world, request)


def _token(world: World, request: Request) -> Response:
    resource = _resource(request)
    if world.scenario.sign_in == "cluster-token-refused" and resource == AKS_SERVER_APPLICATION:
        issued = f"{world.utc():%Y-%m-%dT%H:%M:%S.0000000Z}"
        return Response(400, {"error": "invalid_grant", "error_description": _REFUSED.format(issued=issued)})
    seconds = world.scenario.token_seconds
    return Response(
        200,
        {
            "access_token": issue(world, resource),
            "client_id": world.caller.name,
            "expires_in": str(seconds),
            "expires_on": str(int(world.now()) + seconds),
            "not_before": str(int(world.now())),
            "resource": resource,
            "token_type": "Bearer",
        },
    )


def _resource(request: Request) -> str:
    """The audience asked for. Cloud Shell's client in azure-cli 2.67 sends a scope instead."""
    form = parse_qs(request.raw.decode("utf-8", "replace"))
    wanted = request.query.get("resource") or form.get("resource", [""])[0]
    return wanted.removesuffix("/.default")


def _unauthorized(code: str, message: str) -> Response:
    error = arm_error(401, code, message)
    challenge = (
        f'Bearer authorization_uri="https://login.windows.net/", error="invalid_token", error_description="{message}"'
    )
    return Response(401, error.body, {**error.headers, "www-authenticate": challenge})


def _names(caller: Caller) -> dict[str, str]:
    if caller.kind == "User":
        return {"upn": caller.name, "unique_name": caller.name, "appid": _AZURE_CLI, "scp": "user_impersonation"}
    return {"appid": caller.name}


def _encode(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def _signature(signed: str) -> str:
    digest = hmac.new(_KEY, signed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest * 8).rstrip(b"=").decode()


OPERATIONS = (
    Operation("token", "GET", MSI_PATH, _managed_identity, anonymous=True),
    Operation("token", "GET", MSI_PATH + "/", _managed_identity, anonymous=True),
    Operation("token", "POST", MSI_PATH, _managed_identity, anonymous=True),
    Operation("cloud-shell-token", "POST", CLOUD_SHELL_PATH, _cloud_shell, anonymous=True),
)
