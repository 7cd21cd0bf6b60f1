"""What Azure answers when a policy may not be changed: in words, with what helps."""

from __future__ import annotations

from collections.abc import Mapping

_LINKED = (
    "An exemption also needs Microsoft.Authorization/policyAssignments/exempt/action at the scope of the assignment.",
    "Ask someone who has that permission there, such as a Resource Policy Contributor.",
)
_LOCKED = (
    "A lock at the scope of the policy assignment, or on the cluster, blocks the change.",
    "Ask the owner of the lock to remove it during the change.",
)

#: An ARM error code to what it means and what to do.
EXPLANATIONS: Mapping[str, tuple[str, str]] = {"LinkedAuthorizationFailed": _LINKED, "ScopeLocked": _LOCKED}
