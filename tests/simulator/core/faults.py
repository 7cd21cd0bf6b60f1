"""Faults that a scenario injects into an operation, instead of the service's own answer or on top of it."""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulator.core.responses import arm_error
from tests.simulator.core.routing import Response

# modelled: the codes and sentences of 429, 500 and 503
# proof: none that is safe to provoke; the first one that a recording meets
_CODES = {
    429: ("TooManyRequests", "The request is being throttled."),
    500: ("InternalServerError", "The server encountered an unexpected condition."),
    503: ("ServiceUnavailable", "The service is unavailable now, please retry later."),
    504: (
        "GatewayTimeout",
        "The gateway did not receive a response from 'Microsoft.ContainerService' within the specified time period.",
    ),
}


@dataclass(frozen=True)
class Fault:
    """One way in which an operation misbehaves.

    ``operation`` names it (a glob; see the operations' names), ``of`` how its path ends. The fault leaves the first
    ``after`` calls alone and then strikes ``times`` times (None: always). It answers ``status`` with ``body``, or with
    an error of ``code`` and ``message``; or cuts the connection (``reset``), or the answer after ``truncate`` bytes
    (true: half-way). With ``handled`` the service does its work first and only its answer is lost; a truncated answer
    always has it done. ``retry_after`` adds the header, ``headers`` any others, to the service's own answer too, and
    ``latency`` the seconds. ``drip`` sends the body a byte at a time with so many seconds in between; ``pad`` makes it
    longer by so many spaces, which JSON does not mind.
    """

    operation: str
    status: int | None = None
    code: str | None = None
    message: str | None = None
    body: Any = None
    retry_after: float | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    latency: float = 0.0
    drip: float = 0.0
    pad: int = 0
    reset: bool = False
    truncate: int | bool = False
    handled: bool = False
    times: int | None = None
    after: int = 0
    of: str = ""

    @property
    def cuts(self) -> bool:
        """Whether the client gets no whole answer."""
        return self.reset or self.truncate is not False

    def added(self) -> dict[str, str]:
        """The headers that the fault adds to whatever is answered."""
        asked = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        return {**self.headers, **asked}

    def response(self) -> Response:
        status = self.status or 500
        headers = self.added()
        if self.body is not None:
            return Response(status, self.body, headers)
        code, message = _CODES.get(status, ("BadRequest", "The request is not valid."))
        error = arm_error(status, self.code or code, self.message or message)
        return Response(status, error.body, {**error.headers, **headers})


class Faults:
    """The faults of a world and how often each operation was called. Tests add to it from their own thread."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self.faults = list(faults)
        self._seen: dict[int, int] = {}
        self._lock = threading.Lock()

    def add(self, operation: str, **how: Any) -> None:
        self.faults.append(Fault(operation, **how))

    def strike(self, operation: str, path: str = "") -> Fault | None:
        """The fault that hits this call, the first one listed that is due. Every call counts for every fault."""
        with self._lock:
            due = [fault for number, fault in enumerate(self.faults) if self._is_due(number, fault, operation, path)]
        return due[0] if due else None

    def _is_due(self, number: int, fault: Fault, operation: str, path: str) -> bool:
        if not fnmatch.fnmatchcase(operation, fault.operation) or not path.lower().endswith(fault.of.lower()):
            return False
        call = self._seen.get(number, 0)
        self._seen[number] = call + 1
        return call >= fault.after and (fault.times is None or call < fault.after + fault.times)
