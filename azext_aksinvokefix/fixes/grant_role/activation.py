"""How an eligible role of Privileged Identity Management is activated: in the portal, or by one stock az command."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.evidence.access import AUTHORIZATION
from azext_aksinvokefix.fixes.grant_role.look import GrantEvidence
from azext_aksinvokefix.quoting import az
from azext_aksinvokefix.rights.eligibility import EligibleRole

_HOURS = "PT8H"
PORTAL = "Privileged Identity Management, My roles, Azure resources"


def how(scene: GrantEvidence, roles: Iterable[EligibleRole]) -> str:
    """What the principal does; nobody else can do it for them."""
    first = "Activate it and sign in again" if scene.who.is_caller else "The principal activates it and signs in again"
    lines = " && ".join(_request(scene, role) for role in roles)
    return f"{first}; --force grants a permanent role anyway. In the portal: {PORTAL}. With a command: {lines}"


def _request(scene: GrantEvidence, role: EligibleRole) -> str:
    scope = role.scope or scene.evidence.cluster_id
    body = {
        "properties": {
            "principalId": scene.who.id,
            "roleDefinitionId": role.definition_id,
            "requestType": "SelfActivate",
            "justification": "az aks command invoke",
            "scheduleInfo": {
                "startDateTime": f"{scene.evidence.now:%Y-%m-%dT%H:%M:%SZ}",
                "expiration": {"type": "AfterDuration", "duration": _HOURS},
            },
        }
    }
    url = f"{scope}{AUTHORIZATION}/roleAssignmentScheduleRequests/{uuid.uuid4()}?api-version={api_versions.ELIGIBILITY}"
    return az("rest", "--method", "put", "--url", url, "--body", json.dumps(body))
