"""What was looked up about one cluster: every item is a value, or why it could not be read.

The readers, one module a source, do the talking; the checks see nothing but this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone

from azext_aksinvokefix.lifecycle import NOT_ASKED, Item


def _now() -> datetime:
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Evidence:  # pylint: disable=too-many-instance-attributes
    """The items, each with its shape. ``now`` is given so that the checks stay pure."""

    cluster_id: str
    now: datetime = field(default_factory=_now)
    #: The managed cluster as ARM gave it.
    cluster: Item = NOT_ASKED
    #: kind, tenantId, objectId, name, cloudShell, cliVersion, extensions, clusterToken.
    signin: Item = NOT_ASKED
    #: objectId, self, and entries of actions, notActions, dataActions, notDataActions, condition.
    permissions: Item = NOT_ASKED
    #: Roles the principal could activate.
    eligible: Item = NOT_ASKED
    #: Deny assignments in force at the cluster.
    denies: Item = NOT_ASKED
    #: Management locks at the cluster or above it.
    locks: Item = NOT_ASKED
    #: nodes, commandPods, unschedulable.
    metrics: Item = NOT_ASKED
    #: A commandResults body.
    result: Item = NOT_ASKED
    #: The latest failed runCommand events, newest first.
    activity: Item = NOT_ASKED
    #: Policies in force at the cluster.
    assignments: Item = NOT_ASKED
    #: Policy states of the cluster, as the service itself resolved them.
    policy_states: Item = NOT_ASKED
    #: deploymentSafeguards/default.
    safeguards: Item = NOT_ASKED
