"""Where a cloud says what its endpoints are: what ``az cloud register --endpoint-resource-manager`` asks."""

from __future__ import annotations

from tests.simulator.core.routing import Operation, Request, Response
from tests.simulator.core.world import World

CLOUD = "Simulated"


def _endpoints(_world: World, request: Request) -> Response:
    """Up to azure-cli 2.67 ``graphEndpoint`` is read, later versions read the rest."""
    base = request.base
    return Response(
        200,
        {
            "name": CLOUD,
            "authentication": {"loginEndpoint": f"{base}/adfs", "audiences": [f"{base}/"], "tenant": "common"},
            "resourceManager": f"{base}/",
            "graphEndpoint": f"{base}/graph",
            "graphAudience": f"{base}/graph",
            "graph": f"{base}/graph",
            "microsoftGraphResourceId": f"{base}/msgraph/",
            "portal": f"{base}/portal",
            "suffixes": {},
        },
    )


OPERATIONS = (Operation("cloud-endpoints", "GET", "/metadata/endpoints", _endpoints, anonymous=True),)
