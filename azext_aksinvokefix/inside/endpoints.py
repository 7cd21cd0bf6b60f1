"""The addresses outside that a cluster needs, as its resource provider lists them for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from azext_aksinvokefix.shapes import integer, mappings, text


@dataclass(frozen=True)
class Endpoint:
    """A host that the nodes have to reach; ``category`` is what for, in the words of the service in lower case."""

    category: str
    host: str
    port: int | None = None
    protocol: str = ""


def endpoints(group: Mapping[str, Any]) -> Iterator[Endpoint]:
    """Those of one category of the list."""
    category = text(group.get("category")).casefold()
    for endpoint in mappings(group.get("endpoints")):
        host = text(endpoint.get("domainName"))
        details = mappings(endpoint.get("endpointDetails")) or [{}]
        if host:
            yield from (
                Endpoint(category, host, integer(one.get("port")), text(one.get("protocol"))) for one in details
            )
