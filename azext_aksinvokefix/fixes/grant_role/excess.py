"""What a role gives beyond what running commands needs: in words for whoever decides, and as a weight to sort by.

The weights only order roles; between two of them lies what anybody would find worse.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from azext_aksinvokefix.lifecycle import NEEDED_ACTIONS
from azext_aksinvokefix.quoting import one_line
from azext_aksinvokefix.rights import permissions
from azext_aksinvokefix.rights.permissions import Entry

_MC = "Microsoft.ContainerService/managedClusters/"
_TOO_MUCH = 500
_MOST_PATTERNS = 4
_MOST_WORDS = 4

#: A power, the action that shows it, and its weight.
_GRANT_ROLES = ("grant roles to anyone", "Microsoft.Authorization/roleAssignments/write", 1000)
_CHANGE_ALL = ("change and delete every resource there", "Microsoft.Compute/virtualMachines/write", 800)
_POWERS = (
    ("change the cluster", f"{_MC}write", 100),
    ("delete the cluster", f"{_MC}delete", 100),
    ("change node pools", f"{_MC}agentPools/write", 50),
    ("start and stop the cluster", f"{_MC}stop/action", 25),
    ("rotate certificates", f"{_MC}rotateClusterCertificates/action", 25),
    ("download the static admin credential of the cluster", f"{_MC}listClusterAdminCredential/action", 20),
    ("read the credentials of access profiles", f"{_MC}accessProfiles/listCredential/action", 20),
    ("download user credentials", f"{_MC}listClusterUserCredential/action", 4),
    ("deploy templates there", "Microsoft.Resources/deployments/write", 10),
    ("read all settings there", "Microsoft.Network/virtualNetworks/read", 1),
)
#: A data action that says whether a role reaches into clusters.
_INSIDE = ("reach the objects inside the cluster", f"{_MC}configmaps/read", 30)


@dataclass(frozen=True)
class Excess:
    """Empty ``words``: the role gives exactly what is needed, or less."""

    weight: int
    words: tuple[str, ...]

    @property
    def is_too_much(self) -> bool:
        """Whether a role gives so much that it is never proposed, only taken when somebody names it."""
        return self.weight >= _TOO_MUCH

    @property
    def sentence(self) -> str:
        """What follows ``gives the right to``; empty when there is no excess."""
        return one_line(", ".join(self.words))

    @property
    def short(self) -> str:
        """The same, with the worst alone."""
        return one_line(", ".join(self.words[:_MOST_WORDS])) + (" and more" if len(self.words) > _MOST_WORDS else "")


def excess_of(entries: Iterable[Entry]) -> Excess:
    """The excess of permission entries over the three actions that running commands needs."""
    listed = list(entries)
    found = [power for power in (_GRANT_ROLES, _CHANGE_ALL) if _grants(listed, power[1])]
    if _CHANGE_ALL not in found:
        found += [power for power in _POWERS if _grants(listed, power[1])]
        found += _others(listed, [probe for _, probe, _ in found])
    if permissions.state(listed, _INSIDE[1], "dataActions") != permissions.MISSING:
        found.append(_INSIDE)
    return Excess(sum(weight for _, _, weight in found), tuple(words for words, _, _ in found))


def _grants(entries: list[Entry], action: str) -> bool:
    return permissions.state(entries, action) != permissions.MISSING


def _others(entries: list[Entry], named: list[str]) -> list[tuple[str, str, int]]:
    """Patterns that are neither what is needed nor one of the powers that were named."""
    known = [*NEEDED_ACTIONS, *named]
    patterns = [
        pattern
        for entry in entries
        for pattern in entry.actions
        if not any(permissions.matches(pattern, action) for action in known)
    ]
    distinct = list(dict.fromkeys(patterns))
    if not distinct:
        return []
    shown = ", ".join(distinct[:_MOST_PATTERNS]) + (" and more" if len(distinct) > _MOST_PATTERNS else "")
    weight = sum(1 if pattern.lower().endswith("/read") else 2 for pattern in distinct)
    return [(f"use {shown}", "", weight)]
