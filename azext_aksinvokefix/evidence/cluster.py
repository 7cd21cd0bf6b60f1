"""The managed cluster and the result of one command in it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from azext_aksinvokefix import api_versions
from azext_aksinvokefix.arm import Arm, ArmError
from azext_aksinvokefix.evidence.reading import is_unknown_version, read
from azext_aksinvokefix.lifecycle import READ_CLUSTER, READ_RESULT, Item
from azext_aksinvokefix.shapes import dig, last_segment, mapping

_WHAT_HOLDS_IT = ("ResourceGroupNotFound", "SubscriptionNotFound")


def read_cluster(arm: Arm, cluster_id: str) -> Item:
    """The managed cluster as ARM gives it, agent pools included. Nothing follows from an answer of another shape."""

    def fetch() -> Any:
        try:
            found = _newest(arm, cluster_id)
        except ArmError as error:
            raise _not_found(error, cluster_id) if error.is_missing else error from None
        if not mapping(dig(found, "properties")):
            raise ArmError(None, None, "The response is not a managed cluster.")
        return found

    return read("managedClusters", (READ_CLUSTER,), fetch)


def _newest(arm: Arm, cluster_id: str) -> Any:
    """The cluster as the newest version shows it that this cloud knows."""
    *newer, oldest = api_versions.CLUSTER_READS
    for version in newer:
        try:
            return arm.get(cluster_id, version)
        except ArmError as error:
            if not is_unknown_version(error):
                raise
    return arm.get(cluster_id, oldest)


def _not_found(error: ArmError, cluster_id: str) -> ArmError:
    """The error in ARM's own words: a proxy, or the resource provider, may say less than its status does."""
    if error.code in _WHAT_HOLDS_IT or "managedclusters/" in error.message.lower():
        return error
    words = f"The resource 'Microsoft.ContainerService/managedClusters/{last_segment(cluster_id)}' was not found."
    return ArmError(error.status, error.code, f"{error.message} {words}", error.headers)


def read_result(arm: Arm, cluster_id: str, command_id: str) -> Item:
    """The commandResults body of a command, whatever its state; None while it has none."""
    path = f"{cluster_id}/commandResults/{quote(command_id, safe='')}"

    def fetch() -> Any:
        found = arm.get(path, api_versions.CLUSTER)
        if found is not None and not isinstance(found, dict):
            raise ArmError(None, None, "The response is not the result of a command.")
        return found

    return read("commandResults", (READ_RESULT,), fetch)
