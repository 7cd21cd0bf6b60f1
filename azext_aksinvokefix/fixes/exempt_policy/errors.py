"""What Azure answers when a policy may not be changed: in words, with what helps."""

from __future__ import annotations

from collections.abc import Mapping

_LINKED = (
    "An exemption also takes Microsoft.Authorization/policyAssignments/exempt/action at the scope of the assignment.",
    "Let somebody make it who has that there, such as a Resource Policy Contributor.",
)
_LOCKED = (
    "A lock at the scope of the policy assignment, or at the cluster, forbids the change.",
    "Whoever set the lock can lift it for the time of the change.",
)

#: An ARM error code to what it means and what to do.
EXPLANATIONS: Mapping[str, tuple[str, str]] = {"LinkedAuthorizationFailed": _LINKED, "ScopeLocked": _LOCKED}
