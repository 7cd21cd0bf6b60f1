"""The little of Entra that a client asks before it takes a token from Cloud Shell: where its endpoints would be."""

from __future__ import annotations

from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.core.world import World

HOST = "login.microsoftonline.com"


def _configuration(world: World, request: Request) -> Response:
    tenant = request.params["tenant"]
    base = f"https://{HOST}/{tenant}"
    return Response(
        200,
        {
            "issuer": f"https://{HOST}/{world.tenant}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        },
    )


#: MSAL asks with two slashes when the authority ends with one.
OPERATIONS = tuple(
    Operation(
        "openid-configuration",
        "GET",
        f"/{{tenant}}{slashes}v2.0/.well-known/openid-configuration",
        _configuration,
        anonymous=True,
    )
    for slashes in ("/", "//")
)
