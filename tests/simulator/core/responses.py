"""The two error shapes of Azure and the resource provider's failures that more than one module reports.

Azure Resource Manager nests (``{"error": {...}}``) and says ``x-ms-failure-cause: gateway``; the AKS resource provider
answers flat, against its published specification (both recorded).
"""

from __future__ import annotations

from typing import Any

from tests.simulator.core.routing import Response


def arm_error(status: int, code: str, message: str, **more: Any) -> Response:
    return Response(status, {"error": {"code": code, "message": message, **more}}, {"x-ms-failure-cause": "gateway"})


def rp_error(status: int, code: str, message: str, *, subcode: str = "", details: Any = None, **more: Any) -> Response:
    body = {"code": code, "details": details, "message": message, "subcode": subcode, **more}
    return Response(status, body, source="rp")


def kubernetes_failure(details: str) -> Response:
    """The API server refused or could not be asked. The text is recorded."""
    # modelled: the status 400 of a KubernetesOperationError
    # proof: runCommand recorded with a policy assigned with Deny that the command pod violates
    message = f"Failed to run command in managed cluster due to kubernetes failure. details: {details}"
    return rp_error(400, "KubernetesOperationError", message)
