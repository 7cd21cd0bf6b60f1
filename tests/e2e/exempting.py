"""What the tests of `exempt-policy` share: the commands they run, and a look at what lies in the simulated Azure."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

from tests.e2e.azure import Azure, Result
from tests.e2e.diagnosis import CLUSTER
from tests.simulator.authorization import scopes
from tests.simulator.core.world import World
from tests.simulator.policy import governance

#: Longer than any policy needs to reach the cluster.
LATER = 3600
COMMAND = "aks-command"
WRITES = ("PUT", "PATCH", "DELETE")

READ_ONLY = {"of": "readOnlyRootFilesystem", "name": "read-only-root", "title": "Read-only root", "effect": "Deny"}


def run(azure: Azure) -> Result:
    return azure.invoke_fix("run", *CLUSTER, "-c", "kubectl get nodes", "--on-failure", "none")


def exempt(azure: Azure, *more: str, **options: Any) -> Result:
    """`exempt-policy` with its object, whatever it ends with."""
    return azure.invoke_fix("exempt-policy", *CLUSTER, *more, "-o", "json", **options)


def undo(azure: Azure, *more: str) -> Mapping[str, Any]:
    """Take the latest change back, which has to work."""
    back = azure.invoke_fix("undo", "--yes", *more, "-o", "json")
    assert back.rc == 0, str(back)
    plan: Mapping[str, Any] = back.json()
    assert plan["verified"] is True, str(back)
    return plan


def assignment(world: World, name: str = "read-only-root", scope: str = "subscription") -> dict[str, Any]:
    """A policy assignment as ARM keeps it."""
    where = f"{scopes.named(world, scope)}/providers/Microsoft.Authorization/policyAssignments/{name}"
    found: dict[str, Any] = copy.deepcopy(governance.of(world).arm.assignments[where.lower()])
    return found


def steady(document: dict[str, Any]) -> bytes:
    """Every byte of an assignment but for who wrote it last and when; the order of members is up to the service."""
    kept = copy.deepcopy(document)
    kept.pop("systemData")
    for name in ("updatedBy", "updatedOn"):
        kept["properties"]["metadata"].pop(name, None)
    return json.dumps(kept, sort_keys=True).encode()


def written(world: World) -> list[str]:
    return [f"{each.method} {each.operation}" for each in world.requests if each.method in WRITES]


def allow(*actions: str) -> dict[str, Any]:
    """The `access` of a caller who may read everything, run commands, and do this."""
    role = {"name": "Own role", "actions": ["*/read", "Microsoft.ContainerService/*", *actions]}
    return {"custom": [role], "assignments": ["Own role"]}
