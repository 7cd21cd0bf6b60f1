"""What an operation of the loopback Azure is: the interface between the server and the modules that answer.

A *part* is a module named in ``app.PARTS``. It may define

``OPERATIONS``
    a tuple of :class:`Operation`. The first one whose method and path match answers, in the order of ``app.PARTS``.
``SECTION`` and ``load(world, section)``
    the key of a scenario that belongs to the part, and the function that takes its value once when a scenario is
    loaded (``None`` when the scenario does not have the key). State is kept under ``world.state[SECTION]``, which
    starts out as an empty dict.

Before the handler runs, the server has injected faults, checked the token (``request.caller``) and asked
``authorization.check(world, caller, action, scope)``, which returns the refusal as a :class:`Response` or None.
``admission.admit(world, cluster, pod)`` is asked for every command pod, a Kubernetes manifest, and answers likewise.

Handlers run one at a time on the server's own thread: they need no locks and must not wait. A slow answer is a
``Response`` with a ``delay``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.simulator.core.world import World


@dataclass(frozen=True)
class Caller:
    """Who a bearer token speaks for. ``name`` is the user principal name or the application id."""

    object_id: str
    tenant_id: str
    name: str
    kind: str = "ServicePrincipal"
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """One HTTP request: ``path`` is decoded, ``params`` are its variables, ``body`` is the parsed JSON or None."""

    method: str
    url: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    raw: bytes = b""
    params: Mapping[str, str] = field(default_factory=dict)
    caller: Caller | None = None

    @property
    def base(self) -> str:
        """Scheme, host and port without a trailing slash, as the client spelled them."""
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}"

    @property
    def api_version(self) -> str:
        return self.query.get("api-version", "")


@dataclass(frozen=True)
class Response:
    """One answer. ``body`` None is empty, str and bytes go out verbatim, everything else as JSON.

    ``source`` decides the looks: ``arm`` answers compact JSON with a charset, ``rp`` is the AKS resource provider's
    indented JSON without one. ``delay`` is how many seconds the service takes over it.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    source: str = "arm"
    delay: float = 0.0


Handler = Callable[["World", Request], Response]


@dataclass(frozen=True)
class Operation:
    """One route: ``{name}`` in ``path`` takes one segment, ``{name*}`` any number of them (also none).

    ``action`` is the ARM action that the caller needs, None when everybody who is signed in may. The scope it is
    checked at is the path variable ``scope`` when there is one, else the part of the path before ``at`` if that is
    given, else the whole path: ``at="/runCommand"`` checks a command at its cluster.
    """

    name: str
    method: str
    path: str
    handler: Handler
    action: str | None = None
    at: str | None = None
    anonymous: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(_regex(self.path), re.IGNORECASE)

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The path's variables, or None when this is not the operation. ARM compares paths without case."""
        if method != self.method:
            return None
        found = self.pattern.fullmatch(path)
        return {name: value or "" for name, value in found.groupdict().items()} if found else None

    def scope(self, path: str, params: Mapping[str, str]) -> str:
        if "scope" in params:
            return params["scope"] or "/"
        if self.at:
            return path[: path.lower().rindex(self.at.lower())]
        return path


def find(operations: Iterable[Operation], method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    for operation in operations:
        params = operation.match(method, path)
        if params is not None:
            return operation, params
    return None


def _regex(template: str) -> str:
    """``{name}`` to a group of one segment, ``/{name*}`` to a group of the slash and everything behind it.

    >>> re.fullmatch(_regex("/a/{b}"), "/a/x")["b"]
    'x'
    >>> re.fullmatch(_regex("/{scope*}/providers/P"), "/subscriptions/s/providers/P")["scope"]
    '/subscriptions/s'
    """
    pieces = re.split(r"(/\{\w+\*\}|\{\w+\})", template)
    return "".join(_piece(piece) for piece in pieces)


def _piece(piece: str) -> str:
    if piece.startswith("/{"):
        return f"(?P<{piece[2:-2]}>(?:/[^/]+)*)"
    if piece.startswith("{"):
        return f"(?P<{piece[1:-1]}>[^/]+)"
    return re.escape(piece)
