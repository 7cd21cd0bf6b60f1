"""Tab completion, most of which asks Azure: names that exist, for whoever types them."""

from __future__ import annotations

import os
from typing import Any

from azure.cli.core.decorators import Completer

#: A terminal shows no more names anyway.
_MOST_FILES = 1000


@Completer  # type: ignore[untyped-decorator]
def complete_file(cmd: Any, prefix: str, namespace: Any, **kwargs: Any) -> list[str]:  # pylint: disable=unused-argument
    """Files and folders; the CLI completes none by itself."""
    from glob import escape, iglob
    from itertools import islice

    return [name + ("/" if os.path.isdir(name) else "") for name in islice(iglob(f"{escape(prefix)}*"), _MOST_FILES)]


@Completer  # type: ignore[untyped-decorator]
def complete_finding(cmd: Any, prefix: str, namespace: Any, **kwargs: Any) -> list[str]:  # pylint: disable=unused-argument
    from azext_aksinvokefix.catalog import FINDINGS

    return list(FINDINGS)


@Completer  # type: ignore[untyped-decorator]
def complete_subscription(cmd: Any, prefix: str, namespace: Any, **kwargs: Any) -> list[str]:  # pylint: disable=unused-argument
    from azure.cli.core._profile import Profile

    return [str(one["name"]) for one in Profile(cli_ctx=cmd.cli_ctx).load_cached_subscriptions()]


@Completer  # type: ignore[untyped-decorator]
def complete_management_group(cmd: Any, prefix: str, namespace: Any, **kwargs: Any) -> list[str]:  # pylint: disable=unused-argument
    """The management groups above the subscriptions, which one query gives."""
    from azext_aksinvokefix.surface.scanning import management_groups

    return management_groups(cmd)


@Completer  # type: ignore[untyped-decorator]
def complete_nodepool(cmd: Any, prefix: str, namespace: Any, **kwargs: Any) -> list[str]:  # pylint: disable=unused-argument
    return [pool.name for pool in _pools(cmd, namespace)]


@Completer  # type: ignore[untyped-decorator]
def complete_taint(cmd: Any, prefix: str, namespace: Any, **kwargs: Any) -> list[str]:  # pylint: disable=unused-argument
    from azext_aksinvokefix.nodes.pool_changes import untaintable

    return sorted({taint for pool in untaintable(_pools(cmd, namespace)) for taint in pool.taints})


def _pools(cmd: Any, namespace: Any) -> list[Any]:
    """The node pools of the cluster that was named before; none without one."""
    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix.cluster import cluster_path
    from azext_aksinvokefix.evidence.cluster import read_cluster
    from azext_aksinvokefix.nodes import pools
    from azext_aksinvokefix.shapes import dig, mapping

    group, name = getattr(namespace, "resource_group_name", None), getattr(namespace, "name", None)
    if not (group and name):
        return []
    client = clients.container_service(cmd.cli_ctx)
    cluster = read_cluster(clients.arm(cmd.cli_ctx, client), cluster_path(clients.subscription_of(client), group, name))
    return pools.pools_of(mapping(dig(cluster.value, "properties")))


@Completer  # type: ignore[untyped-decorator]
def complete_assignment(cmd: Any, prefix: str, namespace: Any, **kwargs: Any) -> list[str]:  # pylint: disable=unused-argument
    """The policy assignments in force at the cluster that was named before; none without one."""
    from azext_aksinvokefix import _client_factory as clients
    from azext_aksinvokefix.cluster import cluster_path
    from azext_aksinvokefix.evidence.policy import assignments_at

    group, name = getattr(namespace, "resource_group_name", None), getattr(namespace, "name", None)
    if not (group and name):
        return []
    client = clients.container_service(cmd.cli_ctx)
    found = assignments_at(clients.arm(cmd.cli_ctx, client), cluster_path(clients.subscription_of(client), group, name))
    return sorted(str(each["name"]) for each in found if each.get("name"))
