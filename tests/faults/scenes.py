"""Every command that talks to Azure, each in worlds where it has something to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CLUSTER = ("-g", "rg1", "-n", "c1")
COMMAND = "kubectl get pods"

_SHOP = "50000000-0000-4000-8000-0000000005b0"
_ESTATE = {
    "subscriptions": [{"id": _SHOP, "name": "Shop", "groups": ["retail", "contoso"]}],
    "clusters": [{"name": "c1", "azurePolicy": True}, {"name": "c2", "power": "Stopped"}],
    "access": {"assignments": ["Owner"], "principals": [{"name": "Operators", "kind": "Group"}]},
    "policy": {"assignments": [{"of": "readOnlyRootFilesystem", "name": "root", "title": "Root", "effect": "Deny"}]},
}
#: May assign roles and reads nothing of the cluster by it.
_ASSIGNER = {"name": "Assigns roles", "actions": ["Microsoft.Authorization/*"]}
_ARTICLE = {
    "access": {
        "custom": [_ASSIGNER],
        "assignments": ["Assigns roles", "Azure Kubernetes Service Cluster User Role"],
    }
}
_PIPELINE = "0b1ec700-0000-4000-8000-00000000f1fe"
_STRANGER = {
    "access": {
        "assignments": ["Owner"],
        "principals": [{"name": "pipeline", "kind": "ServicePrincipal", "id": _PIPELINE, "lookedUp": True}],
    }
}


@dataclass(frozen=True)
class Scene:
    """``before`` are commands that work without a fault first, ``command`` is the one that is tried."""

    name: str
    scenario: str | Mapping[str, Any]
    words: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()

    @property
    def command(self) -> str:
        return self.words[0]

    @property
    def writes(self) -> bool:
        return self.command in WRITERS


WRITERS = ("exempt-policy", "grant-role", "add-capacity", "repair", "undo")
_OBJECT = ("-o", "json")


def _scene(
    name: str, scenario: str | Mapping[str, Any], *words: str, before: tuple[tuple[str, ...], ...] = ()
) -> Scene:
    return Scene(name, scenario, (*words, *_OBJECT), tuple((*each, *_OBJECT) for each in before))


_EXCLUDE = ("exempt-policy", *CLUSTER, "--yes")
_EXEMPT = ("exempt-policy", *CLUSTER, "--mode", "exemption", "--yes")
_GRANT = ("grant-role", *CLUSTER, "--yes")
_START = ("repair", *CLUSTER, "--yes")
_ADD = ("add-capacity", *CLUSTER, "--yes")

SCENES: tuple[Scene, ...] = (
    _scene("a command runs", "healthy-entra", "run", *CLUSTER, "-c", COMMAND),
    _scene("a command is denied", "policy-gatekeeper", "run", *CLUSTER, "-c", COMMAND),
    _scene("a healthy cluster", "healthy-entra", "diagnose", *CLUSTER),
    _scene("three faults", "three-faults", "diagnose", *CLUSTER),
    _scene("a custom policy", "policy-custom-definition", "diagnose", *CLUSTER),
    _scene("a role to activate", "role-eligible", "diagnose", *CLUSTER),
    _scene("an estate", _ESTATE, "scan", "--who"),
    _scene("a change", "policy-gatekeeper", "history", before=(_EXCLUDE,)),
    _scene("a namespace is excluded", "policy-gatekeeper", *_EXCLUDE),
    _scene("an exemption", "policy-no-namespace-parameter", *_EXEMPT),
    _scene("safeguards", "safeguards-enforced", *_EXCLUDE),
    _scene("two roles", _ARTICLE, *_GRANT),
    _scene("a pipeline's role", _STRANGER, *_GRANT, "--assignee", "pipeline"),
    _scene("a new pool", "nodes-tainted", *_ADD),
    _scene("a stopped pool", "pool-stopped", *_ADD),
    _scene("three faults", "three-faults", "repair", *CLUSTER, "--yes", "-c", COMMAND),
    _scene("a stopped cluster", "cluster-stopped", *_START),
    _scene("a switch", "run-command-disabled", *_START),
    _scene("an exclusion", "policy-gatekeeper", "undo", "--yes", before=(_EXCLUDE,)),
    _scene("an exemption", "policy-no-namespace-parameter", "undo", "--yes", before=(_EXEMPT,)),
    _scene("two roles", _ARTICLE, "undo", "--yes", before=(_GRANT,)),
    _scene("a new pool", "nodes-tainted", "undo", "--yes", before=(_ADD,)),
    _scene("a stopped cluster", "cluster-stopped", "undo", "--yes", before=(_START,)),
)

#: In the order of the page.
COMMANDS: tuple[str, ...] = tuple(dict.fromkeys(scene.command for scene in SCENES))
