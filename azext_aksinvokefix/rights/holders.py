"""Which built-in roles hold the rights that a repair needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

_OWNER, _ACCESS_ADMIN = "Owner", "User Access Administrator"
_POLICY = (_OWNER, "Resource Policy Contributor", "Security Admin", _ACCESS_ADMIN)
_ROLES = (_OWNER, _ACCESS_ADMIN, "Role Based Access Control Administrator")
_AKS = (_OWNER, "Contributor", "Azure Kubernetes Service Contributor Role")
#: Built-in roles by the action they hold, the narrower ones last; read off the published role definitions.
_HOLDERS: Mapping[str, Sequence[str]] = {
    "microsoft.authorization/policyassignments/write": _POLICY,
    "microsoft.authorization/policyexemptions/write": _POLICY,
    "microsoft.authorization/policyexemptions/delete": _POLICY,
    "microsoft.authorization/policyassignments/exempt/action": (*_POLICY, "Contributor"),
    "microsoft.authorization/roleassignments/write": _ROLES,
    "microsoft.authorization/roleassignments/delete": _ROLES,
    "microsoft.authorization/roledefinitions/write": (_OWNER, _ACCESS_ADMIN),
    "microsoft.authorization/roledefinitions/delete": (_OWNER, _ACCESS_ADMIN),
    "microsoft.containerservice/managedclusters/agentpools/write": (
        *_AKS,
        "Azure Kubernetes Service Agent Pool Manager Role",
    ),
}
_OF_CLUSTERS = "microsoft.containerservice/"


def holders(actions: Iterable[str]) -> list[str]:
    """The built-in roles that hold all of the actions; empty when none is known to."""
    common: list[str] | None = None
    for action in actions:
        roles = _roles_with(action)
        common = list(roles) if common is None else [role for role in common if role in roles]
    return common or []


def _roles_with(action: str) -> Sequence[str]:
    known = _HOLDERS.get(action.lower())
    if known is not None:
        return known
    return _AKS if action.lower().startswith(_OF_CLUSTERS) else (_OWNER,)


def who_has(actions: Iterable[str], most: int | None = None) -> str:
    """Which built-in roles hold all of the actions, at most so many of them, in a sentence; empty when none does."""
    roles = holders(actions)[:most]
    if not roles:
        return ""
    return f"{roles[0]} has it." if len(roles) == 1 else f"{', '.join(roles[:-1])} or {roles[-1]} has it."
