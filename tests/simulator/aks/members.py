"""Which members of a cluster an api-version knows: an older one leaves out the newer ones (documented).

What a client of an older version writes keeps them all the same: see ``clusters.merge``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Resource = dict[str, Any]

#: Members of ``properties`` and the first stable version that has them, as the SDK's changes say.
SINCE: Mapping[tuple[str, ...], str] = {
    ("bootstrapProfile",): "2025-02-01",
    ("azureMonitorProfile", "containerInsights"): "2026-06-01",
}


def shown(resource: Resource, api_version: str) -> Resource:
    """The resource as a version shows it; without one it is whole."""
    properties = resource["properties"]
    for path, since in SINCE.items():
        if api_version and api_version[:10] < since:
            properties = _without(properties, path)
    return {**resource, "properties": properties}


def _without(properties: Resource, path: tuple[str, ...]) -> Resource:
    """A copy as far down as something is missing in it."""
    head, *rest = path
    if head not in properties:
        return properties
    if not rest:
        return {name: value for name, value in properties.items() if name != head}
    return {**properties, head: _without(properties[head], tuple(rest))}
