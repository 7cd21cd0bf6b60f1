"""The managed cluster and the result of one command in it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.evidence.reading import read
from azext_aksinvokefix.evidence.shapes import dig, mapping
from azext_aksinvokefix.lifecycle import READ_CLUSTER, READ_RESULT, Item

#: The oldest version whose managed cluster has every property that the checks look at; served in every cloud.
API_VERSION = "2024-02-01"


def read_cluster(arm: Arm, cluster_id: str) -> Item:
    """The managed cluster as ARM gives it, agent pools included. Nothing follows from an answer of another shape."""

    def fetch() -> Any:
        found = arm.get(cluster_id, API_VERSION)
        if not mapping(dig(found, "properties")):
            raise ArmError(None, None, "The answer is not a managed cluster.")
        return found

    return read("managedClusters", (READ_CLUSTER,), fetch)


def read_result(arm: Arm, cluster_id: str, command_id: str) -> Item:
    """The commandResults body of a command, whatever its state."""
    path = f"{cluster_id}/commandResults/{quote(command_id, safe='')}"
    return read("commandResults", (READ_RESULT,), lambda: arm.get(path, API_VERSION))
