"""The questions to Resource Graph: six kinds, whatever the estate holds.

Documents come whole and are judged here: `mv-expand` stops at 128 rows, and joins are limited. Policies and roles need
the filter that keeps what is inherited from management groups, and so do their definitions: with `AtScopeAndAbove`
those of the subscriptions below a management group would be lost.
"""

from __future__ import annotations

from collections.abc import Sequence

from azext_aksinvokefix.estate.graph import Query, ScopeFilter
from azext_aksinvokefix.evidence.kql import literal, literals

_WIDE: ScopeFilter = "AtScopeAboveAndBelow"
#: A list of roles longer than this is left out of the query; what comes besides is sorted out here.
_MOST_ROLES = 400


def clusters(resource_group: str | None = None) -> Query:
    within = f" | where resourceGroup =~ {literal(resource_group)}" if resource_group else ""
    return Query(
        "clusters",
        "resources | where type =~ 'microsoft.containerservice/managedclusters'"
        f"{within} | project id, name, location, resourceGroup, subscriptionId, sku, properties | order by id asc",
    )


def subscriptions() -> Query:
    """Each with the management groups above it."""
    return Query(
        "subscriptions",
        "resourcecontainers | where type =~ 'microsoft.resources/subscriptions'"
        " | project id, name, subscriptionId, properties | order by id asc",
    )


def policies() -> Query:
    return Query(
        "policy assignments and exemptions",
        "policyresources | where type in~ ('microsoft.authorization/policyassignments',"
        " 'microsoft.authorization/policyexemptions')"
        " | project id, name, type, properties | order by id asc",
        _WIDE,
    )


def definitions() -> Query:
    """The custom initiatives and definitions; the built-in ones are known.

    Of definitions that cannot reach into a cluster only the mode comes: they are many, and nothing follows from them.
    """
    return Query(
        "policy definitions",
        "policyresources | where type in~ ('microsoft.authorization/policydefinitions',"
        " 'microsoft.authorization/policysetdefinitions')"
        " | where tostring(properties.policyType) =~ 'Custom'"
        " | extend mode = tostring(properties.mode)"
        " | extend document = iff(type =~ 'microsoft.authorization/policysetdefinitions'"
        " or mode startswith 'Microsoft.Kubernetes.Data', tostring(properties), '')"
        " | project id, mode, document | order by id asc",
        _WIDE,
    )


def roles() -> Query:
    return Query(
        "role definitions",
        "authorizationresources | where type =~ 'microsoft.authorization/roledefinitions'"
        " | project id, name, properties | order by id asc",
        _WIDE,
    )


def role_assignments(role_names: Sequence[str]) -> Query:
    """The assignments of roles by their GUIDs: some rows name a role by an id in the subscription, others do not."""
    given = "tolower(extract('[^/]+$', 0, tostring(properties.roleDefinitionId)))"
    wanted = f" | where {given} in {literals(role_names)}" if len(role_names) <= _MOST_ROLES else ""
    return Query(
        "role assignments",
        f"authorizationresources | where type =~ 'microsoft.authorization/roleassignments'{wanted}"
        " | project id, name, properties | order by id asc",
        _WIDE,
    )


def every() -> tuple[Query, ...]:
    """One of each kind, for whoever checks their texts."""
    names = ["8e3af657-a8ff-443c-a75c-2fe8c4bcb635", 'it\'s a "role" \\ \n']
    return (clusters(), clusters("rg'1"), subscriptions(), policies(), definitions(), roles(), role_assignments(names))
